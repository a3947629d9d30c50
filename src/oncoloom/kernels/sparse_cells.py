"""Histograms of candidates: cleared by category, and kept without their empty cells."""

import numpy as np
from numpy.typing import NDArray

from oncoloom.kernels.compiling import kernel

_STRETCH = 32  # cells that are looked at together: most are empty


@kernel
def pack_cells(
    flat: NDArray[np.int32],
    kept: NDArray[np.int64],
    row: NDArray[np.int64],
    cell: NDArray[np.int32],
    count: NDArray[np.int32],
) -> int:
    """Write the non-zero cells of the `kept` rows of `flat` (n, m), in order; return how many there are.

    row: index into `kept`; cell: column; count: value. Above the outputs' size only so many were written.
    """
    n, m, size = 0, flat.shape[1], row.shape[0]
    for k in range(kept.shape[0]):
        values = flat[kept[k]]
        for first in range(0, m, _STRETCH):
            stop = min(first + _STRETCH, m)
            any_bit = 0
            for x in range(first, stop):
                any_bit |= values[np.uintp(x)]
            if any_bit == 0:
                continue
            for x in range(first, stop):
                if values[np.uintp(x)] != 0:
                    if n < size:
                        row[n], cell[n], count[n] = k, x, values[np.uintp(x)]
                    n += 1
    return n


@kernel
def clear_categories(rows: NDArray[np.int64], categories: NDArray[np.int64], out: NDArray[np.int32]) -> None:
    """Set these categories of these rows of `out` (n, 8, m) to zero."""
    for k in range(rows.shape[0]):
        for category in categories:
            target = out[rows[k], category]
            for x in range(target.shape[0]):
                target[np.uintp(x)] = 0
