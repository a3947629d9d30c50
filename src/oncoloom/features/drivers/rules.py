"""Driver alterations: a table of rules, each with an id that the variant carries.

The lists behind the rules are embedded (`resources/hotspots`, `resources/driver_genes`). Only calls that
passed their filters become drivers; a filtered call at a hotspot keeps the hotspot's name and its filter, so
that it is seen.
"""

from collections.abc import Callable
from dataclasses import dataclass

from oncoloom.features.copy_number.gene_calls import GeneCopies
from oncoloom.reference_data.consequence_terms import TRUNCATING
from oncoloom.reference_data.drivers import GeneRole, Hotspot, gene_roles, hotspots_of
from oncoloom.reference_data.protein_change import ProteinChange, parse_protein_change

_INFRAME = {"inframe_insertion", "inframe_deletion", "inframe_altering_variant"}
_SPLICE = {"splice_donor_variant", "splice_acceptor_variant"}
_NO_ROLE = GeneRole(oncogene=False, tumor_suppressor=False)


@dataclass(frozen=True, slots=True)
class SmallVariant:
    """What the rules look at."""

    gene: str
    terms: frozenset[str]
    change: ProteinChange
    residue: int | None  # residue of the nearest coding base, for splice sites
    role: GeneRole


@dataclass(frozen=True, slots=True)
class DriverVerdict:
    """Rule that makes a variant a driver (None: no rule), and the hotspot it lies in."""

    rule: str | None
    hotspot: str | None


Rule = Callable[[SmallVariant], Hotspot | bool]


def judge_variant(
    gene: str | None, terms: list[str], hgvs_p_short: str | None, coding_index: int | None
) -> DriverVerdict:
    """The first rule that a small variant fulfils.

    Parameters
    ----------
    terms
        SO consequence terms.
    coding_index
        0-based index of the (nearest) coding base on the chosen transcript.
    """
    if gene is None:
        return DriverVerdict(None, None)
    variant = SmallVariant(
        gene,
        frozenset(terms),
        parse_protein_change(hgvs_p_short or ""),
        None if coding_index is None else coding_index // 3 + 1,
        gene_roles().get(gene, _NO_ROLE),
    )
    for name, rule in RULES.items():
        found = rule(variant)
        if found:
            return DriverVerdict(name, found.name if isinstance(found, Hotspot) else None)
    return DriverVerdict(None, None)


def judge_copies(copies: GeneCopies) -> str | None:
    """Rule that makes a gene's copy level a driver: an amplified oncogene, a deeply deleted suppressor."""
    role = gene_roles().get(copies.gene, _NO_ROLE)
    if copies.state == "amplification" and role.oncogene:
        return "amplified_oncogene"
    if copies.state == "deep deletion" and role.tumor_suppressor:
        return "deleted_tumor_suppressor"
    return None


def _hotspot_same_change(variant: SmallVariant) -> Hotspot | bool:
    hit = _hotspot_residue(variant)
    if isinstance(hit, Hotspot) and variant.change.alternative in hit.changes:
        return hit
    return False


def _hotspot_residue(variant: SmallVariant) -> Hotspot | bool:
    change = variant.change
    if change.kind != "missense" or change.position is None:
        return False
    for spot in hotspots_of(variant.gene):
        if (
            spot.kind == "single_residue"
            and spot.first == change.position
            and spot.reference == change.reference
        ):
            return spot
    return False


def _hotspot_inframe(variant: SmallVariant) -> Hotspot | bool:
    change = variant.change
    if not variant.terms & _INFRAME or change.position is None:
        return False
    last = change.last_position or change.position
    for spot in hotspots_of(variant.gene):
        if spot.kind == "in_frame_indel" and change.position <= spot.last and last >= spot.first:
            return spot
    return False


def _hotspot_splice(variant: SmallVariant) -> Hotspot | bool:
    if not variant.terms & _SPLICE or variant.residue is None:
        return False
    for spot in hotspots_of(variant.gene):
        if spot.kind == "splice_site" and abs(spot.first - variant.residue) <= 1:
            return spot
    return False


def _flt3_itd(variant: SmallVariant) -> bool:
    """Tandem duplication of the juxtamembrane and first kinase domain (Kiyoi 2020, Cancer Science 111)."""
    position = variant.change.position
    return (
        variant.gene == "FLT3"
        and "inframe_insertion" in variant.terms
        and position is not None
        and 572 <= position <= 630
    )


def _npm1_frameshift(variant: SmallVariant) -> bool:
    """Frameshift of the last exon (Falini 2005, PubMed 15659725)."""
    position = variant.change.position
    return (
        variant.gene == "NPM1"
        and "frameshift_variant" in variant.terms
        and position is not None
        and position >= 283
    )


def _truncating(variant: SmallVariant) -> bool:
    return variant.role.tumor_suppressor and bool(variant.terms & (TRUNCATING | {"start_lost"}))


# In the order they are tried. docs/methods/features.md has the sources.
RULES: dict[str, Rule] = {
    "hotspot_same_change": _hotspot_same_change,
    "hotspot_inframe_indel": _hotspot_inframe,
    "hotspot_splice_site": _hotspot_splice,
    "flt3_internal_tandem_duplication": _flt3_itd,
    "npm1_last_exon_frameshift": _npm1_frameshift,
    "truncated_tumor_suppressor": _truncating,
    "hotspot_other_change": _hotspot_residue,
}
COPY_RULES: tuple[str, ...] = ("amplified_oncogene", "deleted_tumor_suppressor")
