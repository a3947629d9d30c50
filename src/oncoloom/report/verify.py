"""Checking a report.json against its published schema."""

from pathlib import Path

from pydantic import ValidationError

from oncoloom.errors import FaultList, InputError, OncoloomError
from oncoloom.files import read_json
from oncoloom.report.model import Report, Stopped, parse_report


def verify_report(path: Path) -> Report | Stopped:
    """The report in a file.

    Raises
    ------
    InputError, FaultList
        If the file is not JSON or breaks the schema; each fault with its place.
    """
    raw = read_json(path)
    try:
        return parse_report(raw)
    except ValidationError as error:
        faults: list[OncoloomError] = [
            InputError(
                fault["msg"],
                path=path,
                record=".".join(str(part) for part in fault["loc"]),
                remedy="`oncoloom schema report` prints the schema",
            )
            for fault in error.errors()
        ]
        if len(faults) == 1:
            raise faults[0] from None
        raise FaultList(f"the report breaks its schema in {len(faults)} places", faults) from None
