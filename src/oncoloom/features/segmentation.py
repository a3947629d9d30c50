"""Segmentation of weighted log ratios by penalized least squares (PELT, Killick 2012)."""

import numpy as np
from numpy.typing import NDArray

PENALTY = 3.0  # × σ² ln n; no false break on eleven sets with known copies, all true ones kept (docs/methods)
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
