"""Fragments that show two neighboring alleles, or one of them alone: what tells a haplotype."""

import numpy as np
from numpy.typing import NDArray

from oncoloom.kernels.compiling import kernel
from oncoloom.kernels.fragments import first_read_from
from oncoloom.kernels.haplotypes import length_change
from oncoloom.kernels.read_arrays import AlleleArrays, ReadArrays
from oncoloom.kernels.read_placement import describe_alignment
from oncoloom.kernels.substitution_evidence import read_substitution

LEAST_FLANK_BP = 5  # a read without an indel says so only if it goes on so far to both sides


@kernel
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


@kernel
def place_to_show(c: int, alleles: AlleleArrays) -> tuple[int, int]:
    """Where a read must begin at the latest, and end at the earliest, to show allele c or the reference."""
    anchor, deleted, change = alleles.anchor[c], alleles.deleted[c], length_change(alleles, c)
    if change == 0:
        return anchor + 1, anchor + 1 + deleted
    slack = alleles.slack[c] if change == -deleted or deleted == 0 else deleted
    return anchor + slack + 2, anchor


@kernel
def reaches(
    i: int, place: tuple[int, int], use: NDArray[np.uint8], pos: NDArray[np.int32], end: NDArray[np.int32]
) -> bool:
    """Whether read i (-1: none) is used and lies where it can show an allele."""
    return i >= 0 and use[i] == 0 and pos[i] <= place[0] and end[i] >= place[1]


@kernel
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
    shown: NDArray[np.int64],
    out: NDArray[np.int32],
) -> None:
    """Fill out (n, 3): fragments that show both alleles of a pair, the left one alone, the right one alone.

    Mates that overlap are one fragment: what one of them cannot say the other may; where they disagree the
    fragment says nothing. shown: (6,) int64, scratch.
    """
    use, pos, end = reads.use, reads.pos, reads.end
    for x in range(left.shape[0]):
        low = first_read_from(pos, alleles.anchor[left[x]] + 1 - longest)
        high = first_read_from(pos, alleles.anchor[right[x]] + 2 + alleles.deleted[right[x]])
        here, there = place_to_show(left[x], alleles), place_to_show(right[x], alleles)
        for i in range(low, high):
            j = reads.mate[i]
            if use[i] != 0 or low <= j < i:
                continue
            if j < i:
                j = -1
            # Most reads lie over one of the two places only.
            if not (reaches(i, there, use, pos, end) or reaches(j, there, use, pos, end)):
                continue
            first, second = 0, 0
            for side in range(2):
                c, place = (left[x], here) if side == 0 else (right[x], there)
                if side == 1 and first == 0:
                    break
                sign = 0
                for turn in range(2):
                    r = i if turn == 0 else j
                    if reaches(r, place, use, pos, end):
                        own = read_shows(
                            r,
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
                        sign = own if sign == 0 else (0 if own == -sign else sign)
                if side == 0:
                    first = sign
                else:
                    second = sign
            if first == 1 and second == 1:
                out[x, 0] += 1
            elif first == 1 and second == -1:
                out[x, 1] += 1
            elif first == -1 and second == 1:
                out[x, 2] += 1
