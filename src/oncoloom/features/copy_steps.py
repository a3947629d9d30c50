"""Copy number and purity of one sample, in the order they need each other."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl

from oncoloom.features.contracts import SEGMENTS_TABLE
from oncoloom.features.copy_number import (
    Bins,
    GeneCopies,
    altered_fraction,
    gene_copies,
    make_bins,
    segment_bins,
    segment_rows,
)
from oncoloom.features.purity import Purity, estimate_purity
from oncoloom.features.request import FeatureRequest
from oncoloom.features.testability.assessability import ASSESSED_GENES
from oncoloom.features.variants.calls import CallSet
from oncoloom.reference_data.drivers import gene_roles
from oncoloom.reference_data.gene_models import GeneModels
from oncoloom.tables import Tally

MIN_BINS = 10
_MAIN_LEVEL = 0.15  # |log2| up to which a segment counts as the main copy level
_MIN_BAF = 0.40  # a balanced segment's mirrored allele fraction reads 0.46 at depth 100
_MIN_HET_DEPTH = 20


@dataclass(slots=True)
class CopyNumber:
    """Segments, genes and purity; `genes` is None for `reason` where copy number could not be judged."""

    segments: pl.DataFrame
    genes: dict[str, GeneCopies] | None
    purity: Purity
    altered: tuple[float | None, str | None]
    reason: str | None
    tally: Tally = field(default_factory=Tally)
    notes: list[str] = field(default_factory=list)


def measure_copy_number(
    calls: CallSet, models: GeneModels | None, lengths: dict[str, int], request: FeatureRequest
) -> CopyNumber:
    """Bins, segments, purity and gene copies of one tumor, or why there are none."""
    reason = _why_not(calls)
    if reason is not None:
        return _none(reason)
    assert calls.raw is not None  # _why_not has looked
    bins = make_bins(calls.raw, lengths)
    if len(bins) < MIN_BINS:
        return _none(f"{len(bins)} coverage bins with enough normal depth; {MIN_BINS} are needed")
    ranges = segment_bins(bins)
    hets = het_fractions(calls.raw)
    purity = _purity(calls, bins, ranges, hets)
    spans = _gene_spans(models)
    segments = segment_rows(
        bins,
        ranges,
        hets,
        purity=purity.value,
        genes=spans,
        patient_id=request.patient_id,
        sample_id=request.sample_id,
    )
    exons = {} if models is None else coding_of(models, {*gene_roles(), *ASSESSED_GENES})
    genes = gene_copies(
        bins, exons, purity=purity.value, amplification_min_copies=request.settings.amplification_min_copies
    )
    tally = Tally(kept=len(bins))
    tally.drop("coverage bins with a normal depth below 8", bins.n_dropped)
    altered: tuple[float | None, str | None] = (
        None,
        f"a {request.assay} assay does not cover the genome evenly",
    )
    if request.assay == "wgs":
        altered = altered_fraction(bins, ranges, sum(lengths.values()))
    notes = (
        []
        if purity.value is not None
        else [f"purity unknown ({purity.reason}): gene copies judged by log2 alone"]
    )
    return CopyNumber(segments, genes, purity, altered, None, tally, notes)


def het_fractions(raw: pl.DataFrame) -> pl.DataFrame:
    """Mirrored allele fraction in the tumor of each germline heterozygous site: chrom, pos (0-based), baf."""
    sites = (
        raw.filter((pl.col("kind") == "het") & (pl.col("role") == "tumor"))
        .group_by("chrom", "start", maintain_order=True)
        .agg(
            pl.col("count").filter(pl.col("key") == 0).sum().alias("ref"),
            pl.col("count").filter(pl.col("key") == 1).sum().alias("alt"),
        )
        .filter(pl.col("ref") + pl.col("alt") >= _MIN_HET_DEPTH)
    )
    fraction = pl.col("alt") / (pl.col("ref") + pl.col("alt"))
    return sites.select(
        "chrom", pl.col("start").alias("pos"), pl.min_horizontal(fraction, 1 - fraction).alias("baf")
    ).sort("chrom", "pos")


def _why_not(calls: CallSet) -> str | None:
    if calls.entry == "vcf":
        return "only a VCF was given: copy number needs reads or an imported segment file"
    if calls.raw is None:
        return "the calls hold no coverage sums (features_raw.parquet)"
    if not calls.paired:
        return "no matched normal: coverage has nothing to compare with"
    return None


def _none(reason: str) -> CopyNumber:
    return CopyNumber(SEGMENTS_TABLE.empty(), None, Purity(None, None, None, reason), (None, reason), reason)


def _purity(calls: CallSet, bins: Bins, ranges: list[tuple[int, int]], hets: pl.DataFrame) -> Purity:
    neutral = [
        (str(bins.contig[a]), int(bins.start[a]), int(bins.end[b - 1]))
        for a, b in ranges
        if abs(float(np.average(bins.log2[a:b], weights=bins.weight[a:b]))) <= _MAIN_LEVEL
        and _is_balanced(bins, a, b, hets)
    ]
    chosen: list[dict[str, Any]] = [
        row
        for row in calls.rows
        if row["origin"] == "somatic"
        and row["filters"] == "PASS"
        and row["variant_class"] == "snv"
        and row["depth"]
        and row["alt_count"] is not None
        and any(c == row["chrom"] and a <= row["pos"] - 1 < b for c, a, b in neutral)
    ]
    alt = np.array([row["alt_count"] for row in chosen], dtype=np.int64)
    depth = np.array([max(row["depth"], row["alt_count"]) for row in chosen], dtype=np.int64)
    return estimate_purity(alt, depth)


def _is_balanced(bins: Bins, first: int, last: int, hets: pl.DataFrame) -> bool:
    inside = hets.filter(
        (pl.col("chrom") == str(bins.contig[first]))
        & (pl.col("pos") >= int(bins.start[first]))
        & (pl.col("pos") < int(bins.end[last - 1]))
    )
    median = inside["baf"].median()
    return inside.height < 5 or (isinstance(median, float) and median >= _MIN_BAF)


def coding_of(models: GeneModels, genes: Iterable[str]) -> dict[str, list[tuple[str, int, int]]]:
    """Coding intervals of the chosen transcript of each of `genes` that the models hold."""
    chosen = models.chosen()
    return {
        gene: [(chosen[gene].contig, a, b) for a, b in chosen[gene].coding]
        for gene in sorted(genes)
        if gene in chosen and chosen[gene].coding
    }


def _gene_spans(models: GeneModels | None) -> dict[str, tuple[str, int, int]]:
    if models is None:
        return {}
    chosen = models.chosen()
    return {
        gene: (chosen[gene].contig, chosen[gene].start, chosen[gene].end)
        for gene in ASSESSED_GENES
        if gene in chosen
    }
