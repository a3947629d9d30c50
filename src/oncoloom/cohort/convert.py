"""Text cells to typed values by a mapping's rule; every fault of a column is told once, with its lines."""

import math
import re
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from oncoloom.clinical.text_table import TextTable
from oncoloom.clinical.units import looks_like_fraction, suspect_measure, suspect_unit
from oncoloom.cohort.assemble import EMPTY, NO_COLUMN
from oncoloom.cohort.mapping import ColumnRule, Mapping
from oncoloom.errors import InputError, OncoloomError
from oncoloom.tables import Column, suggest

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_QUARTER = re.compile(r"\d{4}(Q[1-4])?")
_DATE = re.compile(r"(\d{4})-(\d\d)-\d\d")
_WHOLE_AS_DECIMAL = re.compile(r"(-?\d+)\.0+")
_GROUPED = re.compile(r"[+-]?\d{1,3}([.,]\d{3})+")  # 1,234 or 1.234: thousands, or three decimals?
_ANY_DATE = re.compile(
    r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}.*|\d{1,2}[-./]\d{1,2}[-./]\d{2,4}"
    r"|\d{1,2}[ .-]*[A-Za-z]{3,9}[ .,-]*\d{2,4}|[A-Za-z]{3,9} +\d{1,2},? +\d{4}"
)
_BOUND = re.compile(r"[<>≤≥]=?\s*\d|\d+(\.\d+)?\s*%?\s*(-|–|to)\s*\d|\d+\s*\+|\d+ or ", re.IGNORECASE)
_YES_NO = {"true": 1, "yes": 1, "false": 0, "no": 0}
_LINES_SHOWN = 5
PLACEHOLDER_ROWS = 20


@dataclass(slots=True)
class Converted:
    """One target column: a value or None a row, the reason of each None, the source columns used."""

    values: list[Any]
    reasons: list[str | None]
    sources: list[str]
    faults: list[OncoloomError] = field(default_factory=list)


def find_sources(table: TextTable, rule: ColumnRule) -> list[str]:
    """Source columns of `rule` that the table has, in the rule's order; case is ignored if need be."""
    exact = set(table.frame.columns)
    folded = {name.casefold(): name for name in table.frame.columns}
    found = [name if name in exact else folded.get(name.casefold()) for name in rule.source]
    return [name for name in found if name is not None]


def find_source(table: TextTable, rule: ColumnRule) -> str | None:
    """The source column that `rule` reads: the first that the table has."""
    found = find_sources(table, rule)
    return found[0] if found else None


def convert_column(table: TextTable, column: Column, rule: ColumnRule, mapping: Mapping) -> Converted:
    """Fill `column` from `table` as `rule` says: values, reasons of nulls, faults (not raised)."""
    n = table.frame.height
    if rule.constant is not None:
        return Converted([rule.constant] * n, [None] * n, [])
    if rule.row_number:
        stem = table.path.name.split(".")[0]
        return Converted([f"{stem}-{row}" for row in range(1, n + 1)], [None] * n, [])
    sources = find_sources(table, rule)
    if not sources or (rule.join is not None and len(sources) < len(rule.source)):
        lacking = next(name for name in rule.source if name not in sources)
        return Converted([None] * n, [f"{NO_COLUMN} {lacking} in the source"] * n, sources)
    if rule.join is None:
        sources = sources[:1]
    # words that are translated together keep their empty places; a plain list (of drugs) has none
    left_out = frozenset() if rule.values or rule.null_values or rule.join is None else mapping.missing
    cells = [
        (rule.join or "").join(cell for cell in row if cell not in left_out)
        for row in table.frame.select(sources).iter_rows()
    ]
    reader = _CellReader(column, rule, mapping)
    known = {cell: reader.read(cell) for cell in dict.fromkeys(cells)}
    out = Converted([known[cell][0] for cell in cells], [known[cell][1] for cell in cells], sources)
    source = ", ".join(sources)
    out.faults += _cell_faults(table, column, source, cells, known)
    if _is_placeholder(column, out.values):
        reason = f"refused: the same illegal value {out.values[0]:g} in every row, a placeholder"
        return Converted([None] * n, [reason] * n, sources)
    out.faults += _range_faults(table, column, source, out.values)
    if rule.scale is None and not out.faults:
        out.faults += _measure_faults(table, column, source, out.values)
    return out


def _measure_faults(table: TextTable, column: Column, source: str, values: list[Any]) -> list[OncoloomError]:
    """A column that is another figure than its name says, though each value is legal."""
    if not column.dtype.is_float():
        return []
    odd = suspect_measure(column.name, [float(value) for value in values if value is not None])
    if odd is None:
        return []
    what, remedy = odd
    return [InputError(what, path=table.path, record=f"column `{source}`, `{column.name}`", remedy=remedy)]


def _is_placeholder(column: Column, values: list[Any]) -> bool:
    """True where a column is one impossible number from the first row to the last: nobody measured that."""
    if column.legal is None or len(values) < PLACEHOLDER_ROWS or len(set(values)) != 1 or values[0] is None:
        return False
    return not column.legal[0] <= float(values[0]) <= column.legal[1]


class _CellReader:
    """Reads one cell of one target column: (value, reason of null, what was expected if it is a fault)."""

    def __init__(self, column: Column, rule: ColumnRule, mapping: Mapping) -> None:
        self._column = column
        self._rule = rule
        self._missing = frozenset(mapping.missing)
        self._comma = mapping.decimal_comma
        self._factor = rule.factor(column.unit)
        self._folded = {key.casefold(): value for key, value in rule.values.items()}
        self._null_values = {_folded(key): reason for key, reason in rule.null_values.items()}

    def read(self, cell: str) -> tuple[Any, str | None, str | None]:
        rule = self._rule
        if _folded(cell) in self._null_values:
            return None, self._null_values[_folded(cell)], None
        if cell in self._missing:
            return None, EMPTY, None
        if rule.values:
            return self._translate(cell)
        if self._column.dtype == pl.String():
            return self._read_text(cell)
        return self._read_number(cell)

    def _translate(self, cell: str) -> tuple[Any, str | None, str | None]:
        rule = self._rule
        whole = _WHOLE_AS_DECIMAL.fullmatch(cell)  # 1.0 is what pandas makes of 1 beside an empty cell
        for key in (cell, whole[1] if whole else cell):
            mapped = rule.values.get(key, self._folded.get(key.casefold()))
            if mapped is not None:
                return mapped, None, None
        if rule.otherwise is not None:
            return rule.otherwise, None, None
        if not rule.keep_unknown and self._column.dtype == pl.Float64() and _NUMBER.fullmatch(cell):
            return self._read_number(cell)  # words beside numbers: `values: {"<1": 0}` of a column in percent
        if not rule.keep_unknown:
            return None, None, self._words_expected(cell)
        if self._column.dtype == pl.String():
            return cell, None, None
        return None, f'"{cell}" is not in the mapping', None

    def _words_expected(self, cell: str) -> str:
        if self._column.unit != "0/1":
            return f"one of {', '.join(self._rule.values)}"
        words = ", ".join(key for key in self._rule.values if key not in ("0", "1"))
        hint = '; 1 and 2 for no and yes? write `values: {"1": 0, "2": 1}`' if cell in ("2", "2.0") else ""
        return f"0 or 1{f', or one of {words}' if words else ''}{hint}"

    def _read_text(self, cell: str) -> tuple[Any, str | None, str | None]:
        if self._column.name == "calendar_quarter":
            date = _DATE.fullmatch(cell)
            if date:
                return f"{date[1]}Q{(int(date[2]) + 2) // 3}", None, None
            return (cell, None, None) if _QUARTER.fullmatch(cell) else (None, None, "2018, 2018Q2 or a date")
        allowed = self._column.allowed
        if allowed is None or cell in allowed:
            return cell, None, None
        if cell.casefold() in allowed:
            return cell.casefold(), None, None
        return None, None, f"one of {', '.join(allowed)} (translate with `values`)"

    def _read_number(self, cell: str) -> tuple[Any, str | None, str | None]:
        text = cell.replace(",", ".") if self._comma else cell
        if self._column.unit == "%":
            text = text.removesuffix("%").rstrip()
        if self._column.unit == "0/1" and cell.casefold() in _YES_NO:
            return _YES_NO[cell.casefold()], None, None
        if not _NUMBER.fullmatch(text) or (self._comma and "." in cell and _GROUPED.fullmatch(cell)):
            kind = "0 or 1" if self._column.unit == "0/1" else "a number"
            return None, None, f"{kind}{_number_hint(cell)}; other words go under `values` or `null_values`"
        number = float(text) * self._factor + self._rule.offset
        if not math.isfinite(number):
            return None, None, "a number that a computer can hold"
        if self._column.dtype.is_integer() and number != int(number):
            return None, None, "a whole number"
        return int(number) if self._column.dtype.is_integer() else number, None, None


def _folded(text: str) -> str:
    """A cell as `null_values` are compared: without case and spaces (`> 89`, `Not Evaluable`)."""
    return "".join(text.split()).casefold().replace("\u2265", ">=")


def _number_hint(cell: str) -> str:
    if _GROUPED.fullmatch(cell):
        return " (thousands? write 1234; decimals with a comma? set `decimal_comma: true`)"
    if _ANY_DATE.fullmatch(cell):
        return " (a date? write the days since the start of therapy)"
    if _BOUND.match(cell):
        return " (a bound or a range? give each a number under `values`, or a reason under `null_values`)"
    comma = re.fullmatch(r"[+-]?\d+,\d+", cell) is not None
    return " (decimal comma? set `decimal_comma: true`)" if comma else ""


def _cell_faults(
    table: TextTable,
    column: Column,
    source: str,
    cells: list[str],
    known: dict[str, tuple[Any, str | None, str | None]],
) -> list[OncoloomError]:
    by_expected: dict[str, list[int]] = {}
    for row, cell in enumerate(cells):
        expected = known[cell][2]
        if expected is not None:
            by_expected.setdefault(expected, []).append(row)
    return [
        InputError(
            f"`{column.name}` cannot be read",
            path=table.path,
            record=f"{lines_text(table, rows)}, column `{source}`",
            expected=expected,
            found=", ".join(dict.fromkeys(f'"{cells[row][:40]}"' for row in rows[:_LINES_SHOWN])),
        )
        for expected, rows in by_expected.items()
    ]


def _range_faults(table: TextTable, column: Column, source: str, values: list[Any]) -> list[OncoloomError]:
    if column.legal is None:
        return []
    low, high = column.legal
    low = float("-inf") if column.name.endswith("_days") else low  # a time before day 0 has its own message
    numbers = [float(value) for value in values if value is not None]
    rows = [row for row, value in enumerate(values) if value is not None and not low <= float(value) <= high]
    unit = f" {column.unit}" if column.unit else ""
    where = f", column `{source}`"
    if rows:
        found = ", ".join(f"{float(values[row]):g}" for row in rows[:_LINES_SHOWN])
        remedy = suspect_unit(numbers, column.unit, column.legal)
        return [
            InputError(
                f"`{column.name}` is out of its legal range in {len(rows)} of {len(numbers)} values",
                path=table.path,
                record=lines_text(table, rows) + where,
                expected=f"{column.legal[0]:g} to {high:g}{unit}",
                found=found + unit,
                remedy=remedy or "correct the value, or empty the cell",
            )
        ]
    if column.unit == "%" and looks_like_fraction(numbers):
        return [
            InputError(
                f"`{column.name}` looks like a fraction: none of {len(numbers)} values is above 1",
                path=table.path,
                record=where.removeprefix(", "),
                expected="0 to 100 %",
                found=f"largest value {max(numbers):g}",
                remedy="write `unit: fraction` in the mapping, or `scale: 1` if it is percent indeed",
            )
        ]
    return []


def lines_text(table: TextTable, rows: list[int]) -> str:
    """Line numbers of some rows, e.g. ``lines 3, 5, 9 and 12 more``."""
    numbers = [str(table.lines[row]) for row in rows[:_LINES_SHOWN]]
    more = len(rows) - len(numbers)
    return (
        ("line " if len(rows) == 1 else "lines ") + ", ".join(numbers) + (f" and {more} more" if more else "")
    )


def missing_id_fault(table: TextTable, rule: ColumnRule) -> InputError:
    """The error for a table without its id column, with the nearest name it has."""
    near = suggest(rule.source[0], table.frame.columns) if rule.source else None
    return InputError(
        "the column with the patient's id is missing",
        path=table.path,
        expected=" or ".join(rule.source),
        found=", ".join(table.frame.columns[:12]),
        remedy=f"did you mean `{near}`? Write it as `patient_id` in the mapping"
        if near
        else "name it as `patient_id` in the mapping",
    )
