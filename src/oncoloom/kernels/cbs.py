"""Circular binary segmentation of weighted values (Olshen 2004), p-values as in `cbs_tails`."""

from math import lgamma, log, sqrt

import numpy as np
from numba import njit
from numpy.typing import NDArray

from oncoloom.kernels.cbs_tails import both_tails, group_values, long_arc_tail, pair_tail, short_arc_tail

_BLOCK = 16
_SHORT_ARC = 25
_CLEAR_T, _CLEAR_BINS = 7.0, 10  # beyond doubt: no p-value is computed
_EXACT_BELOW = 20  # bins; the approximations fail there, permutations are drawn instead
_DRAWS_PER_ALPHA = 10.0


@njit(cache=True, nogil=True)
def find_best_arc(s: NDArray[np.float64], w: NDArray[np.float64], n: int, place: NDArray[np.int64]) -> float:
    """Largest between-arc sum of squares over arcs (i, j] of at least two bins inside and outside.

    Parameters
    ----------
    s, w : (n + 1,) float64
        Prefix sums of weight * (value - mean) and of weight; s[0] = s[n] = 0.
    place : (2,) int64
        Overwritten with i and j.

    Notes
    -----
    Exact: pairs of blocks of 16 prefix sums are skipped where even their extremes cannot beat the best found
    (the denominator W_a (W - W_a) is concave in W_a, so its least value lies at an end of the range).
    """
    whole = w[n]
    n_blocks = n // _BLOCK + 1
    low, high = np.empty(n_blocks), np.empty(n_blocks)
    lowest = highest = 0
    for block in range(n_blocks):
        first, last = block * _BLOCK, min(n + 1, (block + 1) * _BLOCK)
        low[block] = high[block] = s[first]
        for i in range(first, last):
            low[block], high[block] = min(low[block], s[i]), max(high[block], s[i])
            if s[i] < s[lowest]:
                lowest = i
            if s[i] > s[highest]:
                highest = i
    best = -1.0
    place[0], place[1] = 0, 2
    i, j = min(lowest, highest), max(lowest, highest)
    if 2 <= j - i <= n - 2:
        arc = w[j] - w[i]
        best = (s[j] - s[i]) ** 2 / (arc * (whole - arc))
        place[0], place[1] = i, j
    for a in range(n_blocks):
        first_a, last_a = a * _BLOCK, min(n, (a + 1) * _BLOCK - 1)
        for b in range(a, n_blocks):
            first_b, last_b = b * _BLOCK, min(n, (b + 1) * _BLOCK - 1)
            reach = max(high[b] - low[a], high[a] - low[b])
            shortest, longest = w[first_b] - w[last_a], w[last_b] - w[first_a]
            if b > a and reach * reach <= best * min(
                shortest * (whole - shortest), longest * (whole - longest)
            ):
                continue
            for i in range(first_a, last_a + 1):
                for j in range(max(first_b, i + 2), min(last_b, i + n - 2) + 1):
                    arc = w[j] - w[i]
                    value = (s[j] - s[i]) ** 2 / (arc * (whole - arc))
                    if value > best:
                        best = value
                        place[0], place[1] = i, j
    return best * whole


@njit(cache=True, nogil=True)
def _standardize(
    x: NDArray[np.float64], weight: NDArray[np.float64], r: NDArray[np.float64]
) -> tuple[float, float]:
    """Residuals times root weight, mean 0 and variance 1, into `r`; the weighted mean and sum of squares."""
    n = x.shape[0]
    mean = (x * weight).sum() / weight.sum()
    squares = 0.0
    for i in range(n):
        r[i] = (x[i] - mean) * sqrt(weight[i])
        squares += r[i] * r[i]
    center = r.mean()
    spread = sqrt(max(squares / n - center * center, 1e-300))
    for i in range(n):
        r[i] = (r[i] - center) / spread
    return mean, squares


@njit(cache=True, nogil=True)
def _log_choices(n: int, k: int) -> float:
    return lgamma(n + 1.0) - lgamma(k + 1.0) - lgamma(n - k + 1.0)


@njit(cache=True, nogil=True)
def _drawn_p(r: NDArray[np.float64], least: float, draws: int) -> float:
    """Share of permutations of residuals whose best arc has at least a sum of squares `least`."""
    n = r.shape[0]
    state = np.uint64(88172645463325252)
    mixed = r.copy()
    s, w = np.zeros(n + 1), np.arange(n + 1.0)
    place = np.empty(2, np.int64)
    reached = 0
    for _ in range(draws):
        for i in range(n - 1, 0, -1):
            state ^= state << np.uint64(13)
            state ^= state >> np.uint64(7)
            state ^= state << np.uint64(17)
            j = np.int64(state % np.uint64(i + 1))
            mixed[i], mixed[j] = mixed[j], mixed[i]
        for i in range(n):
            s[i + 1] = s[i] + mixed[i]
        if find_best_arc(s, w, n, place) >= least * (1 - 1e-9):
            reached += 1
    return reached / draws


@njit(cache=True, nogil=True)
def is_split(r: NDArray[np.float64], between: float, squares: float, arc: int, alpha: float) -> bool:
    """Whether an arc of `arc` bins stands out of its circle at level `alpha`.

    Parameters
    ----------
    r : (n,) float64
        Standardized residuals of the circle.
    between, squares
        Sum of squares between arc and rest, and in all.
    """
    n = r.shape[0]
    if squares <= 0.0:
        return False
    shorter = min(arc, n - arc)
    if n < _EXACT_BELOW:
        # the same bins can lie together at n places: no arrangement is rarer than that
        if log(n) - _log_choices(n, shorter) > log(alpha):
            return False
        return _drawn_p(r, between * n / squares, int(_DRAWS_PER_ALPHA / alpha)) <= alpha
    t = sqrt(between / max((squares - between) / (n - 2), 1e-300))
    if t >= _CLEAR_T and shorter >= _CLEAR_BINS:
        return True
    longest = min(_SHORT_ARC, n // 2)
    p = long_arc_tail(t, n, longest)
    if p > alpha:
        return False
    return p + short_arc_tail(np.sort(r), sqrt(between * n / squares), longest, alpha - p) <= alpha


@njit(cache=True, nogil=True)
def _is_edge(x: NDArray[np.float64], weight: NDArray[np.float64], left: int, alpha: float) -> bool:
    """Whether one break alone, behind `left` bins, parts two pieces: permutation of the bins of both."""
    n = x.shape[0]
    size = min(left, n - left)
    if size < 2 or -_log_choices(n, size) > log(alpha):
        return False
    r = np.empty(n)
    mean, squares = _standardize(x, weight, r)
    if squares <= 0.0:
        return False
    arc = weight[:left].sum()
    whole = weight.sum()
    total = ((x[:left] - mean) * weight[:left]).sum()
    between = total * total * whole / (arc * (whole - arc))
    t = sqrt(between / max((squares - between) / max(n - 2, 1), 1e-300))
    if t >= _CLEAR_T and size >= _CLEAR_BINS:
        return True
    b = sqrt(between * n / squares)
    ordered = np.sort(r)
    if size == 2:
        return pair_tail(ordered, b * sqrt(2.0 * (1.0 - 2.0 / n))) <= alpha
    value, count = np.empty(n), np.empty(n)
    groups = group_values(ordered, value, count)
    return both_tails(value[:groups], count[:groups], n, size, b * sqrt((1.0 - size / n) / size)) <= alpha


@njit(cache=True, nogil=True)
def segment_cbs(
    x: NDArray[np.float64], weight: NDArray[np.float64], alpha: float, ends: NDArray[np.int64]
) -> int:
    """Circular binary segmentation of one chromosome.

    Parameters
    ----------
    x, weight : (n,) float64
        Values in genome order and their weights (1 / relative variance), > 0; n >= 1.
    alpha
        Level of a split.
    ends : (n,) int64
        Overwritten with the segments' ends, exclusive, ascending; the last one is n.

    Returns
    -------
    int
        Segments found.
    """
    n_all = x.shape[0]
    cuts = np.zeros(n_all + 1, np.bool_)
    stack = np.empty((n_all + 2, 2), np.int64)
    stack[0, 0], stack[0, 1] = 0, n_all
    depth = 1
    place = np.empty(2, np.int64)
    while depth > 0:
        depth -= 1
        start, end = stack[depth, 0], stack[depth, 1]
        n = end - start
        if n < 4:
            continue
        values, weights, r = x[start:end], weight[start:end], np.empty(n)
        mean, squares = _standardize(values, weights, r)
        s, w = np.zeros(n + 1), np.zeros(n + 1)
        for i in range(n):
            s[i + 1] = s[i] + weights[i] * (values[i] - mean)
            w[i + 1] = w[i] + weights[i]
        s[n] = 0.0
        between = find_best_arc(s, w, n, place)
        i, j = place[0], place[1]
        if not is_split(r, between, squares, j - i, alpha):
            continue
        if i == 0 or j == n:
            cuts[start + (i if j == n else j)] = True
        else:
            if _is_edge(values[:j], weights[:j], i, alpha):
                cuts[start + i] = True
            if _is_edge(values[i:], weights[i:], j - i, alpha):
                cuts[start + j] = True
        first = start
        for at in range(start + 1, end + 1):
            if (cuts[at] or at == end) and not (first == start and at == end):
                stack[depth, 0], stack[depth, 1] = first, at
                depth += 1
                first = at
    found = 0
    for at in range(1, n_all):
        if cuts[at]:
            ends[found] = at
            found += 1
    ends[found] = n_all
    return found + 1
