"""Tables of a shard beside its candidates, in parts that are read in order: none is ever in memory whole."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from oncoloom.calling.stored_frames import FrameSource, StoredFrames, merge_in_order, row_places, store_frames

MOST_IN_MEMORY = 8 << 20  # bytes of a table's parts; more go into a file


@dataclass(frozen=True, slots=True)
class TableKind:
    """Columns of a table, and in what order its rows come.

    Attributes
    ----------
    order
        Columns to sort by, after the contig; the first is a 0-based position.
    by_name
        Contigs come in the order of their names (as in features_raw.parquet), not in the reference's.
    """

    name: str
    schema: pl.Schema
    order: tuple[str, ...]
    by_name: bool = False


_ROW = {"role": pl.String(), "contig": pl.String(), "start": pl.Int64(), "end": pl.Int64()}
CALLABLE = TableKind(
    "callable_regions",
    pl.Schema({"contig": pl.String(), "start": pl.Int64(), "end": pl.Int64()}),
    ("start", "end"),
)
COVERAGE = TableKind(
    "coverage",
    pl.Schema({**_ROW, **dict.fromkeys(("depth", "callable", "gc", "doubtful"), pl.Int64())}),
    ("start", "end", "role"),
    by_name=True,
)
OFF_TARGET = TableKind(
    "off_target",
    pl.Schema({**_ROW, **dict.fromkeys(("fragments", "bases", "gc", "doubtful"), pl.Int64())}),
    ("start", "end", "role"),
    by_name=True,
)
REPEATS = TableKind(
    "repeats",
    pl.Schema({**_ROW, "unit": pl.String(), "length": pl.Int32(), "count": pl.Int64()}),
    ("start", "end", "role", "length"),
    by_name=True,
)
PHASE_SCHEMA = pl.Schema(
    {
        "contig": pl.String(),
        "pos": pl.Int64(),
        "ref": pl.String(),
        "alt": pl.String(),
        "next_pos": pl.Int64(),
        "next_ref": pl.String(),
        "next_alt": pl.String(),
        "tumor": pl.Array(pl.Int32(), 3),
        "normal": pl.Array(pl.Int32(), 3),
    }
)
PHASES = TableKind("phases", PHASE_SCHEMA, ("pos", "ref", "alt", "next_pos", "next_ref", "next_alt"))
SHARD_TABLES = (CALLABLE, COVERAGE, OFF_TARGET, REPEATS, PHASES)


@dataclass(frozen=True, slots=True)
class TableStore:
    """Rows of a table of a shard, or of a call.

    Attributes
    ----------
    contigs : tuple of str
        In the order in which they come.
    stored : list of StoredFrames
        Each in order; two may overlap.
    """

    kind: TableKind
    contigs: tuple[str, ...]
    stored: list[StoredFrames] = field(default_factory=list)
    source: FrameSource = field(default_factory=FrameSource, repr=False)

    @classmethod
    def empty(cls, kind: TableKind, contigs: Iterable[str], folder: Path | None = None) -> "TableStore":
        """A store to add to; what does not fit into memory goes into an unnamed file in `folder`."""
        return cls(kind, contig_order(kind, contigs), [], FrameSource(folder, MOST_IN_MEMORY))

    @classmethod
    def joined(cls, stores: Sequence["TableStore"]) -> "TableStore":
        """The rows of several stores of one kind and reference."""
        first = stores[0]
        return cls(first.kind, first.contigs, [one for store in stores for one in store.stored])

    def __len__(self) -> int:
        return sum(one.n for one in self.stored)

    def add(self, frame: pl.DataFrame) -> None:
        """Keep some rows, in order or not."""
        if len(frame):
            frame = self._in_order(frame)
            self.stored.append(store_frames(self.source, [frame], self._places(frame)))

    def parts(self) -> Iterator[pl.DataFrame]:
        """All rows in order, some at a time; those of one position always together.

        Raises
        ------
        InputError
            If the store's file is broken.
        """
        yield from merge_in_order(
            self.stored,
            lambda one: one.read([self.kind.schema])[0],
            lambda a, b: self._in_order(pl.concat([a, b])),
            self._places,
            lambda frame, start, stop: frame[start:stop],
        )

    def whole(self) -> pl.DataFrame:
        """All rows at once; for small stores."""
        return pl.concat([pl.DataFrame(schema=self.kind.schema), *self.parts()])

    def _places(self, frame: pl.DataFrame) -> NDArray[np.int64]:
        return row_places(frame, self.contigs, self.kind.order[0])

    def _in_order(self, frame: pl.DataFrame) -> pl.DataFrame:
        place = pl.Series("place", self._places(frame))
        return frame.with_columns(place).sort("place", *self.kind.order[1:]).drop("place")


def contig_order(kind: TableKind, contigs: Iterable[str]) -> tuple[str, ...]:
    """Contigs (as in the reference) in the order in which a table of this kind has them."""
    return tuple(sorted(contigs) if kind.by_name else contigs)


class RowsInOrder:
    """Rows of a store, taken off from its beginning."""

    def __init__(self, store: TableStore) -> None:
        self._parts = store.parts()
        self._contigs, self._column = store.contigs, store.kind.order[0]
        self._rest = pl.DataFrame(schema=store.kind.schema)

    def until(self, place: int) -> pl.DataFrame:
        """The next rows that lie before `place` (`stored_frames.row_places`)."""
        taken = []
        while True:
            at = row_places(self._rest, self._contigs, self._column)
            done = int(np.searchsorted(at, place))
            taken.append(self._rest[:done])
            self._rest = self._rest[done:]
            following = None if len(self._rest) else next(self._parts, None)
            if following is None:
                return pl.concat(taken)
            self._rest = following
