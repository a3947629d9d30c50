"""Lines of a GFF3 file, plain or gzipped, as any of the usual makers writes it."""

import gzip
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from oncoloom.errors import InputError

PARTS = {"exon", "CDS"}
# Lines that no transcript is made of; most of a whole-genome file beside exons and CDS.
_IGNORED = {
    "region",
    "chromosome",
    "biological_region",
    "five_prime_UTR",
    "three_prime_UTR",
    "start_codon",
    "stop_codon",
}


@dataclass(frozen=True, slots=True)
class GffLine:
    """One line of a GFF3; interval 0-based half-open, `phase` None where the line gives none."""

    contig: str
    kind: str
    start: int
    end: int
    strand: str
    phase: int | None
    attributes: dict[str, str]


def read_gff_lines(path: Path, lengths: Mapping[str, int]) -> Iterator[tuple[str, GffLine | None]]:
    """Contig and content of each line; None for the many that no transcript is made of.

    Raises
    ------
    InputError
        If the file is absent or unreadable, or a line is broken or ends behind its contig (`lengths`, where
        known), with its number.
    """
    for number, fields in _records(path):
        if len(fields) > 2 and fields[2] in _IGNORED:
            yield fields[0], None
        else:
            yield fields[0], _parse(fields, path, number, lengths)


def _records(path: Path) -> Iterator[tuple[int, list[str]]]:
    if not path.is_file():
        raise InputError("no such gene-model file", path=path)
    with path.open("rb") as start:
        opener = gzip.open if start.read(2) == b"\x1f\x8b" else open
    try:
        with opener(path, "rt", encoding="utf-8-sig") as handle:
            for number, line in enumerate(handle, start=1):
                if line.startswith("##FASTA"):
                    return
                if line.startswith("#") or not line.strip():
                    continue
                yield number, line.rstrip("\r\n").split("\t")
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise InputError("cannot read the gene models", path=path, found=str(error)) from error


def _parse(fields: list[str], path: Path, number: int, lengths: Mapping[str, int]) -> GffLine:
    record = f"line {number}"
    if len(fields) < 9:  # tools that intersect intervals leave columns after the ninth
        raise InputError(
            "not a GFF3 line", path=path, record=record, expected="9 columns", found=f"{len(fields)}"
        )
    try:
        start, end = int(fields[3]) - 1, int(fields[4])
    except ValueError as error:
        raise InputError("start or end is no whole number", path=path, record=record) from error
    if start >= end:
        raise InputError("start lies after end", path=path, record=record, found=f"{fields[3]} {fields[4]}")
    if "=" not in fields[8] and '"' in fields[8]:
        raise InputError(
            "this is a GTF file",
            path=path,
            record=record,
            expected="GFF3",
            remedy="give the GFF3 of the same release",
        )
    length = lengths.get(fields[0]) if fields[2] == "CDS" else None  # a cut-out reference may end in a gene
    if length is not None and end > length:
        raise InputError(
            "a coding sequence ends behind its contig",
            path=path,
            record=record,
            expected=f"an end of at most {length} ({fields[0]})",
            found=fields[4],
            remedy="give the gene models of this genome build",
        )
    if fields[2] == "CDS" and fields[6] not in ("+", "-"):
        raise InputError(
            "a coding sequence without a strand", path=path, record=record, expected="+ or -", found=fields[6]
        )
    attributes = _attributes(fields[8], parent_only=fields[2] in PARTS)
    phase = int(fields[7]) if fields[7] in ("0", "1", "2") else None
    return GffLine(fields[0], fields[2], start, end, fields[6], phase, attributes)


def _attributes(text: str, *, parent_only: bool) -> dict[str, str]:
    """Column 9; of exons and CDS, most of the lines, only what they belong to."""
    found = {}
    for part in text.split(";"):
        key, _, value = part.strip().partition("=")
        if key and (not parent_only or key == "Parent"):
            found[key] = unquote(value) if "%" in value else value
    return found
