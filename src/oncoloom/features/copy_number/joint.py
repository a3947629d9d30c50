"""Segments of depth and allele fraction together: a copy-neutral loss shows in the second only."""

from itertools import pairwise

import numpy as np
from scipy.stats import chi2

from oncoloom.features.copy_number.bins import Bins, Floats
from oncoloom.features.copy_number.hets import HetSites
from oncoloom.features.copy_number.segmentation import ALPHA, Method, Ranges, find_ends, segment_bins

_SAME_BREAK = 5  # bins: a break of the allele fraction this near to one of the depth is that one
_LEAST_SITES = 20  # of a contig, before its allele fractions are segmented


def segment_jointly(bins: Bins, hets: HetSites, *, method: Method = "cbs", alpha: float = ALPHA) -> Ranges:
    """Index ranges [first, last) of segments, contig by contig.

    Breaks of the depth and of the mirrored allele fraction are put together; each is then tested again on
    both (sum of the squared t of depth and of allele fraction against the chi-square of two) and the weakest
    is taken out until all hold. Without heterozygous sites these are the segments of the depth.
    """
    ranges = segment_bins(bins, method=method, alpha=alpha)
    if len(hets) == 0:
        return ranges
    mirrored, sites = _per_bin(bins, hets)
    out: Ranges = []
    for first, last in bins.spans().values():
        ends = [b - first for a, b in ranges if first <= a < last]
        inside = slice(first, last)
        added = _baf_breaks(mirrored[inside], sites[inside], alpha)
        new = [one for one in added if all(abs(one - end) > _SAME_BREAK for end in (0, *ends))]
        if new:
            tests = _Tests(bins.log2[inside], bins.weight[inside], mirrored[inside], sites[inside])
            ends = _that_hold(sorted({*ends, *new}), tests, alpha)
        out += [(first + a, first + b) for a, b in pairwise([0, *ends])]
    return out


def _per_bin(bins: Bins, hets: HetSites) -> tuple[Floats, Floats]:
    """Mean mirrored allele fraction of each bin (0 where none), and its number of sites."""
    known = hets.bin >= 0
    sites = np.bincount(hets.bin[known], minlength=len(bins)).astype(np.float64)
    total = np.bincount(hets.bin[known], weights=hets.mirrored()[known], minlength=len(bins))
    return np.asarray(total / np.maximum(sites, 1), dtype=np.float64), sites


def _baf_breaks(mirrored: Floats, sites: Floats, alpha: float) -> list[int]:
    """Breaks of the mirrored allele fraction, as indexes of the bin behind."""
    with_sites = np.flatnonzero(sites > 0)
    if len(with_sites) < _LEAST_SITES:
        return []
    ends = find_ends(mirrored[with_sites], sites[with_sites], alpha=alpha, sd=0.1, n_total=len(with_sites))
    return [int(with_sites[end]) for end in ends[:-1]]


class _Tests:
    """Prefix sums of depth and allele fraction, for tests of a break between two neighbors."""

    def __init__(self, log2: Floats, weight: Floats, mirrored: Floats, sites: Floats) -> None:
        self._sums = [_prefix(log2, weight), _prefix(mirrored, sites)]

    def statistic(self, start: int, at: int, end: int) -> float:
        """Squared t of the depth plus squared t of the allele fraction; 0 for one that cannot be judged."""
        return sum(_squared_t(sums, start, at, end) for sums in self._sums)


def _prefix(x: Floats, weight: Floats) -> Floats:
    """(4, n + 1): bins with weight, weight, weighted sum, weighted sum of squares."""
    rows = np.stack([(weight > 0).astype(np.float64), weight, weight * x, weight * x * x])
    return np.concatenate((np.zeros((4, 1)), np.cumsum(rows, axis=1)), axis=1)


def _squared_t(sums: Floats, start: int, at: int, end: int) -> float:
    n, w, wx, wxx = sums[:, [at, end]] - sums[:, [start, at]]
    if n.min() < 1 or n.sum() < 3:
        return 0.0
    means = wx / w
    within = float((wxx - wx * means).sum()) / (float(n.sum()) - 2)
    if within <= 1e-15:
        return 0.0
    return float((means[0] - means[1]) ** 2 / (within * (1 / w).sum()))


def _that_hold(ends: list[int], tests: _Tests, alpha: float) -> list[int]:
    least = float(chi2.isf(alpha, 2))
    while len(ends) > 1:
        edges = [0, *ends]
        strength = [tests.statistic(*edges[k : k + 3]) for k in range(len(ends) - 1)]
        weakest = int(np.argmin(strength))
        if strength[weakest] >= least:
            break
        ends = [*ends[:weakest], *ends[weakest + 1 :]]
    return ends
