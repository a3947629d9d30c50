"""The cells of a MAF as columns, and what reading them finds: faults with their lines, counts, notes."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import polars as pl

from oncoloom.clinical.text_table import TextTable
from oncoloom.cohort.maf_fields import MISSING, SPELLINGS
from oncoloom.errors import InputError, OncoloomError

WHOLE = r"^(\d+)(?:\.0*)?$"
# Order in which the faults of one row are told.
_ORDER = ("sample", "build", "ref", "alt", "start", "end", "depth", "ref_count", "alt_count", "af")


class MafCells:
    """Columns of one MAF by field; columns are asked for whole, and steps leave rows out by mask.

    Parameters
    ----------
    table
        The MAF as text.
    sources
        Field of `SPELLINGS` to the file's name of it, None where the file has no such column.
    """

    def __init__(self, table: TextTable, sources: dict[str, str | None]) -> None:
        self._table = table
        self._sources = sources
        self.height = table.frame.height
        self.alive = pl.Series([True]).new_from_index(0, self.height)
        self.counts: Counter[str] = Counter()
        self.dropped: Counter[str] = Counter()
        self.notes: list[str] = []
        self._faults: list[tuple[int, int, OncoloomError]] = []

    def has(self, field: str) -> bool:
        """Whether the file has a column for the field."""
        return self._sources[field] is not None

    def raw(self, field: str) -> pl.Series:
        """Cells as written, "" throughout where the file has no such column."""
        source = self._sources[field]
        if source is None:
            return pl.Series(field, [""], dtype=pl.String).new_from_index(0, self.height)
        return self._table.frame[source].alias(field)

    def cells(self, field: str) -> pl.Series:
        """Cells with null for a missing one."""
        series = self.raw(field)
        return series.set(series.is_in(list(MISSING)), None)

    def frame(self, *fields: str) -> pl.DataFrame:
        """Cells of several fields side by side, with their row as `row`."""
        return pl.DataFrame([self.cells(field) for field in fields]).with_row_index("row")

    def where(self, row: int) -> str:
        """The line of a row, for messages."""
        return self._table.where(row)

    def leave_out(self, mask: pl.Series, reason: str) -> None:
        """Drop the living rows of `mask`, counted under `reason`."""
        gone = self.alive & mask.fill_null(value=False)
        n = int(gone.sum())
        if n:
            self.dropped[reason] += n
            self.alive = self.alive & ~gone

    def living(self, mask: pl.Series) -> list[int]:
        """Indices of the living rows of `mask`."""
        return (self.alive & mask.fill_null(value=False)).arg_true().to_list()

    def count(self, mask: pl.Series, what: str) -> None:
        """Count the living rows of `mask`; nothing is told of none."""
        n = len(self.living(mask))
        if n:
            self.counts[what] += n

    def fault(self, mask: pl.Series, field: str, expected: str) -> None:
        """A fault for each living row of `mask`: its cell of `field` is not what it must be."""
        raw = self.raw(field)
        for row in self.living(mask):
            self.add_fault(row, field, raw[row], expected)

    def add_fault(self, row: int, field: str, found: str, expected: str, remedy: str | None = None) -> None:
        """One fault."""
        error = InputError(
            f"`{SPELLINGS[field][0]}` cannot be read",
            path=self._table.path,
            record=self.where(row),
            expected=expected,
            found=f'"{found[:40]}"',
            remedy=remedy or "correct the cell, or take the row out",
        )
        order = _ORDER.index(field) if field in _ORDER else len(_ORDER)
        self._faults.append((row, order, error))

    @property
    def faults(self) -> list[OncoloomError]:
        """All faults, by line."""
        return [error for _, _, error in sorted(self._faults, key=lambda one: one[:2])]

    def whole_numbers(self, field: str, expected: str) -> pl.Series:
        """Whole numbers (also `30.0`) of a field; other text is a fault."""
        cells = self.cells(field)
        numbers = cells.str.extract(WHOLE, 1).cast(pl.Int64, strict=False)
        self.fault(cells.is_not_null() & numbers.is_null(), field, expected)
        return numbers


def by_value(series: pl.Series, function: Callable[[str], Any], dtype: pl.DataType) -> pl.Series:
    """`function` of each distinct value of a text column; null stays null."""
    values = series.drop_nulls().unique(maintain_order=True).to_list()
    found = [function(value) for value in values]
    return series.replace_strict(
        pl.Series(values, dtype=pl.String), pl.Series(found, dtype=dtype), default=None, return_dtype=dtype
    )
