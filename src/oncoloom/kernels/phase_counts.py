"""Fragments that show two neighboring alleles, or one of them alone: what tells a haplotype."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from oncoloom.kernels.fragments import first_read_from
from oncoloom.kernels.haplotypes import length_change
from oncoloom.kernels.read_arrays import AlleleArrays, ReadArrays
from oncoloom.kernels.read_placement import describe_alignment
from oncoloom.kernels.substitution_evidence import read_substitution

LEAST_FLANK_BP = 5  # a read without an indel says so only if it goes on so far to both sides


@njit(cache=True, nogil=True)
def read_shows(
    i: int,
    c: int,
    alleles: AlleleArrays,
    code: NDArray[np.uint8],
    window_start: int,
    reads: ReadArrays,
    min_quality: int,
    nibble_to_code: NDArray[np.uint8],
    read_table: NDArray[np.float32],
    shown: NDArray[np.int64],
) -> int:
    """1 if the alignment of read i shows allele c, -1 if it shows the reference there, else 0.

    shown : (6,) int64
        Scratch.
    """
    anchor, deleted, change = alleles.anchor[c], alleles.deleted[c], length_change(alleles, c)
    first, stop = anchor + 1, anchor + 1 + deleted
    if change == 0:
        if reads.pos[i] > first or reads.end[i] < stop:
            return 0
        read_substitution(
            i,
            first,
            alleles.inserted[alleles.inserted_at[c] : alleles.inserted_at[c + 1]],
            code[first - window_start : stop - window_start],
            reads,
            min_quality,
            nibble_to_code,
            read_table,
            shown,
        )
        if shown[2] > 0 or (shown[0] > 0) == (shown[1] > 0):
            return 0
        return 1 if shown[1] > 0 else -1
    slack = alleles.slack[c] if change == -deleted or deleted == 0 else deleted
    describe_alignment(i, anchor, slack, change, reads, shown)
    if shown[3]:
        return 0
    if shown[4]:
        return 1 if shown[2] == change else 0
    left, right = first - LEAST_FLANK_BP, stop + slack + LEAST_FLANK_BP
    return -1 if reads.pos[i] <= left and reads.end[i] >= right else 0


@njit(cache=True, nogil=True)
def count_pairs(
    left: NDArray[np.int64],
    right: NDArray[np.int64],
    alleles: AlleleArrays,
    code: NDArray[np.uint8],
    window_start: int,
    reads: ReadArrays,
    longest: int,
    min_quality: int,
    nibble_to_code: NDArray[np.uint8],
    read_table: NDArray[np.float32],
    out: NDArray[np.int32],
) -> None:
    """Fill out (n, 3): fragments that show both alleles of a pair, the left one alone, the right one alone.

    Mates that overlap are one fragment: what one of them cannot say the other may; where they disagree the
    fragment says nothing.
    """
    shown = np.zeros(6, np.int64)
    sign = np.zeros(2, np.int64)
    for x in range(left.shape[0]):
        low = first_read_from(reads.pos, alleles.anchor[left[x]] + 1 - longest)
        high = first_read_from(reads.pos, alleles.anchor[right[x]] + 2 + alleles.deleted[right[x]])
        for i in range(low, high):
            j = reads.mate[i]
            if reads.use[i] != 0 or low <= j < i:
                continue
            for side in range(2):
                c = left[x] if side == 0 else right[x]
                sign[side] = read_shows(
                    i, c, alleles, code, window_start, reads, min_quality, nibble_to_code, read_table, shown
                )
                if j > i:
                    other = read_shows(
                        j,
                        c,
                        alleles,
                        code,
                        window_start,
                        reads,
                        min_quality,
                        nibble_to_code,
                        read_table,
                        shown,
                    )
                    if sign[side] == 0:
                        sign[side] = other
                    elif other == -sign[side]:
                        sign[side] = 0
            if sign[0] == 1 and sign[1] == 1:
                out[x, 0] += 1
            elif sign[0] == 1 and sign[1] == -1:
                out[x, 1] += 1
            elif sign[0] == -1 and sign[1] == 1:
                out[x, 2] += 1
