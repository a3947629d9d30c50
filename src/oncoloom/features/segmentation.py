"""Segmentation of weighted log ratios by penalized least squares (PELT, Killick 2012)."""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

PENALTY = 3.0  # × σ² ln n; no false break on eleven sets with known copies, all true ones kept (docs/methods)
MAX_BINS = 4000  # of a contig; more are joined first, since an even contig costs time with the square
_MIN_BINS = 2


def noise_sd(values: NDArray[np.float64], weights: NDArray[np.float64]) -> float:
    """Standard deviation of a bin of weight 1, from differences of neighbors (breaks hardly move the median).

    Parameters
    ----------
    values, weights : (n,) float64
        Log ratios in genome order, and their weights (1 / relative variance).

    Returns
    -------
    float
        0.0 for fewer than 3 bins.
    """
    if len(values) < 3:
        return 0.0
    scaled = np.abs(np.diff(values)) / np.sqrt(1 / weights[1:] + 1 / weights[:-1])
    return float(np.median(scaled) / 0.6745)


def find_breaks(
    values: NDArray[np.float64],
    weights: NDArray[np.float64],
    *,
    sd: float,
    n_total: int,
    penalty: float = PENALTY,
) -> list[int]:
    """Ends of segments, exclusive, the last one n: the optimal split under a cost a break.

    Parameters
    ----------
    values, weights : (n,) float64
        One contig's bins in order; weights > 0.
    sd
        Noise of a bin of weight 1 (see :func:`noise_sd`), of the whole sample.
    n_total
        Bins of the whole sample; the penalty grows with its logarithm.
    """
    n = len(values)
    if n == 0:
        return []
    cost_of_break = penalty * max(sd, 1e-3) ** 2 * np.log(max(n_total, 3))
    sum_w = np.concatenate(([0.0], np.cumsum(weights)))
    sum_wx = np.concatenate(([0.0], np.cumsum(weights * values)))
    best = np.full(n + 1, np.inf)
    best[0] = -cost_of_break
    previous = np.zeros(n + 1, dtype=np.int64)
    candidates = np.array([0], dtype=np.int64)
    for end in range(1, n + 1):
        gain = (sum_wx[end] - sum_wx[candidates]) ** 2 / (sum_w[end] - sum_w[candidates])
        cost = best[candidates] - gain
        legal = end - candidates >= min(_MIN_BINS, n)
        if legal.any():
            total = np.where(legal, cost, np.inf)
            at = int(np.argmin(total))
            best[end], previous[end] = total[at] + cost_of_break, candidates[at]
            candidates = candidates[~legal | (cost <= best[end])]
        candidates = np.append(candidates, end)
    ends, at = [], n
    while at > 0:
        ends.append(at)
        at = int(previous[at])
    return ends[::-1]


def segment_contig(
    values: NDArray[np.float64], weights: NDArray[np.float64], *, sd: float, n_total: int
) -> list[int]:
    """Ends of segments as :func:`find_breaks`, for a contig of any length.

    Beyond `MAX_BINS` neighbors are joined to blocks (weighted means); each break found is then moved, within
    a block to either side, to where it parts the bins best.
    """
    n = len(values)
    size = -(-n // MAX_BINS)
    if size <= 1:
        return find_breaks(values, weights, sd=sd, n_total=n_total)
    starts = np.arange(0, n, size)
    block_weight = np.add.reduceat(weights, starts)
    block_value = np.add.reduceat(values * weights, starts) / block_weight
    coarse = find_breaks(block_value, block_weight, sd=sd, n_total=-(-n_total // size))
    ends = [min(end * size, n) for end in coarse]
    sum_w = np.concatenate(([0.0], np.cumsum(weights)))
    sum_wx = np.concatenate(([0.0], np.cumsum(weights * values)))
    moved = [0]
    for at, after in pairwise(ends):
        lowest, highest = max(moved[-1] + _MIN_BINS, at - size), min(after - _MIN_BINS, at + size)
        places = np.arange(lowest, max(lowest, highest) + 1)
        left = (sum_wx[places] - sum_wx[moved[-1]]) ** 2 / (sum_w[places] - sum_w[moved[-1]])
        right = (sum_wx[after] - sum_wx[places]) ** 2 / (sum_w[after] - sum_w[places])
        moved.append(int(places[int(np.argmax(left + right))]))
    return [*moved[1:], n]
