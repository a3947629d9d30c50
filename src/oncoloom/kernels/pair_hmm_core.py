"""What the twins of the pair-HMM share: the model's constants, the batch, and one pair in float64.

The model (Durbin et al. 1998, chapter 4, as GATK's forward algorithm arranges it). A read begins in any
column of the band with weight 1, emits every base, and ends in any column; states match, insertion, deletion.
With ``o[j]`` the gap opening before haplotype base j and ``x`` the extension:

    M[i, j] = p(i, j) (M[i-1, j-1] (1 - 2 o[j]) + (I[i-1, j-1] + D[i-1, j-1]) (1 - x))
    I[i, j] = M[i-1, j] o[j+1] + I[i-1, j] x
    D[i, j] = M[i, j-1] o[j] + D[i, j-1] x

``p`` is 1 where the bases agree and the read base's mismatch ratio e / (3 (1 - e)) where not, so the result,
minus the log of the sum over all paths, is a penalty in nats as that of an ungapped placement: 0 for a read
that fits throughout. What lies outside a haplotype, or is N there, agrees with no base.
"""

from math import log
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

EXTENSION = 0.1
BASE_OPENING = 2e-5
READ_N = 8  # code of an N of a read: equal to no base of a haplotype
START_WEIGHT = 2.0**100  # of float32 sums; what ends below 2**-100 may have lost paths to underflow
LEAST_SUM = 2.0**-100
NOTHING = 255  # code of what lies beside a haplotype


class PairBatch(NamedTuple):
    """Reads, haplotypes, and which of them meet.

    Attributes
    ----------
    reads : uint8
        Base codes of all reads, one after the other; A, C, G, T are 0..3, N is `READ_N`.
    ratios : float32
        For each of them, probability of one wrong base relative to the right one, e / (3 (1 - e)).
    read_at : (n_reads + 1,) int64
        Borders of reads.
    haplotypes : uint8
        Base codes of all haplotypes; what is not 0..3 agrees with no base.
    opening : float32
        Gap opening before each haplotype base; see `gap_openings`.
    haplotype_at : (n_haplotypes + 1,) int64
        Borders of haplotypes.
    pairs : (n, 3) int64
        Read, haplotype, and the band's first diagonal (haplotype minus read position).
    """

    reads: NDArray[np.uint8]
    ratios: NDArray[np.float32]
    read_at: NDArray[np.int64]
    haplotypes: NDArray[np.uint8]
    opening: NDArray[np.float32]
    haplotype_at: NDArray[np.int64]
    pairs: NDArray[np.int64]


def longest_first(batch: PairBatch) -> NDArray[np.int64]:
    """(n,) int64 order of the pairs by falling read length, so that lanes and blocks are full."""
    length = np.diff(batch.read_at)[batch.pairs[:, 0]]
    return np.argsort(-length, kind="stable").astype(np.int64)


@njit(cache=True, nogil=True)
def pair_penalty(batch: PairBatch, pair: int, band: int, room: NDArray[np.float64]) -> float:
    """Penalty of one pair in float64, each row scaled by its largest sum: no underflow, however bad the fit.

    room: (3, band + 1) float64, overwritten.
    """
    read, haplotype, diagonal = batch.pairs[pair, 0], batch.pairs[pair, 1], batch.pairs[pair, 2]
    begin, n_read = batch.read_at[read], batch.read_at[read + 1] - batch.read_at[read]
    first, n_haplotype = batch.haplotype_at[haplotype], batch.haplotype_at[haplotype + 1]
    n_haplotype -= first
    match, insertion, deletion = room[0], room[1], room[2]
    for k in range(band + 1):
        match[k], insertion[k] = 0.0, 0.0
        deletion[k] = 1.0 / (1.0 - EXTENSION)  # free start: only a match follows
    shift = 0.0
    for i in range(n_read):
        base, ratio = batch.reads[begin + i], float(batch.ratios[begin + i])
        left_match, left_deletion, largest = 0.0, 0.0, 0.0
        for k in range(band):
            j = i + diagonal + k
            inside = 0 <= j < n_haplotype
            opening = float(batch.opening[first + j]) if inside else BASE_OPENING
            behind = float(batch.opening[first + j + 1]) if 0 <= j + 1 < n_haplotype else BASE_OPENING
            p = 1.0 if inside and batch.haplotypes[first + j] == base else ratio
            gapped = insertion[k] + deletion[k]
            new_match = p * (match[k] * (1.0 - 2.0 * opening) + gapped * (1.0 - EXTENSION))
            insertion[k] = match[k + 1] * behind + insertion[k + 1] * EXTENSION
            left_deletion = left_match * opening + left_deletion * EXTENSION
            deletion[k], match[k], left_match = left_deletion, new_match, new_match
            largest = max(largest, new_match, insertion[k])
        shift += log(largest)
        for state in range(3):
            for k in range(band):
                room[state, k] /= largest
    total = 0.0
    for k in range(band):
        total += match[k] + insertion[k]
    return -(shift + log(total))


@njit(cache=True, nogil=True)
def gap_openings(tracts: NDArray[np.int64], rates: NDArray[np.float64], opening: NDArray[np.float32]) -> None:
    """Gap opening before each base of a haplotype: 2e-5, or the slippage rate on a repeat's first base.

    tracts: (n,) position of each repeat's first base (`repeat_lengths.find_repeats`). rates: (n,) shares of
    fragments that slip there. opening: (m,) float32, overwritten.
    """
    opening[:] = BASE_OPENING
    for t in range(tracts.shape[0]):
        at = tracts[t]
        opening[at] = max(opening[at], np.float32(rates[t]))
