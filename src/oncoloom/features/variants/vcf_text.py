"""VCF as text: header and records with line numbers, so that every fault names its line.

htslib repairs or refuses foreign files in ways that lose the line; the door has to say file, line and remedy.
"""

import gzip
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import TextIOWrapper
from pathlib import Path
from typing import IO, Self

import pysam

from oncoloom.errors import InputError
from oncoloom.reads.bgzf_file import require_end_marker

_COLUMNS = ("#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO")
_ALLELE = re.compile(r"^[ACGTNacgtnRYSWKMBDHVryswkmbdhv]+$")
_META = re.compile(r"^##(\w+)=<ID=([^,>]+)")


@dataclass(slots=True)
class VcfHeader:
    """What a VCF says of itself: its `##` lines, declared ids by kind, sample names."""

    lines: list[str] = field(default_factory=list)
    samples: list[str] = field(default_factory=list)
    ids: dict[str, set[str]] = field(default_factory=dict)

    def value(self, key: str) -> str | None:
        """Text of the first ``##key=…`` line."""
        start = f"##{key}="
        return next((line[len(start) :].strip() for line in self.lines if line.startswith(start)), None)

    def values(self, key: str) -> list[str]:
        """Text of every ``##key=…`` line."""
        start = f"##{key}="
        return [line[len(start) :].strip() for line in self.lines if line.startswith(start)]

    def declared(self, kind: str) -> set[str]:
        """Ids declared as INFO, FORMAT, FILTER, contig."""
        return self.ids.get(kind, set())


@dataclass(frozen=True, slots=True)
class VcfRecord:
    """One record: columns as written (alleles in capitals), INFO as a dictionary, samples as dictionaries.

    Trailing FORMAT fields that a sample drops (VCF 4.3 §1.6.2) are simply absent from its dictionary.
    """

    line: int
    chrom: str
    pos: int
    name: str
    ref: str
    alts: tuple[str, ...]
    quality: str
    filters: str
    info: dict[str, str]
    samples: tuple[dict[str, str], ...]
    columns: tuple[str, ...]


class VcfReader:
    """Header and records of one VCF file (plain or bgzipped).

    Raises
    ------
    InputError
        At opening or while iterating: not a VCF, gzip instead of BGZF, BCF, or a broken record with its line.
    """

    def __init__(self, path: Path) -> None:
        self.path = Path(path)
        self.header = VcfHeader()
        self._handle = _open_text(self.path)
        self._line = 0
        try:
            self._read_header()
        except (UnicodeDecodeError, EOFError, OSError) as error:
            self._handle.close()
            raise InputError(
                "not a VCF: it cannot be read as text",
                path=self.path,
                found=str(error),
                remedy="write it as UTF-8, e.g. iconv -f latin1 -t utf-8",
            ) from error
        except InputError:
            self._handle.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._handle.close()

    def __iter__(self) -> Iterator[VcfRecord]:
        try:
            for text in self._handle:
                self._line += 1
                if text.strip():
                    yield self._record(text.rstrip("\r\n"))
        except (UnicodeDecodeError, EOFError, OSError) as error:
            raise InputError(
                "the file ends or breaks here",
                path=self.path,
                record=f"line {self._line + 1}",
                found=str(error),
            ) from error

    def overlapping(self, intervals: list[tuple[str, int, int]]) -> Iterator[VcfRecord]:
        """Records that overlap sorted intervals (0-based half-open): by the index where there is one."""
        if not Path(f"{self.path}.tbi").is_file():
            for record in self:
                start, end = record.pos - 1, record.pos - 1 + len(record.ref)
                if any(record.chrom == c and start < b and end > a for c, a, b in intervals):
                    yield record
            return
        last: tuple[str, ...] = ()
        with pysam.TabixFile(str(self.path)) as index:
            known = set(index.contigs)
            for contig, start, end in intervals:
                lines = index.fetch(contig, max(0, start), end) if contig in known else ()
                for text in lines:
                    record = self._record(text)
                    if record.columns[:5] != last:  # a record may reach into two intervals
                        yield record
                    last = record.columns[:5]

    def fault(self, message: str, line: int, **fields: str | None) -> InputError:
        """An error that names this file and a line of it, with a general remedy where none is given."""
        fields["remedy"] = fields.get("remedy") or "write the file again with its caller, or mend this line"
        return InputError(message, path=self.path, record=f"line {line}", **fields)

    def _read_header(self) -> None:
        for text in self._handle:
            self._line += 1
            text = text.rstrip("\r\n")
            if self._line == 1 and not text.startswith("##fileformat=VCF"):
                raise InputError(
                    "not a VCF: it does not start with ##fileformat=VCF",
                    path=self.path,
                    record="line 1",
                    remedy="give the VCF as the caller wrote it, with its header",
                )
            if text.startswith("##"):
                self.header.lines.append(text)
                found = _META.match(text)
                if found:
                    self.header.ids.setdefault(found.group(1), set()).add(found.group(2))
            elif text.startswith("#"):
                self._read_columns(text)
                return
            else:
                break
        raise InputError(
            "not a VCF: no #CHROM line before the records",
            path=self.path,
            record=f"line {max(self._line, 1)}",
            remedy="give the VCF as the caller wrote it, with its header",
        )

    def _read_columns(self, text: str) -> None:
        names = text.split("\t")
        if tuple(names[:8]) != _COLUMNS or (len(names) > 8 and names[8] != "FORMAT"):
            raise self.fault(
                "the #CHROM line is not that of a VCF",
                self._line,
                expected=" ".join(_COLUMNS) + " [FORMAT samples]",
                found=text[:120],
            )
        self.header.samples = names[9:]
        if len(set(names[9:])) != len(names[9:]):
            raise self.fault("a sample name occurs twice", self._line, found=", ".join(names[9:]))

    def _record(self, text: str) -> VcfRecord:
        if text.startswith("#"):
            raise self.fault(
                "a header line among the records",
                self._line,
                found=text[:60],
                remedy="several files were put behind each other: bcftools concat joins them",
            )
        columns = text.split("\t")
        width = 8 + (1 + len(self.header.samples) if self.header.samples else 0)
        while len(columns) > max(width, 9) and not columns[-1]:
            columns.pop()  # tabs at the end of a line
        if len(columns) < width or len(columns) > max(width, 9):
            spaces = len(columns) == 1 and " " in text
            raise self.fault(
                f"the record has too {'few' if len(columns) < width else 'many'} columns",
                self._line,
                expected=f"{width}",
                found=f"{len(columns)}" + (": spaces, no tabs, between them" if spaces else ""),
                remedy="separate the columns by tabs" if spaces else None,
            )
        chrom, pos_text, name, ref, alt_text, quality, filters, info_text = columns[:8]
        if not (pos_text.isascii() and pos_text.isdigit()):
            raise self.fault("POS is no whole number", self._line, expected="1, 2, …", found=pos_text[:40])
        if not _ALLELE.match(ref):
            raise self.fault("REF is no sequence of bases", self._line, found=ref[:40])
        alts = tuple(
            a if a.startswith(("<", "*")) or "[" in a or "]" in a else a.upper() for a in alt_text.split(",")
        )
        info = {}
        for part in info_text.split(";") if info_text != "." else []:
            key, _, value = part.partition("=")
            info[key] = value
        keys = columns[8].split(":") if len(columns) > 8 else []
        samples = tuple(dict(zip(keys, cell.split(":"), strict=False)) for cell in columns[9:width])
        return VcfRecord(
            self._line,
            chrom,
            int(pos_text),
            name,
            ref.upper(),
            alts,
            quality,
            filters.strip(";"),
            info,
            samples,
            tuple(columns),
        )


def _open_text(path: Path) -> IO[str]:
    if not path.is_file():
        raise InputError("no such VCF", path=path)
    with path.open("rb") as handle:
        head = handle.read(18)
    if not head:
        raise InputError("the file is empty", path=path)
    if head[:2] != b"\x1f\x8b":
        if head[:3] == b"BCF":
            raise _is_bcf(path)
        return path.open("rt", encoding="utf-8-sig", newline="\n")
    if len(head) < 18 or not head[3] & 4 or head[12:14] != b"BC":
        raise InputError(
            "compressed by gzip, not by bgzip: it cannot be indexed",
            path=path,
            remedy=f"gunzip {path.name} and bgzip it again",
        )
    require_end_marker(path)
    inflated = gzip.open(path, "rb")  # noqa: SIM115  closed by the reader that takes it
    try:
        if inflated.read(3) == b"BCF":
            raise _is_bcf(path)
        inflated.seek(0)
    except (OSError, EOFError) as error:
        inflated.close()
        raise InputError("a damaged compressed file", path=path, found=str(error)) from error
    except InputError:
        inflated.close()
        raise
    return TextIOWrapper(inflated, encoding="utf-8-sig", newline="\n")


def _is_bcf(path: Path) -> InputError:
    return InputError(
        "this is BCF, not VCF", path=path, remedy=f"bcftools view {path.name} -Oz -o calls.vcf.gz"
    )
