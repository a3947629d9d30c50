"""Segmentation by penalized least squares, exact with pruning (PELT, Killick 2012)."""

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(cache=True, nogil=True)
def segment_pelt(
    x: NDArray[np.float64], weight: NDArray[np.float64], cost_of_break: float, ends: NDArray[np.int64]
) -> int:
    """The split of one chromosome that fits best at a fixed cost a break.

    Parameters
    ----------
    x, weight : (n,) float64
        Values in genome order and their weights (1 / relative variance), > 0; n >= 1.
    cost_of_break
        Weighted sum of squares that a break must save.
    ends : (n,) int64
        Overwritten with the segments' ends, exclusive, ascending; the last one is n.

    Returns
    -------
    int
        Segments found; each has at least two bins where there are two.
    """
    n = x.shape[0]
    least = min(2, n)
    sum_w, sum_wx = np.zeros(n + 1), np.zeros(n + 1)
    for i in range(n):
        sum_w[i + 1] = sum_w[i] + weight[i]
        sum_wx[i + 1] = sum_wx[i] + weight[i] * x[i]
    best = np.full(n + 1, np.inf)
    best[0] = -cost_of_break
    previous = np.zeros(n + 1, np.int64)
    open_starts, costs = np.empty(n + 1, np.int64), np.empty(n + 1)
    open_starts[0] = 0
    n_open = 1
    for end in range(1, n + 1):
        for k in range(n_open):
            start = open_starts[k]
            gain = sum_wx[end] - sum_wx[start]
            costs[k] = best[start] - gain * gain / (sum_w[end] - sum_w[start])
            if end - start >= least and costs[k] + cost_of_break < best[end]:
                best[end] = costs[k] + cost_of_break
                previous[end] = start
        kept = 0
        for k in range(n_open):  # a start that is worse than the best end by now can never be the best start
            if end - open_starts[k] < least or costs[k] <= best[end]:
                open_starts[kept] = open_starts[k]
                kept += 1
        open_starts[kept] = end
        n_open = kept + 1
    found, at = 0, n
    while at > 0:
        ends[found] = at
        found += 1
        at = previous[at]
    for k in range(found // 2):
        ends[k], ends[found - 1 - k] = ends[found - 1 - k], ends[k]
    return found
