"""Depth between the targets of a panel or exome: small bins joined until each holds enough fragments."""

from collections.abc import Iterable

import numpy as np
import polars as pl

from oncoloom.features.copy_number.bins import FRAGMENT_BP, DepthBins, Floats, Ints, mappable_share

LONGEST_BP = 1_000_000  # a longer bin tells little of a chromosome arm
LEAST_BINS = 50  # of the genome, before its off-target depth is used at all
_LEAST_NAMED = 0.5  # share of a bin that the reference names
_SHORT = 0.25  # of the fragments wanted: what a short stretch between two targets must expect

NOT_IN_POOL = "off-target bins that the pool of normals lacks"
UNNAMED = "off-target bins in gaps of the reference"
TOO_SHORT = "off-target stretches too short for enough fragments"
TOO_FEW = "off-target bins of a sample with too few fragments between its targets"


def off_target_depth(
    raw: pl.DataFrame,
    contig_order: Iterable[str],
    *,
    least_fragments: int,
    pool: pl.DataFrame | None = None,
) -> tuple[DepthBins | None, dict[str, int]]:
    """Depth of bins between the targets, and the small bins left out by reason; None where it tells nothing.

    Parameters
    ----------
    raw
        `features_raw` table; kind `off_target`, key 0 = fragments, 1 = named bases, 2 = G+C bases, 3 =
        fragments that may lie elsewhere.
    least_fragments
        Fragments that a bin shall hold on average, in the tumor and in its normal.
    pool
        Fragments of pooled normals (`normal_pool.read_pool_between`), which stand in for a matched normal;
        small bins that it lacks are left out.

    Notes
    -----
    Small bins of a stretch without a target are joined into as many equal bins as hold so many fragments at
    the sample's mean depth. Shorter stretches are kept down to a quarter of that. Depth is in bases, 200 a
    fragment, as that of target bins.
    """
    small = _small_bins(raw, contig_order)
    if small.is_empty():
        return None, {}
    unknown = 0
    if pool is not None and small["normal"].null_count():
        joined = small.drop("normal").join(
            pool, on=["chrom", "start", "end"], how="left", maintain_order="left"
        )
        unknown = joined["normal"].null_count()
        small = joined.drop_nulls("normal")
    named = small["bases"] >= _LEAST_NAMED * (small["end"] - small["start"])
    dropped = {UNNAMED: int((~named).sum()), NOT_IN_POOL: unknown}
    small = small.filter(named)
    if small.is_empty():
        return None, dropped
    paired = small["normal"].null_count() < small.height
    held = min(int(small[name].sum()) for name in (("tumor", "normal") if paired else ("tumor",)))
    wanted_bp = least_fragments * int(small["bases"].sum()) / max(held, 1)
    if wanted_bp > LONGEST_BP:
        return None, dropped | {TOO_FEW: small.height}
    bin_of, n_short = _joined(small, wanted_bp)
    dropped[TOO_SHORT] = n_short
    n = int(bin_of.max(initial=-1)) + 1
    if n < LEAST_BINS:
        return None, dropped | {TOO_FEW: small.height - n_short}
    used = bin_of >= 0
    return _depth(small.filter(pl.Series(used)), bin_of[used], n, least_fragments), dropped


def off_target_counts(raw: pl.DataFrame, role: str) -> pl.DataFrame:
    """Columns chrom, start, end, fragments, doubtful of one sample's small bins."""
    rows = raw.filter((pl.col("kind") == "off_target") & (pl.col("role") == role))
    return rows.group_by("chrom", "start", "end").agg(
        pl.col("count").filter(pl.col("key") == key).sum().alias(name)
        for name, key in (("fragments", 0), ("doubtful", 3))
    )


def _small_bins(raw: pl.DataFrame, contig_order: Iterable[str]) -> pl.DataFrame:
    """Columns chrom, start, end, tumor, normal (null without one), bases, gc, doubtful; sorted."""
    rows = raw.filter(pl.col("kind") == "off_target")
    paired = "normal" in rows["role"].unique().to_list()

    def counts(role: str, key: int) -> pl.Expr:
        return pl.col("count").filter((pl.col("role") == role) & (pl.col("key") == key)).sum()

    order = {name: n for n, name in enumerate(contig_order)}
    rank = pl.col("chrom").replace_strict(order, default=len(order), return_dtype=pl.Int64)
    return (
        rows.group_by("chrom", "start", "end")
        .agg(
            counts("tumor", 0).alias("tumor"),
            (counts("normal", 0) if paired else pl.lit(None, dtype=pl.Int64)).alias("normal"),
            pl.col("count").filter(pl.col("key") == 1).max().fill_null(0).alias("bases"),
            pl.col("count").filter(pl.col("key") == 2).max().fill_null(0).alias("gc"),
            counts("tumor", 3).alias("doubtful"),
        )
        .sort(rank, "chrom", "start")
    )


def _joined(small: pl.DataFrame, wanted_bp: float) -> tuple[Ints, int]:
    """(n,) bin of each small one, -1 for those of too short stretches; and how many those are."""
    chrom, start, end = (small[name].to_numpy() for name in ("chrom", "start", "end"))
    bases = small["bases"].to_numpy()
    new = np.ones(len(start), bool)
    new[1:] = (chrom[1:] != chrom[:-1]) | (start[1:] != end[:-1])
    bin_of, n_bins, n_short = np.full(len(start), -1, dtype=np.int64), 0, 0
    for part in np.split(np.arange(len(start)), np.flatnonzero(new)[1:]):
        total = float(bases[part].sum())
        if total < _SHORT * wanted_bp:
            n_short += len(part)
            continue
        n_parts = min(len(part), max(1, round(total / wanted_bp)))
        middle = (np.cumsum(bases[part]) - bases[part] / 2) / total
        within = np.minimum((middle * n_parts).astype(np.int64), n_parts - 1)
        bin_of[part] = n_bins + np.unique(within, return_inverse=True)[1]
        n_bins = int(bin_of[part].max()) + 1
    return bin_of, n_short


def _depth(small: pl.DataFrame, bin_of: Ints, n: int, least_fragments: int) -> DepthBins:
    first = np.searchsorted(bin_of, np.arange(n), side="left")
    last = np.searchsorted(bin_of, np.arange(n), side="right") - 1

    def total(name: str) -> Floats:
        summed = np.bincount(bin_of, weights=small[name].to_numpy(), minlength=n)
        return np.asarray(summed, dtype=np.float64)

    bases, tumor = total("bases"), total("tumor")
    mappable = mappable_share(tumor, total("doubtful"))
    return DepthBins(
        small["chrom"].to_numpy().astype(np.str_)[first],
        small["start"].to_numpy()[first].astype(np.int64),
        small["end"].to_numpy()[last].astype(np.int64),
        tumor * FRAGMENT_BP,
        total("normal") * FRAGMENT_BP if small["normal"].null_count() < small.height else None,
        total("gc") / bases,
        mappable,
        bases,
        mappable,
        np.full(n, _SHORT * least_fragments * FRAGMENT_BP),
    )
