"""The k-mers around one place: those of the reference, and those that only reads have."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from oncoloom.kernels.arrays import NOT_A_BASE
from oncoloom.kernels.bam_records_bytes import load_u64
from oncoloom.kernels.compiling import inlined, kernel
from oncoloom.kernels.machine_words import leading_zeros, trailing_zeros
from oncoloom.kernels.read_arrays import ReadArrays
from oncoloom.kernels.wide_words import WIDE, unlike_codes, unpack_bases

KMER_BP = 25
KMER_MASK = (1 << (2 * KMER_BP)) - 1
LEAST_KMER_QUALITY = 15
TABLE_SIZE = 1 << 15
SMALL_TABLE = 1 << 13  # what most places need of it stays in the cache
REPEATED, NOVEL = -2, -1
_NO_BASE = np.uint64(0xFCFCFCFCFCFCFCFC)  # bits that no code of a base has


class KmerTable(NamedTuple):
    """Open-addressing table of the k-mers around one place.

    Attributes
    ----------
    key : (TABLE_SIZE,) int64
        Two bits a base; -1 free.
    place : (TABLE_SIZE,) int32
        End (exclusive, in the window) of a k-mer that the reference has once, else REPEATED or NOVEL.
    weight, stamp : (TABLE_SIZE,) int32
        Distinct fragments of a novel k-mer, and the last one.
    """

    key: NDArray[np.int64]
    place: NDArray[np.int32]
    weight: NDArray[np.int32]
    stamp: NDArray[np.int32]


@inlined
def find_slot(table: KmerTable, key: int, size: int) -> int:
    """Slot that holds `key`, or the free one where it belongs, of the first `size` (a power of two)."""
    slot = (key ^ (key >> 15) ^ (key >> 30)) & (size - 1)
    while table.key[np.uintp(slot)] != key and table.key[np.uintp(slot)] >= 0:
        slot = (slot + 1) & (size - 1)
    return slot


@kernel
def add_reference(
    code: NDArray[np.uint8], low: int, high: int, own: NDArray[np.int64], table: KmerTable, size: int
) -> None:
    """Clear the first `size` slots of the table and put in the k-mers of code [low, high).

    own: (high - low + 1,), filled with the k-mers by their ends; -1 where none ends.
    """
    table.key[:size] = -1
    own[:] = -1
    key, run = np.int64(0), 0
    for x in range(low, high):
        if code[x] > 3:
            run = 0
            continue
        key = ((key << 2) | np.int64(code[x])) & KMER_MASK
        run += 1
        if run >= KMER_BP:
            own[np.uintp(x + 1 - low)] = key
            slot = find_slot(table, key, size)
            table.place[slot] = x + 1 if table.key[slot] < 0 else REPEATED
            table.key[slot] = key


@inlined
def add_fragment_read(
    i: int,
    fragment: int,
    reads: ReadArrays,
    code: NDArray[np.uint8],
    low: int,
    high: int,
    own: NDArray[np.int64],
    bases: NDArray[np.uint8],
    table: KmerTable,
    size: int,
    n_novel: int,
) -> int:
    """Count the novel k-mers of read i for its fragment; return how many the table holds.

    Bases below quality 15 and the adapter behind a short insert break k-mers. Stops at half of the `size`
    slots that are used.
    Where a k-mer is the reference's, and the next base too, so is the next k-mer: it need not be looked up.
    code, low, high, own: the reference, and its k-mers (see `add_reference`). bases: scratch for the codes of
    the read.
    """
    begin, stop = 0, reads.l_seq[i]
    insert = abs(reads.template_length[i])
    if (reads.flag[i] & 0x2) and 0 < insert < reads.l_seq[i]:
        if reads.flag[i] & 0x10:
            begin = reads.l_seq[i] - insert
        else:
            stop = insert
    arena, qual_at = reads.arena, reads.qual_at[i]
    unpack_bases(arena, reads.seq_at[i], reads.l_seq[i], bases)
    for u in range(begin, stop):
        if arena[np.uintp(qual_at + u)] < LEAST_KMER_QUALITY:
            bases[np.uintp(u)] = NOT_A_BASE
    key = np.int64(-1)  # of the bases before u; -1: one of them is none
    at = -1  # reference base behind the k-mer, where that is the reference's
    u = begin
    while u < stop:
        if key < 0:
            u = next_whole_kmer(bases, u, stop) + KMER_BP
            if u > stop:
                return n_novel
            key = packed_kmer(bases, u - KMER_BP)
        else:
            base = np.int64(bases[np.uintp(u)])
            u += 1
            if base > 3:
                key = np.int64(-1)
                continue
            key = ((key << 2) | base) & KMER_MASK
            if 0 <= at < high and base == code[np.uintp(at)]:
                at += 1
                same = equal_bases(bases, u, code, at, min(stop - u, high - at))
                at += same
                key = own[np.uintp(at - low)]
                u += same
                continue
        at = -1
        slot = find_slot(table, key, size)
        if table.key[slot] < 0:
            if 2 * n_novel >= size:
                return n_novel
            table.key[slot] = key
            table.place[slot] = NOVEL
            table.weight[slot] = 1
            table.stamp[slot] = fragment
            n_novel += 1
        elif table.place[slot] >= 0:
            at = table.place[slot]
        elif table.place[slot] == NOVEL and table.stamp[slot] != fragment:
            table.weight[slot] += 1
            table.stamp[slot] = fragment
    return n_novel


@inlined
def next_whole_kmer(bases: NDArray[np.uint8], u: int, stop: int) -> int:
    """First place from u on where a k-mer without a gap (a code above 3) begins; `stop` where there is none.

    From the last gap of a k-mer to the next one, eight bases at a time.
    """
    while u + KMER_BP <= stop:
        if bases[np.uintp(u + KMER_BP - 1)] > 3:
            u += KMER_BP
            continue
        last = -1
        for word in range(KMER_BP // 8):
            gaps = load_u64(bases, u + 8 * word) & _NO_BASE
            if gaps != np.uint64(0):
                last = 8 * word + ((63 - leading_zeros(gaps)) >> 3)
        if last < 0:
            return u
        u += last + 1
    return stop


@inlined
def packed_kmer(bases: NDArray[np.uint8], at: int) -> np.int64:
    """The k-mer of the bases from `at` on, none of them a gap: two bits each, the first one highest."""
    key = np.uint64(0)
    for word in range(KMER_BP // 8):
        w = load_u64(bases, at + 8 * word)
        w = ((w << np.uint64(2)) | (w >> np.uint64(8))) & np.uint64(0x000F000F000F000F)
        w = ((w << np.uint64(4)) | (w >> np.uint64(16))) & np.uint64(0x000000FF000000FF)
        w = ((w << np.uint64(8)) | (w >> np.uint64(32))) & np.uint64(0xFFFF)
        key = (key << np.uint64(16)) | w
    for u in range(KMER_BP // 8 * 8, KMER_BP):
        key = (key << np.uint64(2)) | np.uint64(bases[np.uintp(at + u)])
    return np.int64(key)


@inlined
def equal_bases(one: NDArray[np.uint8], at: int, other: NDArray[np.uint8], there: int, n: int) -> int:
    """Bases from which on one and the other differ, or one of them is none: 0 to n."""
    k = 0
    while k + WIDE <= n:
        odd = unlike_codes(one, at + k, other, there + k)
        if odd != np.uint64(0):
            return k + trailing_zeros(odd)
        k += WIDE
    while k < n and one[np.uintp(at + k)] == other[np.uintp(there + k)] <= 3:
        k += 1
    return k


@kernel
def fill_table(
    first: int,
    last: int,
    code: NDArray[np.uint8],
    chosen: NDArray[np.int32],
    names: NDArray[np.int64],
    order: NDArray[np.int64],
    reads: ReadArrays,
    own: NDArray[np.int64],
    bases: NDArray[np.uint8],
    table: KmerTable,
    size: int,
) -> int:
    """Put the k-mers of code [first, last) and of the `chosen` reads into the first `size` slots.

    order : (n,) int64
        The chosen reads with mates side by side: a stamp tells fragments apart.
    own, bases
        Scratch, see `add_reference` and `add_fragment_read`.

    Returns the number of novel k-mers; half of `size`: there are more.
    """
    add_reference(code, first, last, own, table, size)
    fragment, n_novel = 0, 0
    for x in range(order.shape[0]):
        if x == 0 or names[order[x]] != names[order[x - 1]]:
            fragment += 1
        n_novel = add_fragment_read(
            chosen[order[x]], fragment, reads, code, first, last, own, bases, table, size, n_novel
        )
    return n_novel
