"""What speaks against a driver call: of the rule itself, and of the sample. Nothing: null.

Every rule has an entry, so that a new one must say whether it is certain (a test walks all rules).
"""

from typing import Any

from oncoloom.features.drivers.biallelic import HEMATOPOIESIS, TWO_HITS_UNPHASED

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
    "shortened_tumor_suppressor": "a shorter protein is still made: that it does not work is inferred",
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
    unplaced = row["driver_rule"] == "truncated_tumor_suppressor" and row["hgvs_p_short"] is None
    labels = [_CAUTIONS.get(one, one) for one in (row["labels"] or "").split(";") if one]
    return doubt_of(
        row["driver_rule"],
        few,
        "where the stop lies in the exons is not known" if unplaced else None,
        "no matched normal: it may be inherited" if row["origin"] == "unknown" else None,
        *labels,
    )
