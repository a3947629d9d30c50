"""Reads over tandem repeats of the reference, and those that show one unit more or less."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from oncoloom.kernels.arrays import EVENT_DELETION, EVENT_INSERTION
from oncoloom.kernels.compiling import kernel


@kernel
def count_spanning(
    tracts: NDArray[np.int64],
    flank: int,
    longest: int,
    use: NDArray[np.uint8],
    mapq: NDArray[np.uint8],
    least_mapq: int,
    pos: NDArray[np.int32],
    end: NDArray[np.int32],
    reach: NDArray[np.int32],
    out: NDArray[np.int64],
) -> None:
    """Fill out (n,): used reads of MAPQ >= `least_mapq` over each tract and `flank` bases on both sides.

    tracts: (n, 3) start, end, unit, sorted by start. longest: reference bases of the longest used read.
    reach: (reads,) int32, scratch. Less those that lie wholly between these borders (none but in tracts as
    long as reads), and not below 0.
    """
    n_reads = pos.shape[0]
    for i in range(n_reads):  # what does not count reaches nowhere
        counts = use[np.uintp(i)] == 0 and mapq[np.uintp(i)] >= least_mapq
        reach[np.uintp(i)] = end[np.uintp(i)] if counts else np.int32(-1)
    first, stop = 0, 0
    for t in range(tracts.shape[0]):
        before, behind = np.int32(tracts[t, 0] - flank), np.int32(tracts[t, 1] + flank)
        while first < n_reads and pos[np.uintp(first)] < before - longest:
            first += 1
        stop = max(stop, first)
        while stop < n_reads and pos[np.uintp(stop)] <= before:
            stop += 1
        n: Any = 0
        for i in range(first, stop):
            n += np.int32(reach[np.uintp(i)] >= behind)
        i = stop
        while i < n_reads and pos[np.uintp(i)] < behind:
            n -= 0 <= reach[np.uintp(i)] < behind
            i += 1
        out[t] = max(n, 0)


@kernel
def count_slipped(
    tracts: NDArray[np.int64],
    flank: int,
    anchor: NDArray[np.int32],
    kind: NDArray[np.int8],
    value: NDArray[np.int32],
    read: NDArray[np.int32],
    use: NDArray[np.uint8],
    mapq: NDArray[np.uint8],
    least_mapq: int,
    pos: NDArray[np.int32],
    end: NDArray[np.int32],
    last: NDArray[np.int64],
    out: NDArray[np.int64],
) -> None:
    """Fill out (n,): reads as in `count_spanning` with an indel of a unit's length at a tract's start.

    tracts: (n, 3) start, end, unit, sorted by start. anchor, kind, value, read: the indels among a sample's
    events, left-aligned, read by read. last: (n,) int64, scratch, zero on entry.
    """
    n_tracts = tracts.shape[0]
    for e in range(anchor.shape[0]):
        if kind[e] != EVENT_INSERTION and kind[e] != EVENT_DELETION:
            continue
        i = read[e]
        if use[i] != 0 or mapq[i] < least_mapq:
            continue
        low, high, start = 0, n_tracts, anchor[e] + 1
        while low < high:
            middle = (low + high) >> 1
            if tracts[middle, 0] < start:
                low = middle + 1
            else:
                high = middle
        while low < n_tracts and tracts[low, 0] == start:
            if tracts[low, 2] == value[e] and last[low] != i + 1:
                if pos[i] <= start - flank and end[i] >= tracts[low, 1] + flank:
                    last[low] = i + 1
                    out[low] += 1
            low += 1
