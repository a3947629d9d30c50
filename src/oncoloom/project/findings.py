"""What a check found: errors that forbid a run, warnings that do not."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from oncoloom.errors import FaultList, OncoloomError


@dataclass(slots=True)
class Findings:
    """Errors and warnings, in the order found; `seen` counts what was looked at."""

    errors: list[OncoloomError] = field(default_factory=list)
    warnings: list[OncoloomError] = field(default_factory=list)
    seen: dict[str, int] = field(default_factory=dict)

    def look(self, what: str, check: Callable[[], Any], *, record: str | None = None) -> Any:
        """Call `check`; its errors become findings, each with `record` where it names none.

        Returns
        -------
        Any
            What the check returned; None where it failed.
        """
        self.seen[what] = self.seen.get(what, 0) + 1
        try:
            return check()
        except FaultList as error:
            for fault in error.faults:
                self.add_error(fault, record=record)
        except OncoloomError as error:
            self.add_error(error, record=record)
        return None

    def add_error(self, error: OncoloomError, *, record: str | None = None) -> None:
        """Note an error once, however many files lead to it."""
        if error.record is None:
            error.record = record
        if all(error.lines() != known.lines() for known in self.errors):
            self.errors.append(error)

    def warn(
        self,
        message: str,
        *,
        path: Path | str | None = None,
        record: str | None = None,
        remedy: str | None = None,
    ) -> None:
        """Note a warning once."""
        warning = OncoloomError(message, path=path, record=record, remedy=remedy)
        if all(warning.lines() != known.lines() for known in self.warnings):
            self.warnings.append(warning)

    def as_dict(self) -> dict[str, Any]:
        """For JSON: errors and warnings with their fields, and what was looked at."""
        return {
            "errors": [_fields(one) for one in self.errors],
            "warnings": [_fields(one) for one in self.warnings],
            "checked": dict(sorted(self.seen.items())),
        }


def _fields(error: OncoloomError) -> dict[str, str | None]:
    return {
        "kind": type(error).__name__,
        "message": error.message,
        "path": error.path,
        "record": error.record,
        "expected": error.expected,
        "found": error.found,
        "remedy": error.remedy,
    }
