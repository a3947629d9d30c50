"""Known hotspots, genotyped whether seen or not: found, marked by a filter, not detected to a limit."""

from typing import Any

import polars as pl

from oncoloom.features.testability.assessability import ASSESSED_GENES
from oncoloom.report.inputs import ReportInputs
from oncoloom.report.model import HotspotGene, Hotspots
from oncoloom.report.sections.findings import filter_words
from oncoloom.report.words import count, fraction


def build_hotspots(inputs: ReportInputs) -> Hotspots:
    """A line a gene that reports assess, and a sentence for all alleles."""
    table = inputs.hotspots
    if table.is_empty():
        return Hotspots(text="No hotspot was asked for.")
    counted = dict(table["state"].value_counts().iter_rows())
    limits = table.filter(pl.col("state") == "not detected")["limit_af"].drop_nulls()
    limit = f" (limit AF {_range(limits)}, 95 % power)" if len(limits) else ""
    text = (
        f"{count(len(table), 'allele was', 'alleles were')} looked at in the reads, seen or not: "
        f"{counted.get('detected', 0)} detected, {counted.get('marked', 0)} marked by a filter, "
        f"{counted.get('not detected', 0)} not detected{limit}, "
        f"{counted.get('not covered', 0)} not covered enough to be found at any fraction."
    )
    rows = tuple(
        _gene(str(gene), rows)
        for (gene,), rows in table.filter(pl.col("gene").is_in(ASSESSED_GENES))
        .sort("gene")
        .group_by("gene", maintain_order=True)
    )
    return Hotspots(text=text, rows=rows)


def _gene(gene: str, rows: pl.DataFrame) -> HotspotGene:
    limits = rows.filter(pl.col("state") == "not detected")["limit_af"].drop_nulls()
    return HotspotGene(
        gene=gene,
        n_alleles=len(rows),
        detected=tuple(_name(row) for row in _in_state(rows, "detected")),
        marked=tuple(
            f"{_name(row)}: {row['alt_count']} of {row['depth']:,}, {filter_words(row['filters'])}"
            for row in _in_state(rows, "marked")
        ),
        limit=f"AF {_range(limits)}" if len(limits) else "–",
        n_not_covered=len(rows.filter(pl.col("state") == "not covered")),
    )


def _in_state(rows: pl.DataFrame, state: str) -> list[dict[str, Any]]:
    return list(rows.filter(pl.col("state") == state).sort("pos", "ref", "alt").iter_rows(named=True))


def _name(row: dict[str, Any]) -> str:
    return row["hgvs_p_short"] or row["hotspot"] or f"{row['pos']:,} {row['ref']}>{row['alt']}"


def _range(limits: pl.Series) -> str:
    low, high = (fraction(float(value)) for value in (limits.min(), limits.max()))  # type: ignore[arg-type]
    return low if low == high else f"{low} to {high}"
