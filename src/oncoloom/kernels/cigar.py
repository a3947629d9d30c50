"""Reading packed CIGAR operations in place."""

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(cache=True, nogil=True)
def cigar_word(arena: NDArray[np.uint8], at: int) -> int:
    """CIGAR operation at byte `at`: length << 4 | operation (M 0, I 1, D 2, N 3, S 4, H 5, P 6, = 7, X 8)."""
    low = np.int64(arena[at]) | np.int64(arena[at + 1]) << 8
    return low | np.int64(arena[at + 2]) << 16 | np.int64(arena[at + 3]) << 24  # type: ignore[return-value]
