"""Driver alterations: a table of rules, each with an id, the row of the tables it rests on, and its reason.

The embedded lists behind the rules: `resources/hotspots`, `curated_changes`, `driver_genes`. Only calls
that passed their filters become drivers; a filtered call at a hotspot keeps the hotspot's name and its
filter, so that it is seen.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from oncoloom.features.drivers.curated import curated_change, curated_region
from oncoloom.features.drivers.facts import INFRAME, Finding, SmallVariant
from oncoloom.features.drivers.loss import LOSS_RULES, LossFacts, explain_no_loss
from oncoloom.reference_data.drivers import GeneRole, Hotspot, gene_roles, hotspots_of
from oncoloom.reference_data.protein_change import parse_protein_change
from oncoloom.reference_data.transcript_shape import TranscriptShape, embedded_shapes

_SPLICE = {"splice_donor_variant", "splice_acceptor_variant"}
NO_ROLE = GeneRole(oncogene=False, tumor_suppressor=False)


@dataclass(frozen=True, slots=True)
class DriverVerdict:
    """Rule that makes a variant a driver (None: no rule), the hotspot it lies in, evidence and reason.

    Without a rule `reason` says why a change of this kind in this gene is none, where there is something to
    say; else it is None.
    """

    rule: str | None
    hotspot: str | None
    evidence: str | None = None
    reason: str | None = None


Rule = Callable[[SmallVariant], Finding | None]


def judge_variant(
    gene: str | None,
    terms: Sequence[str],
    hgvs_p_short: str | None,
    coding_index: int | None,
    *,
    stop_residue: int | None = None,
    shape: TranscriptShape | None = None,
) -> DriverVerdict:
    """The first rule that a small variant fulfils.

    Parameters
    ----------
    terms
        SO consequence terms.
    coding_index
        0-based index of the (nearest) coding base on the chosen transcript.
    stop_residue
        1-based residue at which the changed protein stops, where that is known.
    shape
        Exons of the transcript; the embedded one of the gene where not given.
    """
    if gene is None:
        return DriverVerdict(None, None)
    change = parse_protein_change(hgvs_p_short or "")
    variant = SmallVariant(
        gene,
        frozenset(terms),
        change,
        change.position if coding_index is None else coding_index // 3 + 1,
        stop_residue,
        gene_roles().get(gene, NO_ROLE),
        shape or embedded_shapes().get(gene),
    )
    for name, rule in RULES.items():
        found = rule(variant)
        if found is not None:
            return DriverVerdict(name, found.hotspot, found.evidence, found.reason)
    return DriverVerdict(None, None, None, _why_none(variant))


def _why_none(variant: SmallVariant) -> str | None:
    """Why a change of the protein of a cancer gene is no driver; None where there is nothing to say."""
    role = variant.role
    if not (role.oncogene or role.tumor_suppressor):
        return None
    loss = explain_no_loss(_loss_facts(variant))
    if loss is not None:
        return loss
    if variant.change.kind == "missense":
        return "missense at no recurrent residue: of unknown meaning"
    if variant.terms & INFRAME:
        return "in-frame change of no recurrent stretch: of unknown meaning"
    return None


def _hotspot_same_change(variant: SmallVariant) -> Finding | None:
    spot = _recurrent_residue(variant)
    same = None if spot is None else spot.tumors_with(variant.change.alternative or "")
    if spot is None or same is None:
        return None
    reason = f"{_at(spot, variant)} is changed in {_tumors(spot)}, in {same:,} of them to this amino acid"
    return Finding(reason, spot.evidence, spot.name)


def _hotspot_other_change(variant: SmallVariant) -> Finding | None:
    spot = _recurrent_residue(variant)
    if spot is None:
        return None
    seen = "/".join(spot.changes)
    reason = f"{_at(spot, variant)} is changed in {_tumors(spot)}, but to {seen}: this change was not seen"
    return Finding(reason, spot.evidence, spot.name)


def _recurrent_residue(variant: SmallVariant) -> Hotspot | None:
    change = variant.change
    if change.kind != "missense" or change.position is None:
        return None
    for spot in hotspots_of(variant.gene):
        if (
            spot.kind == "single_residue"
            and spot.first == change.position
            and spot.reference == change.reference
        ):
            return spot
    return None


def _at(spot: Hotspot, variant: SmallVariant) -> str:
    return f"residue {spot.reference}{spot.first} of {variant.gene}"


def _tumors(spot: Hotspot) -> str:
    """How often the list holds it, for a reader: ``897 tumors of a public list (Cancer Hotspots)``."""
    noun = "tumor" if spot.n_tumors == 1 else "tumors"
    return f"{spot.n_tumors:,} {noun} of a public list (Cancer Hotspots)"


def _hotspot_inframe(variant: SmallVariant) -> Finding | None:
    change = variant.change
    if not variant.terms & INFRAME or change.position is None:
        return None
    last = change.last_position or change.position
    for spot in hotspots_of(variant.gene):
        if spot.kind == "in_frame_indel" and change.position <= spot.last and last >= spot.first:
            reason = (
                f"in-frame change within residues {spot.first} to {spot.last} of {variant.gene}, "
                f"a stretch with such changes in {_tumors(spot)}"
            )
            return Finding(reason, spot.evidence, spot.name)
    return None


def _hotspot_splice(variant: SmallVariant) -> Finding | None:
    if not variant.terms & _SPLICE or variant.residue is None:
        return None
    for spot in hotspots_of(variant.gene):
        if spot.kind == "splice_site" and abs(spot.first - variant.residue) <= 1:
            skipped = ": exon 14 is skipped" if variant.gene == "MET" and spot.first == 1010 else ""
            reason = f"splice site at residue {spot.first} of {variant.gene}, changed in {_tumors(spot)}"
            return Finding(reason + skipped, spot.evidence, spot.name)
    return None


def _flt3_itd(variant: SmallVariant) -> Finding | None:
    """Tandem duplication of the juxtamembrane and first kinase domain (Kiyoi 2020, Cancer Science 111)."""
    position = variant.change.position
    if variant.gene != "FLT3" or "inframe_insertion" not in variant.terms or position is None:
        return None
    if not 572 <= position <= 630:
        return None
    return Finding("internal tandem duplication, residues 572 to 630", "Kiyoi 2020, Cancer Science 111")


def _npm1_frameshift(variant: SmallVariant) -> Finding | None:
    return _new_tail(
        variant,
        "NPM1",
        283,
        "frameshift of the last exon: the protein leaves the nucleus",
        "Falini 2005, PubMed 15659725",
    )


def _calr_frameshift(variant: SmallVariant) -> Finding | None:
    return _new_tail(
        variant,
        "CALR",
        352,
        "frameshift of the last exon: the new tail activates MPL",
        "Klampfl 2013, PubMed 24325356",
    )


def _new_tail(
    variant: SmallVariant, gene: str, from_residue: int, reason: str, source: str
) -> Finding | None:
    """Frameshifts that make a new tail instead of a loss."""
    position = variant.change.position
    if variant.gene != gene or "frameshift_variant" not in variant.terms or position is None:
        return None
    return Finding(reason, source) if position >= from_residue else None


def _loss_facts(variant: SmallVariant) -> LossFacts:
    return LossFacts(
        variant.terms,
        variant.change.position if variant.change.position is not None else variant.residue,
        variant.stop_residue,
        variant.role,
        variant.shape,
        exonic=variant.change.kind in ("synonymous", "missense", "nonsense"),
    )


def _loss_rule(name: str) -> Rule:
    def rule(variant: SmallVariant) -> Finding | None:
        facts = _loss_facts(variant)
        reason = LOSS_RULES[name](facts)
        return None if reason is None else Finding(reason, facts.role.evidence)

    return rule


# In the order they are tried. docs/methods/drivers.md has the sources.
RULES: dict[str, Rule] = {
    "hotspot_same_change": _hotspot_same_change,
    "hotspot_inframe_indel": _hotspot_inframe,
    "hotspot_splice_site": _hotspot_splice,
    "curated_change": curated_change,
    "curated_region": curated_region,
    "flt3_internal_tandem_duplication": _flt3_itd,
    "npm1_last_exon_frameshift": _npm1_frameshift,
    "calr_last_exon_frameshift": _calr_frameshift,
    **{name: _loss_rule(name) for name in LOSS_RULES},
    "hotspot_other_change": _hotspot_other_change,
}
