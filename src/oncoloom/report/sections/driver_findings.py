"""Findings: every driver of the tumor with its figures, the hotspots first, then copies, then fusions."""

from typing import Any

import polars as pl

from oncoloom.report.inputs import ReportInputs
from oncoloom.report.model import Figure, Finding
from oncoloom.report.sections.copy_findings import copy_findings
from oncoloom.report.sections.driver_reasons import NOT_LOADED, driver_reason, short_reason
from oncoloom.report.sections.passed import change_of, counts, passed, place_of
from oncoloom.report.words import fraction, fraction_interval
from oncoloom.shares import wilson_interval


def driver_findings(inputs: ReportInputs) -> tuple[Finding, ...]:
    """One finding a driver; genes of one amplicon or deletion share a finding. Germline ones are left out."""
    return (*_small(inputs), *copy_findings(inputs), *_fusions(inputs))


def _small(inputs: ReportInputs) -> list[Finding]:
    key = ["chrom", "pos", "ref", "alt", "gene"]
    reasons = {tuple(row[name] for name in key): row for row in inputs.drivers.iter_rows(named=True)}
    drivers = passed(inputs.variants).filter(pl.col("driver"))
    ordered = drivers.sort(
        [pl.col("hotspot").is_null(), pl.col("af").fill_null(0).neg(), "gene", "pos"], maintain_order=True
    )
    return [
        _small_finding(row, reasons[tuple(row[name] for name in key)], inputs)
        for row in ordered.iter_rows(named=True)
    ]


def _small_finding(row: dict[str, Any], driver: dict[str, Any], inputs: ReportInputs) -> Finding:
    low, high = _limits(row)
    reason = driver_reason(driver)
    why, why_detail = short_reason(driver, row["hotspot"])
    return Finding(
        tier=None,
        gene=row["gene"] or "",
        name=f"{row['gene'] or 'no gene'} {change_of(row)}",
        detail=_af_text(row, low, high),
        alteration_class=driver["alteration_class"],
        allele_fraction=row["af"],
        allele_fraction_lower=low,
        allele_fraction_upper=high,
        figures=_figures(row, low, high, inputs),
        because=reason.text,
        driver=reason,
        why=why,
        why_detail=why_detail,
        therapies=(NOT_LOADED,),
    )


def _limits(row: dict[str, Any]) -> tuple[float | None, float | None]:
    if row["alt_count"] is None or not row["depth"]:
        return None, None
    return wilson_interval(min(row["alt_count"], row["depth"]), row["depth"])


def _af_text(row: dict[str, Any], low: float | None, high: float | None) -> str:
    if row["af"] is None:
        return "allele fraction not given"
    parts = [f"AF {fraction_interval(row['af'], low, high)}"]
    if row["alt_count"] is not None and row["depth"]:
        parts.append(f"{row['alt_count']:,} of {row['depth']:,}")
    if row["filters"] == "not filtered":
        parts.append("not filtered")
    return " · ".join(parts)


def _figures(
    row: dict[str, Any], low: float | None, high: float | None, inputs: ReportInputs
) -> tuple[Figure, ...]:
    pairs = [
        (
            "Allele fraction",
            fraction_interval(row["af"], low, high) if row["af"] is not None else "not given",
        ),
        ("Tumor fragments", counts(row["alt_count"], row["depth"])),
        ("Normal fragments", counts(row["normal_alt_count"], row["normal_depth"])),
        ("Consequence", (row["consequence"] or "not known").replace("_", " ").replace("&", ", ")),
        ("Coding change", row["hgvs_c"] or "not known"),
        ("Transcript", row["transcript"] or "not known"),
        ("Place", place_of(row) or "not given"),
        ("Tumor cells", _cells(row["cancer_cell_fraction"])),
        ("Posterior", posterior_text(row["posterior"])),
        ("Filters", row["filters"]),
        ("Caller", row["caller"]),
        ("Reference", inputs.config.reference.genome_build),
    ]
    return tuple(Figure(label=label, text=text) for label, text in pairs)


def _cells(value: float | None) -> str:
    return "not estimated" if value is None else f"{fraction(value)} of tumor cells"


def posterior_text(value: float | None) -> str:
    """A posterior probability; what rounds to one is said as a bound."""
    if value is None:
        return "not given"
    return "> 0.9999" if value > 0.9999 else f"{value:.4f}"


def _fusions(inputs: ReportInputs) -> list[Finding]:
    found = inputs.drivers.filter(pl.col("alteration_class") == "fusion").sort("gene", "change")
    out = []
    for row in found.iter_rows(named=True):
        reason = driver_reason(row)
        why, why_detail = short_reason(row, None)
        support = "support not given" if row["support"] is None else f"{row['support']:,} fragments"
        out.append(
            Finding(
                tier=None,
                gene=row["gene"],
                name=f"{row['change']} fusion",
                detail=support,
                alteration_class="fusion",
                figures=(Figure(label="Across the junction", text=support),),
                because=reason.text,
                driver=reason,
                why=why,
                why_detail=why_detail,
                therapies=(NOT_LOADED,),
            )
        )
    return out
