"""Every somatic variant that passed, and how many did not, by reason."""

from collections import Counter
from typing import Any

import polars as pl

from oncoloom.report.inputs import ReportInputs
from oncoloom.report.model import VariantRow, Variants
from oncoloom.report.sections.passed import n_of_unknown_origin, passed, place_of, somatic
from oncoloom.report.words import chromosome_key, count


def build_variants(inputs: ReportInputs) -> Variants:
    """Drivers first, then by place; marked variants are counted under each filter that marked them."""
    kept = passed(inputs.variants)
    marked = somatic(inputs.variants).filter(~pl.col("filters").is_in(["PASS", "not filtered"]))
    reasons: Counter[str] = Counter()
    for names in marked["filters"]:
        reasons.update(names.split(";"))
    more = count(len(marked), "more candidate was", "more candidates were")
    text = f"{more} marked by a filter; one may carry several marks."
    return Variants(
        heading=_heading(kept),
        text=text if len(marked) else "No candidate was marked by a filter.",
        rows=tuple(_row(row) for row in passed_rows(inputs)),
        filtered=dict(sorted(reasons.items(), key=lambda item: (-item[1], item[0]))),
        counted=inputs.tally,
    )


def passed_rows(inputs: ReportInputs) -> list[dict[str, Any]]:
    """Rows of the variants that passed, drivers first, then by place."""
    return sorted(passed(inputs.variants).iter_rows(named=True), key=_order)


def _order(row: dict[str, Any]) -> tuple[bool, Any, int, str]:
    return not row["driver"], chromosome_key(row["chrom"] or ""), row["pos"] or 0, row["gene"] or ""


def _heading(kept: pl.DataFrame) -> str:
    if kept.is_empty():
        return "No somatic variant found"
    unfiltered = (kept["filters"] == "not filtered").any()
    unknown = n_of_unknown_origin(kept)
    return (
        count(len(kept), "variant" if unknown else "somatic variant")
        + (" passed or never filtered" if unfiltered else " passed")
        + (f", {unknown:,} of unknown origin" if unknown else "")
    )


def _row(row: dict[str, Any]) -> VariantRow:
    normal = "–"
    if row["normal_depth"] is not None:
        normal = f"{row['normal_alt_count'] or 0} of {row['normal_depth']:,}"
    change = row["hgvs_p_short"] or row["hgvs_c"] or "–"
    consequence = (row["consequence"] or "–").split("&")[0].removesuffix("_variant")
    return VariantRow(
        gene=row["gene"] or "–",
        change=change,
        consequence=consequence.replace("_", " "),
        place=place_of(row) or "–",
        allele_fraction=row["af"],
        alt_count=row["alt_count"],
        depth=row["depth"],
        normal=normal,
        driver=row["driver"],
    )
