"""Fragments outside an assay's targets, counted by bin."""

import numpy as np
from numpy.typing import NDArray

from oncoloom.kernels.compiling import kernel

_NO_FRAGMENT = 0x4 | 0x100 | 0x200 | 0x400 | 0x800  # unmapped, secondary, QC-failed, duplicate, supplementary
_PAIRED, _FIRST, _NO_MAPQ = 0x1, 0x40, 255


@kernel
def count_fragments(
    flag: NDArray[np.uint16],
    mapq: NDArray[np.uint8],
    pos: NDArray[np.int32],
    start: NDArray[np.int64],
    end: NDArray[np.int64],
    least_mapq: int,
    sure: NDArray[np.int64],
    doubtful: NDArray[np.int64],
) -> None:
    """Add to `sure` and `doubtful` (n,) the fragments that begin in bins [start, end), ascending, disjoint.

    A fragment is its first mate, or its only read, and lies where that begins: so it is counted once,
    whatever tile it is read in. Doubtful: a mapping quality below `least_mapq`. Reads without one (255) are
    left out. Reads are sorted by `pos`.
    """
    k = 0
    for i in range(pos.shape[0]):
        while k < end.shape[0] and end[k] <= pos[i]:
            k += 1
        if k == end.shape[0]:
            return
        f = flag[i]
        if pos[i] < start[k] or f & _NO_FRAGMENT or (f & _PAIRED and not f & _FIRST):
            continue
        if mapq[i] == _NO_MAPQ:
            continue
        if mapq[i] >= least_mapq:
            sure[k] += 1
        else:
            doubtful[k] += 1
