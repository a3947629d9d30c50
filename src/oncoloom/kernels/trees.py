"""Boosted trees on binned features: adding up what the trees say of each row, and growing one tree.

A tree is a run of nodes; node x of tree t lies at ``borders[t] + x``. ``child`` is 0 for a leaf, else the
number (within the tree) of its left child, and the right one is the next: rows whose bin is at most the
node's go left. Growing is leaf-wise with Newton gains (Friedman 2001; Ke 2017, LightGBM), monotone by bounds
on the leaves (the bound between two siblings is the middle of their values).
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(cache=True, nogil=True)
def sum_trees(
    binned: NDArray[np.uint8],
    borders: NDArray[np.int64],
    feature: NDArray[np.uint8],
    split: NDArray[np.uint8],
    child: NDArray[np.uint8],
    value: NDArray[np.float32],
    out: NDArray[np.float64],
) -> None:
    """Add the value of the leaf that each tree gives each row to `out`.

    Parameters
    ----------
    binned : (n, n_features) uint8
        Bin of each feature.
    borders : (n_trees + 1,) int64
    feature, split, child : (n_nodes,) uint8; value : (n_nodes,) float32
        Of each node; `value` counts at leaves only.
    out : (n,) float64
    """
    for row in range(binned.shape[0]):
        total = 0.0
        for tree in range(borders.shape[0] - 1):
            first = borders[tree]
            node = first
            while child[node] != 0:
                right = binned[row, feature[node]] > split[node]
                node = first + child[node] + (1 if right else 0)
            total += value[node]
        out[row] += total


@njit(cache=True, nogil=True)
def grow_tree(
    binned: NDArray[np.uint8],
    rows: NDArray[np.int64],
    gradient: NDArray[np.float64],
    hessian: NDArray[np.float64],
    offered: NDArray[np.bool_],
    monotone: NDArray[np.int8],
    most_leaves: int,
    least_rows: int,
    l2: float,
    feature: NDArray[np.uint8],
    split: NDArray[np.uint8],
    child: NDArray[np.uint8],
    value: NDArray[np.float64],
) -> int:
    """Grow one tree on `rows` and return its number of nodes.

    Parameters
    ----------
    binned : (n, n_features) uint8
    rows : (m,) int64
        Rows that teach this tree; the order within changes.
    gradient, hessian : (n,) float64
        First and second derivative of the loss.
    offered : (n_features,) bool
        Features this tree may use.
    monotone : (n_features,) int8
        1: the value may only rise with the feature, -1: only fall, 0: free.
    most_leaves, least_rows, l2
        Size limits, and the penalty on leaf values.
    feature, split, child, value : (2 most_leaves - 1,)
        Overwritten.
    """
    size = 2 * most_leaves - 1
    begin, stop = np.zeros(size, np.int64), np.zeros(size, np.int64)
    low, high = np.full(size, -np.inf), np.full(size, np.inf)
    gain = np.zeros(size)
    sums = np.zeros((256, 3))
    stop[0] = rows.shape[0]
    child[:] = 0
    value[0] = _leaf_value(gradient, hessian, rows, begin[0], stop[0], l2, low[0], high[0])
    gain[0] = _best_split(
        binned, rows, gradient, hessian, offered, monotone, least_rows, l2, begin, stop, low, high, sums, 0,
        feature, split,
    )  # fmt: skip
    n_nodes = 1
    for _ in range(most_leaves - 1):
        chosen = -1
        for node in range(n_nodes):
            if child[node] == 0 and gain[node] > 1e-12 and (chosen < 0 or gain[node] > gain[chosen]):
                chosen = node
        if chosen < 0:
            break
        middle = _partition(binned, rows, begin[chosen], stop[chosen], feature[chosen], split[chosen])
        child[chosen] = n_nodes
        for side in range(2):
            node = n_nodes + side
            begin[node], stop[node] = (begin[chosen], middle) if side == 0 else (middle, stop[chosen])
            low[node], high[node] = low[chosen], high[chosen]
            value[node] = _leaf_value(
                gradient, hessian, rows, begin[node], stop[node], l2, low[node], high[node]
            )
        direction = monotone[feature[chosen]]
        if direction != 0:
            between = 0.5 * (value[n_nodes] + value[n_nodes + 1])
            lower, upper = (n_nodes, n_nodes + 1) if direction > 0 else (n_nodes + 1, n_nodes)
            high[lower], low[upper] = between, between
        for node in range(n_nodes, n_nodes + 2):
            gain[node] = _best_split(
                binned, rows, gradient, hessian, offered, monotone, least_rows, l2, begin, stop, low, high,
                sums, node, feature, split,
            )  # fmt: skip
        n_nodes += 2
    return n_nodes


@njit(cache=True, nogil=True, inline="always")
def _clipped(g: float, h: float, l2: float, low: float, high: float) -> float:
    return min(max(-g / (h + l2), low), high)


@njit(cache=True, nogil=True)
def _leaf_value(
    gradient: NDArray[np.float64],
    hessian: NDArray[np.float64],
    rows: NDArray[np.int64],
    begin: int,
    stop: int,
    l2: float,
    low: float,
    high: float,
) -> float:
    g, h = 0.0, 0.0
    for x in range(begin, stop):
        g += gradient[rows[x]]
        h += hessian[rows[x]]
    return _clipped(g, h, l2, low, high)


@njit(cache=True, nogil=True)
def _best_split(
    binned: NDArray[np.uint8],
    rows: NDArray[np.int64],
    gradient: NDArray[np.float64],
    hessian: NDArray[np.float64],
    offered: NDArray[np.bool_],
    monotone: NDArray[np.int8],
    least_rows: int,
    l2: float,
    begin: NDArray[np.int64],
    stop: NDArray[np.int64],
    low: NDArray[np.float64],
    high: NDArray[np.float64],
    sums: NDArray[np.float64],
    node: int,
    feature: NDArray[np.uint8],
    split: NDArray[np.uint8],
) -> float:
    """Gain of the best split of a node (0 where there is none); sets `feature` and `split` of the node."""
    n = stop[node] - begin[node]
    if n < 2 * least_rows:
        return 0.0
    best = 0.0
    for f in range(binned.shape[1]):
        if not offered[f]:
            continue
        sums[:] = 0.0
        total_g, total_h = 0.0, 0.0
        for x in range(begin[node], stop[node]):
            row = rows[x]
            b = binned[row, f]
            sums[b, 0] += 1.0
            sums[b, 1] += gradient[row]
            sums[b, 2] += hessian[row]
        for b in range(256):
            total_g += sums[b, 1]
            total_h += sums[b, 2]
        whole = _clipped(total_g, total_h, l2, low[node], high[node])
        before = total_g * whole + 0.5 * (total_h + l2) * whole * whole
        left_n, left_g, left_h = 0.0, 0.0, 0.0
        for b in range(255):
            left_n += sums[b, 0]
            left_g += sums[b, 1]
            left_h += sums[b, 2]
            if sums[b, 0] == 0.0 or left_n < least_rows:
                continue
            if n - left_n < least_rows:
                break
            right_g, right_h = total_g - left_g, total_h - left_h
            left = _clipped(left_g, left_h, l2, low[node], high[node])
            right = _clipped(right_g, right_h, l2, low[node], high[node])
            if monotone[f] * (right - left) < 0.0:
                continue
            after = left_g * left + 0.5 * (left_h + l2) * left * left
            after += right_g * right + 0.5 * (right_h + l2) * right * right
            if before - after > best:
                best = before - after
                feature[node], split[node] = f, b
    return best


@njit(cache=True, nogil=True)
def _partition(
    binned: NDArray[np.uint8], rows: NDArray[np.int64], begin: int, stop: int, feature: int, split: int
) -> int:
    """Rows that go left come first, in their order; return where the right ones begin."""
    kept = np.empty(stop - begin, np.int64)
    left, right = begin, 0
    for x in range(begin, stop):
        row = rows[x]
        if binned[row, feature] <= split:
            rows[left] = row
            left += 1
        else:
            kept[right] = row
            right += 1
    for x in range(right):
        rows[left + x] = kept[x]
    return left
