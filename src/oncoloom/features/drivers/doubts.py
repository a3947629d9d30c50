"""What speaks against a driver call: of the rule itself, and of the sample. Nothing: null.

Every rule has an entry, so that a new one must say whether it is certain (a test walks all rules).
"""

from typing import Any

from oncoloom.features.drivers.biallelic import HEMATOPOIESIS, TWO_HITS_UNPHASED
from oncoloom.reference_data.curated_changes import curated_changes
from oncoloom.reference_data.protein_change import parse_protein_change
from oncoloom.reference_data.transcript_shape import embedded_shapes

LITTLE_LOST = (
    0.25  # of the protein; from a tenth on ClinGen's tree says strong, as long as the region matters
)
FEW_TUMORS = 5  # a residue of the hotspot list seen in fewer tumors may be there by chance

RULE_DOUBTS: dict[str, str | None] = {
    "promoter_hotspot": None,
    "hotspot_same_change": None,
    "hotspot_inframe_indel": None,
    "hotspot_splice_site": None,
    "curated_change": None,
    "curated_region": "other changes in this stretch are known, this very one may not be",
    "flt3_internal_tandem_duplication": None,
    "npm1_last_exon_frameshift": None,
    "calr_last_exon_frameshift": None,
    "truncated_tumor_suppressor": None,
    "germline_truncated_tumor_suppressor": None,
    "shortened_tumor_suppressor": None,  # by the share of the protein that is lost, see below
    "splice_site_tumor_suppressor": "how the messenger is spliced was not seen",
    "start_lost_tumor_suppressor": "the protein may start at a later codon",
    "hotspot_other_change": "this change of the residue was not seen before",
    "amplified_oncogene": None,
    "deleted_tumor_suppressor": None,
    "known_fusion": None,
    "known_fusion_partner": "this pair of genes was not seen before",
}

_CAUTIONS = {TWO_HITS_UNPHASED: None, HEMATOPOIESIS: HEMATOPOIESIS}  # the first stands with the other copy


def doubt_of(rule: str, *more: str | None) -> str | None:
    """The rule's doubt and those of this call, joined by `; `; None where there is none."""
    said = [one for one in (RULE_DOUBTS[rule], *more) if one]
    return "; ".join(said) or None


def doubts_of_variant(row: dict[str, Any], n_tumors: int | None) -> str | None:
    """Doubts of a driver row of the `variants` table."""
    few = None
    if n_tumors is not None and n_tumors < FEW_TUMORS:
        few = (
            f"seen in only {n_tumors} tumors of the list" if n_tumors > 1 else "seen in one tumor of the list"
        )
    short = _little_lost(row) if row["driver_rule"] == "shortened_tumor_suppressor" else None
    if row["driver_rule"] == "curated_change":
        listed = curated_changes().get((row["gene"], (row["hgvs_p_short"] or "").removeprefix("p.")))
        few = "one paper alone says so" if listed is not None and listed.n_papers == 1 else None
    unplaced = row["driver_rule"] == "truncated_tumor_suppressor" and row["hgvs_p_short"] is None
    labels = [_CAUTIONS.get(one, one) for one in (row["labels"] or "").split(";") if one]
    return doubt_of(
        row["driver_rule"],
        few,
        short,
        "where the stop lies in the exons is not known" if unplaced else None,
        "no matched normal: it may be inherited" if row["origin"] == "unknown" else None,
        *labels,
    )


def _little_lost(row: dict[str, Any]) -> str | None:
    """A shortened protein that keeps most of itself; None where more is lost, or the place is not known."""
    shape, change = embedded_shapes().get(row["gene"]), parse_protein_change(row["hgvs_p_short"] or "")
    lost = None if shape is None or change.position is None else shape.share_lost(change.position)
    if lost is None or lost >= LITTLE_LOST:
        return None
    return f"a shorter protein is still made, only {100 * lost:.0f} % of it is lost"
