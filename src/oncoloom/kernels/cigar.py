"""Reading packed CIGAR operations in place."""

import numpy as np
from numpy.typing import NDArray

from oncoloom.kernels.bam_records_bytes import load_u32
from oncoloom.kernels.compiling import inlined


@inlined
def cigar_word(arena: NDArray[np.uint8], at: int) -> int:
    """CIGAR operation at byte `at`: length << 4 | operation (M 0, I 1, D 2, N 3, S 4, H 5, P 6, = 7, X 8)."""
    return np.int64(load_u32(arena, at))  # type: ignore[return-value]
