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
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO, NamedTuple, Protocol, TypeVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from oncoloom.errors import InputError
from oncoloom.files import disk_is_full

PLACE_BITS = 40  # of a position within a number that holds its contig, too


class FrameSource:
    """Groups of frames one after the other: as they are while they are few, then in an unnamed file; or in a
    shard's file.

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
        self._groups: list[tuple[pl.DataFrame, ...] | _InFile] = []
        self._in_memory = self._end = 0
        self._file: int | None = None

    def add(self, frames: Sequence[pl.DataFrame]) -> int:
        """Append a group; returns its index."""
        group = tuple(frame.rechunk() for frame in frames)
        self._groups.append(group)
        self._in_memory += sum(int(frame.estimated_size()) for frame in group)
        if self._in_memory > self._most_in_memory:
            self._put_into_file()
        return len(self._groups) - 1

    def add_stored(self, sizes: Sequence[int]) -> int:
        """Append the next group of a shard's file, by the bytes of each of its frames; returns its index."""
        self._groups.append(_InFile(self._end, tuple(sizes)))
        self._end += sum(sizes)
        return len(self._groups) - 1

    def _put_into_file(self) -> None:
        """Write what is in memory, all of it from now on."""
        if self._file is None:
            self._file = unnamed_file(self, self._folder)
        for index, group in enumerate(self._groups):
            if not isinstance(group, _InFile):
                blocks = _blocks_of(group)
                write_at(self._file, b"".join(blocks), self._end)
                self._groups[index] = _InFile(self._end, tuple(map(len, blocks)))
                self._end += sum(map(len, blocks))
        self._most_in_memory = self._in_memory = 0

    def group(self, index: int) -> tuple[pl.DataFrame, ...]:
        """A group's frames; several threads may ask.

        Raises
        ------
        OSError, polars.exceptions.PolarsError
            If the file they lie in was changed.
        """
        group = self._groups[index]
        if not isinstance(group, _InFile):
            return group
        return tuple(pl.read_ipc(BytesIO(block)) for block in self.blocks(index))

    def blocks(self, index: int) -> list[bytes]:
        """The bytes of each frame of a group, as a shard's file holds them."""
        group = self._groups[index]
        if not isinstance(group, _InFile):
            return _blocks_of(group)
        borders = np.cumsum([group.start, *group.sizes]).tolist()
        return [self._bytes_at(start, stop - start) for start, stop in pairwise(borders)]

    def _bytes_at(self, start: int, n: int) -> bytes:
        if self._file is not None:
            return os.pread(self._file, n, start)
        if self.path is None:
            raise ValueError("no file")
        with self.path.open("rb") as handle:
            return os.pread(handle.fileno(), n, start)


class _InFile(NamedTuple):
    """Where a group lies in its source's file: its first byte, and the bytes of each frame."""

    start: int
    sizes: tuple[int, ...]


def _blocks_of(frames: Sequence[pl.DataFrame]) -> list[bytes]:
    blocks = []
    for frame in frames:
        buffer = BytesIO()
        frame.write_ipc(buffer, compression="lz4")
        blocks.append(buffer.getvalue())
    return blocks


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
    """Frames that belong together, by their place in a source, and what the first one holds: rows, first and
    last place.
    """

    source: FrameSource
    index: int
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
        try:
            frames = list(self.source.group(self.index))
            if [frame.schema for frame in frames] != list(schemas):
                raise ValueError("columns of another kind")
        except (pl.exceptions.PolarsError, OSError, ValueError) as error:
            raise InputError("broken part of a shard", path=self.source.path, found=str(error)) from error
        if len(frames[0]) != self.n:
            raise InputError("broken part of a shard", path=self.source.path, expected=f"{self.n} rows")
        return frames

    def write(self, handle: BinaryIO) -> list[int]:
        """Append to a shard's file; returns what its JSON lists: rows, bytes of each frame, places."""
        blocks = self.source.blocks(self.index)
        handle.write(b"".join(blocks))
        return [self.n, *map(len, blocks), self.first, self.last]


def store_frames(
    source: FrameSource, frames: Sequence[pl.DataFrame], place: NDArray[np.int64]
) -> StoredFrames:
    """Append frames; `place` (n,) ascends and says where the rows of the first one lie."""
    return StoredFrames(source, source.add(frames), len(place), int(place[0]), int(place[-1]))


def stored_in(path: Path, listed: Sequence[Sequence[int]]) -> list[StoredFrames]:
    """What a shard's file holds, as its header lists it.

    Raises
    ------
    InputError
        If the file is missing or of another size.
    """
    source, stored, total = FrameSource(path=path), [], 0
    for n, *sizes, first, last in listed:
        index = source.add_stored([int(size) for size in sizes])
        stored.append(StoredFrames(source, index, int(n), int(first), int(last)))
        total += sum(map(int, sizes))
    found = path.stat().st_size if path.is_file() else None
    if found != total:
        raise InputError(
            "a file of a shard is missing or cut",
            path=path,
            expected=f"{total} bytes",
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
