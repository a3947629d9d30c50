"""Bins of coverage: depths of a tumor and its normal, from the caller's sums, in reference order."""

from collections.abc import Iterable
from dataclasses import dataclass, field, fields, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from oncoloom.reference_data.contigs import bare_name

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MIN_NORMAL_DEPTH = 8.0
FRAGMENT_BP = 200.0  # bases of depth that one fragment adds


@dataclass(frozen=True, slots=True)
class DepthBins:
    """Summed depth over bins of one sample or pair, in reference order.

    Attributes
    ----------
    contig : (n,) str
    start, end : (n,) int64
        0-based half-open.
    tumor, normal : (n,) float64
        Summed fragment depth in bases; `normal` is None without a matched normal.
    gc : (n,) float64
        Share of G and C of the reference.
    ready : (n,) float64
        Share of bases with enough depth and mapping quality to call.
    size : (n,) float64
        Bases that depth can lie on.
    mappable : (n,) float64
        Share of the tumor's reads here that can lie nowhere else; 1 where there are none.
    least_normal : (n,) float64
        Summed depth that a matched normal needs.
    """

    contig: NDArray[np.str_]
    start: Ints
    end: Ints
    tumor: Floats
    normal: Floats | None
    gc: Floats
    ready: Floats
    size: Floats
    mappable: Floats
    least_normal: Floats

    def __len__(self) -> int:
        return len(self.start)

    def only(self, keep: NDArray[np.bool_]) -> "DepthBins":
        """The bins marked in `keep`."""
        arrays = {one.name: getattr(self, one.name) for one in fields(self)}
        return replace(self, **{name: each[keep] for name, each in arrays.items() if each is not None})


@dataclass(frozen=True, slots=True)
class Bins:
    """Log2 ratio of tumor against normal in bins, corrected and centered, in reference order.

    `weight` is 1 / relative variance with median 1; `sd` is the noise of a bin of weight 1; `dropped`
    counts bins left out, by reason; `off_target` marks bins between an assay's targets.
    """

    contig: NDArray[np.str_]
    start: Ints
    end: Ints
    log2: Floats
    weight: Floats
    sd: float
    dropped: dict[str, int] = field(default_factory=dict)
    off_target: NDArray[np.bool_] | None = None

    def __len__(self) -> int:
        return len(self.start)

    def spans(self) -> dict[str, tuple[int, int]]:
        """Contig to the range [first, last) of its bins."""
        names, first, n = np.unique(self.contig, return_index=True, return_counts=True)
        found = {str(name): (int(a), int(a + k)) for name, a, k in zip(names, first, n, strict=True)}
        return dict(sorted(found.items(), key=lambda one: one[1]))


def is_autosome(contig: str) -> bool:
    """Whether a contig is neither X, Y nor the mitochondrion."""
    return bare_name(contig).upper() not in ("X", "Y", "M", "MT")


def depth_bins(raw: pl.DataFrame, contig_order: Iterable[str], *, role: str = "tumor") -> DepthBins:
    """Depth of the bins of a `features_raw` table.

    Parameters
    ----------
    raw
        `features_raw` table; kind `coverage`, key 0 = summed depth, 1 = callable bases, 2 = G+C bases, 3 =
        bases of reads that may lie elsewhere.
    role
        Whose depth is `tumor` (a panel of normals reads its normals here).
    """
    coverage = raw.filter(pl.col("kind") == "coverage")
    wide = coverage.group_by("chrom", "start", "end").agg(
        _sum(role, 0).alias("tumor"),
        _sum("normal", 0).alias("normal"),
        _sum(role, 3).alias("doubtful"),
        pl.col("count").filter(pl.col("key") == 1).max().fill_null(0).alias("ready"),
        pl.col("count").filter(pl.col("key") == 2).max().fill_null(0).alias("gc"),
    )
    order = {name: n for n, name in enumerate(contig_order)}
    rank = pl.col("chrom").replace_strict(order, default=len(order), return_dtype=pl.Int64)
    wide = wide.with_columns(rank.alias("rank")).sort("rank", "chrom", "start", "end")
    start, end = wide["start"].to_numpy().astype(np.int64), wide["end"].to_numpy().astype(np.int64)
    size = np.maximum(end - start, 1).astype(np.float64)
    paired = role != "normal" and "normal" in coverage["role"].unique().to_list()
    depth = wide["tumor"].to_numpy().astype(np.float64)
    return DepthBins(
        wide["chrom"].to_numpy().astype(np.str_),
        start,
        end,
        depth,
        wide["normal"].to_numpy().astype(np.float64) if paired else None,
        wide["gc"].to_numpy() / size,
        wide["ready"].to_numpy() / size,
        size,
        mappable_share(depth, wide["doubtful"].to_numpy().astype(np.float64)),
        MIN_NORMAL_DEPTH * size,
    )


def mappable_share(sure: Floats, doubtful: Floats) -> Floats:
    """Share of the reads that can lie nowhere else; 1 where there are none."""
    return np.asarray(sure / np.maximum(sure + doubtful, 1) + (sure + doubtful == 0), dtype=np.float64)


def _sum(role: str, key: int) -> pl.Expr:
    return pl.col("count").filter((pl.col("role") == role) & (pl.col("key") == key)).sum()


def noise_sd(values: Floats, weights: Floats) -> float:
    """Standard deviation of a bin of weight 1, from differences of neighbors (breaks hardly move the median).

    0.0 for fewer than 3 bins.
    """
    if len(values) < 3:
        return 0.0
    scaled = np.abs(np.diff(values)) / np.sqrt(1 / weights[1:] + 1 / weights[:-1])
    return float(np.median(scaled) / 0.6745)


def genome_noise(contig: NDArray[np.str_], log2: Floats, weight: Floats) -> float:
    """`noise_sd` over all contigs, by their bins; 0.2 where none has three."""
    parts = [np.flatnonzero(contig == name) for name in dict.fromkeys(contig.tolist())]
    sizes = [len(part) for part in parts if len(part) >= 3]
    found = [noise_sd(log2[part], weight[part]) for part in parts if len(part) >= 3]
    return float(np.average(found, weights=sizes)) if found else 0.2
