"""When a value was measured: days from day 0, so that nothing known later only is taken for a feature.

A mapping names the column with the day (``measured``), as days from day 0 or as a date beside the date of day
0 (``index_date``). Dates themselves never leave this module.
"""

import re
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from oncoloom.clinical.text_table import TextTable
from oncoloom.cohort.convert import lines_text
from oncoloom.cohort.mapping import ColumnRule, Mapping
from oncoloom.errors import ConfigError, InputError, OncoloomError

AFTER_DAY_ZERO = "measured after day 0"
_CENTURY = 36_525.0  # 20200531 is a date without its dashes, not a number of days
_DAYS = re.compile(r"[+-]?\d+(\.\d+)?")


@dataclass(slots=True)
class Measured:
    """Values of one column held to day 0.

    `days` is a day or None a row; `late` are the rows that were nulled.
    """

    values: list[Any]
    days: list[float | None]
    late: list[int] = field(default_factory=list)
    faults: list[OncoloomError] = field(default_factory=list)


def hold_to_day_zero(
    table: TextTable, target: str, rule: ColumnRule, mapping: Mapping, values: list[Any]
) -> Measured:
    """Values of `target` with the day each was measured; later ones are faults, or null where declared.

    Raises
    ------
    ConfigError
        If the table lacks a column that the rule or the mapping names.
    """
    out = Measured(list(values), [None] * len(values))
    cells = _column(table, rule.measured, f"columns.{target}.measured")
    starts = _column(table, mapping.index_date, "index_date") if mapping.index_date else [""] * len(cells)
    unread: list[int] = []
    for row, (cell, start) in enumerate(zip(cells, starts, strict=True)):
        if cell in mapping.missing:
            continue
        out.days[row] = day = _day(cell, start)
        if day is None:
            unread.append(row)
        elif day > 0 and values[row] is not None:
            out.late.append(row)
    if unread:
        out.faults.append(_unread_fault(table, target, rule, mapping, unread))
    if out.late and mapping.after_day_zero == "error":
        out.faults.append(_late_fault(table, target, rule, out))
    for row in out.late:
        out.values[row] = None
    return out


def _unread_fault(
    table: TextTable, target: str, rule: ColumnRule, mapping: Mapping, rows: list[int]
) -> InputError:
    beside = f" beside one in `{mapping.index_date}`" if mapping.index_date else ""
    return InputError(
        f"the day when `{target}` was measured cannot be read",
        path=table.path,
        record=f"{lines_text(table, rows)}, column `{rule.measured}`",
        expected=f"days from day 0, or a date as 2020-05-31{beside}",
        remedy=None if mapping.index_date else "dates need `index_date`: the column with day 0's date",
    )


def _late_fault(table: TextTable, target: str, rule: ColumnRule, held: Measured) -> InputError:
    latest = max(day for day in (held.days[row] for row in held.late) if day is not None)
    return InputError(
        f"`{target}` was {AFTER_DAY_ZERO} in {len(held.late)} of {len(held.values)} rows",
        path=table.path,
        record=f"{lines_text(table, held.late)}, column `{rule.measured}`",
        expected="the last value before therapy began",
        found=f"up to {latest:g} days after it",
        remedy='give the earlier value, empty the cell, or map with `after_day_zero: "null"`',
    )


def _column(table: TextTable, name: str, key: str) -> list[str]:
    if name not in table.frame.columns:
        raise ConfigError(
            f"the table has no column `{name}`", path=table.path, record=f"key `{key}` of the mapping",
            found=", ".join(table.frame.columns[:12]),
        )  # fmt: skip
    return table.frame[name].to_list()


def _day(cell: str, start: str) -> float | None:
    """Days from day 0; None where the cell is neither days nor a date beside a date."""
    if _DAYS.fullmatch(cell):
        return float(cell) if abs(float(cell)) <= _CENTURY else None
    try:
        return float((date.fromisoformat(cell[:10]) - date.fromisoformat(start[:10])).days)
    except ValueError:
        return None
