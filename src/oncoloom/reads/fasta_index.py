"""The .fai index of a FASTA file: read, checked against the file, made where it is missing."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from oncoloom.errors import InputError
from oncoloom.files import write_text
from oncoloom.logs import logger
from oncoloom.reads.work_folder import use_work_folder


class FastaEntry(NamedTuple):
    """A sequence of a FASTA file, as samtools faidx writes it.

    `offset` is the file byte of its first base; a line has `line_bases` bases in `line_bytes` bytes.
    """

    length: int
    offset: int
    line_bases: int
    line_bytes: int

    def byte_of(self, position: int) -> int:
        """File byte of the base at a 0-based position."""
        line, inside = divmod(position, self.line_bases)
        return self.offset + line * self.line_bytes + inside


def read_fasta_index(index_path: Path, fasta: Path) -> dict[str, FastaEntry]:
    """Read a .fai and check that it fits the FASTA: headers, line ends and sequence ends lie where it says.

    Raises
    ------
    InputError
        If the index is broken or belongs to another file.
    """
    entries: dict[str, FastaEntry] = {}
    try:
        lines = index_path.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise _misfit(index_path, fasta, f"byte {error.start}", "not the text of a .fai") from error
    for number, line in enumerate(lines, start=1):
        parts = line.split("\t")
        try:
            entry = FastaEntry(*(int(part) for part in parts[1:5]))
        except (ValueError, TypeError) as error:
            raise _misfit(index_path, fasta, f"line {number}", "not a line of a .fai") from error
        if entry.line_bases <= 0 or entry.line_bytes <= entry.line_bases or parts[0] in entries:
            raise _misfit(index_path, fasta, f"line {number}", "impossible values or a name twice")
        entries[parts[0]] = entry
    if not entries:
        raise _misfit(index_path, fasta, "line 1", "no sequence")
    with fasta.open("rb") as handle:
        size = handle.seek(0, 2)
        for number, (name, entry) in enumerate(entries.items(), start=1):
            fault = _fault_of(handle, size, name, entry)
            if fault:
                raise _misfit(index_path, fasta, f"line {number}, contig {name}", fault)
    return entries


def _fault_of(handle: BinaryIO, size: int, name: str, entry: FastaEntry) -> str | None:
    def at(byte: int, n: int) -> bytes:
        handle.seek(max(byte, 0))
        return handle.read(n)

    if not 0 < entry.offset <= size:
        return "the sequence would begin outside the file"
    before = at(entry.offset - 4096, min(4096, entry.offset))
    header = before[before.rfind(b">") + 1 :].split(None, 1)
    if not before.endswith(b"\n") or b">" not in before or not header or header[0] != name.encode():
        return "no header line with this name stands before the sequence"
    if entry.length == 0:
        return None
    end = entry.byte_of(entry.length - 1) + 1
    if end > size:
        return "the sequence would end behind the end of the file"
    if at(end, 3).lstrip(b"\r\n")[:1] not in (b"", b">"):
        return "the sequence does not end where the index says"
    if entry.length > entry.line_bases:
        width = entry.line_bytes - entry.line_bases
        line_end = at(entry.offset + entry.line_bases, width)
        if line_end.strip(b"\r\n") or not line_end.endswith(b"\n"):
            return f"its lines do not have {entry.line_bases} bases"
    return None


def _misfit(index_path: Path, fasta: Path, record: str, found: str) -> InputError:
    return InputError(
        "the FASTA index does not fit the FASTA",
        path=index_path,
        record=record,
        found=found,
        remedy=f"index it again: samtools faidx {fasta.name}",
    )


def make_fasta_index(fasta: Path, work_folder: Path | None) -> Path:
    """Index a FASTA that has no .fai, outside its own folder, and say so.

    Raises
    ------
    InputError
        If lines within a sequence differ in length, a line is empty inside a sequence, or a name comes twice.
    """
    mark = hashlib.sha256(str(fasta.resolve()).encode()).hexdigest()[:12]
    target = use_work_folder(work_folder) / f"{fasta.name}.{mark}.fai"
    rows = [
        f"{name}\t{entry.length}\t{entry.offset}\t{entry.line_bases}\t{entry.line_bytes}\n"
        for name, entry in _scan_fasta(fasta)
    ]
    write_text(target, "".join(rows))
    logger.warning(
        "%s has no .fai: indexed it as %s; once for all: samtools faidx %s", fasta, target, fasta.name
    )
    return target


def _scan_fasta(fasta: Path) -> Iterator[tuple[str, FastaEntry]]:
    """Name and layout of each sequence; a plain walk over the lines (about 10 s for a human genome)."""
    name, length, offset, bases, width, short_at, at = "", 0, 0, 0, 0, 0, 0
    seen: set[str] = set()
    with fasta.open("rb") as handle:
        for number, line in enumerate(handle, start=1):
            at += len(line)
            if line[:1] == b">":
                if name:
                    yield name, FastaEntry(length, offset, max(bases, 1), max(width, bases + 1, 2))
                words = line[1:].split(None, 1)
                name = words[0].decode(errors="replace") if words else ""
                if not name or name in seen or "\ufffd" in name:
                    raise _uneven(fasta, number, "a sequence without a readable name of its own")
                seen.add(name)
                length, offset, bases, width, short_at = 0, at, 0, 0, 0
                continue
            n = len(line.rstrip(b"\r\n"))
            if short_at and n:
                raise _uneven(fasta, short_at, "a line of another length inside a sequence")
            if not bases:
                bases, width = n, len(line)
            if n > bases:
                raise _uneven(fasta, number, "a line of another length inside a sequence")
            if n < bases or not n:
                short_at = number
            length += n
    if name:
        yield name, FastaEntry(length, offset, max(bases, 1), max(width, bases + 1, 2))


def _uneven(fasta: Path, line: int, why: str) -> InputError:
    return InputError(
        f"the FASTA cannot be indexed: {why}",
        path=fasta,
        record=f"line {line}",
        remedy="write it again with lines of one length, e.g. seqtk seq -l 60",
    )
