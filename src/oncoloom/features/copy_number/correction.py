"""Log ratios of depth: against the matched normal, a pool of normals or nothing; G+C taken out; centered."""

from dataclasses import dataclass

import numpy as np

from oncoloom.features.copy_number.bins import (
    FRAGMENT_BP,
    MIN_NORMAL_DEPTH,
    Bins,
    DepthBins,
    Floats,
    genome_noise,
    is_autosome,
)
from oncoloom.features.copy_number.sex_copies import SexCopies
from oncoloom.reference_data.contigs import bare_name

Marks = np.ndarray[tuple[int], np.dtype[np.bool_]]

LEAST_MAPPABLE = 0.5
_EXTRA_VARIANCE = 0.01  # spread of bins beyond counting (capture, G+C), log2²
_MIN_BINS_GC = 60
_LEAST_GC_RANGE = 0.05
_FEW_READS = 1e-9

LOW_NORMAL = f"coverage bins with a normal depth below {MIN_NORMAL_DEPTH:g}"
NOT_IN_POOL = "coverage bins that the pool of normals lacks or covers too thinly"
NOT_MAPPABLE = "coverage bins that are hardly mappable in the pool of normals"
BARELY_MAPPABLE = "coverage bins whose reads mostly may lie elsewhere"
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


def log_ratios(
    depth: DepthBins,
    pool: PooledDepth | None,
    *,
    sex: SexCopies,
    least_mappable: float = LEAST_MAPPABLE,
    by_track: bool = False,
) -> Bins:
    """Corrected, centered log ratios of a tumor.

    Parameters
    ----------
    depth
        Its `mappable` comes from the reads themselves, or from a track (`by_track`). A normal shares the
        reads' own with the tumor, so that it only counts where there is no normal; a track's counts always.
    pool
        Normals at the same bins; used where there is no matched normal.
    sex
        Ratios are always against the patient's own normal copies: without a matched normal those of X and Y
        are brought to them (a pool's are of two X and one Y). Where they are unknown X stays against two.
    """
    ready = depth.mappable >= least_mappable if by_track or (depth.normal is None and pool is None) else None
    if depth.normal is not None:
        return _against_normal(depth, ready)
    if pool is not None:
        return _against_pool(depth, pool, ready, sex=sex, least_mappable=least_mappable)
    return _against_itself(depth, ready, sex=sex)


def _against_normal(depth: DepthBins, ready: Marks | None) -> Bins:
    assert depth.normal is not None
    covered = depth.normal >= depth.least_normal
    keep = covered if ready is None else covered & ready
    tumor, normal, size = depth.tumor[keep], depth.normal[keep], depth.size[keep]
    pseudo = 0.5 * FRAGMENT_BP / size  # half a fragment keeps a bin without tumor reads finite
    scale = _scale(tumor / size) / _scale(normal / size)
    ratio = np.log2((tumor / size + pseudo) / scale) - np.log2(normal / size + pseudo)
    variance = FRAGMENT_BP / (tumor + FRAGMENT_BP) + FRAGMENT_BP / np.maximum(normal, 1) + _EXTRA_VARIANCE
    dropped = {LOW_NORMAL: int((~covered).sum()), BARELY_MAPPABLE: int((covered & ~keep).sum())}
    return _finish(depth, keep, ratio, 1 / variance, dropped)


def _against_pool(
    depth: DepthBins, pool: PooledDepth, ready: Marks | None, *, sex: SexCopies, least_mappable: float
) -> Bins:
    known = np.isfinite(pool.log2)
    mappable = pool.mappable >= least_mappable
    if ready is not None:
        mappable = mappable & ready
    keep = known & mappable
    tumor, size = depth.tumor[keep], depth.size[keep]
    pseudo = 0.5 * FRAGMENT_BP / size
    ratio = np.log2((tumor / size + pseudo) / _scale(tumor / size)) - pool.log2[keep]
    contigs = depth.contig[keep].tolist()
    on_y = np.array([bare_name(name).upper() == "Y" for name in contigs], dtype=np.bool_)
    ratio = ratio - _against_two(contigs, sex) - on_y
    variance = FRAGMENT_BP / (tumor + FRAGMENT_BP) + pool.spread[keep] ** 2 + _EXTRA_VARIANCE / 2
    dropped = {NOT_IN_POOL: int((~known).sum()), NOT_MAPPABLE: int((known & ~mappable).sum())}
    return _finish(depth, keep, ratio, 1 / variance, dropped)


def _against_two(contigs: list[str], sex: SexCopies) -> Floats:
    """(n,) log2 of the patient's normal copies against two; 0 where they are unknown or none."""
    normal = np.nan_to_num(sex.normal_copies(contigs), nan=2.0)
    return np.asarray(np.log2(np.where(normal > 0, normal, 2.0) / 2), dtype=np.float64)


def _against_itself(depth: DepthBins, ready: Marks | None, *, sex: SexCopies) -> Bins:
    """Even genomes only: a bin is compared with the median bin of its own sample, and with bins as mappable.

    Reads that may lie elsewhere came from here or from there, so that their share depends on the copies of
    both places: a bin of one copy that shares the part u with places of two reads (1 − u) / (1 − u + 2u)
    mappable. What is taken out by it is then off by up to log2(1 + u) copies, which its variance must hold.
    """
    assert ready is not None
    known = depth.gc > 0
    keep = known & ready
    tumor, size = depth.tumor[keep], depth.size[keep]
    pseudo = 0.5 * FRAGMENT_BP / size
    ratio = np.log2((tumor / size + pseudo) / _scale(tumor / size))
    unsure = 1 - depth.mappable[keep]
    variance = FRAGMENT_BP / (tumor + FRAGMENT_BP) + 2 * _EXTRA_VARIANCE + unsure**2
    contigs = depth.contig[keep].tolist()
    ratio = ratio - _against_two(contigs, sex)
    autosomal = np.array([is_autosome(name) for name in contigs], dtype=np.bool_)
    ratio = without_trend(ratio, depth.mappable[keep], autosomal)
    dropped = {NO_REFERENCE: int((~known).sum()), BARELY_MAPPABLE: int((known & ~ready).sum())}
    return _finish(depth, keep, ratio, 1 / variance, dropped)


def _scale(per_base: Floats) -> float:
    return max(float(np.median(per_base)), _FEW_READS) if len(per_base) else 1.0


def _finish(depth: DepthBins, keep: Marks, ratio: Floats, weight: Floats, dropped: dict[str, int]) -> Bins:
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


def without_trend(ratio: Floats, covariate: Floats, told: Marks) -> Floats:
    """Take out of `ratio` what bins of a like covariate (G+C) share: medians of groups, joined by lines.

    Learned on the bins marked in `told`; nothing is done with fewer than 60 of them or where the covariate
    hardly varies. Medians: an altered segment is seldom the half of a group.
    """
    n = int(told.sum())
    if n < _MIN_BINS_GC or float(np.ptp(covariate[told])) < _LEAST_GC_RANGE:
        return ratio
    x_all, y_all = covariate[told], ratio[told]
    groups = np.array_split(np.argsort(x_all, kind="stable"), int(np.clip(n // 100, 10, 40)))
    middles = np.array([float(np.median(x_all[group])) for group in groups])
    x, which = np.unique(middles, return_inverse=True)
    # groups of one value lie in the order of the genome: each alone would have the copies of its place
    alike = [np.concatenate([groups[g] for g in np.flatnonzero(which == k)]) for k in range(len(x))]
    y = np.array([float(np.median(y_all[group])) for group in alike])
    return np.asarray(ratio - np.interp(covariate, x, y), dtype=np.float64)


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
