"""Typed tables: a schema is declared once, and checked when a table is written and when it is read."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl
from polars.io.plugins import register_io_source

from oncoloom.errors import InputError, TableContractError
from oncoloom.files import atomic_path

CHECKED_ROWS = 50_000  # of a table in parts, at once
ROW_GROUP_ROWS = 250_000  # of a table that is written in parts
NAMES_SHOWN = 8  # of columns in an error
_META_NAME, _META_VERSION = "oncoloom.schema", "oncoloom.schema_version"


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table.

    Parameters
    ----------
    dtype
        Polars type as stored.
    unit
        Unit of measure, "" where there is none.
    legal
        Lowest and highest value that can be real (both inclusive); outside it is an error at the door.
    allowed
        Closed set of values of a text column.
    """

    name: str
    dtype: pl.DataType
    description: str
    unit: str = ""
    nullable: bool = False
    legal: tuple[float, float] | None = None
    allowed: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class TableSchema:
    """Declared columns of a table, in order.

    `open_columns` allows further columns after the declared ones (a cohort may carry covariates of its own).
    """

    name: str
    version: int
    description: str
    columns: tuple[Column, ...]
    sort_by: tuple[str, ...] = ()
    open_columns: bool = False

    def polars_schema(self) -> pl.Schema:
        """Column names and types as Polars takes them."""
        return pl.Schema({column.name: column.dtype for column in self.columns})

    def column(self, name: str) -> Column:
        """The declared column of that name (KeyError if there is none)."""
        return {column.name: column for column in self.columns}[name]

    def empty(self) -> pl.DataFrame:
        """A table without rows."""
        return pl.DataFrame(schema=self.polars_schema())


@dataclass(slots=True)
class Tally:
    """What a filter or join kept, and what it left out by reason: nothing is dropped uncounted."""

    kept: int = 0
    filtered: Counter[str] = field(default_factory=Counter)

    def drop(self, reason: str, n: int = 1) -> None:
        """Count `n` rows left out for `reason`."""
        if n:
            self.filtered[reason] += n

    def as_dict(self) -> dict[str, Any]:
        """For JSON: ``{"kept": …, "filtered": {reason: n}}``, reasons sorted."""
        return {"kept": self.kept, "filtered": dict(sorted(self.filtered.items()))}


def write_table(
    frame: pl.DataFrame,
    schema: TableSchema,
    path: Path,
    *,
    metadata: dict[str, str] | None = None,
) -> None:
    """Check `frame` against `schema`, sort it, and write Parquet, whole or not at all.

    Columns are cast to the declared types; ``-0.0`` becomes ``0.0``; NaN in a float column becomes null.
    `metadata` may hold only what determines the content (digests, resolved options), never paths or times.

    Raises
    ------
    TableContractError
        If a column is absent, of a type that cannot be cast, null where it may not be, or out of range.
    """
    checked = check_table(frame, schema, path=path)
    if schema.sort_by:
        checked = checked.sort(list(schema.sort_by), nulls_last=True, maintain_order=True)
    with atomic_path(path) as temporary:
        checked.write_parquet(
            temporary, compression="zstd", statistics=False, metadata=_metadata(schema, metadata)
        )


def write_table_parts(
    parts: Iterable[pl.DataFrame],
    schema: TableSchema,
    path: Path,
    *,
    metadata: dict[str, str] | None = None,
) -> None:
    """Check and write a table that is too large for the memory, whole or not at all.

    Parameters
    ----------
    parts
        Rows in the order of the table (`schema.sort_by`), some at a time. How they are cut changes no byte.

    Raises
    ------
    TableContractError
        As for :func:`write_table`.
    """
    failures: list[Exception] = []  # Polars would give them another class

    def checked(*_: object) -> Iterator[pl.DataFrame]:
        try:
            for part in _joined(parts):
                yield check_table(part, schema, path=path)
        except Exception as error:
            failures.append(error)
            raise

    lazy = register_io_source(checked, schema=schema.polars_schema(), is_pure=False)
    with atomic_path(path) as temporary:
        try:
            lazy.sink_parquet(
                temporary,
                compression="zstd",
                statistics=False,
                row_group_size=ROW_GROUP_ROWS,
                maintain_order=True,
                metadata=_metadata(schema, metadata),
            )
        except pl.exceptions.PolarsError:
            if failures:
                raise failures[0] from None
            raise


def _joined(parts: Iterable[pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """The same rows in parts of some length: a check costs a millisecond, however few rows it sees."""
    waiting: list[pl.DataFrame] = []
    for part in parts:
        if len(part):
            waiting.append(part)
        if sum(map(len, waiting)) >= CHECKED_ROWS:
            yield pl.concat(waiting)
            waiting = []
    if waiting:
        yield pl.concat(waiting)


def _metadata(schema: TableSchema, further: dict[str, str] | None) -> dict[str, str]:
    return {_META_NAME: schema.name, _META_VERSION: str(schema.version), **(further or {})}


def read_table(path: Path, schema: TableSchema) -> pl.DataFrame:
    """Read a Parquet table that must keep `schema`.

    Raises
    ------
    InputError
        If the file is absent or not Parquet.
    TableContractError
        If it does not keep the schema.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError("no such file", path=path, expected=f"a {schema.name} table (Parquet)")
    try:
        frame = pl.read_parquet(path, glob=False)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise InputError("not a readable Parquet file", path=path, found=str(error).split("\n")[0]) from error
    return check_table(frame, schema, path=path)


def table_metadata(path: Path) -> dict[str, str]:
    """Key-value metadata of a Parquet file."""
    return dict(pl.read_parquet_metadata(path))


def _few(names: list[str]) -> str:
    """The first names, and how many more there are."""
    more = len(names) - NAMES_SHOWN
    return ", ".join(names[:NAMES_SHOWN]) + (f" and {more} more" if more > 0 else "")


def check_table(frame: pl.DataFrame, schema: TableSchema, *, path: Path | str | None = None) -> pl.DataFrame:
    """`frame` with the declared columns first, cast to their types.

    Raises
    ------
    TableContractError
        As for :func:`write_table`.
    """
    declared = [column.name for column in schema.columns]
    missing = [name for name in declared if name not in frame.columns]
    if missing:
        raise TableContractError(
            f"not a {schema.name} table: column missing", path=path, expected=_few(missing)
        )
    extra = [name for name in frame.columns if name not in declared]
    if extra and not schema.open_columns:
        raise TableContractError(
            f"column that a {schema.name} table does not have", path=path, found=_few(extra)
        )
    frame = frame.select([*declared, *extra])
    for column in schema.columns:
        frame = frame.with_columns(_checked_column(frame, column, schema, path))
    return frame


def _checked_column(
    frame: pl.DataFrame, column: Column, schema: TableSchema, path: Path | str | None
) -> pl.Series:
    series = frame[column.name]
    where = f"column `{column.name}` of {schema.name}"
    if series.dtype != column.dtype:
        try:
            series = series.cast(column.dtype, strict=True)
        except pl.exceptions.PolarsError as error:
            raise TableContractError(
                where, path=path, expected=str(column.dtype), found=str(series.dtype)
            ) from error
    if column.dtype.is_float():
        series = series.fill_nan(None)
        series = series.zip_with(
            (series != 0).fill_null(value=True),
            pl.Series([0.0], dtype=series.dtype).new_from_index(0, len(series)),
        )
    if not column.nullable and series.null_count():
        raise TableContractError(
            f"{where} has empty cells", path=path, record=f"row {_first(series.is_null())}"
        )
    _check_values(series, column, where, path)
    return series.alias(column.name)


def _check_values(series: pl.Series, column: Column, where: str, path: Path | str | None) -> None:
    if column.legal is not None:
        low, high = column.legal
        bad = ((series < low) | (series > high)).fill_null(value=False)
        if bad.any():
            raise TableContractError(
                f"{where} is out of range",
                path=path,
                record=f"row {_first(bad)}",
                expected=f"{low:g} to {high:g} {column.unit}".strip(),
                found=f"{series.filter(bad)[0]:g}",
            )
    if column.allowed is not None:
        bad = (~series.is_in(list(column.allowed))).fill_null(value=False)
        if bad.any():
            raise TableContractError(
                f"{where} has an unknown value",
                path=path,
                record=f"row {_first(bad)}",
                expected=", ".join(column.allowed),
                found=str(series.filter(bad)[0]),
            )


def _first(mask: pl.Series) -> int:
    index = mask.arg_max()
    return 1 + (index or 0)


def suggest(word: str, known: Sequence[str]) -> str | None:
    """The known word nearest to `word`, if one is near enough to be a typing slip."""
    from difflib import get_close_matches

    close = get_close_matches(word, known, n=1, cutoff=0.6)
    return close[0] if close else None
