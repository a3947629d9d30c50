"""Copy number: coverage of tumor against normal in bins, corrected, centered, segmented; states of genes."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from oncoloom.features.contracts import SEGMENTS_TABLE
from oncoloom.features.segmentation import noise_sd, segment_contig

Floats = NDArray[np.float64]
GeneState = Literal["amplification", "deep deletion", "neither"]

# Relative thresholds where the purity is unknown: six copies, and no copy, in a tumor of half tumor cells.
RELATIVE_AMPLIFICATION_LOG2 = 1.0
RELATIVE_DELETION_LOG2 = -1.0
_MIN_NORMAL_DEPTH = 8.0
_FRAGMENT_BP = 200.0  # bases of depth that one fragment adds, for the weight of a bin
_EXTRA_VARIANCE = 0.01  # spread of bins beyond counting (capture, GC), log2²
_MIN_BINS_GC = 60


@dataclass(frozen=True, slots=True)
class Bins:
    """Bins of one tumor–normal pair in reference order: place, log2 ratio (centered), weight."""

    contig: NDArray[np.str_]
    start: NDArray[np.int64]
    end: NDArray[np.int64]
    log2: Floats
    weight: Floats
    n_dropped: int
    sd: float

    def __len__(self) -> int:
        return len(self.start)


@dataclass(frozen=True, slots=True)
class GeneCopies:
    """Copy level of one gene: log2 with 95 % interval, copies where the purity is known, its state."""

    gene: str
    log2: float
    log2_lower: float
    log2_upper: float
    copies: float | None
    n_bins: int
    state: GeneState
    assessable: bool


def make_bins(raw: pl.DataFrame, contig_order: Iterable[str]) -> Bins:
    """Log ratios of tumor against normal coverage.

    Parameters
    ----------
    raw
        `features_raw` table; kind `coverage`, key 0 = summed depth, 1 = callable bases, 2 = G+C bases.

    Notes
    -----
    Bins with a normal depth below 8 are dropped and counted. Depths are brought to the same median; the
    median over bins of similar G+C content is taken out where there are at least 60 bins; the result is
    centered on the mode-like half-sample median of all bins.
    """
    coverage = raw.filter(pl.col("kind") == "coverage")
    wide = (
        coverage.group_by("chrom", "start", "end")
        .agg(
            _sum("tumor", 0).alias("tumor"),
            _sum("normal", 0).alias("normal"),
            pl.col("count").filter(pl.col("key") == 2).max().alias("gc"),
        )
        .with_columns(pl.col("gc").fill_null(0))
    )
    order = {name: n for n, name in enumerate(contig_order)}
    wide = wide.with_columns(
        pl.col("chrom").replace_strict(order, default=len(order), return_dtype=pl.Int64).alias("rank")
    ).sort("rank", "chrom", "start", "end")
    size = (wide["end"] - wide["start"]).to_numpy().astype(np.float64)
    tumor, normal = wide["tumor"].to_numpy().astype(np.float64), wide["normal"].to_numpy().astype(np.float64)
    keep = normal / np.maximum(size, 1) >= _MIN_NORMAL_DEPTH
    tumor, normal, size = tumor[keep], normal[keep], size[keep]
    kept = wide.filter(pl.Series(keep))
    if len(kept) == 0:
        none = np.zeros(0)
        return Bins(
            np.array([], dtype=np.str_),
            none.astype(np.int64),
            none.astype(np.int64),
            none,
            none,
            len(wide),
            0.0,
        )
    ratio = _log_ratio(tumor, normal, size)
    weight = 1.0 / (_FRAGMENT_BP / (tumor + _FRAGMENT_BP) + _FRAGMENT_BP / normal + _EXTRA_VARIANCE)
    weight /= float(np.median(weight))
    ratio = _without_gc(ratio, kept["gc"].to_numpy() / size)
    ratio = ratio - _center(ratio, weight)
    contig = kept["chrom"].to_numpy().astype(np.str_)
    return Bins(
        contig,
        kept["start"].to_numpy(),
        kept["end"].to_numpy(),
        ratio,
        weight,
        int((~keep).sum()),
        _sd(contig, ratio, weight),
    )


def _sum(role: str, key: int) -> pl.Expr:
    return pl.col("count").filter((pl.col("role") == role) & (pl.col("key") == key)).sum()


def _log_ratio(tumor: Floats, normal: Floats, size: Floats) -> Floats:
    tumor_depth, normal_depth = tumor / size, normal / size
    scale = max(float(np.median(tumor_depth)), 1e-9) / max(float(np.median(normal_depth)), 1e-9)
    # half a fragment keeps a bin without tumor reads finite
    pseudo = 0.5 * _FRAGMENT_BP / size
    return np.asarray(
        np.log2((tumor_depth + pseudo) / scale) - np.log2(normal_depth + pseudo), dtype=np.float64
    )


def _without_gc(ratio: Floats, gc: Floats) -> Floats:
    """Take out the median ratio of bins with similar G+C content (ten groups, joined by straight lines)."""
    if len(ratio) < _MIN_BINS_GC or float(np.ptp(gc)) < 0.05:
        return ratio
    order = np.argsort(gc, kind="stable")
    groups = np.array_split(order, 10)
    x = np.array([float(np.median(gc[group])) for group in groups])
    y = np.array([float(np.median(ratio[group])) for group in groups])
    usable = np.concatenate(([True], np.diff(x) > 0))
    return np.asarray(ratio - np.interp(gc, x[usable], y[usable]), dtype=np.float64)


def _center(ratio: Floats, weight: Floats) -> float:
    """The commonest level: the weighted middle of the shortest interval that holds half of the bins."""
    order = np.argsort(ratio, kind="stable")
    x, w = ratio[order], weight[order]
    half = w.sum() / 2
    total = np.concatenate(([0.0], np.cumsum(w)))
    ends = np.searchsorted(total, total[:-1] + half - 1e-9)
    legal = ends <= len(x)
    width = np.where(legal, x[np.minimum(ends, len(x)) - 1] - x, np.inf)
    at = int(np.argmin(width))
    inside = slice(at, int(ends[at]))
    return float(np.average(x[inside], weights=w[inside]))


def _sd(contig: NDArray[np.str_], ratio: Floats, weight: Floats) -> float:
    parts = [contig == name for name in dict.fromkeys(contig.tolist())]
    found = [noise_sd(ratio[part], weight[part]) for part in parts if part.sum() >= 3]
    sizes = [int(part.sum()) for part in parts if part.sum() >= 3]
    return float(np.average(found, weights=sizes)) if found else 0.2


def segment_bins(bins: Bins) -> list[tuple[int, int]]:
    """Index ranges [first, last) of segments, contig by contig."""
    out: list[tuple[int, int]] = []
    names = bins.contig.tolist()
    for name in dict.fromkeys(names):
        index = np.flatnonzero(bins.contig == name)
        first = int(index[0])
        ends = segment_contig(bins.log2[index], bins.weight[index], sd=bins.sd, n_total=len(bins))
        start = 0
        for end in ends:
            out.append((first + start, first + end))
            start = end
    return out


def copies_at(log2: float, purity: float | None, ploidy: float = 2.0) -> float | None:
    """Total copies of a level, given the purity; the main level is `ploidy` copies."""
    if purity is None or purity <= 0:
        return None
    return max(0.0, float((2**log2 * (purity * ploidy + 2 * (1 - purity)) - 2 * (1 - purity)) / purity))


def segment_rows(
    bins: Bins,
    segments: list[tuple[int, int]],
    hets: pl.DataFrame,
    *,
    purity: float | None,
    genes: dict[str, tuple[str, int, int]],
    patient_id: str,
    sample_id: str,
) -> pl.DataFrame:
    """The `segments` table of oncoloom's own segmentation.

    Parameters
    ----------
    hets
        Columns chrom, pos, baf (mirrored allele fraction of germline heterozygous sites in the tumor).
    genes
        Gene of interest to contig, start, end.
    """
    rows: list[dict[str, Any]] = []
    for first, last in segments:
        chrom, start, end = str(bins.contig[first]), int(bins.start[first]), int(bins.end[last - 1])
        level, low, high = _level(bins, np.arange(first, last))
        inside = hets.filter((pl.col("chrom") == chrom) & (pl.col("pos") >= start) & (pl.col("pos") < end))
        named = sorted(g for g, (c, a, b) in genes.items() if c == chrom and a < end and b > start)
        rows.append(
            {
                "patient_id": patient_id,
                "sample_id": sample_id,
                "chrom": chrom,
                "start": start,
                "end": end,
                "n_bins": last - first,
                "log2": level,
                "log2_lower": low,
                "log2_upper": high,
                "baf": inside["baf"].median() if inside.height >= 3 else None,
                "total_cn": copies_at(level, purity),
                "minor_cn": None,
                "gene": ",".join(named) or None,
                "caller": "oncoloom",
            }
        )
    return pl.DataFrame(rows, schema=SEGMENTS_TABLE.polars_schema())


def gene_copies(
    bins: Bins,
    intervals: dict[str, list[tuple[str, int, int]]],
    *,
    purity: float | None,
    amplification_min_copies: float,
) -> dict[str, GeneCopies]:
    """Copy level of each gene over the bins that overlap its coding exons.

    Amplified: copies ≥ the threshold (purity known) or log2 ≥ 1 (unknown). Deep deletion: under half a copy,
    or log2 ≤ -1. Either needs its 95 % interval beyond 0 by a margin and two bins; fewer bins: not
    assessable.
    """
    out: dict[str, GeneCopies] = {}
    spans = _contig_spans(bins)
    for gene, parts in intervals.items():
        index = _overlaps(bins, parts, spans)
        if len(index) == 0:
            continue
        level, low, high = _level(bins, index)
        copies = copies_at(level, purity)
        assessable = len(index) >= 2
        out[gene] = GeneCopies(
            gene, level, low, high, copies, len(index),
            _state(level, low, high, copies, amplification_min_copies) if assessable else "neither",
            assessable,
        )  # fmt: skip
    return out


def _state(level: float, low: float, high: float, copies: float | None, minimum: float) -> GeneState:
    amplified = copies >= minimum if copies is not None else level >= RELATIVE_AMPLIFICATION_LOG2
    deleted = copies < 0.5 if copies is not None else level <= RELATIVE_DELETION_LOG2
    if amplified and low > 0.4:
        return "amplification"
    return "deep deletion" if deleted and high < -0.4 else "neither"


def _overlaps(
    bins: Bins, parts: list[tuple[str, int, int]], spans: dict[str, tuple[int, int]]
) -> NDArray[np.int64]:
    """Indexes of bins that overlap any of the intervals; `spans` gives each contig's range of bins."""
    hit: set[int] = set()
    for contig, start, end in parts:
        low, high = spans.get(contig, (0, 0))
        first = low + int(np.searchsorted(bins.end[low:high], start, side="right"))
        last = low + int(np.searchsorted(bins.start[low:high], end, side="left"))
        hit.update(range(first, last))
    return np.array(sorted(hit), dtype=np.int64)


def _contig_spans(bins: Bins) -> dict[str, tuple[int, int]]:
    names, first, n = np.unique(bins.contig, return_index=True, return_counts=True)
    return {str(name): (int(a), int(a + k)) for name, a, k in zip(names, first, n, strict=True)}


def _level(bins: Bins, index: NDArray[np.int64]) -> tuple[float, float, float]:
    """Weighted median over bins with its 95 % interval (± 1.96 × 1.25 σ / √Σw: the median's larger error)."""
    x, w = bins.log2[index], bins.weight[index]
    order = np.argsort(x, kind="stable")
    total = np.cumsum(w[order])
    level = float(x[order][int(np.searchsorted(total, total[-1] / 2))])
    half = 1.96 * 1.25 * max(bins.sd, 0.02) / float(np.sqrt(w.sum()))
    return level + 0.0, level - half, level + half


def altered_fraction(
    bins: Bins, segments: list[tuple[int, int]], genome_bp: int
) -> tuple[float | None, str | None]:
    """Share of the genome unlike the main level; None with reason unless bins cover half of it."""
    lengths = np.array(
        [int(bins.end[last - 1] - bins.start[first]) for first, last in segments], dtype=np.float64
    )
    covered = float((bins.end - bins.start).sum()) / max(genome_bp, 1)
    if covered < 0.5:
        return None, f"the assay covers {100 * covered:.1f} % of the genome; half of it is needed"
    changed = np.array([abs(_level(bins, np.arange(a, b))[0]) > 0.2 for a, b in segments])
    return float(lengths[changed].sum() / lengths.sum()), None
