"""Candidates and their histograms in parts: in memory while there are few, in an unnamed file from then on.

Nothing of a call grows with the size of its input but a few numbers a candidate: what the evidence step finds
goes into a store part by part, and the finish step reads it in genome order, one part at a time, as often as
it needs to. The file has no name, so that nothing is left of it however the process ends.
"""

import os
import tempfile
import weakref
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from oncoloom.calling.pon.file import N_COUNTS
from oncoloom.errors import InputError
from oncoloom.kernels.arrays import N_STATISTICS

CANDIDATE_SCHEMA = pl.Schema(
    {
        "contig": pl.String(),
        "pos": pl.Int64(),
        "ref": pl.String(),
        "alt": pl.String(),
        "forced": pl.Boolean(),
        "unit": pl.Int32(),
        "units": pl.Float64(),
        "slippage_rate": pl.Float64(),
        "population_af": pl.Float64(),
        "panel": pl.Array(pl.Int32(), N_COUNTS),
        "tumor": pl.Array(pl.Int32(), N_STATISTICS),
        "normal": pl.Array(pl.Int32(), N_STATISTICS),
        "n_cells": pl.Int32(),
    }
)
CELL_SCHEMA = pl.Schema({"cell": pl.Int32(), "count": pl.Int32()})
PLACE_BITS = 40  # of a position within a number that holds its contig, too
PART_CANDIDATES = 8_192  # a part of the store has about so many
MOST_IN_MEMORY = 32 << 20  # bytes of parts; more go into a file


@dataclass(frozen=True, slots=True)
class CandidatePart:
    """Some candidates.

    Attributes
    ----------
    candidates : pl.DataFrame
        `CANDIDATE_SCHEMA`; positions are 0-based.
    cells : pl.DataFrame
        `CELL_SCHEMA`: category * N_BINS + bin, and how many; the first candidate's ``n_cells`` rows first.
    """

    candidates: pl.DataFrame
    cells: pl.DataFrame

    def __len__(self) -> int:
        return len(self.candidates)

    @property
    def borders(self) -> NDArray[np.int64]:
        """(n + 1,) int64: where the cells of each candidate begin."""
        return np.concatenate([[0], np.cumsum(self.candidates["n_cells"].to_numpy(), dtype=np.int64)])

    def take(self, rows: NDArray[np.int64]) -> "CandidatePart":
        """The candidates `rows`, in that order."""
        borders = self.borders
        sizes = np.diff(borders)[rows]
        ends = np.cumsum(sizes)
        cells = np.repeat(borders[rows] - (ends - sizes), sizes) + np.arange(ends[-1] if len(ends) else 0)
        return CandidatePart(self.candidates[rows], self.cells[cells])

    def between(self, start: int, stop: int) -> "CandidatePart":
        """Candidates [start, stop)."""
        borders = self.borders
        return CandidatePart(
            self.candidates[start:stop], self.cells[int(borders[start]) : int(borders[stop])]
        )


def no_candidates() -> CandidatePart:
    """A part without candidates."""
    return CandidatePart(pl.DataFrame(schema=CANDIDATE_SCHEMA), pl.DataFrame(schema=CELL_SCHEMA))


def join_parts(parts: Sequence[CandidatePart]) -> CandidatePart:
    """One part of several, in their order."""
    if len(parts) == 1:
        return parts[0]
    if not parts:
        return no_candidates()
    return CandidatePart(
        pl.concat([one.candidates for one in parts]), pl.concat([one.cells for one in parts])
    )


@dataclass(frozen=True, slots=True)
class StoredPart:
    """Where a part lies, and what it holds: candidates, and places of its first and last one."""

    source: "PartBytes"
    start: int
    sizes: tuple[int, int]
    n: int
    first: int
    last: int

    def read(self) -> CandidatePart:
        """The part.

        Raises
        ------
        InputError
            If the file it lies in was changed.
        """
        try:
            candidates = self.source.at(self.start, self.sizes[0])
            cells = self.source.at(self.start + self.sizes[0], self.sizes[1])
            part = CandidatePart(
                pl.read_ipc(BytesIO(candidates)),
                pl.read_ipc(BytesIO(cells)),
            )
            whole = part.candidates.schema == CANDIDATE_SCHEMA and part.cells.schema == CELL_SCHEMA
            whole = whole and len(part) == self.n and int(part.borders[-1]) == len(part.cells)
        except (pl.exceptions.PolarsError, OSError, ValueError) as error:
            raise InputError("broken candidates", path=self.source.path, found=str(error)) from error
        if not whole:
            raise InputError("broken candidates", path=self.source.path, expected=f"{self.n} candidates")
        return part


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
        self, folder: Path | None = None, most_in_memory: int = MOST_IN_MEMORY, path: Path | None = None
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
            _write_all(self._file, block)
        self._size += len(block)
        return start

    def _open_file(self) -> None:
        if self._folder is not None:
            self._folder.mkdir(parents=True, exist_ok=True)
        self._file, name = tempfile.mkstemp(prefix=".tmp-candidates-", dir=self._folder)
        weakref.finalize(self, os.close, self._file)
        Path(name).unlink()
        for one in self._blocks:
            _write_all(self._file, one)
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


def _write_all(file: int, block: bytes) -> None:
    rest = memoryview(block)
    while rest:
        rest = rest[os.write(file, rest) :]


@dataclass(frozen=True, slots=True)
class CandidateStore:
    """Candidates of a shard, or of a call.

    Attributes
    ----------
    contigs : tuple of str
        Of the reference, in its order.
    stored : list of StoredPart
        Each in genome order; two may overlap.
    """

    contigs: tuple[str, ...]
    stored: list[StoredPart] = field(default_factory=list)
    bytes_: PartBytes = field(default_factory=PartBytes, repr=False)

    @classmethod
    def empty(
        cls, contigs: Iterable[str], folder: Path | None = None, *, most_in_memory: int | None = None
    ) -> "CandidateStore":
        """A store to add to; what does not fit into memory goes into an unnamed file in `folder`."""
        most = MOST_IN_MEMORY if most_in_memory is None else most_in_memory
        return cls(tuple(contigs), [], PartBytes(folder, most))

    def __len__(self) -> int:
        return sum(one.n for one in self.stored)

    def add(self, part: CandidatePart) -> None:
        """Keep some candidates, in genome order or not."""
        if not len(part):
            return
        part = in_genome_order(part, self.contigs)
        place = places(part.candidates, self.contigs)
        blocks = []
        for frame in (part.candidates, part.cells):
            buffer = BytesIO()
            frame.rechunk().write_ipc(buffer, compression="lz4")
            blocks.append(buffer.getvalue())
        start = self.bytes_.add(b"".join(blocks))
        sizes = (len(blocks[0]), len(blocks[1]))
        self.stored.append(StoredPart(self.bytes_, start, sizes, len(part), int(place[0]), int(place[-1])))

    def parts(self) -> Iterator[CandidatePart]:
        """All candidates in genome order, some at a time.

        Raises
        ------
        InputError
            If a candidate comes twice, or the store's file is broken.
        """
        ordered = sorted(self.stored, key=lambda one: (one.first, one.last))
        waiting: CandidatePart | None = None
        for index, one in enumerate(ordered):
            part = one.read()
            if waiting is not None:
                part = in_genome_order(join_parts([waiting, part]), self.contigs)
                _check_single(part)
            waiting = None
            if index + 1 < len(ordered):
                place = places(part.candidates, self.contigs)
                done = int(np.searchsorted(place, ordered[index + 1].first))
                if done < len(part):
                    part, waiting = part.between(0, done), part.between(done, len(part))
            if len(part):
                yield part

    def whole(self) -> CandidatePart:
        """All candidates at once, in genome order; for small stores."""
        return join_parts(list(self.parts()))


def places(candidates: pl.DataFrame, contigs: Sequence[str]) -> NDArray[np.int64]:
    """(n,) int64 that sort as the candidates' contigs and positions do."""
    return (contig_indexes(candidates, contigs) << PLACE_BITS) + candidates["pos"].to_numpy()


def contig_indexes(candidates: pl.DataFrame, contigs: Sequence[str]) -> NDArray[np.int64]:
    """(n,) int64: place of each candidate's contig in the reference."""
    order = {name: index for index, name in enumerate(contigs)}
    return np.asarray(candidates["contig"].replace_strict(order, return_dtype=pl.Int64).to_numpy())


def in_genome_order(part: CandidatePart, contigs: Sequence[str]) -> CandidatePart:
    """The part sorted by contig (as in the reference), position, REF and ALT."""
    place = places(part.candidates, contigs)
    if len(place) < 2 or bool((np.diff(place) > 0).all()):
        return part
    keys = part.candidates.select("ref", "alt").with_columns(pl.Series("place", place)).with_row_index("row")
    rows = keys.sort("place", "ref", "alt", maintain_order=True)["row"].cast(pl.Int64).to_numpy()
    return part if bool((np.diff(rows) == 1).all()) else part.take(rows)


def _check_single(part: CandidatePart) -> None:
    keys = part.candidates.select("contig", "pos", "ref", "alt")
    if keys.is_duplicated().any():
        raise InputError("two shards cover the same bases", remedy="give each region to one shard only")
