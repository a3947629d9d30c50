"""Whole reads placed, without gaps, on competing haplotypes.

Against one haplotype an Illumina read is nearly always ungapped, so the best of a few placements replaces a
pair-HMM: anchored at the aligned start and at the aligned end, each with and without the haplotype's changes
of length. Clipped bases take part, so support is found in clipped and mis-gapped reads.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from oncoloom.kernels.cigar import cigar_word
from oncoloom.kernels.compiling import inlined, kernel
from oncoloom.kernels.haplotypes import Haplotypes
from oncoloom.kernels.machine_words import leading_zeros, trailing_zeros
from oncoloom.kernels.read_arrays import ReadArrays
from oncoloom.kernels.wide_words import WIDE, unlike_codes, unpack_bases

MAX_READ_BP = 1024  # longer reads are no evidence for indels


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


@inlined
def next_bases(
    haplotype: NDArray[np.uint8],
    n_haplotype: int,
    at: int,
    bases: NDArray[np.uint8],
    pivot: int,
    forward: bool,  # noqa: FBT001
    k: int,
    n: int,
) -> tuple[int, int, np.uint64]:
    """The next steps of [k, n) of a read, base 0 at `at`, against a haplotype.

    Step k is base ``pivot + k``, or ``pivot - 1 - k`` where it does not go `forward`. Returns how many steps
    these are (32, or one beside the haplotype and in short reads), the lowest of their bases, and a bit for
    each base from there on that does not match. Bases beside the haplotype, and N on either side, match
    nothing.
    """
    steps = min(n - k, WIDE)
    low = pivot + k if forward else pivot - k - steps
    first = min(low, bases.shape[0] - WIDE)
    if first >= 0 and at + first >= 0 and at + first + WIDE <= n_haplotype:
        odd = unlike_codes(bases, first, haplotype, at + first) >> np.uint64(low - first)
        return steps, low, odd & ((np.uint64(1) << np.uint64(steps)) - np.uint64(1))
    low = pivot + k if forward else pivot - 1 - k
    x = at + low
    fits = 0 <= x < n_haplotype and bases[np.uintp(low)] == haplotype[np.uintp(x)] <= 3
    return 1, low, np.uint64(0) if fits else np.uint64(1)


@inlined
def ungapped_penalty(
    haplotype: NDArray[np.uint8],
    n_haplotype: int,
    at: int,
    bases: NDArray[np.uint8],
    costs: NDArray[np.float32],
    qualities: NDArray[np.uint8],
    quality_at: int,
    by_quality: bool,  # noqa: FBT001 - compiled code is called by position
    begin: int,
    stop: int,
    pivot: int,
    rightwards: bool,  # noqa: FBT001
    worst: float,
) -> float:
    """Penalty (nats) of read bases [begin, stop) placed without a gap so that base 0 lies at `at`.

    Begins at read base `pivot` and goes to one end (`rightwards` or not) before it does the other part: where
    a placement is wrong, the mismatches are met at once. Stops above `worst`. A base outside the haplotype
    costs 1, one against an N (or an N itself) 1.4, any other mismatch what `costs` says: of the base, or
    `by_quality`, of byte ``quality_at + base`` of `qualities`; it is asked where bases differ only.
    """
    penalty = 0.0
    for part in range(2):
        forward = rightwards == (part == 0)
        n = stop - pivot if forward else pivot - begin
        k = 0
        while k < n:
            steps, low, odd = next_bases(haplotype, n_haplotype, at, bases, pivot, forward, k, n)
            k += steps
            while odd != np.uint64(0):
                u = trailing_zeros(odd) if forward else 63 - leading_zeros(odd)
                odd ^= np.uint64(1) << np.uint64(u)
                i = low + u
                x = at + i
                if x < 0 or x >= n_haplotype:
                    penalty += 1.0
                elif bases[np.uintp(i)] > 3 or haplotype[np.uintp(x)] > 3:
                    penalty += 1.4
                elif by_quality:
                    penalty += costs[np.uintp(min(qualities[np.uintp(quality_at + i)], 93))]
                else:
                    penalty += costs[np.uintp(i)]
                if penalty > worst:
                    return penalty
    return penalty


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
    """As `ungapped_penalty`, with a cost for each base."""
    none, by_base = bases, False  # qualities that nobody asks for
    return ungapped_penalty(
        haplotype, n_haplotype, at, bases, costs, none, 0, by_base, begin, stop, pivot, rightwards, worst
    )


@inlined
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


@inlined
def unpack_read(
    i: int,
    anchor: int,
    low: int,
    reads: ReadArrays,
    buffer: ReadBuffer,
) -> None:
    """Fill bases and frame of the buffer with read i, whose shape is there.

    low: reference position of the haplotypes' first base.
    """
    begin, stop = 0, reads.l_seq[i]
    insert = abs(reads.template_length[i])
    if (reads.flag[i] & 0x2) and 0 < insert < reads.l_seq[i]:  # the read goes on into the adapter
        if reads.flag[i] & 0x10:
            begin = reads.l_seq[i] - insert
        else:
            stop = insert
    unpack_bases(reads.arena, reads.seq_at[i], reads.l_seq[i], buffer.bases)
    left = reads.pos[i] - buffer.shape[0] - low
    buffer.frame[0] = left
    buffer.frame[1] = reads.end[i] + buffer.shape[1] - reads.l_seq[i] - low
    buffer.frame[2] = begin
    buffer.frame[3] = stop
    buffer.frame[4] = max(begin, min(stop, anchor + 1 - low - left))


@kernel
def unpack_costs(i: int, reads: ReadArrays, cost_table: NDArray[np.float32], buffer: ReadBuffer) -> None:
    """Fill the buffer's costs with those of read i; only batches and the pair-HMM need them all."""
    for u in range(reads.l_seq[i]):
        quality = reads.arena[np.uintp(reads.qual_at[i] + u)]
        buffer.costs[np.uintp(u)] = cost_table[np.uintp(min(quality, 93))]


@inlined
def weigh_read(
    i: int,
    anchor: int,
    low: int,
    n_haplotypes: int,
    haplotypes: Haplotypes,
    reads: ReadArrays,
    cost_table: NDArray[np.float32],
    buffer: ReadBuffer,
) -> float:
    """Penalty of the best haplotype without the candidate minus that of the best with it, for read i.

    A haplotype's penalty is the lowest over the places by the read's aligned start and by its aligned end,
    each displaced by the haplotype's shifts.
    """
    unpack_read(i, anchor, low, reads, buffer)
    left, right = buffer.frame[0], buffer.frame[1]
    best_with, best_without = 400.0, 400.0
    for h in range(n_haplotypes):
        with_it = haplotypes.has_candidate[h] != 0
        # beyond the cap nothing changes
        best = min(best_with if with_it else best_without, min(best_with, best_without) + 14.0)
        for u in range(1 if right == left else 2):
            for v in range(haplotypes.n_shifts[h]):
                if best <= 0.0:  # it fits: no other place is better
                    break
                penalty = ungapped_penalty(
                    haplotypes.bases[h],
                    haplotypes.length[h],
                    (left if u == 0 else right) + haplotypes.shift[h, v],
                    buffer.bases,
                    cost_table,
                    reads.arena,
                    reads.qual_at[i],
                    True,  # noqa: FBT003 - by_quality; compiled code is called by position
                    buffer.frame[2],
                    buffer.frame[3],
                    buffer.frame[4],
                    v == 0,
                    best,
                )
                best = min(best, penalty)
        if with_it:
            best_with = min(best_with, best)
        else:
            best_without = min(best_without, best)
    buffer.fit[0] = min(best_with, best_without)
    return best_without - best_with
