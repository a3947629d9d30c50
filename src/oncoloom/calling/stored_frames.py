"""Frames one after the other: in memory while there are few, in an unnamed file from then on; read in order.

What the evidence step finds is put aside in parts, and the finish step reads it in genome order, one part at
a time, as often as it needs to. The file has no name, so that nothing is left of it however the process ends.
"""

import os
import tempfile
import weakref
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Protocol, TypeVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from oncoloom.errors import InputError
from oncoloom.files import disk_is_full

PLACE_BITS = 40  # of a position within a number that holds its contig, too


class PartBytes:
    """Bytes one after the other: in memory while they are few, then in an unnamed file; or a shard's file.

    Parameters
    ----------
    folder
        Where the unnamed file lies; None: where the system puts such files.
    most_in_memory
        Bytes from which on they go into the file.
    path
        A shard's file, to be read only.
    """

    def __init__(
        self, folder: Path | None = None, most_in_memory: int = 32 << 20, path: Path | None = None
    ) -> None:
        self.path = path
        self._folder, self._most_in_memory = folder, most_in_memory
        self._blocks: list[bytes] = []
        self._starts: list[int] = []
        self._size = 0
        self._file: int | None = None

    def add(self, block: bytes) -> int:
        """Append; returns where it begins."""
        start = self._size
        if self._file is None and start + len(block) > self._most_in_memory:
            self._open_file()
        if self._file is None:
            self._blocks.append(block)
            self._starts.append(start)
        else:
            write_at(self._file, block, start)
        self._size += len(block)
        return start

    def _open_file(self) -> None:
        self._file = unnamed_file(self, self._folder)
        write_at(self._file, b"".join(self._blocks), 0)
        self._blocks.clear()

    def at(self, start: int, n: int) -> bytes:
        """n bytes from `start`; several threads may ask."""
        if self.path is not None:
            with self.path.open("rb") as handle:
                return os.pread(handle.fileno(), n, start)
        if self._file is not None:
            return os.pread(self._file, n, start)
        index = int(np.searchsorted(self._starts, start, side="right")) - 1
        offset = start - self._starts[index]
        return self._blocks[index][offset : offset + n]


def unnamed_file(owner: object, folder: Path | None) -> int:
    """Descriptor of a file in `folder` that has no name any more, closed when `owner` goes.

    Raises
    ------
    OSError
        If no file can be made there.
    """
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
    file, name = tempfile.mkstemp(prefix=".tmp-candidates-", dir=folder)
    weakref.finalize(owner, os.close, file)
    Path(name).unlink()
    return file


def write_at(file: int, block: bytes, start: int) -> None:
    """Write all of `block` from byte `start` on.

    Raises
    ------
    InputError
        If the disk is full.
    """
    rest = memoryview(block)
    try:
        while rest:
            written = os.pwrite(file, rest, start)
            rest, start = rest[written:], start + written
    except OSError as error:
        if disk_is_full(error):
            raise InputError(
                "the disk is full", expected="room for a call's working files", remedy="free space"
            ) from error
        raise


@dataclass(frozen=True, slots=True)
class StoredFrames:
    """Where frames that belong together lie, and what the first one holds: rows, first and last place."""

    source: PartBytes
    start: int
    sizes: tuple[int, ...]
    n: int
    first: int
    last: int

    def read(self, schemas: Sequence[pl.Schema]) -> list[pl.DataFrame]:
        """The frames.

        Raises
        ------
        InputError
            If the file they lie in was changed.
        """
        frames, start = [], self.start
        try:
            for size, schema in zip(self.sizes, schemas, strict=True):
                frames.append(pl.read_ipc(BytesIO(self.source.at(start, size))))
                if frames[-1].schema != schema:
                    raise ValueError("columns of another kind")
                start += size
        except (pl.exceptions.PolarsError, OSError, ValueError) as error:
            raise InputError("broken part of a shard", path=self.source.path, found=str(error)) from error
        if len(frames[0]) != self.n:
            raise InputError("broken part of a shard", path=self.source.path, expected=f"{self.n} rows")
        return frames

    def content(self) -> bytes:
        """The bytes of all frames."""
        return self.source.at(self.start, sum(self.sizes))

    def listed(self) -> list[int]:
        """For a shard's JSON."""
        return [self.n, *self.sizes, self.first, self.last]


def store_frames(source: PartBytes, frames: Sequence[pl.DataFrame], place: NDArray[np.int64]) -> StoredFrames:
    """Append frames; `place` (n,) ascends and says where the rows of the first one lie."""
    blocks = []
    for frame in frames:
        buffer = BytesIO()
        frame.rechunk().write_ipc(buffer, compression="lz4")
        blocks.append(buffer.getvalue())
    start = source.add(b"".join(blocks))
    sizes = tuple(len(block) for block in blocks)
    return StoredFrames(source, start, sizes, len(place), int(place[0]), int(place[-1]))


def stored_in(path: Path, listed: Sequence[Sequence[int]]) -> list[StoredFrames]:
    """What a shard's file holds, as its header lists it.

    Raises
    ------
    InputError
        If the file is missing or of another size.
    """
    source, stored, start = PartBytes(path=path), [], 0
    for n, *sizes, first, last in listed:
        stored.append(StoredFrames(source, start, tuple(map(int, sizes)), int(n), int(first), int(last)))
        start += sum(stored[-1].sizes)
    found = path.stat().st_size if path.is_file() else None
    if found != start:
        raise InputError(
            "a file of a shard is missing or cut",
            path=path,
            expected=f"{start} bytes",
            found=str(found),
            remedy="make the shard again with `oncoloom call --evidence-only`",
        )
    return stored


class Sliced(Protocol):
    """What has rows."""

    def __len__(self) -> int: ...


P = TypeVar("P", bound=Sliced)


def merge_in_order(
    stored: Sequence[StoredFrames],
    read: Callable[[StoredFrames], P],
    join: Callable[[P, P], P],
    places: Callable[[P], NDArray[np.int64]],
    between: Callable[[P, int, int], P],
) -> Iterator[P]:
    """All rows in the order of their places, a part at a time; rows of one place always come together.

    Parameters
    ----------
    stored
        Each in order; two may overlap.
    join
        One part, in order, of two.
    places
        (n,) int64 of a part's rows, ascending.
    between
        Rows [start, stop) of a part.
    """
    ordered = sorted(stored, key=lambda one: (one.first, one.last))
    waiting: P | None = None
    for index, one in enumerate(ordered):
        part = read(one)
        if waiting is not None:
            part = join(waiting, part)
        waiting = None
        if index + 1 < len(ordered):
            done = int(np.searchsorted(places(part), ordered[index + 1].first))
            if done < len(part):
                part, waiting = between(part, 0, done), between(part, done, len(part))
        if len(part):
            yield part


def row_places(frame: pl.DataFrame, contigs: Sequence[str], column: str) -> NDArray[np.int64]:
    """(n,) int64 that sort as the rows' contigs (as in `contigs`) and positions do."""
    return (contig_indexes(frame, contigs) << PLACE_BITS) + frame[column].to_numpy()


def contig_indexes(frame: pl.DataFrame, contigs: Sequence[str]) -> NDArray[np.int64]:
    """(n,) int64: place of each row's contig among `contigs`."""
    column, order = frame["contig"], {name: index for index, name in enumerate(contigs)}
    if len(column) and bool((column == column[0]).all()):  # as in most parts
        return np.full(len(column), order[column[0]], np.int64)
    return np.asarray(column.replace_strict(order, return_dtype=pl.Int64).to_numpy())
