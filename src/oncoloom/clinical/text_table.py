"""Delimited text files of strangers, read as text: nothing is guessed before a mapping says what a column is.

Reading every cell as text is deliberate. Type inference looks at the first rows only, so a decimal in row
141 or an `NA` in row 151 breaks or nulls a column (pola-rs/polars#2175, #15332).
"""

import csv
import gzip
import io
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from oncoloom.clinical.tab_rows import TabRows, read_tab_rows, tab_cells
from oncoloom.errors import FaultList, InputError, OncoloomError
from oncoloom.logs import logger

_SEPARATORS = ("\t", ",", ";", "|")
_SEPARATOR_LINE = re.compile(r"sep=([,;|\t])", re.IGNORECASE)  # a first line that Excel reads and writes
_LFS_POINTER = b"version https://git-lfs.github.com/spec/"
_GZIP_MAGIC = b"\x1f\x8b"
FAULTS_SHOWN = 20


@dataclass(frozen=True, slots=True)
class TextTable:
    """A delimited file as text cells, with what reading it passed over.

    Parameters
    ----------
    frame
        One String column per header name, cells stripped of surrounding blanks, rows in file order.
    lines
        1-based line number in the file of each row.
    path
        Where it came from.
    header
        Every column name of the file, also of columns that were not asked for.
    comment_lines, repeated_headers, blank_lines
        Lines that are no rows, by kind.
    encoding
        How the bytes were read: utf-8, utf-16 or latin-1.
    """

    frame: pl.DataFrame
    lines: list[int]
    path: Path
    header: list[str]
    comment_lines: int = 0
    repeated_headers: int = 0
    blank_lines: int = 0
    encoding: str = "utf-8"

    def as_tally(self) -> dict[str, object]:
        """What was read and passed over, for a tally file."""
        return {
            "rows": self.frame.height,
            "comment_lines": self.comment_lines,
            "repeated_headers": self.repeated_headers,
            "blank_lines": self.blank_lines,
            "encoding": self.encoding,
        }

    def where(self, row: int) -> str:
        """The record name of a row index, for messages."""
        return f"line {self.lines[row]}"


def read_text_table(
    path: Path,
    *,
    separator: str | None = None,
    comment: str = "",
    keep: frozenset[str] | None = None,
) -> TextTable:
    """Read a delimited text file (plain or gzip) with every cell as text.

    A byte order mark, Windows and old Mac line ends, Latin-1 bytes, blank lines, and a header that comes
    again (files joined with `cat`) are handled and counted.

    Parameters
    ----------
    separator
        The field separator; found from the header line when not given.
    comment
        Lines that start with it are no rows (``#`` in cBioPortal and MAF files); "" for none.
    keep
        Read only these columns, compared without case; all when not given.

    Raises
    ------
    InputError, FaultList
        If the file is absent, empty, not text, has no rows, names a column twice, or has rows of another
        width than its header (all of them told at once).
    """
    path = Path(path)
    text, encoding = _decode(path)
    lines = text.replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n").split("\n")
    comment_lines = 0
    header_at = None
    for index, line in enumerate(lines):
        stated = _SEPARATOR_LINE.fullmatch(line) if index == 0 else None
        if stated is not None:
            separator = separator or stated.group(1)
            comment_lines += 1
        elif comment and line.startswith(comment):
            comment_lines += 1
        elif line.strip():
            header_at = index
            break
    if header_at is None:
        raise InputError("the file is empty", path=path, expected="a header line and rows")
    separator = separator or _find_separator(lines[header_at])
    header = _header_names(_split(lines[header_at], separator))
    _check_header(header, path, header_at + 1, keep)
    return _read_rows(lines, header_at, header, separator, comment, keep, comment_lines, path, encoding)


def _decode(path: Path) -> tuple[str, str]:
    if not path.is_file():
        raise InputError("no such file", path=path, expected="a delimited text file")
    try:
        raw = path.read_bytes()
        if raw[:2] == _GZIP_MAGIC:
            raw = gzip.decompress(raw)
    except (OSError, EOFError, zlib.error) as error:
        raise InputError("cannot be read", path=path, found=str(error), remedy="copy it again") from error
    if raw.startswith(_LFS_POINTER):
        raise InputError(
            "a pointer of Git LFS, not the data", path=path, remedy="fetch the file itself: git lfs pull"
        )
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        try:
            return raw.decode("utf-16"), "utf-16"
        except UnicodeDecodeError as error:
            raise InputError(
                "not UTF-16, though its first bytes say so",
                path=path,
                record=f"byte {error.start}",
                remedy="export the table again as UTF-8",
            ) from error
    if b"\x00" in raw:
        raise InputError(
            "not a text file",
            path=path,
            record=f"byte {raw.index(0)}",
            expected="delimited text",
            found="binary data",
            remedy="export the table as CSV or TSV",
        )
    try:
        return raw.decode("utf-8-sig"), "utf-8"
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        logger.warning("%s, line %d: not UTF-8; the file is read as Latin-1", path, line)
        return raw.decode("latin-1"), "latin-1"


def _find_separator(header: str) -> str:
    counts = [header.count(separator) for separator in _SEPARATORS]
    return _SEPARATORS[counts.index(max(counts))] if any(counts) else ","


def _split(line: str, separator: str) -> list[str]:
    if separator == "\t" or '"' not in line:
        return tab_cells(line) if separator == "\t" else line.split(separator)
    return next(csv.reader([line], delimiter=separator))


def _header_names(cells: list[str]) -> list[str]:
    names = [cell.strip() for cell in cells]
    while names and not names[-1]:
        names.pop()  # a trailing separator
    # a column without a name is what spreadsheets and R make of row names
    return [name or f"column_{number}" for number, name in enumerate(names, start=1)]


def _check_header(header: list[str], path: Path, line: int, keep: frozenset[str] | None) -> None:
    wanted = [name for name in header if keep is None or name.lower() in keep]
    twice = sorted({name for name in wanted if wanted.count(name) > 1})
    if twice:
        raise InputError(
            "a column name comes twice",
            path=path,
            record=f"line {line}",
            found=", ".join(twice),
            remedy="give every column its own name",
        )


def _read_rows(
    lines: list[str],
    header_at: int,
    header: list[str],
    separator: str,
    comment: str,
    keep: frozenset[str] | None,
    comment_lines: int,
    path: Path,
    encoding: str,
) -> TextTable:
    chosen = [i for i, name in enumerate(header) if keep is None or name.lower() in keep]
    if separator == "\t":
        found = read_tab_rows(lines, header_at + 1, header, chosen, comment)
        _refuse_title(header, found, path, header_at + 1)
        _refuse_widths([_width_fault(n, header, path, at) for at, n in found.wrong_width], found.lines, path)
        comment_lines += found.comment_lines
        passed = (comment_lines, found.repeated_headers, found.blank_lines, encoding)
        return TextTable(found.frame, found.lines, path, header, *passed)
    cells: list[list[str]] = [[] for _ in chosen]
    numbers: list[int] = []
    faults: list[OncoloomError] = []
    repeated = blank = 0
    for number, row in _records(lines, header_at + 1, separator, path):
        if not any(cell.strip() for cell in row):
            blank += 1
            continue
        if comment and row[0].startswith(comment):
            comment_lines += 1
            continue
        if [cell.strip() for cell in row[: len(header)]] == header:
            repeated += 1
            continue
        if len(row) < len(header) or any(cell.strip() for cell in row[len(header) :]):
            faults.append(_width_fault(len(row), header, path, number))
            continue
        numbers.append(number)
        for column, index in zip(cells, chosen, strict=True):
            column.append(row[index].strip())
    _refuse_widths(faults, numbers, path)
    frame = pl.DataFrame(
        {header[index]: column for index, column in zip(chosen, cells, strict=True)},
        schema={header[index]: pl.String() for index in chosen},
    )
    return TextTable(frame, numbers, path, header, comment_lines, repeated, blank, encoding)


def _records(lines: list[str], start: int, separator: str, path: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield (1-based line number, cells) below the header; a quoted cell may hold line ends."""
    reader = csv.reader(io.StringIO("\n".join([*lines[start:], ""]), newline=""), delimiter=separator)
    before = 0
    try:
        for row in reader:
            yield start + before + 1, row
            before = reader.line_num
    except csv.Error as error:
        raise InputError(
            "a quoted cell does not end",
            path=path,
            record=f"line {start + before + 1}",
            found=str(error),
            remedy="close the quotation mark, or double it inside a cell",
        ) from error


def _refuse_widths(faults: list[OncoloomError], rows: list[int], path: Path) -> None:
    if faults:
        raise fault_list(f"{path.name} has {len(faults)} rows of a wrong width", faults)
    if not rows:
        raise InputError("no rows under the header", path=path, expected="at least one row")


def _refuse_title(header: list[str], found: TabRows, path: Path, line: int) -> None:
    """A line above the table is taken for its header: one cell, and every row has several."""
    widths = {n for _, n in found.wrong_width}
    if len(header) == 1 and len(widths) == 1 and len(found.wrong_width) == len(found.lines):
        raise InputError(
            "this line is no header of the rows below it",
            path=path,
            record=f"line {line}",
            expected=f"{widths.pop()} names, separated by tabs",
            found=header[0][:40],
            remedy="take out what stands above the line of column names",
        )


def _width_fault(n_cells: int, header: list[str], path: Path, number: int) -> OncoloomError:
    return InputError(
        "a row of another width than the header",
        path=path,
        record=f"line {number}",
        expected=f"{len(header)} cells",
        found=f"{n_cells} cells",
        remedy="a separator inside a cell must be quoted; a row cut short must be written again",
    )


def fault_list(heading: str, faults: list[OncoloomError]) -> OncoloomError:
    """One error for all `faults`: the first twenty told in full, the rest counted."""
    if len(faults) == 1:
        return faults[0]
    shown = faults[:FAULTS_SHOWN]
    if len(faults) > len(shown):
        shown = [*shown, InputError(f"… and {len(faults) - len(shown)} more of the kind")]
    return FaultList(heading, shown)
