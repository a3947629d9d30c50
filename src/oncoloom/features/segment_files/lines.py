"""The text of a segment file as a header and rows of cells, each with its line number."""

import csv
import gzip
import re
import zlib
from collections.abc import Callable
from pathlib import Path

from oncoloom.errors import InputError
from oncoloom.features.segment_files.formats import FORMATS, SegmentFormat
from oncoloom.logs import logger

Finder = Callable[[list[str], tuple[str, ...]], str]
Numbered = tuple[int, list[str]]

_COMMENTS = ("#", "@")  # GATK writes a SAM header before its table
_BYTE_ORDER = (b"\xff\xfe", b"\xfe\xff")
_WORKBOOK, _GZIP = b"PK\x03\x04", b"\x1f\x8b"
_NAMES = {"\t": "tabs", ",": "commas", ";": "semicolons", " ": "blanks"}
_NUMBER = re.compile(r"[-+]?\d+(\.\d*)?([eE][-+]?\d+)?")


def read_lines(path: Path) -> tuple[list[str], list[Numbered]]:
    """Header names and rows; comments and blank lines are left out, a header that comes again too.

    Raises
    ------
    InputError
        If the file is absent, no text, empty, or a row has another number of fields than the header.
    """
    text = _decode(path)
    numbered = [
        (number, line)
        for number, line in enumerate(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"), start=1)
        if line.strip() and not line.startswith(_COMMENTS)
    ]
    if not numbered:
        raise InputError("the file is empty", path=path, expected="a header line and rows")
    separator = _separator(numbered[0][1])
    try:
        split = [(number, _cells(line, separator)) for number, line in numbered]
    except csv.Error as error:
        raise InputError("not a readable table", path=path, found=str(error)) from error
    first, header = split[0]
    rows = [one for one in split[1:] if one[1] != header]
    if _has_row_names(header, rows):
        header = ["", *header]
    for number, fields in rows:
        _check_width(header, fields, separator, path, number)
    _refuse_headless(header, path, first)
    return header, rows


def _has_row_names(header: list[str], rows: list[Numbered]) -> bool:
    """Whether R wrote its row numbers, without a name of their column."""
    numbers = {fields[0] for _, fields in rows if fields[0].isdigit()}
    wider = all(len(fields) == len(header) + 1 and fields[-1] for _, fields in rows)
    return bool(rows) and wider and len(numbers) == len(rows)


def _decode(path: Path) -> str:
    if not path.is_file():
        raise InputError("no such file", path=path)
    try:
        raw = path.read_bytes()
        raw = gzip.decompress(raw) if raw[:2] == _GZIP else raw
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(
            "not a readable text file", path=path, found=str(error), remedy="copy it again"
        ) from error
    if raw.startswith(_WORKBOOK):
        raise InputError(
            "a spreadsheet workbook or zip archive, not a text file",
            path=path,
            remedy="save the sheet as tab-separated text",
        )
    if raw[:2] in _BYTE_ORDER:
        try:
            return raw.decode("utf-16")
        except UnicodeDecodeError as error:
            raise InputError("not a readable text file", path=path, found=str(error)) from error
    if b"\x00" in raw:
        raise InputError("not a readable text file", path=path, record=f"byte {raw.index(0)}", found="binary")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        logger.warning("%s, line %d: not UTF-8; the file is read as Latin-1", path, line)
        return raw.decode("latin-1")


def _separator(header: str) -> str:
    return next((mark for mark in ("\t", ";", ",") if mark in header), " ")


def _cells(line: str, separator: str) -> list[str]:
    if separator == " ":  # R's own separator: a name with blanks stands in quotes
        return next(csv.reader([line.strip()], delimiter=" ", skipinitialspace=True))
    cells = line.split(separator)
    return [cell.strip().strip('"') for cell in cells]


def _check_width(header: list[str], fields: list[str], separator: str, path: Path, number: int) -> None:
    while len(fields) > len(header) and not fields[-1]:
        fields.pop()  # separators at the end of a line
    if len(fields) != len(header):
        raise InputError(
            "a row with another number of fields than the header",
            path=path,
            record=f"line {number}",
            expected=f"{len(header)} separated by {_NAMES[separator]}",
            found=f"{len(fields)}",
            remedy="write the file again with one separator",
        )


def _refuse_headless(header: list[str], path: Path, number: int) -> None:
    if sum(bool(_NUMBER.fullmatch(cell)) for cell in header) >= 3:
        raise InputError(
            "the first line is a segment: the header is missing",
            path=path,
            record=f"line {number}",
            found=", ".join(header)[:80],
            remedy="write the line of column names above it",
        )


def _right_tool(header: list[str]) -> str:
    own = {name.lower() for name in header}
    fitting = [
        name
        for name, kind in FORMATS.items()
        if all(
            own & {one.lower() for one in names} for names in (kind.chrom, kind.start, kind.end, kind.figures)
        )
    ]
    return f"say --from {' or '.join(fitting)}" if fitting else "is --from the right tool?"


def finder(header: list[str], kind: SegmentFormat, path: Path) -> Finder:
    """A look-up of a row's cell by the first of several column names that the file has ("" for none).

    Raises
    ------
    InputError
        If the file lacks the place of its segments, or every figure of copies, or names a column twice.
    """
    index = {name.lower(): at for at, name in enumerate(header)}

    def find(fields: list[str], names: tuple[str, ...]) -> str:
        for name in names:
            at = index.get(name.lower())
            if at is not None:
                return fields[at]
        return ""

    for names in (kind.chrom, kind.start, kind.end, kind.figures):
        present = [name for name in header if name.lower() in {one.lower() for one in names}]
        if not present:
            raise InputError(
                "a column is missing",
                path=path,
                record="header",
                expected=" or ".join(names),
                found=", ".join(header)[:200],
                remedy=_right_tool(header),
            )
        if len(present) != len({name.lower() for name in present}):
            raise InputError(
                "a column name comes twice", path=path, record="header", found=", ".join(present)
            )
    return find
