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

    weights: (k,) int64 below 2^40, k a power of two; position by position, so that order within a read matters.
    A sum of 2^15 bytes stays below 2^63.
    """
    mask = weights.shape[0] - 1
    for i in range(count.shape[0]):
        out[i] = 0
        if count[i] == 0:
            continue
        total = np.int64(0)
        n = min(np.int64(l_seq[i]), np.int64(8192))
        at = cigar_at[i]
        for b in range(4 * np.int64(n_cigar[i])):
            total += weights[(b + 7) & mask] * np.int64(arena[at + b])
        at = seq_at[i]
        for b in range((n + 1) >> 1):
            total += weights[(b + 97) & mask] * np.int64(arena[at + b])
        at = qual_at[i]
        for b in range(n):
            total += weights[(b + 389) & mask] * np.int64(arena[at + b])
        out[i] = total
