"""Whole reads placed, without gaps, on competing haplotypes.

Against one haplotype an Illumina read is nearly always ungapped, so the best of a few placements replaces a
pair-HMM: anchored at the aligned start and at the aligned end, each with and without the haplotype's changes
of length. Clipped bases take part, so support is found in clipped and mis-gapped reads.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from oncoloom.kernels.bam_records_bytes import load_u64
from oncoloom.kernels.cigar import cigar_word
from oncoloom.kernels.compiling import kernel
from oncoloom.kernels.haplotypes import Haplotypes
from oncoloom.kernels.read_arrays import ReadArrays

MAX_READ_BP = 1024  # longer reads are no evidence for indels
EIGHT_UNKNOWN = np.uint64(0x0404040404040404)  # the bit that tells N (4) from A, C, G, T (0 to 3)


class ReadBuffer(NamedTuple):
    """A read unpacked: base codes, cost of a mismatch by base, and its shape.

    shape : (6,) int64 of clipped bases left and right, summed length of its own indels at the site, flags:
    skips the site, shows an indel there, one of them has the candidate's length.
    frame : (5,) int64 of where its first base lies on a haplotype by its aligned start and by its aligned
    end, its bases without adapter [begin, stop), and the base over the site.
    fit : (1,) float64, penalty on the haplotype that it fits best.
    """

    bases: NDArray[np.uint8]
    costs: NDArray[np.float32]
    shape: NDArray[np.int64]
    frame: NDArray[np.int64]
    fit: NDArray[np.float64]


@kernel
def placement_penalty(
    haplotype: NDArray[np.uint8],
    n_haplotype: int,
    at: int,
    bases: NDArray[np.uint8],
    costs: NDArray[np.float32],
    begin: int,
    stop: int,
    pivot: int,
    rightwards: bool,  # noqa: FBT001
    worst: float,
) -> float:
    """Penalty (nats) of read bases [begin, stop) placed without a gap so that base 0 lies at `at`.

    Begins at read base `pivot` and goes to one end (`rightwards` or not) before it does the other part: where
    a placement is wrong, the mismatches are met at once. Stops above `worst`. A base outside the haplotype
    costs 1, one against an N (or an N itself) 1.4.
    """
    penalty = 0.0
    for part in range(2):
        forward = rightwards == (part == 0)
        n = stop - pivot if forward else pivot - begin
        k = 0
        while k < n:
            if k + 8 <= n:  # eight equal bases cost one comparison
                i = pivot + k if forward else pivot - 8 - k
                x = at + i
                if x >= 0 and x + 8 <= n_haplotype:
                    eight = load_u64(bases, i)
                    if eight == load_u64(haplotype, x) and eight & EIGHT_UNKNOWN == np.uint64(0):
                        k += 8
                        continue
            last = min(k + 8, n)
            while k < last:
                i = pivot + k if forward else pivot - 1 - k
                x = at + i
                k += 1
                if x < 0 or x >= n_haplotype:
                    penalty += 1.0
                else:
                    base, other = bases[np.uintp(i)], haplotype[np.uintp(x)]  # unsigned: no wrap-around test
                    if base == other and base < 4:
                        continue
                    penalty += 1.4 if base > 3 or other > 3 else costs[np.uintp(i)]
                if penalty > worst:
                    return penalty
    return penalty


@kernel
def best_penalty(
    haplotype: NDArray[np.uint8],
    n_haplotype: int,
    left: int,
    right: int,
    shift: NDArray[np.int64],
    n_shifts: int,
    bases: NDArray[np.uint8],
    costs: NDArray[np.float32],
    begin: int,
    stop: int,
    pivot: int,
    worst: float,
) -> float:
    """Lowest penalty over the placements at `left` and `right`, displaced by each of the shifts."""
    best = worst
    for u in range(2):
        at = left if u == 0 else right
        if u == 1 and right == left:
            break
        for v in range(n_shifts):
            penalty = placement_penalty(
                haplotype, n_haplotype, at + shift[v], bases, costs, begin, stop, pivot, v == 0, best
            )
            if penalty < best:
                best = penalty
    return best


@kernel
def describe_alignment(
    i: int, anchor: int, slack: int, change: int, reads: ReadArrays, shape: NDArray[np.int64]
) -> None:
    """Fill `shape` (see `ReadBuffer`) from read i's CIGAR; the site is `anchor` and `slack` bases.

    `slack`: how far the change could be shifted, or the replaced bases of a block.
    """
    shape[:] = 0
    at = reads.pos[i]
    for k in range(reads.n_cigar[i]):
        word = cigar_word(reads.arena, reads.cigar_at[i] + 4 * k)
        op, n = word & 15, word >> 4
        if op == 4:
            shape[0 if at == reads.pos[i] and k <= 1 else 1] = n
        elif op == 1 or op == 2:
            if anchor - 1 <= at - 1 <= anchor + slack + 1:
                own = n if op == 1 else -n
                shape[2] += own
                shape[4] = 1
                if own == change:
                    shape[5] = 1
            if op == 2:
                at += n
        elif op == 3:
            if at <= anchor + 1 and at + n > anchor:
                shape[3] = 1
            at += n
        elif op == 0 or op == 7 or op == 8:
            at += n


@kernel
def unpack_read(
    i: int,
    anchor: int,
    low: int,
    reads: ReadArrays,
    nibble_to_code: NDArray[np.uint8],
    cost_table: NDArray[np.float32],
    buffer: ReadBuffer,
) -> None:
    """Fill bases, costs and frame of the buffer with read i, whose shape is there.

    low: reference position of the haplotypes' first base.
    """
    begin, stop = 0, reads.l_seq[i]
    insert = abs(reads.template_length[i])
    if (reads.flag[i] & 0x2) and 0 < insert < reads.l_seq[i]:  # the read goes on into the adapter
        if reads.flag[i] & 0x10:
            begin = reads.l_seq[i] - insert
        else:
            stop = insert
    seq, qual = reads.seq_at[i], reads.qual_at[i]
    for u in range(begin, stop):  # unsigned indexes: no wrap-around test
        byte = np.int64(reads.arena[np.uintp(seq + (u >> 1))])
        buffer.bases[u] = nibble_to_code[np.uintp(byte >> 4 if (u & 1) == 0 else byte & 15)]
        buffer.costs[u] = cost_table[np.uintp(min(reads.arena[np.uintp(qual + u)], 93))]
    left = reads.pos[i] - buffer.shape[0] - low
    buffer.frame[0] = left
    buffer.frame[1] = reads.end[i] + buffer.shape[1] - reads.l_seq[i] - low
    buffer.frame[2] = begin
    buffer.frame[3] = stop
    buffer.frame[4] = max(begin, min(stop, anchor + 1 - low - left))


@kernel
def weigh_read(
    i: int,
    anchor: int,
    low: int,
    n_haplotypes: int,
    haplotypes: Haplotypes,
    reads: ReadArrays,
    nibble_to_code: NDArray[np.uint8],
    cost_table: NDArray[np.float32],
    buffer: ReadBuffer,
) -> float:
    """Penalty of the best haplotype without the candidate minus that of the best with it, for read i."""
    unpack_read(i, anchor, low, reads, nibble_to_code, cost_table, buffer)
    frame = buffer.frame
    left, right, begin, stop, pivot = frame[0], frame[1], frame[2], frame[3], frame[4]
    best_with, best_without = 400.0, 400.0
    for h in range(n_haplotypes):
        known = best_with if haplotypes.has_candidate[h] else best_without
        penalty = best_penalty(
            haplotypes.bases[h],
            haplotypes.length[h],
            left,
            right,
            haplotypes.shift[h],
            haplotypes.n_shifts[h],
            buffer.bases,
            buffer.costs,
            begin,
            stop,
            pivot,
            min(known, min(best_with, best_without) + 14.0),  # beyond the cap nothing changes
        )
        if haplotypes.has_candidate[h]:
            best_with = min(best_with, penalty)
        else:
            best_without = min(best_without, penalty)
    buffer.fit[0] = min(best_with, best_without)
    return best_without - best_with
