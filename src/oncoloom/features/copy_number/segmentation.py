"""Segments of log ratios: circular binary segmentation, or penalized least squares."""

from itertools import pairwise
from typing import Literal

import numpy as np

from oncoloom.features.copy_number.bins import Bins, Floats
from oncoloom.kernels.cbs import segment_cbs
from oncoloom.kernels.pelt import segment_pelt

Method = Literal["cbs", "pelt"]
Ranges = list[tuple[int, int]]

ALPHA = 1e-4
PELT_PENALTY = 1.5  # × σ² ln n of the genome, on clipped values (docs/methods/copy_number.md)
MAX_BINS = 20_000  # of a contig; more are joined to blocks first
_CLIP_WINDOW, _CLIP_SD = 11, 3.0


def segment_bins(bins: Bins, *, method: Method = "cbs", alpha: float = ALPHA) -> Ranges:
    """Index ranges [first, last) of segments, contig by contig.

    Parameters
    ----------
    method
        `cbs`: circular binary segmentation with computed p-values at level `alpha` (Olshen 2004). `pelt`:
        penalized least squares (Killick 2012), which finds more small changes and follows waves of coverage.
    """
    out: Ranges = []
    for first, last in bins.spans().values():
        x, weight = bins.log2[first:last], bins.weight[first:last]
        ends = find_ends(x, weight, method=method, alpha=alpha, sd=bins.sd, n_total=len(bins))
        out += [(first + a, first + b) for a, b in pairwise([0, *ends])]
    return out


def find_ends(
    x: Floats, weight: Floats, *, method: Method = "cbs", alpha: float = ALPHA, sd: float, n_total: int
) -> list[int]:
    """Ends of the segments of one contig, exclusive, the last one n.

    Beyond `MAX_BINS` neighbors are joined to blocks (weighted means) first; each break is then moved,
    within a block to either side, to where it parts the bins best.
    """
    n = len(x)
    size = -(-n // MAX_BINS)
    if size <= 1:
        return _ends(x, weight, method, alpha, sd, n_total)
    starts = np.arange(0, n, size)
    block_weight = np.add.reduceat(weight, starts)
    block = np.add.reduceat(x * weight, starts) / block_weight
    coarse = _ends(block, block_weight, method, alpha, sd, -(-n_total // size))
    return _moved(x, weight, [min(end * size, n) for end in coarse], size)


def _ends(x: Floats, weight: Floats, method: Method, alpha: float, sd: float, n_total: int) -> list[int]:
    if len(x) == 0:
        return []
    ends = np.empty(len(x), np.int64)
    x, weight = np.ascontiguousarray(x), np.ascontiguousarray(weight)
    if method == "cbs":
        return [int(end) for end in ends[: segment_cbs(x, weight, alpha, ends)]]
    noise = max(sd, 1e-3)
    cost = PELT_PENALTY * noise**2 * float(np.log(max(n_total, 3)))
    return [int(end) for end in ends[: segment_pelt(clipped(x, weight, noise), weight, cost, ends)]]


def clipped(x: Floats, weight: Floats, sd: float) -> Floats:
    """Values no further than three standard deviations from the running median of eleven."""
    if len(x) < _CLIP_WINDOW:
        return x
    half = _CLIP_WINDOW // 2
    padded = np.pad(x, half, mode="edge")
    middle = np.median(np.lib.stride_tricks.sliding_window_view(padded, _CLIP_WINDOW), axis=1)
    reach = _CLIP_SD * sd / np.sqrt(weight)
    return np.ascontiguousarray(np.clip(x, middle - reach, middle + reach))


def _moved(x: Floats, weight: Floats, ends: list[int], reach: int) -> list[int]:
    sum_w = np.concatenate(([0.0], np.cumsum(weight)))
    sum_wx = np.concatenate(([0.0], np.cumsum(weight * x)))
    moved = [0]
    for at, after in pairwise(ends):
        lowest, highest = max(moved[-1] + 2, at - reach), min(after - 2, at + reach)
        places = np.arange(lowest, max(lowest, highest) + 1)
        left = (sum_wx[places] - sum_wx[moved[-1]]) ** 2 / (sum_w[places] - sum_w[moved[-1]])
        right = (sum_wx[after] - sum_wx[places]) ** 2 / (sum_w[after] - sum_w[places])
        moved.append(int(places[int(np.argmax(left + right))]))
    return [*moved[1:], len(x)]
