"""Which fusions are drivers: recurrent pairs, and known 3' partners with a new 5' partner."""

from dataclasses import dataclass

from oncoloom.reference_data.drivers import gene_roles, known_fusions


@dataclass(frozen=True, slots=True)
class FusionVerdict:
    """Rule (None: no driver), evidence row, reason; `gene` is the gene that the fusion activates."""

    rule: str | None
    gene: str | None
    evidence: str | None
    reason: str


FUSION_RULES = ("known_fusion", "known_fusion_partner")


def judge_fusion(first: str | None, second: str | None, frame: str) -> FusionVerdict:
    """Judge a fusion by its genes and frame.

    *known_fusion*: the pair recurs. *known_fusion_partner*: the 3' gene is an oncogene that recurs as a 3'
    partner, with another 5' gene, and is read in its frame: weaker. Out of frame it makes no protein.
    """
    for one in known_fusions():
        if one.second == second and one.first and one.first == first:
            if frame == "out of frame":
                return FusionVerdict(None, None, None, "a recurrent pair, but out of frame")
            gene = _activated(first, second)
            return FusionVerdict("known_fusion", gene, one.evidence, f"recurrent fusion {first}::{second}")
    partner = next((one for one in known_fusions() if one.second == second), None)
    role = gene_roles().get(second or "")
    if partner is not None and role is not None and role.oncogene:
        if frame == "in frame":
            reason = f"{second} recurs as the 3' partner, {first or 'an unknown gene'} is new: weaker"
            return FusionVerdict("known_fusion_partner", second, partner.evidence, reason)
        return FusionVerdict(
            None, None, None, f"{second} recurs as the 3' partner, but the frame is {_said(frame)}"
        )
    return FusionVerdict(None, None, None, "no recurrent fusion")


def _said(frame: str) -> str:
    return "lost" if frame == "out of frame" else "unknown"


def _activated(first: str | None, second: str | None) -> str | None:
    """The oncogene of a pair: the 3' partner, or the 5' one where only that is one (FGFR3::TACC3)."""
    roles = gene_roles()
    is_oncogene = [gene is not None and gene in roles and roles[gene].oncogene for gene in (first, second)]
    return first if is_oncogene == [True, False] else second
