"""Screening: which substitutions are seen often enough to be worth a likelihood."""

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(cache=True, nogil=True)
def screen_substitutions(
    event_pos: NDArray[np.int32],
    event_kind: NDArray[np.int8],
    event_value: NDArray[np.int32],
    event_read: NDArray[np.int32],
    event_offset: NDArray[np.int32],
    qual_at: NDArray[np.int64],
    arena: NDArray[np.uint8],
    start: int,
    depth: NDArray[np.int32],
    least_count: int,
    least_quality: int,
    least_fraction: float,
    counts: NDArray[np.uint16],
    qualities: NDArray[np.uint16],
    passed: NDArray[np.uint8],
) -> None:
    """Mark cells (4 * (position - start) + base) with enough reads and summed base quality.

    counts, qualities: (4 m,) uint16, zero on entry, left filled (saturating). depth: (m,) int32 depth of the
    window. passed: (4 m,) uint8, set to 1 where a cell passes in this sample.
    """
    n_cells = counts.shape[0]
    for e in range(event_pos.shape[0]):
        if event_kind[e] != 0:
            continue
        cell = 4 * (event_pos[e] - start) + event_value[e]
        if cell < 0 or cell >= n_cells:
            continue
        if counts[cell] < 65000:
            counts[cell] += 1
        if qualities[cell] < 60000:
            qualities[cell] += arena[qual_at[event_read[e]] + event_offset[e]]
    for e in range(event_pos.shape[0]):
        if event_kind[e] != 0:
            continue
        cell = 4 * (event_pos[e] - start) + event_value[e]
        if cell < 0 or cell >= n_cells:
            continue
        if counts[cell] >= least_count and qualities[cell] >= least_quality:
            if counts[cell] >= least_fraction * depth[cell >> 2]:
                passed[cell] = 1
