"""Germline heterozygous sites: counts of both alleles in the tumor."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import polars as pl

from oncoloom.features.copy_number.bins import Bins, Floats, Ints

MIN_TUMOR_DEPTH = 20
MIN_NORMAL_DEPTH = 10
NORMAL_FRACTIONS = (0.3, 0.7)  # of ALT in the normal: neither an artifact nor a site that one copy lacks
LEAST_APART_BP = 200  # nearer sites share their fragments: they tell one thing, and paralogs make many
_LEAST_SHARE_SITES = 50
OVERDISPERSION = 0.005


@dataclass(frozen=True, slots=True)
class HetSites:
    """Heterozygous sites in the order of the bins: place (0-based), counts in the tumor.

    `bin` is the index of the bin that holds or follows the site within its contig (-1: no bin of that
    contig); `alt_share` the fraction of ALT at a balanced site, from the normal.
    """

    contig: np.ndarray[tuple[int], np.dtype[np.str_]]
    pos: Ints
    alt: Ints
    depth: Ints
    bin: Ints
    alt_share: float
    n_dropped: int

    def __len__(self) -> int:
        return len(self.pos)

    def mirrored(self) -> Floats:
        """Distance of the allele fraction from one half."""
        return np.asarray(np.abs(self.alt / self.depth - 0.5), dtype=np.float64)


def het_sites(raw: pl.DataFrame, bins: Bins, contig_order: Iterable[str]) -> HetSites:
    """Sites of a `features_raw` table that are heterozygous in the normal, with 20 fragments in the tumor.

    Without a normal the caller lists sites with an allele fraction of 0.2 to 0.8 in the tumor itself; they
    are used as they are, so that loss of an allele in a pure tumor hides itself.
    """
    counted = (
        raw.filter(pl.col("kind") == "het")
        .group_by("chrom", "start", "label")
        .agg(
            *(
                pl.col("count").filter((pl.col("role") == role) & (pl.col("key") == key)).sum().alias(name)
                for name, role, key in (
                    ("ref", "tumor", 0),
                    ("alt", "tumor", 1),
                    ("normal_ref", "normal", 0),
                    ("normal_alt", "normal", 1),
                )
            )
        )
        .with_columns(
            (pl.col("ref") + pl.col("alt")).alias("depth"),
            (pl.col("normal_ref") + pl.col("normal_alt")).alias("normal_depth"),
        )
    )
    paired = bool(counted["normal_depth"].sum())
    usable = pl.col("depth") >= MIN_TUMOR_DEPTH
    if paired:
        fraction = pl.col("normal_alt") / pl.col("normal_depth")
        usable = (
            usable & (pl.col("normal_depth") >= MIN_NORMAL_DEPTH) & fraction.is_between(*NORMAL_FRACTIONS)
        )
    order = {name: n for n, name in enumerate(contig_order)}
    rank = pl.col("chrom").replace_strict(order, default=len(order), return_dtype=pl.Int64)
    kept = (
        counted.filter(usable)
        .sort(rank, "chrom", "start", "label")
        .unique(["chrom", "start"], keep="first", maintain_order=True)
    )
    kept = kept.filter(pl.Series(_apart(kept), dtype=pl.Boolean))
    n_normal = int(kept["normal_depth"].sum()) if paired else 0
    share = (
        float(kept["normal_alt"].sum()) / n_normal if kept.height >= _LEAST_SHARE_SITES and n_normal else 0.5
    )
    contig, pos = kept["chrom"].to_numpy().astype(np.str_), kept["start"].to_numpy().astype(np.int64)
    return HetSites(
        contig,
        pos,
        kept["alt"].to_numpy().astype(np.int64),
        kept["depth"].to_numpy().astype(np.int64),
        _bin_of(bins, contig, pos),
        min(max(share, 0.4), 0.6),
        counted.height - kept.height,
    )


def _apart(sites: pl.DataFrame) -> list[bool]:
    """Which sites (in order) lie at least `LEAST_APART_BP` behind the last one kept."""
    chosen: list[bool] = []
    last_contig, last = "", 0
    for contig, start in sites.select("chrom", "start").iter_rows():
        keep = contig != last_contig or start - last >= LEAST_APART_BP
        if keep:
            last_contig, last = contig, start
        chosen.append(keep)
    return chosen


def _bin_of(bins: Bins, contig: np.ndarray[tuple[int], np.dtype[np.str_]], pos: Ints) -> Ints:
    """Index of the bin that holds each site, else the nearest one before or the first of its contig."""
    out = np.full(len(pos), -1, dtype=np.int64)
    for name, (first, last) in bins.spans().items():
        inside = contig == name
        at = np.searchsorted(bins.start[first:last], pos[inside], side="right") - 1
        out[inside] = first + np.maximum(at, 0)
    return out


def no_sites() -> HetSites:
    """None at all."""
    none = np.zeros(0, dtype=np.int64)
    return HetSites(np.zeros(0, dtype=np.str_), none, none, none, none, 0.5, 0)
