"""Log ratios of depth: against the matched normal, a pool of normals or nothing; G+C taken out; centered."""

from dataclasses import dataclass

import numpy as np

from oncoloom.features.copy_number.bins import FRAGMENT_BP, Bins, DepthBins, Floats, genome_noise, is_autosome
from oncoloom.reference_data.contigs import bare_name

MIN_NORMAL_DEPTH = 8.0
LEAST_MAPPABLE = 0.5  # callable share of a bin in the median normal of a pool
_EXTRA_VARIANCE = 0.01  # spread of bins beyond counting (capture, G+C), log2²
_MIN_BINS_GC = 60
_LEAST_GC_RANGE = 0.05
_FEW_READS = 1e-9

LOW_NORMAL = f"coverage bins with a normal depth below {MIN_NORMAL_DEPTH:g}"
NOT_IN_POOL = "coverage bins that the pool of normals lacks or covers too thinly"
NOT_MAPPABLE = "coverage bins that are hardly mappable in the pool of normals"
NO_REFERENCE = "coverage bins without G+C (no reference bases)"


@dataclass(frozen=True, slots=True)
class PooledDepth:
    """What normals show at the bins of a sample (n,): NaN where the pool lacks the bin.

    `log2` is the median over normals of log2 (depth / median autosomal depth), X and Y as if of two and one
    copies; `spread` its standard deviation between normals; `mappable` the callable share.
    """

    log2: Floats
    spread: Floats
    mappable: Floats


def log_ratios(depth: DepthBins, pool: PooledDepth | None, *, male: bool) -> Bins:
    """Corrected, centered log ratios of a tumor.

    Parameters
    ----------
    pool
        Normals at the same bins; used where there is no matched normal.
    male
        The patient has one X and one Y: against a pool their ratios are brought to one copy of the patient's
        own. Ratios are always against the patient's normal copies.
    """
    if depth.normal is not None:
        return _against_normal(depth)
    if pool is not None:
        return _against_pool(depth, pool, male=male)
    return _against_itself(depth)


def _against_normal(depth: DepthBins) -> Bins:
    assert depth.normal is not None
    keep = depth.normal / depth.size >= MIN_NORMAL_DEPTH
    tumor, normal, size = depth.tumor[keep], depth.normal[keep], depth.size[keep]
    pseudo = 0.5 * FRAGMENT_BP / size  # half a fragment keeps a bin without tumor reads finite
    scale = _scale(tumor / size) / _scale(normal / size)
    ratio = np.log2((tumor / size + pseudo) / scale) - np.log2(normal / size + pseudo)
    variance = FRAGMENT_BP / (tumor + FRAGMENT_BP) + FRAGMENT_BP / np.maximum(normal, 1) + _EXTRA_VARIANCE
    return _finish(depth, keep, ratio, 1 / variance, {LOW_NORMAL: int((~keep).sum())})


def _against_pool(depth: DepthBins, pool: PooledDepth, *, male: bool) -> Bins:
    known = np.isfinite(pool.log2)
    mappable = pool.mappable >= LEAST_MAPPABLE
    keep = known & mappable
    tumor, size = depth.tumor[keep], depth.size[keep]
    pseudo = 0.5 * FRAGMENT_BP / size
    ratio = np.log2((tumor / size + pseudo) / _scale(tumor / size)) - pool.log2[keep]
    bare = np.array([bare_name(name).upper() for name in depth.contig[keep].tolist()])
    if male:
        ratio = ratio + (bare == "X")
    variance = FRAGMENT_BP / (tumor + FRAGMENT_BP) + pool.spread[keep] ** 2 + _EXTRA_VARIANCE / 2
    dropped = {NOT_IN_POOL: int((~known).sum()), NOT_MAPPABLE: int((known & ~mappable).sum())}
    return _finish(depth, keep, ratio, 1 / variance, dropped)


def _against_itself(depth: DepthBins) -> Bins:
    """Even genomes only: a bin is compared with the median bin of its own sample."""
    keep = depth.gc > 0
    tumor, size = depth.tumor[keep], depth.size[keep]
    pseudo = 0.5 * FRAGMENT_BP / size
    ratio = np.log2((tumor / size + pseudo) / _scale(tumor / size))
    variance = FRAGMENT_BP / (tumor + FRAGMENT_BP) + 2 * _EXTRA_VARIANCE
    return _finish(depth, keep, ratio, 1 / variance, {NO_REFERENCE: int((~keep).sum())})


def _scale(per_base: Floats) -> float:
    return max(float(np.median(per_base)), _FEW_READS) if len(per_base) else 1.0


def _finish(
    depth: DepthBins, keep: np.ndarray[tuple[int], np.dtype[np.bool_]], ratio: Floats, weight: Floats,
    dropped: dict[str, int],
) -> Bins:  # fmt: skip
    contig = depth.contig[keep]
    if len(ratio) == 0:
        none = np.zeros(0)
        return Bins(contig, depth.start[keep], depth.end[keep], none, none, 0.2, dropped)
    weight = weight / float(np.median(weight))
    autosomal = np.array([is_autosome(name) for name in contig.tolist()])
    ratio = without_trend(ratio, depth.gc[keep], autosomal)
    told = autosomal if autosomal.any() else np.ones(len(ratio), dtype=bool)
    ratio = ratio - main_level(ratio[told], weight[told])
    return Bins(
        contig,
        depth.start[keep],
        depth.end[keep],
        np.asarray(ratio, dtype=np.float64),
        np.asarray(weight, dtype=np.float64),
        genome_noise(contig, ratio, weight),
        {reason: n for reason, n in dropped.items() if n},
    )


def without_trend(
    ratio: Floats, covariate: Floats, told: np.ndarray[tuple[int], np.dtype[np.bool_]]
) -> Floats:
    """Take out of `ratio` what bins of a like covariate (G+C) share: medians of groups, joined by lines.

    Learned on the bins marked in `told`; nothing is done with fewer than 60 of them or where the covariate
    hardly varies. Medians: an altered segment is seldom the half of a group.
    """
    n = int(told.sum())
    if n < _MIN_BINS_GC or float(np.ptp(covariate[told])) < _LEAST_GC_RANGE:
        return ratio
    x_all, y_all = covariate[told], ratio[told]
    groups = np.array_split(np.argsort(x_all, kind="stable"), int(np.clip(n // 100, 10, 40)))
    x = np.array([float(np.median(x_all[group])) for group in groups])
    y = np.array([float(np.median(y_all[group])) for group in groups])
    usable = np.concatenate(([True], np.diff(x) > 0))
    return np.asarray(ratio - np.interp(covariate, x[usable], y[usable]), dtype=np.float64)


def main_level(ratio: Floats, weight: Floats) -> float:
    """The commonest level: the weighted middle of the shortest interval that holds half of the weight."""
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
