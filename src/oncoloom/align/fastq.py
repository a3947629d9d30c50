"""FASTQ pairs checked whole before anything is aligned: gzip, form, lengths, names."""

import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from oncoloom.errors import InputError
from oncoloom.kernels.fastq_records import FASTQ_LENGTHS, FASTQ_NO_AT, FASTQ_NO_PLUS, FASTQ_OK, scan_fastq

_PIECE_BYTES = 1 << 22
_PAD = bytes(16)
_EMPTY = np.empty(0, np.uint64)


def check_fastq_pair(reads_1: Path, reads_2: Path) -> int:
    """Read both files of a pair from end to end and compare them record by record.

    Returns
    -------
    n_pairs

    Raises
    ------
    InputError
        If a file is absent, empty, a cut-off gzip stream or not FASTQ (the record is named), if the mates'
        names do not pair, or if one file has more records.
    """
    if Path(reads_1).exists() and Path(reads_2).exists() and Path(reads_1).samefile(reads_2):
        raise InputError("the same file was given for both mates", path=reads_1, remedy="give R1 and R2")
    sides = [_names(Path(reads_1)), _names(Path(reads_2))]
    rests = [_EMPTY, _EMPTY]
    n_pairs, unpaired = 0, 0
    while True:
        rests = [rest if len(rest) else _next_names(side) for side, rest in zip(sides, rests, strict=True)]
        n = min(len(rest) for rest in rests)
        if n == 0:
            break
        differ = np.flatnonzero(rests[0][:n] != rests[1][:n])
        if len(differ) and not unpaired:
            unpaired = n_pairs + int(differ[0]) + 1
        n_pairs += n
        rests = [rest[n:] for rest in rests]
    n_left, n_right = (
        n_pairs + len(rest) + sum(len(names) for names in side)
        for side, rest in zip(sides, rests, strict=True)
    )
    if unpaired or n_left != n_right:
        raise _do_not_pair(reads_1, reads_2, unpaired or n_pairs + 1, n_left, n_right)
    if n_pairs == 0:
        raise InputError("no reads", path=reads_1, remedy="check which file this is")
    return n_pairs


def _do_not_pair(reads_1: Path, reads_2: Path, record: int, n_left: int, n_right: int) -> InputError:
    return InputError(
        "the mates do not pair" + (": one file has more reads" if n_left != n_right else ": names differ"),
        path=f"{reads_1}, {reads_2}",
        record=f"record {record}",
        expected="the same reads in the same order in both files",
        found=f"{n_left} reads and {n_right} reads",
        remedy="take both files of one lane from the same source",
    )


def _next_names(side: Iterator[NDArray[np.uint64]]) -> NDArray[np.uint64]:
    """The next piece with a record in it; empty at the end of the file."""
    return next((names for names in side if len(names)), _EMPTY)


def _names(path: Path) -> Iterator[NDArray[np.uint64]]:
    """Hashes of the read names, a piece of the file at a time, each record checked."""
    rest, n_before = b"", 0
    detail = np.zeros(2, np.int64)
    for piece in _text(path):
        data = rest + piece
        names = np.empty(len(data) // 6 + 1, np.uint64)
        buffer = np.frombuffer(data + _PAD, np.uint8)
        n, at, status = scan_fastq(buffer, len(data), names, detail)
        if status != FASTQ_OK:
            raise _fault(path, n_before + int(n) + 1, int(status), detail)
        n_before += int(n)
        rest = data[int(at) :]
        yield names[: int(n)]
    if rest.strip():
        raise InputError(
            "the file ends inside a record",
            path=path,
            record=f"record {n_before + 1}",
            remedy="copy the file again from its source",
        )


def _fault(path: Path, record: int, status: int, detail: NDArray[np.int64]) -> InputError:
    message, expected, found = {
        FASTQ_NO_AT: ("not FASTQ", "a name line that begins with @", None),
        FASTQ_NO_PLUS: ("not FASTQ", "a third line that begins with +", None),
        FASTQ_LENGTHS: (
            "bases and qualities differ in number",
            "a quality a base",
            f"{detail[0]} bases, {detail[1]} qualities",
        ),
    }[status]
    return InputError(
        message,
        path=path,
        record=f"record {record}",
        expected=expected,
        found=found,
        remedy="copy the file again from its source",
    )


def _text(path: Path) -> Iterator[bytes]:
    """The file's text in pieces of some megabytes, gzip members joined; a missing last line end is added."""
    if not path.is_file():
        raise InputError("no such file", path=path, expected="FASTQ, plain or gzip")
    last = b"\n"
    with path.open("rb") as handle:
        is_gzip = handle.read(2) == b"\x1f\x8b"
        handle.seek(0)
        pieces = _inflated(path, handle) if is_gzip else iter(lambda: handle.read(_PIECE_BYTES), b"")
        for piece in pieces:
            if piece:
                last = piece[-1:]
                yield piece
    if last != b"\n":
        yield b"\n"


def _inflated(path: Path, handle: BinaryIO) -> Iterator[bytes]:
    stream = None  # None: between two gzip members
    try:
        while raw := handle.read(_PIECE_BYTES // 4):
            while raw:
                stream = stream or zlib.decompressobj(wbits=31)
                yield stream.decompress(raw)
                raw = stream.unused_data.lstrip(b"\x00")
                if stream.eof:
                    stream = None
    except zlib.error as error:
        raise _cut(path, f"broken gzip data: {error}") from error
    if stream is not None:
        raise _cut(path, "the gzip stream is cut off")


def _cut(path: Path, message: str) -> InputError:
    return InputError(
        f"the file is truncated or damaged: {message}",
        path=path,
        remedy="copy it again from its source, then check it: gzip -t",
    )
