"""Segmentation by trying everything, tails by drawing: what the kernels must agree with."""

from itertools import combinations

import numpy as np


def best_arc(x, weight):
    """Largest between-arc sum of squares over all arcs with two bins inside and outside."""
    n, best = len(x), -1.0
    mean = np.average(x, weights=weight)
    whole = weight.sum()
    for i in range(n + 1):
        for j in range(i + 2, min(n, i + n - 2) + 1):
            inside = weight[i:j].sum()
            shift = (weight[i:j] * (x[i:j] - mean)).sum()
            best = max(best, shift**2 * whole / (inside * (whole - inside)))
    return best


def best_partition_cost(x, weight, cost_of_break, least):
    """Cost of the optimal split: every end, every start."""
    n = len(x)
    best = [-cost_of_break] + [np.inf] * n
    for end in range(1, n + 1):
        for start in range(end - least + 1):
            part = weight[start:end]
            gain = (part * x[start:end]).sum() ** 2 / part.sum()
            best[end] = min(best[end], best[start] - gain + cost_of_break)
    return best[n]


def share_of_choices(values, size, least):
    """Share of all choices of `size` values whose sum is at least `least`, or at most its negative."""
    sums = np.array([sum(chosen) for chosen in combinations(values, size)])
    return float(np.mean(np.abs(sums) >= least - 1e-12))
