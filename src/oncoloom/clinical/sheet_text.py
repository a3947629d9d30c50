"""The text of a sheet: a tab-separated file as rows of named cells, every fault collected."""

from dataclasses import dataclass
from pathlib import Path

from oncoloom.errors import ConfigError, OncoloomError
from oncoloom.tables import suggest


@dataclass(frozen=True, slots=True)
class SheetColumn:
    """One column of a sheet: its name, meaning, whether every row needs it, and its closed set of values."""

    name: str
    description: str
    required: bool = False
    allowed: tuple[str, ...] | None = None


PATIENT_COLUMNS = (
    SheetColumn("patient_id", "Your name of the patient; becomes folder and file names", required=True),
    SheetColumn("sex", "Sex as recorded", required=True, allowed=("female", "male", "unknown")),
    SheetColumn("oncotree_code", "OncoTree code of the tumor type, or UNKNOWN", required=True),
    SheetColumn("override_checks", "Checks of which a stop is lifted, joined by commas"),
    SheetColumn("override_reason", "Why, in words; every page of the report prints it"),
)


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row: its number in the file (the header is row 1) and its cells by column, "" where empty."""

    number: int
    cells: dict[str, str]


class SheetFaults:
    """Collects the faults of one sheet, each with row and column."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.found: list[OncoloomError] = []

    def add(
        self,
        message: str,
        *,
        row: int | None = None,
        column: str | None = None,
        expected: str | None = None,
        found: str | None = None,
        remedy: str | None = None,
    ) -> None:
        """Note one fault of this sheet."""
        where = [f"row {row}"] if row is not None else []
        if column is not None:
            where.append(f"column `{column}`")
        self.found.append(
            ConfigError(
                message,
                path=self.path,
                record=", ".join(where) or None,
                expected=expected,
                found=found,
                remedy=remedy,
            )
        )


def read_sheet(path: Path, columns: tuple[SheetColumn, ...]) -> tuple[list[SheetRow], SheetFaults]:
    """Rows of a tab-separated sheet and the faults of its text.

    Lines that start with ``#`` and blank lines are no rows; cells are stripped; a row may leave out cells at
    its end. Values are checked against the closed sets of `columns`, with the nearest legal word as remedy.

    Raises
    ------
    ConfigError
        If the file cannot be read as UTF-8 text, or has no header.
    """
    faults = SheetFaults(path)
    lines = [
        (number, line)
        for number, line in enumerate(_text(path).splitlines(), start=1)
        if line.strip() and not line.startswith("#")
    ]
    if not lines:
        raise ConfigError("the sheet is empty", path=path, expected=_header_text(columns))
    header = [cell.strip() for cell in lines[0][1].split("\t")]
    while header and not header[-1]:
        header.pop()
    if not _header_is_good(header, columns, faults):
        return [], faults
    rows = []
    for number, line in lines[1:]:
        cells = [cell.strip() for cell in line.split("\t")]
        if any(cells[len(header) :]):
            faults.add(
                "more cells than the header",
                row=number,
                expected=f"{len(header)} cells",
                found=f"{len(cells)} cells",
                remedy="cells are separated by one tab",
            )
            continue
        values = dict.fromkeys((column.name for column in columns), "")
        values.update(zip(header, cells, strict=False))
        rows.append(SheetRow(number, values))
        _check_cells(rows[-1], columns, header, faults)
    return rows, faults


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError as error:
        raise ConfigError(
            "this sheet does not exist", path=path, remedy="oncoloom init writes an example"
        ) from error
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", path=path) from error
    except UnicodeDecodeError as error:
        raise ConfigError(
            "not UTF-8 text",
            path=path,
            record=f"byte {error.start + 1}",
            remedy="save it as UTF-8, tab-separated",
        ) from error


def _header_text(columns: tuple[SheetColumn, ...]) -> str:
    return "a header with " + ", ".join(column.name for column in columns if column.required)


def _header_is_good(header: list[str], columns: tuple[SheetColumn, ...], faults: SheetFaults) -> bool:
    known = [column.name for column in columns]
    needed = [column.name for column in columns if column.required]
    if len(header) == 1 and len(needed) > 1:
        faults.add(
            "the header has no tab",
            row=1,
            expected=_header_text(columns),
            found=header[0][:80],
            remedy="separate columns by tabs, not by commas or spaces",
        )
        return False
    for name in dict.fromkeys(header):
        if name not in known:
            near = suggest(name, known)
            remedy = f"did you mean `{near}`?" if near else "remove it; known columns: " + ", ".join(known)
            faults.add("unknown column", row=1, column=name, remedy=remedy)
        elif header.count(name) > 1:
            faults.add("the column comes twice", row=1, column=name)
    for name in needed:
        if name not in header:
            faults.add("the column is missing", row=1, column=name, expected=", ".join(needed))
    return all(name in header for name in needed)


def _check_cells(
    row: SheetRow, columns: tuple[SheetColumn, ...], header: list[str], faults: SheetFaults
) -> None:
    for column in columns:
        value = row.cells[column.name]
        if not value:
            if column.required and column.name in header:
                expected = ", ".join(column.allowed) if column.allowed else "a value"
                faults.add("empty", row=row.number, column=column.name, expected=expected)
        elif column.allowed and value not in column.allowed:
            near = suggest(value.lower(), column.allowed)
            faults.add(
                "unknown value",
                row=row.number,
                column=column.name,
                expected="one of " + ", ".join(column.allowed),
                found=value,
                remedy=f"write `{near}`" if near else None,
            )


def patient_rows(path: Path) -> dict[str, dict[str, str]]:
    """Rows of patients.tsv by patient, in the order of the sheet; empty cells are left out.

    For steps that take the sheet as a table; its values are held against their rules by `oncoloom check`.

    Raises
    ------
    ConfigError
        If the sheet cannot be read, or lacks a column that every sheet has.
    """
    rows, faults = read_sheet(path, PATIENT_COLUMNS)
    if not rows and faults.found:
        raise faults.found[0]
    return {
        row.cells["patient_id"]: {name: value for name, value in row.cells.items() if value} for row in rows
    }
