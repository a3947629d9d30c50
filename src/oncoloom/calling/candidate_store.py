"""Candidates and their histograms in parts, read in genome order (`stored_frames`)."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from oncoloom.calling.pon.file import N_COUNTS
from oncoloom.calling.stored_frames import FrameSource, StoredFrames, merge_in_order, row_places, store_frames
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


def _read_part(stored: StoredFrames) -> CandidatePart:
    part = CandidatePart(*stored.read([CANDIDATE_SCHEMA, CELL_SCHEMA]))
    if int(part.borders[-1]) != len(part.cells):
        raise InputError("broken candidates", path=stored.source.path, expected=f"{part.borders[-1]} cells")
    return part


@dataclass(frozen=True, slots=True)
class CandidateStore:
    """Candidates of a shard, or of a call.

    Attributes
    ----------
    contigs : tuple of str
        Of the reference, in its order.
    stored : list of StoredFrames
        Each in genome order; two may overlap.
    """

    contigs: tuple[str, ...]
    stored: list[StoredFrames] = field(default_factory=list)
    source: FrameSource = field(default_factory=FrameSource, repr=False)

    @classmethod
    def empty(
        cls, contigs: Iterable[str], folder: Path | None = None, *, most_in_memory: int | None = None
    ) -> "CandidateStore":
        """A store to add to; what does not fit into memory goes into an unnamed file in `folder`."""
        most = MOST_IN_MEMORY if most_in_memory is None else most_in_memory
        return cls(tuple(contigs), [], FrameSource(folder, most))

    def __len__(self) -> int:
        return sum(one.n for one in self.stored)

    def add(self, part: CandidatePart) -> None:
        """Keep some candidates, in genome order or not."""
        if not len(part):
            return
        part = in_genome_order(part, self.contigs)
        place = places(part.candidates, self.contigs)
        self.stored.append(store_frames(self.source, [part.candidates, part.cells], place))

    def parts(self) -> Iterator[CandidatePart]:
        """All candidates in genome order, some at a time.

        Raises
        ------
        InputError
            If a candidate comes twice, or the store's file is broken.
        """
        yield from merge_in_order(
            self.stored,
            _read_part,
            self._join,
            lambda part: places(part.candidates, self.contigs),
            CandidatePart.between,
        )

    def _join(self, left: CandidatePart, right: CandidatePart) -> CandidatePart:
        part = in_genome_order(join_parts([left, right]), self.contigs)
        _check_single(part)
        return part

    def whole(self) -> CandidatePart:
        """All candidates at once, in genome order; for small stores."""
        return join_parts(list(self.parts()))


def places(candidates: pl.DataFrame, contigs: Sequence[str]) -> NDArray[np.int64]:
    """(n,) int64 that sort as the candidates' contigs and positions do."""
    return row_places(candidates, contigs, "pos")


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
