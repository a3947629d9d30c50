"""Findings: driver alterations with the figures they rest on, or the sentence that says why there is none.

Until a knowledge base is loaded no tier and no therapy is given, and the page says so; nothing is invented.
"""

import polars as pl

from oncoloom.report.inputs import ReportInputs
from oncoloom.report.model import Findings, Sentence
from oncoloom.report.sections.driver_findings import driver_findings
from oncoloom.report.sections.passed import change_of, counts, n_of_unknown_origin, passed, somatic
from oncoloom.report.words import count, listed, sentence

NOTE = "no knowledge base loaded: no tiers"


def build_findings(inputs: ReportInputs) -> Findings:
    """Drivers that passed, amplifications, deletions and fusions, or why there is none."""
    rows = driver_findings(inputs)
    marked = _filtered_hotspots(inputs.variants)
    if rows:
        return Findings(heading="Act on", note=NOTE, rows=rows, filtered_hotspots=marked)
    heading, text = _none(inputs)
    return Findings(heading=heading, note="", text=text, filtered_hotspots=marked)


def _filtered_hotspots(variants: pl.DataFrame) -> tuple[Sentence, ...]:
    """A known hotspot that a filter marked stays listed, with its reason."""
    marked = somatic(variants).filter(
        pl.col("hotspot").is_not_null() & ~pl.col("filters").is_in(["PASS", "not filtered"])
    )
    return tuple(
        Sentence(
            lead=f"{row['gene'] or ''} {change_of(row)}".strip(),
            text=f"{counts(row['alt_count'], row['depth'])} fragments, "
            f"marked by {filter_words(row['filters'])}.",
        )
        for row in marked.sort("gene", "pos").iter_rows(named=True)
    )


def filter_words(filters: str) -> str:
    """Filter names as words: ``strand bias, weak evidence``."""
    return filters.replace(";", ", ").replace("_", " ")


def _none(inputs: ReportInputs) -> tuple[str, str]:
    seen = inputs.assessability.filter(pl.col("state").is_in(["detected", "not detected"]))
    n_called = len(passed(inputs.variants))
    noun = "variant" if n_of_unknown_origin(inputs.variants) else "somatic variant"
    found = count(n_called, f"{noun} was", f"{noun}s were")
    called = f"{found} found, none a driver by rule." if n_called else "Somatic variants: none found."
    if len(seen) == 0:
        return "Nothing actionable could be assessed", f"{_why_unassessed(inputs)} {called}"
    return "No finding to act on", called


def _why_unassessed(inputs: ReportInputs) -> str:
    if inputs.assessability.is_empty():
        if inputs.config.reference.gff is None:
            return "No gene models were given, so no gene could be told."
        return "No cancer gene lies in the assayed region."
    causes = inputs.assessability["cause"].drop_nulls().value_counts(sort=True)["cause"].to_list()
    return sentence(listed(causes[:1]) or "No gene could be assessed")
