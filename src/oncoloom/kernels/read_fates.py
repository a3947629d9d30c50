"""The reads of a tile: which count, who is whose mate, how deep they lie."""

import numpy as np
from numpy.typing import NDArray

from oncoloom.kernels.bam_records import MARK_GAP, MARK_NO_QUALITY
from oncoloom.kernels.cigar import cigar_word
from oncoloom.kernels.compiling import kernel
from oncoloom.kernels.read_arrays import ReadArrays


@kernel
def choose_reads(
    flag: NDArray[np.uint16],
    mapq: NDArray[np.uint8],
    marks: NDArray[np.uint8],
    min_mapq: int,
    first: int,
    last: int,
    fate: NDArray[np.uint8],
) -> None:
    """Fill `fate` [first, last) with the first reason for which a read is no evidence (0 = it is used).

    Order of reasons: see `arrays.READ_FATES`. A read without mapping quality (255), without base
    qualities or without bases (`marks`, see `ReadColumns`) is no evidence, nor is one whose mapping quality
    is below `min_mapq`.
    """
    for i in range(first, last):
        f = flag[i]
        if f & 0x4:
            fate[i] = 1
        elif f & 0x100:
            fate[i] = 2
        elif f & 0x800:
            fate[i] = 3
        elif f & 0x200:
            fate[i] = 4
        elif f & 0x400:
            fate[i] = 5
        elif mapq[i] == 255:
            fate[i] = 8
        elif mapq[i] < min_mapq:
            fate[i] = 6 if mapq[i] == 0 else 9
        elif marks[i] & MARK_NO_QUALITY:
            fate[i] = 7
        else:
            fate[i] = 0


@kernel
def pair_mates(
    use: NDArray[np.uint8],
    pos: NDArray[np.int32],
    end: NDArray[np.int32],
    flag: NDArray[np.uint16],
    contig: NDArray[np.int32],
    mate_contig: NDArray[np.int32],
    mate_pos: NDArray[np.int32],
    name: NDArray[np.int64],
    table: NDArray[np.int32],
    mate: NDArray[np.int32],
) -> int:
    """Find, for each used read, its mate among the reads of the tile whose alignment can overlap it.

    `use` is 0 for used reads. `table` is scratch of a power-of-two length above twice the reads, filled with
    -1. `mate` (n,) int32 is overwritten: index of the mate, -1 none here. Returns the reference bases of the
    longest used alignment.
    """
    n = use.shape[0]
    mask = table.shape[0] - 1
    longest = 0
    for i in range(n):
        mate[i] = -1
        if use[i] == 0 and end[i] - pos[i] > longest:
            longest = end[i] - pos[i]
    for i in range(n):
        if use[i] != 0 or (flag[i] & 0x9) != 0x1 or mate_contig[i] != contig[i]:
            continue
        if mate_pos[i] >= end[i] or mate_pos[i] + longest <= pos[i]:
            continue
        slot = (name[i] ^ (name[i] >> 31)) & mask
        while table[slot] >= 0:
            j = table[slot]
            if name[j] == name[i] and (flag[j] & 0xC0) != (flag[i] & 0xC0):
                mate[i] = j
                mate[j] = i
                break
            slot = (slot + 1) & mask
        if mate[i] < 0:
            table[slot] = i
    return longest


@kernel
def add_depth(reads: ReadArrays, window_start: int, min_mapq: int, steps: NDArray[np.int32]) -> None:
    """Add the fragments of used reads with MAPQ >= `min_mapq` to a difference array of depth.

    `steps` (length of window + 1,) int32: +1 where coverage begins, -1 where it ends, relative to
    `window_start`. Deleted and skipped reference bases are no coverage; where mates overlap, the second adds
    only what the first left open.
    """
    size = steps.shape[0] - 1
    for i in range(reads.use.shape[0]):
        if reads.use[i] != 0 or reads.mapq[i] < min_mapq:
            continue
        floor = reads.pos[i]
        j = reads.mate[i]
        if 0 <= j < i and reads.mapq[j] >= min_mapq and reads.end[j] > floor:
            floor = reads.end[j]
        if not reads.marks[i] & MARK_GAP:  # one piece: the arena need not be touched
            a = max(floor - window_start, 0)
            b = min(reads.end[i] - window_start, size)
            if a < b:
                steps[a] += 1
                steps[b] -= 1
            continue
        at = reads.pos[i]
        for k in range(reads.n_cigar[i]):
            word = cigar_word(reads.arena, reads.cigar_at[i] + 4 * k)
            op, length = word & 15, word >> 4
            if op == 0 or op == 7 or op == 8:
                a = max(max(at, floor) - window_start, 0)
                b = min(at + length - window_start, size)
                if a < b:
                    steps[a] += 1
                    steps[b] -= 1
                at += length
            elif op == 2 or op == 3:
                at += length
