"""Errors that a person can act on: what file, which record, what was expected and found, what to do."""

from pathlib import Path

EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_STOPPED = 3


class OncoloomError(Exception):
    """Base of every error that the command line renders without a stack trace.

    A message never holds a patient's identifier or bases of a read: say record number, contig, position.

    Parameters
    ----------
    message
        What is wrong, in one sentence.
    path
        The file that holds the fault.
    record
        Which record: a line, a row and column, a contig and 1-based position, a virtual offset.
    expected, found
        What a good file would hold there, and what this one holds.
    remedy
        What the reader can do now, as a command where there is one.
    """

    exit_code = EXIT_FAILED

    def __init__(
        self,
        message: str,
        *,
        path: Path | str | None = None,
        record: str | None = None,
        expected: str | None = None,
        found: str | None = None,
        remedy: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.path = None if path is None else str(path)
        self.record = record
        self.expected = expected
        self.found = found
        self.remedy = remedy

    def lines(self) -> list[str]:
        """The error as the lines that a terminal shows; empty fields are left out."""
        where = ", ".join(part for part in (self.path, self.record) if part)
        out = [f"{where}: {self.message}" if where else self.message]
        if self.expected:
            out.append(f"  expected: {self.expected}")
        if self.found:
            out.append(f"  found:    {self.found}")
        if self.remedy:
            out.append(f"  remedy:   {self.remedy}")
        return out

    def __str__(self) -> str:
        return "\n".join(self.lines())


class UsageError(OncoloomError):
    """The command was called with options that do not fit together."""

    exit_code = EXIT_USAGE


class InputError(OncoloomError):
    """A file that the user gave is broken, or not what it says it is."""


class ConfigError(OncoloomError):
    """The config file or a sheet is wrong."""


class ReferenceMismatchError(InputError):
    """Reads, variants or intervals do not belong to this reference."""


class SampleSwapError(InputError):
    """Two samples are not of the person, or not two samples, that they claim to be."""


class NotAssessableError(OncoloomError):
    """A figure was asked for that this data cannot carry."""


class TableContractError(OncoloomError):
    """A table does not keep its declared schema."""


class ModelContractError(OncoloomError):
    """A model, its name, or the store that holds it cannot be used as asked."""


class ApprovalError(OncoloomError):
    """A step needs a person's approval that is not there."""


class LockedError(OncoloomError):
    """Another run works in this folder."""


class FaultList(OncoloomError):
    """Several faults of one thing, all told at once (a sheet with three bad rows says three).

    Parameters
    ----------
    message
        Heading, e.g. "samples.tsv has 3 faults".
    faults
        The single errors, in file order.
    exit_code
        Exit code of the whole.
    """

    def __init__(self, message: str, faults: list[OncoloomError], *, exit_code: int = EXIT_FAILED) -> None:
        super().__init__(message)
        self.faults = faults
        self.exit_code = exit_code

    def lines(self) -> list[str]:
        """Heading, then each fault's own lines."""
        return [self.message, *(line for fault in self.faults for line in fault.lines())]
