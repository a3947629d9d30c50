"""Local assembly: a de Bruijn graph of reads that differ around one place, and its walks off the reference.

Only k-mers that the reference does not have near the place are kept, weighed by distinct fragments. A walk
leaves the reference at a k-mer that is unique there and comes back at another: further right (deletion,
insertion, complex allele), or further left (tandem duplication), so that no cycle has to be resolved.
Source of the idea: local assembly of GATK (docs/local_assembly.tex), reduced to novel k-mers.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from oncoloom.kernels.arrays import NOT_A_BASE
from oncoloom.kernels.compiling import inlined, kernel
from oncoloom.kernels.fragments import first_read_from
from oncoloom.kernels.machine_words import trailing_zeros
from oncoloom.kernels.read_arrays import ReadArrays
from oncoloom.kernels.wide_words import WIDE, unlike_codes, unpack_bases

KMER_BP = 25
KMER_MASK = (1 << (2 * KMER_BP)) - 1
LEAST_KMER_QUALITY = 15
LEAST_KMER_FRAGMENTS = 3
MOST_NOVEL_KMERS = 230  # of one walk
MOST_STEPS = 4_096  # of all walks from one k-mer
LEAST_MISMATCHES = 3  # from here on an unclipped read without indels takes part
TABLE_SIZE = 1 << 15
SMALL_TABLE = 1 << 13  # what most places need of it stays in the cache
REPEATED, NOVEL = -2, -1


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


class WalkArrays(NamedTuple):
    """Found walks: reference ends `leave` and `back` (exclusive), and the bases between.

    Attributes
    ----------
    leave, back : (n,) int64
        Relative to the window.
    border : (n + 1,) int64; bases : uint8
        Borders of each walk's base codes.
    """

    leave: NDArray[np.int64]
    back: NDArray[np.int64]
    border: NDArray[np.int64]
    bases: NDArray[np.uint8]


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

    own: (high - low + 1,), filled with the k-mers by their ends.
    """
    table.key[:size] = -1
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
    key, run = np.int64(0), 0
    at = -1  # reference base behind the k-mer, where that is the reference's
    u = begin - 1
    while u + 1 < stop:
        u += 1
        base = np.int64(bases[np.uintp(u)])
        if base > 3:
            run, at = 0, -1
            continue
        key = ((key << 2) | base) & KMER_MASK
        run += 1
        if run < KMER_BP:
            continue
        if 0 <= at < high and base == code[np.uintp(at)]:
            at += 1
            same = equal_bases(bases, u + 1, code, at, min(stop - u - 1, high - at))
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


@inlined
def choose_differing_reads(
    low: int,
    high: int,
    longest: int,
    reads: ReadArrays,
    mismatch_read: NDArray[np.int32],
    chosen: NDArray[np.int32],
) -> int:
    """List used reads over [low, high) with a clip, an indel or three mismatches; return how many.

    `mismatch_read`: the read of each mismatch, ascending. The others have no k-mers of an uncalled event.
    """
    n = 0
    first = first_read_from(reads.pos, low - longest)
    mine = first_read_from(mismatch_read, first)  # the first mismatch of read i, or of a later one
    for i in range(first, first_read_from(reads.pos, high)):
        if reads.use[i] != 0 or reads.end[i] <= low or n == chosen.shape[0]:
            continue
        if reads.n_cigar[i] == 1:
            while mine < mismatch_read.shape[0] and mismatch_read[mine] < i:
                mine += 1
            last = mine + LEAST_MISMATCHES - 1
            if last >= mismatch_read.shape[0] or mismatch_read[last] != i:
                continue
        chosen[n] = i
        n += 1
    return n


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


@inlined
def most_fragments_beside(key: int, table: KmerTable, size: int) -> int:
    """Fragments of the best supported novel k-mer that may follow a k-mer; 0 where none does."""
    most = 0
    for base in range(4):
        slot = find_slot(table, ((key << 2) | base) & KMER_MASK, size)
        if table.key[np.uintp(slot)] >= 0 and table.place[np.uintp(slot)] == NOVEL:
            most = max(most, table.weight[np.uintp(slot)])
    return most


@kernel
def walk_off(
    start: int,
    key: int,
    table: KmerTable,
    size: int,
    keys: NDArray[np.int64],
    tried: NDArray[np.uint8],
    path: NDArray[np.uint8],
    walks: WalkArrays,
    n_walks: int,
    least: int,
) -> int:
    """Add all walks from the unique reference k-mer `key` that ends at `start`; return the number of walks.

    Depth first, over k-mers of at least `least` fragments, at most 230 novel ones and 4,096 steps. `keys`,
    `tried`, `path`: room of 232.
    """
    depth, steps = 0, 0
    keys[0] = key
    tried[0] = 0
    while depth >= 0 and steps < MOST_STEPS:
        if tried[depth] == 4:
            depth -= 1
            continue
        base = np.int64(tried[depth])
        tried[depth] += 1
        following = ((keys[depth] << 2) | base) & KMER_MASK
        slot = find_slot(table, following, size)
        if table.key[slot] < 0:
            continue
        place = table.place[slot]
        path[depth] = base
        if place >= 0:
            room = n_walks < walks.leave.shape[0] and walks.border[n_walks] + depth < walks.bases.shape[0]
            if depth > 0 and room:
                walks.leave[n_walks] = start
                walks.back[n_walks] = place
                first = walks.border[n_walks]
                for u in range(depth + 1):
                    walks.bases[first + u] = path[u]
                walks.border[n_walks + 1] = first + depth + 1
                n_walks += 1
        elif place == NOVEL and table.weight[slot] >= least and depth < MOST_NOVEL_KMERS:
            depth += 1
            steps += 1
            keys[depth] = following
            tried[depth] = 0
    return n_walks


@njit(cache=True, nogil=True)
def assemble(
    low: int,
    high: int,
    code: NDArray[np.uint8],
    window_start: int,
    longest: int,
    reads: ReadArrays,
    mismatch_read: NDArray[np.int32],
    table: KmerTable,
    walks: WalkArrays,
) -> int:
    """Assemble the reads over [low, high); fill `walks` and return how many there are.

    A place with more than half a table of novel k-mers is too tangled: no walks.
    """
    chosen = np.empty(TABLE_SIZE, np.int32)
    n_chosen = choose_differing_reads(low, high, longest, reads, mismatch_read, chosen)
    if n_chosen < LEAST_KMER_FRAGMENTS:
        return 0
    first, last = low - window_start, high - window_start
    names, longest_bp = np.empty(n_chosen, np.int64), 0
    for x in range(n_chosen):
        names[x] = reads.name[chosen[x]]
        longest_bp = max(longest_bp, reads.l_seq[chosen[x]])
    bases, own = np.empty(longest_bp + 1, np.uint8), np.empty(last - first + 1, np.int64)
    order = np.argsort(names)
    size = SMALL_TABLE
    n_novel = fill_table(first, last, code, chosen, names, order, reads, own, bases, table, size)
    if 2 * n_novel >= size:
        size = TABLE_SIZE
        n_novel = fill_table(first, last, code, chosen, names, order, reads, own, bases, table, size)
    if 2 * n_novel >= TABLE_SIZE:
        return 0
    keys = np.empty(MOST_NOVEL_KMERS + 2, np.int64)
    tried = np.empty(MOST_NOVEL_KMERS + 2, np.uint8)
    path = np.empty(MOST_NOVEL_KMERS + 2, np.uint8)
    # where a walk may begin: place, k-mer, fragments beside it
    starts = np.empty((last - first, 3), np.int64)
    n_starts, key, run = 0, np.int64(0), 0
    for x in range(first, last):
        if code[x] > 3:
            run = 0
            continue
        key = ((key << 2) | np.int64(code[x])) & KMER_MASK
        run += 1
        if run >= KMER_BP and table.place[find_slot(table, key, size)] == x + 1:
            beside = most_fragments_beside(key, table, size)
            if beside >= LEAST_KMER_FRAGMENTS - 1:
                starts[n_starts, 0], starts[n_starts, 1], starts[n_starts, 2] = x + 1, key, beside
                n_starts += 1
    n_walks = 0
    for least in (LEAST_KMER_FRAGMENTS, LEAST_KMER_FRAGMENTS - 1):
        for s in range(n_starts):
            if starts[s, 2] >= least:
                at, key = starts[s, 0], starts[s, 1]
                n_walks = walk_off(at, key, table, size, keys, tried, path, walks, n_walks, least)
        if n_walks > 0:
            break  # only where none comes back, a thin stretch of it may have two fragments
    return n_walks


@njit(cache=True, nogil=True)
def assemble_places(
    borders: NDArray[np.int64],
    code: NDArray[np.uint8],
    window_start: int,
    longest: int,
    reads: ReadArrays,
    mismatch_read: NDArray[np.int32],
    table: KmerTable,
    walks: WalkArrays,
    found: WalkArrays,
    counts: NDArray[np.int64],
) -> int:
    """Assemble places (`borders`: (n, 2)) one after the other; return how many there was room for.

    walks: room for one place, overwritten. found: the walks of all places in their order, of each so many as
    `counts` (n,) says.
    """
    total = 0
    for p in range(borders.shape[0]):
        if total + walks.leave.shape[0] > found.leave.shape[0]:
            return p
        if found.border[total] + walks.bases.shape[0] > found.bases.shape[0]:
            return p
        low, high = borders[p, 0], borders[p, 1]
        n = assemble(low, high, code, window_start, longest, reads, mismatch_read, table, walks)
        first = found.border[total]
        for w in range(n):
            found.leave[total + w] = walks.leave[w]
            found.back[total + w] = walks.back[w]
            found.border[total + w + 1] = first + walks.border[w + 1]
        for x in range(walks.border[n]):
            found.bases[first + x] = walks.bases[x]
        counts[p] = n
        total += n
    return borders.shape[0]
