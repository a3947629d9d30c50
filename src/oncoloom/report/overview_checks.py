"""Table of checks over all patients: how many passed, were warned, were left out, and the worst figure."""

from dataclasses import dataclass
from typing import Any

from oncoloom.report.sections.checks import check_title, figure, kind_of, severity


@dataclass(frozen=True, slots=True)
class CheckRow:
    """One check over the project."""

    check: str
    patients: int
    passed: int
    warned: int
    left_out: int
    not_assessable: int
    worst: str
    rule: str


def check_rows(verdicts: dict[str, dict[str, Any]]) -> list[CheckRow]:
    """One row a check, the gravest kind first."""
    by_check: dict[str, list[dict[str, Any]]] = {}
    for verdict in verdicts.values():
        for row in verdict["checks"]:
            by_check.setdefault(row["check"], []).append(row)
    ordered = sorted(by_check.items(), key=lambda item: (severity(item[0]), item[0]))
    return [_row(name, rows) for name, rows in ordered]


def _row(name: str, rows: list[dict[str, Any]]) -> CheckRow:
    kind = kind_of(name)
    figures = [
        row["value"]
        for row in rows
        if isinstance(row.get("value"), int | float) and not isinstance(row["value"], bool)
    ]
    worst = "–"
    if figures and kind.better:
        worst = figure(min(figures) if kind.better == "higher" else max(figures), kind)
    return CheckRow(
        check=check_title(name),
        patients=len(rows),
        passed=sum(row["status"] == "pass" for row in rows),
        warned=sum(row["status"] in ("warn", "overridden") for row in rows),
        left_out=sum(row["status"] == "stop" for row in rows),
        not_assessable=sum(row["status"] == "not assessable" for row in rows),
        worst=worst,
        rule=_rule(rows),
    )


def _rule(rows: list[dict[str, Any]]) -> str:
    kind = kind_of(rows[0]["check"])
    limits = {
        row["limit"]
        for row in rows
        if isinstance(row.get("limit"), int | float) and not isinstance(row["limit"], bool)
    }
    if not limits or not kind.better:
        return "–"
    stops = any(row["status"] in ("stop", "overridden") for row in rows) or severity(rows[0]["check"]) < 3
    verb, side = "stops" if stops else "warns", "<" if kind.better == "higher" else ">"
    return f"{verb} {side} {' or '.join(figure(limit, kind) for limit in sorted(limits))}"
