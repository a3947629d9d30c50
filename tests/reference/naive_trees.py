"""Slow, obvious twins of the tree kernels."""

import numpy as np


def tree_sums(binned, borders, feature, split, child, value):
    """Sum of the leaves' values of each row, walked node by node."""
    sums = []
    for row in binned.tolist():
        total = 0.0
        for first in borders[:-1].tolist():
            node = 0
            while child[first + node]:
                goes_right = row[feature[first + node]] > split[first + node]
                node = int(child[first + node]) + int(goes_right)
            total += float(value[first + node])
        sums.append(total)
    return np.array(sums)


def best_stump(binned, gradient, hessian, least_rows, l2):
    """(gain, feature, split) of the best two leaves, by trying all of them."""

    def score(rows):
        return gradient[rows].sum() ** 2 / (hessian[rows].sum() + l2) / 2

    everything = np.ones(len(binned), bool)
    found = (0.0, -1, -1)
    for f in range(binned.shape[1]):
        for b in range(int(binned[:, f].max())):
            left = binned[:, f] <= b
            if left.sum() < least_rows or (~left).sum() < least_rows or not (binned[:, f] == b).any():
                continue
            gain = score(left) + score(~left) - score(everything)
            if gain > found[0] + 1e-12:
                found = (gain, f, b)
    return found
