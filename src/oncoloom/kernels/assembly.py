"""Local assembly: a de Bruijn graph of reads that differ around one place, and its walks off the reference.

Only k-mers that the reference does not have near the place are kept, weighed by distinct fragments. A walk
leaves the reference at a k-mer that is unique there and comes back at another: further right (deletion,
insertion, complex allele), or further left (tandem duplication), so that no cycle has to be resolved.
Source of the idea: local assembly of GATK (docs/local_assembly.tex), reduced to novel k-mers.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from oncoloom.kernels.assembly_walks import MOST_NOVEL_KMERS, WalkArrays, most_fragments_beside, walk_off
from oncoloom.kernels.compiling import inlined
from oncoloom.kernels.fragments import first_read_from
from oncoloom.kernels.kmer_table import KMER_BP, SMALL_TABLE, TABLE_SIZE, KmerTable, fill_table, find_slot
from oncoloom.kernels.read_arrays import ReadArrays

LEAST_KMER_FRAGMENTS = 3
LEAST_MISMATCHES = 3  # from here on an unclipped read without indels takes part


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
    n_starts = 0
    for end in range(first + KMER_BP, last + 1):
        key = own[end - first]
        if key >= 0 and table.place[find_slot(table, key, size)] == end:
            beside = most_fragments_beside(key, table, size)
            if beside >= LEAST_KMER_FRAGMENTS - 1:
                starts[n_starts, 0], starts[n_starts, 1], starts[n_starts, 2] = end, key, beside
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
