"""Tandem repeats of a reference window."""

import numpy as np
from numpy.typing import NDArray

from oncoloom.kernels.compiling import inlined, kernel
from oncoloom.kernels.machine_words import trailing_zeros
from oncoloom.kernels.wide_words import WIDE, unlike_codes


@kernel
def find_repeats(code: NDArray[np.uint8], least: NDArray[np.int64], out: NDArray[np.int32]) -> int:
    """Find maximal tandem repeats with a unit of 1 to 6 bases; return how many there are.

    code: (m,) base codes. least: (7,) fewest units by unit length (index 1 to 6), two or more. out: (k, 3)
    int32 rows of start, end, unit length, in the order of unit length, then start; only k are written.
    A repeat of a unit that is itself a repeat of a shorter one is left out; a last, incomplete unit belongs
    to the tract.
    """
    found = 0
    m = code.shape[0]
    for unit in range(1, 7):
        # a tract equals itself, one unit on, over all but one of its units
        need = max(1, min(16, (least[unit] - 1) * unit))
        i = 0
        while i + unit < m:
            if i + unit + WIDE <= m:
                runs = runs_of(unlike_codes(code, i, code, i + unit), need)
                if runs == np.uint64(0):
                    i += WIDE + 1 - need
                    continue
                i += trailing_zeros(runs)
            elif code[np.uintp(i)] > 3 or code[np.uintp(i)] != code[np.uintp(i + unit)]:
                i += 1
                continue
            start, end = i, i + 1
            while (
                end + unit < m
                and code[np.uintp(end)] < 4
                and code[np.uintp(end)] == code[np.uintp(end + unit)]
            ):
                end += 1
            i = end + 1
            length = end - start + unit
            if length < least[unit] * unit or repeats_shorter(code, start, unit):
                continue
            if found < out.shape[0]:
                out[found, 0] = start
                out[found, 1] = start + length
                out[found, 2] = unit
            found += 1
    return found


@inlined
def runs_of(unlike: np.uint64, need: int) -> np.uint64:
    """Of 32 places: those from which on `need` (1 to 16) in a row are not `unlike`."""
    runs = ~unlike & np.uint64(0xFFFFFFFF)
    known = 1
    while known < need:
        step = min(known, need - known)
        runs &= runs >> np.uint64(step)
        known += step
    return runs


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
