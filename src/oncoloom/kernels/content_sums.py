"""Sums over reads that do not depend on their order: the content digest's raw part."""

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(cache=True, nogil=True)
def content_sums(
    count: NDArray[np.uint8],
    l_seq: NDArray[np.int32],
    n_cigar: NDArray[np.uint16],
    cigar_at: NDArray[np.int64],
    seq_at: NDArray[np.int64],
    qual_at: NDArray[np.int64],
    arena: NDArray[np.uint8],
    weights: NDArray[np.int64],
    out: NDArray[np.int64],
) -> None:
    """Fill `out` (n,) with a weighted sum of each counted read's CIGAR, bases and qualities.

    weights: (8192,) int64 below 2^36; position by position, so that order within a read matters. Of a read
    longer than that its first 8192 bytes of each kind count: a sum of so many bytes stays below 2^63.
    """
    for i in range(count.shape[0]):
        out[i] = 0
        if count[i] == 0:
            continue
        n = min(int(l_seq[i]), 8192)
        a, b, c = cigar_at[i], seq_at[i], qual_at[i]
        cigar = _weighted(arena[a : a + min(4 * int(n_cigar[i]), 8192)], weights)
        bases = _weighted(arena[b : b + ((n + 1) >> 1)], weights)
        out[i] = cigar + 3 * bases + 5 * _weighted(arena[c : c + n], weights)


@njit(cache=True, nogil=True)
def _weighted(values: NDArray[np.uint8], weights: NDArray[np.int64]) -> int:
    """Sum of weight times byte; a plain loop that the compiler turns into vector code."""
    total = 0
    for k in range(values.shape[0]):
        total += weights[k] * values[k]
    return total
