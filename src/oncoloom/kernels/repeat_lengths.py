"""Tandem repeats of a reference window."""

import numpy as np
from numpy.typing import NDArray

from oncoloom.kernels.bam_records_bytes import load_u16
from oncoloom.kernels.compiling import kernel

TWO_UNKNOWN = np.uint16(0x0404)  # the bit that tells N (4) from A, C, G, T (0 to 3)


@kernel
def find_repeats(code: NDArray[np.uint8], least: NDArray[np.int64], out: NDArray[np.int32]) -> int:
    """Find maximal tandem repeats with a unit of 1 to 6 bases; return how many there are.

    code: (m,) base codes. least: (7,) fewest units by unit length (index 1 to 6); all but one of them make
    three bases or more. out: (k, 3) int32 rows of
    start, end, unit length, in the order of unit length, then start; only k are written. A repeat of a unit
    that is itself a repeat of a shorter one is left out; a last, incomplete unit belongs to the tract.
    """
    found = 0
    m = code.shape[0]
    for unit in range(1, 7):
        i = 0
        while i + unit + 2 <= m:
            # Where a tract equals itself, one unit on, over three bases, two of them begin at an even place.
            two = load_u16(code, i)
            if two != load_u16(code, i + unit) or two & TWO_UNKNOWN != np.uint16(0):
                i += 2
                continue
            start = i
            while start > 0 and code[np.uintp(start - 1)] < 4:
                if code[np.uintp(start - 1)] != code[np.uintp(start - 1 + unit)]:
                    break
                start -= 1
            end = i + 2
            while (
                end + unit < m
                and code[np.uintp(end)] < 4
                and code[np.uintp(end)] == code[np.uintp(end + unit)]
            ):
                end += 1
            i = (end + 1) // 2 * 2
            length = end - start + unit
            if length < least[unit] * unit or repeats_shorter(code, start, unit):
                continue
            if found < out.shape[0]:
                out[found, 0] = start
                out[found, 1] = start + length
                out[found, 2] = unit
            found += 1
    return found


@kernel
def repeats_shorter(code: NDArray[np.uint8], start: int, unit: int) -> bool:
    """Whether the unit that begins at `start` is itself a repeat of a shorter one."""
    for part in range(1, unit):
        if unit % part == 0:
            same = True
            for u in range(unit - part):
                if code[start + u] != code[start + u + part]:
                    same = False
            if same:
                return True
    return False
