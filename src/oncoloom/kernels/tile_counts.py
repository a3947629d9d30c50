"""Counts over the reads and the bases of a tile."""

import numpy as np
from numpy.typing import NDArray

from oncoloom.kernels.arrays import MAPQ_LOW, MAPQ_ZERO, USED
from oncoloom.kernels.compiling import kernel


@kernel
def sum_bins(
    start: NDArray[np.int64],
    end: NDArray[np.int64],
    ready: NDArray[np.bool_],
    code: NDArray[np.uint8],
    out_ready: NDArray[np.int64],
    out_gc: NDArray[np.int64],
) -> None:
    """Fill callable bases and G+C bases (n,) of bins [start, end), indexes into the bases' arrays."""
    for i in range(start.shape[0]):
        n_ready, n_gc = 0, 0
        for x in range(start[i], end[i]):
            n_ready += ready[np.uintp(x)]
            base = code[np.uintp(x)]
            n_gc += (base == 1) | (base == 2)
        out_ready[i] = n_ready
        out_gc[i] = n_gc


@kernel
def sum_depth(
    start: NDArray[np.int64], end: NDArray[np.int64], depth: NDArray[np.int32], out: NDArray[np.int64]
) -> None:
    """Fill summed depth (n,) of bins [start, end)."""
    for i in range(start.shape[0]):
        total = 0
        for x in range(start[i], end[i]):
            total += depth[np.uintp(x)]
        out[i] = total


@kernel
def sum_where(values: NDArray[np.int32], where: NDArray[np.bool_]) -> int:
    """Sum of the values (n,) where `where` (n,) says so."""
    total = 0
    for x in range(values.shape[0]):
        total += np.int64(values[np.uintp(x)]) * where[np.uintp(x)]
    return total


@kernel
def sum_doubtful(
    start: NDArray[np.int64],
    end: NDArray[np.int64],
    fate: NDArray[np.uint8],
    mapq: NDArray[np.uint8],
    read_start: NDArray[np.int32],
    read_end: NDArray[np.int32],
    least_mapq: int,
    out: NDArray[np.int64],
) -> None:
    """Add to out (n,) the bases over bins [start, end) of reads that may lie elsewhere, sorted by start.

    Such a read has a mapping quality below `least_mapq` and no other fault. Bins are ascending and disjoint.
    """
    k = 0
    for i in range(read_start.shape[0]):
        while k < end.shape[0] and end[k] <= read_start[i]:
            k += 1
        if mapq[i] >= least_mapq or (fate[i] != USED and fate[i] != MAPQ_ZERO and fate[i] != MAPQ_LOW):
            continue
        j = k
        while j < end.shape[0] and start[j] < read_end[i]:
            out[j] += min(end[j], read_end[i]) - max(start[j], read_start[i])
            j += 1


@kernel
def mark_first_covered(
    start: NDArray[np.int64],
    end: NDArray[np.int64],
    assay_before: int,
    read_start: NDArray[np.int32],
    read_end: NDArray[np.int32],
    out: NDArray[np.bool_],
) -> None:
    """Which reads (n,), sorted by start, have their first assay base in the intervals [start, end) of a tile.

    assay_before: end of the last assay base before the tile; a read that begins before it was counted there.
    """
    k = 0
    for i in range(read_start.shape[0]):
        while k < end.shape[0] and end[k] <= read_start[i]:
            k += 1
        out[i] = k < end.shape[0] and start[k] < read_end[i] and read_start[i] >= assay_before


@kernel
def count_fates(
    counted: NDArray[np.bool_],
    fate: NDArray[np.uint8],
    flag: NDArray[np.uint16],
    template_length: NDArray[np.int32],
    fates: NDArray[np.int64],
    insert_sizes: NDArray[np.int64],
) -> None:
    """Add the counted reads to `fates`, and the template lengths of used, proper first mates to
    `insert_sizes` where they are below its length.
    """
    n_used = 0  # most are: a count in memory would wait for the one before
    for i in range(counted.shape[0]):
        if not counted[np.uintp(i)]:
            continue
        if fate[np.uintp(i)] != 0:
            fates[fate[np.uintp(i)]] += 1
            continue
        n_used += 1
        size = abs(template_length[np.uintp(i)])
        if (flag[np.uintp(i)] & 0x43) == 0x43 and 0 < size < insert_sizes.shape[0]:
            insert_sizes[np.uintp(size)] += 1
    fates[0] += n_used
