"""Why a finding is called a driver, in a reader's words: figures, other copy, doubt, what it rests on."""

from typing import Any

from oncoloom.report.model import DriverReason, TherapyEvidence
from oncoloom.report.words import count, sentence

NOT_LOADED = TherapyEvidence(
    therapy="not looked up",
    direction="not looked up",
    detail="no therapy evidence loaded",
    evidence="none loaded",
    evidence_detail="no knowledge base",
)

# Rule to the few words of page one; {spot} is the hotspot's residue or stretch.
RULE_WORDS: dict[str, str] = {
    "promoter_hotspot": "promoter hotspot",
    "hotspot_same_change": "hotspot {spot}",
    "hotspot_inframe_indel": "hotspot {spot}",
    "hotspot_splice_site": "hotspot {spot}",
    "hotspot_other_change": "hotspot {spot}",
    "curated_change": "curated change",
    "curated_region": "known stretch {spot}",
    "flt3_internal_tandem_duplication": "tandem duplication",
    "npm1_last_exon_frameshift": "NPM1 frameshift",
    "calr_last_exon_frameshift": "CALR frameshift",
    "truncated_tumor_suppressor": "truncated suppressor",
    "germline_truncated_tumor_suppressor": "truncated suppressor",
    "shortened_tumor_suppressor": "shortened suppressor",
    "splice_site_tumor_suppressor": "suppressor splice site",
    "start_lost_tumor_suppressor": "suppressor start lost",
    "amplified_oncogene": "amplified oncogene",
    "deleted_tumor_suppressor": "deleted suppressor",
    "known_fusion": "recurrent fusion",
    "known_fusion_partner": "fusion, new partner",
}

# Embedded file to the name and version that a reader can look up.
LISTS: dict[str, str] = {
    "hotspots/cancer_hotspots.tsv.gz": "Cancer Hotspots v2 (Chang 2018)",
    "hotspots/noncoding.tsv": "promoter hotspots",
    "driver_genes/driver_genes.tsv.gz": "the gene's role",
    "driver_genes/supplement.tsv": "the gene's role",
    "fusions/known_fusions.tsv.gz": "recurrent fusions (oncoref 1.20.0)",
    "curated_changes/curated_changes.tsv.gz": "DoCM 2024-10, CIViC 2026-05, CGI 2017, Bailey 2018",
    "curated_changes/regions.tsv": "known stretches",
}


def driver_reason(row: dict[str, Any]) -> DriverReason:
    """The reason of a row of the `drivers` table."""
    return DriverReason(
        rule=row["rule"],
        text=sentence(row["reason"]),
        other_copy=sentence(row["other_copy"] or ""),
        doubt=sentence(row["doubt"] or ""),
        rests_on=rests_on(row["evidence"]),
        n_tumors=row["n_tumors"],
        copies_lower=row["copies_lower"],
        copies_upper=row["copies_upper"],
        support=row["support"],
    )


def rests_on(evidence: str) -> str:
    """The rows of the embedded tables with the lists' names instead of their files.

    Examples
    --------
    >>> rests_on("hotspots/cancer_hotspots.tsv.gz: BRAF V600, 897 tumors")
    'Cancer Hotspots v2 (Chang 2018): BRAF V600, 897 tumors'
    """
    file, colon, rest = evidence.partition(": ")
    return f"{LISTS[file]}: {rest}" if colon and file in LISTS else evidence


def short_reason(row: dict[str, Any], hotspot: str | None) -> tuple[str, str]:
    """The few words of page one, and the figure or doubt below them."""
    spot = (hotspot or "").removeprefix(row["gene"]).strip() or "residue"
    return RULE_WORDS[row["rule"]].format(spot=spot), _below(row)


def _below(row: dict[str, Any]) -> str:
    if row["doubt"]:
        return "uncertain, see Evidence"
    if row["n_tumors"] is not None:
        return f"in {count(row['n_tumors'], 'tumor')} of the list"
    if row["other_copy"]:
        return "both copies hit" if row["other_copy"].startswith("both") else ""
    if row["alteration_class"] == "fusion":
        return "imported"
    return "by copy number" if row["copies"] is not None or row["log2"] is not None else ""
