"""Columns of all candidates of a sample, of which some rows at a time are in memory.

A genome has millions of candidates, and a fit needs some 300 bytes of each. Columns that are small lie in
memory as plain arrays; larger ones in a file without a name, of which a block of rows is read at a time. Who
works block by block gets the same sums either way.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import DTypeLike, NDArray

from oncoloom.calling.stored_frames import unnamed_file, write_at

BLOCK_ROWS = 131_072  # candidates that are worked on at once
MOST_IN_MEMORY = 4 << 20  # bytes of a column; larger ones lie in a file


class Rows(Protocol):
    """A column (or several side by side): an array, or `FileRows`; only slices of rows are asked for."""

    def __len__(self) -> int: ...

    def __getitem__(self, rows: slice, /) -> NDArray[Any]: ...

    def __setitem__(self, rows: slice, values: NDArray[Any], /) -> None: ...


class FileRows:
    """Rows in an unnamed file, zero until they are set; several threads may read and write different ones.

    Parameters
    ----------
    shape
        Rows, and columns side by side (none: one).
    folder
        Where the file lies; None: where the system puts such files.
    """

    def __init__(self, shape: tuple[int, ...], dtype: DTypeLike, folder: Path | None = None) -> None:
        self.shape, self.dtype = shape, np.dtype(dtype)
        self._row_bytes = self.dtype.itemsize * int(np.prod(shape[1:], dtype=np.int64))
        self._file = unnamed_file(self, folder)
        os.ftruncate(self._file, shape[0] * self._row_bytes)

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: slice, /) -> NDArray[Any]:
        start, n = self._range(rows)
        found, at = bytearray(n * self._row_bytes), start * self._row_bytes
        rest = memoryview(found)
        while rest:
            got = os.preadv(self._file, [rest], at)
            rest, at = rest[got:], at + got
        return np.frombuffer(found, self.dtype).reshape(n, *self.shape[1:])

    def __setitem__(self, rows: slice, values: NDArray[Any], /) -> None:
        start, n = self._range(rows)
        whole = np.empty((n, *self.shape[1:]), self.dtype)
        whole[:] = values
        write_at(self._file, whole.tobytes(), start * self._row_bytes)

    def _range(self, rows: slice) -> tuple[int, int]:
        start, stop, _ = rows.indices(self.shape[0])
        return start, max(0, stop - start)


def new_rows(
    n: int, dtype: DTypeLike = np.float64, width: int | None = None, folder: Path | None = None
) -> Rows:
    """A column of `n` zeros, or `width` of them side by side."""
    shape = (n,) if width is None else (n, width)
    if int(np.prod(shape, dtype=np.int64)) * np.dtype(dtype).itemsize <= MOST_IN_MEMORY:
        return np.zeros(shape, dtype)
    return FileRows(shape, dtype, folder)


def zero_rows(n: int) -> NDArray[np.float64]:
    """(n,) zeros that take no memory, to be read only."""
    return np.broadcast_to(np.zeros(()), (n,))


def blocks(n: int, first: int = 0) -> Iterator[slice]:
    """[first, n) in blocks of `BLOCK_ROWS`."""
    for start in range(first, n, BLOCK_ROWS):
        yield slice(start, min(n, start + BLOCK_ROWS))


def take(rows: Rows, index: NDArray[np.int64]) -> NDArray[Any]:
    """The rows `index` (ascending)."""
    found = [rows[0:0]]
    for block in blocks(len(rows)):
        low, high = np.searchsorted(index, [block.start, block.stop])
        if high > low:
            found.append(rows[block][index[low:high] - block.start])
    return np.concatenate(found)
