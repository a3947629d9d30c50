"""Treatments of a study's timeline files, with everything that is no line of systemic therapy counted."""

import math
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from oncoloom.clinical.text_table import TextTable, fault_list
from oncoloom.clinical.timelines import Treatment, is_local
from oncoloom.cohort.mapping import TimelineRules
from oncoloom.cohort.study import read_study_table
from oncoloom.errors import InputError, OncoloomError

_NEEDED = ("PATIENT_ID", "START_DATE", "EVENT_TYPE")
_MISSING = ("", "NA", "[Not Available]")


def read_treatments(paths: Sequence[Path], rules: TimelineRules) -> tuple[list[Treatment], Counter[str]]:
    """Systemic treatments of timeline files, in file order, and how many rows there were of each kind.

    Raises
    ------
    InputError, FaultList
        If a file lacks its columns or a date is no number of days; all faults of a file at once.
    """
    systemic: list[Treatment] = []
    counts: Counter[str] = Counter()
    for path in paths:
        table = read_study_table(path)
        if not set(_NEEDED) <= set(table.frame.columns):
            raise InputError(
                "a timeline without its columns",
                path=path,
                expected=", ".join(_NEEDED),
                found=", ".join(table.header[:12]),
            )
        systemic += _of_file(table, rules, counts)
    return systemic, counts


def _of_file(table: TextTable, rules: TimelineRules, counts: Counter[str]) -> list[Treatment]:
    systemic: list[Treatment] = []
    faults: list[OncoloomError] = []
    seen: set[tuple[str, ...]] = set()
    for row, cells in enumerate(table.frame.iter_rows(named=True)):
        key = tuple(cells.values())
        if cells["EVENT_TYPE"].casefold() != "treatment":
            counts[f"event of another type: {cells['EVENT_TYPE']}"] += 1
        elif key in seen:
            counts["exact repeats"] += 1
        elif cells["START_DATE"] in _MISSING:
            counts["without a start"] += 1
        else:
            seen.add(key)
            one = _treatment(cells, rules)
            if one is None:
                faults.append(_date_fault(table, row, cells))
            elif is_local(one.kind, rules.local_types):
                counts["local or supportive, no line of systemic therapy"] += 1
            else:
                counts["systemic"] += 1
                counts["systemic, before the study's day 0"] += int(one.start < 0)
                systemic.append(one)
    if faults:
        raise fault_list(f"{table.path.name} has {len(faults)} faults", faults)
    return systemic


def _treatment(cells: dict[str, str], rules: TimelineRules) -> Treatment | None:
    """The treatment of a row with a start; None where a date is no number of days."""
    stop_text = cells.get("STOP_DATE", "")
    start = _days(cells["START_DATE"])
    stop = None if stop_text in _MISSING else _days(stop_text)
    if start is None or (stop is None and stop_text not in _MISSING):
        return None
    return Treatment(
        cells["PATIENT_ID"],
        start,
        stop,
        next((cells[name] for name in rules.type if cells.get(name)), ""),
        next((cells[name] for name in rules.agent if cells.get(name)), ""),
    )


def _days(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _date_fault(table: TextTable, row: int, cells: dict[str, str]) -> InputError:
    return InputError(
        "a treatment date cannot be read",
        path=table.path,
        record=table.where(row),
        expected="days from the study's day 0",
        found=f"START_DATE {cells['START_DATE']!r}, STOP_DATE {cells.get('STOP_DATE')!r}",
    )
