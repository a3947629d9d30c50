"""Endpoints, defined once. Day 0 is the start of the index therapy.

- response: 1 complete or partial response, 0 stable or progressive disease (RECIST); not evaluable is null.
- pfs: to progression, death or last visit; event 1 = progression or death.
- os: to death or last contact; event 1 = death.
- entry_days: observation began this long after day 0 (late entry); who died before could not be seen.

A time before day 0 is an error. An event on day 0 is real and kept as 0. An endpoint that is recorded only
for those who had the event selects on the outcome and is refused for the whole cohort.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from oncoloom.errors import InputError, OncoloomError

SURVIVAL = ("pfs", "os")
# A table may round the two times differently (months to one decimal: half a day and a half each).
DAYS_TOLERANCE = 3.1
# One unknown outcome in twenty may be chance; more, with no censored patient at all, is a rule of recording.
_MAX_MISSING_SHARE = 0.05
_MAX_IMPOSSIBLE_SHARE = 0.05
# A cohort of some size, none of it followed for four months: more often months taken for days.
_SUSPECT_ROWS, _SUSPECT_DAYS = 20, 120.0

Numbers = list[float | None]


@dataclass(slots=True)
class Endpoints:
    """The endpoint columns of a cohort, with the reason of each null.

    Parameters
    ----------
    columns
        `response`, `pfs_days`, `pfs_event`, `os_days`, `os_event`, `entry_days`: a value or None a row.
    reasons
        `response`, `pfs`, `os`: why the endpoint of that row is null, None where it is known.
    notes
        Sentences for the tally, each with its figures.
    """

    columns: dict[str, Numbers]
    reasons: dict[str, list[str | None]]
    notes: list[str] = field(default_factory=list)

    def clear(self, endpoint: str, row: int, reason: str) -> None:
        """Null one row's endpoint for a reason."""
        names = ("response",) if endpoint == "response" else (f"{endpoint}_days", f"{endpoint}_event")
        for name in names:
            self.columns[name][row] = None
        self.reasons[endpoint][row] = reason


def check_endpoints(
    endpoints: Endpoints,
    *,
    incomplete: Literal["error", "null"],
    before_day_zero: Literal["error", "null"],
    where: Callable[[int], str],
    path: Path | None = None,
    unread: frozenset[str] = frozenset(),
) -> list[OncoloomError]:
    """Hold endpoints to their definitions, in place; what the caller declared as tolerable becomes null.

    Parameters
    ----------
    incomplete
        An event without its time or a time without its event: an error, or null with a reason.
    before_day_zero
        A negative time: an error, or null with a reason.
    where
        Names the record of a row index.
    unread
        Columns with cells that could not be read: the other half of such an endpoint is not blamed.

    Returns
    -------
    list of OncoloomError
        The faults found, in row order; the caller raises them together with its own.
    """
    faults: list[OncoloomError] = []
    for name in SURVIVAL:
        faults += _check_time(endpoints, name, before_day_zero, where, path)
        if not unread & {f"{name}_days", f"{name}_event"}:
            faults += _check_pairs(endpoints, name, incomplete, where, path)
    faults += _check_entry(endpoints, where, path)
    _check_progression_after_death(endpoints)
    _check_progression_after_contact(endpoints)
    _note_censored_at_death(endpoints)
    for name in SURVIVAL:
        _refuse_events_only(endpoints, name)
        _note_day_zero(endpoints, name)
        _note_short_times(endpoints, name)
    return faults


def _check_time(
    endpoints: Endpoints,
    name: str,
    before_day_zero: Literal["error", "null"],
    where: Callable[[int], str],
    path: Path | None,
) -> list[OncoloomError]:
    days = endpoints.columns[f"{name}_days"]
    rows = [row for row, value in enumerate(days) if value is not None and value < 0]
    if before_day_zero == "null":
        for row in rows:
            endpoints.clear(name, row, "ended before day 0")
        if rows:
            endpoints.notes.append(f"{name}: {len(rows)} rows end before day 0 and are set to null")
        return []
    return [
        InputError(
            f"`{name}_days` lies before day 0",
            path=path,
            record=where(row),
            expected="0 days or more after the start of the index therapy",
            found=f"{days[row]:g} days",
            remedy='correct the date, or set `before_day_zero: "null"` in the mapping',
        )
        for row in rows
    ]


def _check_pairs(
    endpoints: Endpoints,
    name: str,
    incomplete: Literal["error", "null"],
    where: Callable[[int], str],
    path: Path | None,
) -> list[OncoloomError]:
    days, events = endpoints.columns[f"{name}_days"], endpoints.columns[f"{name}_event"]
    faults: list[OncoloomError] = []
    half = events_without_time = 0
    for row, (time, event) in enumerate(zip(days, events, strict=True)):
        if (time is None) == (event is None):
            if time is None and endpoints.reasons[name][row] is None:
                endpoints.reasons[name][row] = "not recorded"
            continue
        lacking = f"{name}_days" if time is None else f"{name}_event"
        given = f"{name}_event {event:g}" if time is None else f"{name}_days {time:g}"
        stated = endpoints.reasons[name][row]  # a cell that the mapping itself declares null is no fault
        if incomplete == "null" or stated is not None:
            endpoints.clear(name, row, stated or f"{given.split()[0]} without {lacking}")
            half += 1
            events_without_time += int(event == 1)
            continue
        faults.append(
            InputError(
                f"`{lacking}` is empty where the other half is given",
                path=path,
                record=where(row),
                expected="both an event (0 or 1) and its time, or neither",
                found=given,
                remedy='fill it in, empty both, or set `incomplete_endpoints: "null"` in the mapping',
            )
        )
    if half:
        endpoints.notes.append(f"{name}: {half} rows with an event or a time alone are set to null")
    if events_without_time > _MAX_MISSING_SHARE * len(events) and not any(event == 1 for event in events):
        refuse(
            endpoints,
            name,
            f"refused: no time for any of the {events_without_time} who had the event, only for the others, "
            "which selects on the outcome",
        )
    return faults


def _check_entry(endpoints: Endpoints, where: Callable[[int], str], path: Path | None) -> list[OncoloomError]:
    faults: list[OncoloomError] = []
    ends = endpoints.columns["os_days"]
    for row, entry in enumerate(endpoints.columns["entry_days"]):
        end = ends[row]
        if entry is None or (entry >= 0 and (end is None or entry <= end)):
            continue
        faults.append(
            InputError(
                "observation begins before day 0" if entry < 0 else "observation begins after it ended",
                path=path,
                record=where(row),
                expected="`entry_days` from 0 to `os_days`",
                found=f"entry_days {entry:g}" + ("" if end is None else f", os_days {end:g}"),
            )
        )
    return faults


def _check_progression_after_death(endpoints: Endpoints) -> None:
    """Nobody is seen free of progression after death: many such rows mean columns of other patients."""
    columns = endpoints.columns
    dead, wrong = 0, []
    for row, (pfs, death, event) in enumerate(
        zip(columns["pfs_days"], columns["os_days"], columns["os_event"], strict=True)
    ):
        if pfs is None or death is None or event != 1:
            continue
        dead += 1
        if pfs > death + DAYS_TOLERANCE:
            wrong.append(row)
    if not wrong:
        return
    if len(wrong) > max(1, _MAX_IMPOSSIBLE_SHARE * dead):
        reason = f"refused: progression-free after death in {len(wrong)} of {dead} deaths (shifted columns?)"
        refuse(endpoints, "pfs", reason)
        return
    for row in wrong:
        endpoints.clear("pfs", row, "progression-free after death")
    endpoints.notes.append(f"pfs: {len(wrong)} rows are progression-free after death and set to null")


def _check_progression_after_contact(endpoints: Endpoints) -> None:
    """Nobody is known to have progressed after the last contact: a date is of another patient."""
    known, wrong = 0, []
    for row, (pfs, progressed, last, event) in enumerate(_both_times(endpoints)):
        if pfs is None or last is None:
            continue
        known += 1
        if event == 0 and progressed == 1 and pfs > last + DAYS_TOLERANCE:
            wrong.append(row)
    if len(wrong) > max(1, _MAX_IMPOSSIBLE_SHARE * known):
        said = f"progression after the last contact in {len(wrong)} of {known} patients"
        refuse(endpoints, "pfs", f"refused: {said} (shifted columns?)")
        return
    for row in wrong:
        endpoints.clear("pfs", row, "progression after the last contact")
    if wrong:
        endpoints.notes.append(f"pfs: {len(wrong)} rows progress after the last contact and are set to null")


def _note_censored_at_death(endpoints: Endpoints) -> None:
    """A death without progression is an event of progression-free survival; else it is another figure."""
    n = sum(
        1 for pfs, progressed, last, event in _both_times(endpoints)
        if pfs is not None and last is not None and progressed == 0 and event == 1
        and pfs >= last - DAYS_TOLERANCE
    )  # fmt: skip
    if n:
        endpoints.notes.append(
            f"pfs: {n} patients are censored at their death; is it time to progression? In progression-free "
            "survival death is an event"
        )


def _both_times(endpoints: Endpoints) -> list[tuple[float | None, ...]]:
    """`pfs_days`, `pfs_event`, `os_days`, `os_event` a row."""
    names = ("pfs_days", "pfs_event", "os_days", "os_event")
    return list(zip(*(endpoints.columns[name] for name in names), strict=True))


def _refuse_events_only(endpoints: Endpoints, name: str) -> None:
    events = endpoints.columns[f"{name}_event"]
    known = [event for event in events if event is not None]
    missing = len(events) - len(known)
    if known and all(event == 1 for event in known) and missing > _MAX_MISSING_SHARE * len(events):
        refuse(
            endpoints,
            name,
            f"refused: recorded only for those who had the event ({len(known)} of {len(events)}), "
            "which selects on the outcome",
        )


def refuse(endpoints: Endpoints, name: str, reason: str) -> None:
    """Null an endpoint in every row, for one reason that the tally repeats."""
    for row in range(len(endpoints.reasons[name])):
        endpoints.clear(name, row, reason)
    endpoints.notes.append(f"{name}: {reason}")


def _note_short_times(endpoints: Endpoints, name: str) -> None:
    days = [value for value in endpoints.columns[f"{name}_days"] if value is not None]
    if len(days) >= _SUSPECT_ROWS and max(days) <= _SUSPECT_DAYS:
        endpoints.notes.append(
            f"{name}: no time of {len(days)} is above {max(days):g} days; are they months? "
            "Then the mapping needs `unit: months`"
        )


def _note_day_zero(endpoints: Endpoints, name: str) -> None:
    pairs = zip(endpoints.columns[f"{name}_days"], endpoints.columns[f"{name}_event"], strict=True)
    at_zero = [event for time, event in pairs if time == 0]
    if at_zero:
        events = sum(1 for event in at_zero if event == 1)
        endpoints.notes.append(
            f"{name}: {events} events on day 0 are kept; {len(at_zero) - events} censored on day 0 "
            "carry no information"
        )
