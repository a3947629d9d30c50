"""Segments of other tools: odd numbers are read, impossible ones become null and are counted."""

import gzip
from collections.abc import Callable
from dataclasses import dataclass
from math import isfinite, log2
from pathlib import Path
from typing import Any

import polars as pl

from oncoloom.errors import FaultList, InputError, OncoloomError, UsageError
from oncoloom.features.contracts import SEGMENTS_TABLE
from oncoloom.logs import logger
from oncoloom.reference_data.contigs import bare_name, sex_chromosome_name
from oncoloom.tables import Tally

_NO_COVERAGE_LOG2 = -10.0  # CNVkit and others write -15 to -24 where a bin holds no read
OVERLAPS = "segments that overlap the one before, kept"
_NO_DEPTH = ("-inf", "-infinity")
_NOISE_COPIES = 0.5  # PURPLE's copies are not rounded: -0.06 is none
_MISSING = ("", "na", "nan", "n/a", ".", "null", "none", "inf", *_NO_DEPTH)


@dataclass(frozen=True, slots=True)
class SegmentFormat:
    """Column names of one tool's file; several spellings of a name are tried in order."""

    chrom: tuple[str, ...]
    start: tuple[str, ...]
    end: tuple[str, ...]
    sample: tuple[str, ...] = ()
    log2: tuple[str, ...] = ()
    total: tuple[str, ...] = ()
    minor: tuple[str, ...] = ()
    alleles: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())
    baf: tuple[str, ...] = ()
    baf_sites: tuple[str, ...] = ()
    bins: tuple[str, ...] = ()
    gene: tuple[str, ...] = ()
    one_based: bool = True
    numbered_sex: bool = False


FORMATS: dict[str, SegmentFormat] = {
    "cnvkit": SegmentFormat(
        ("chromosome",), ("start",), ("end",), log2=("log2",), total=("cn",), alleles=(("cn1",), ("cn2",)),
        baf=("baf",), bins=("probes",), gene=("gene",), one_based=False,
    ),
    "purecn": SegmentFormat(
        ("chrom", "chr"), ("loc.start", "start"), ("loc.end", "end"), ("ID", "Sampleid"), ("seg.mean",),
        ("C",), ("M",), bins=("num.mark",), gene=("gene.symbol",), numbered_sex=True,
    ),
    "ascat": SegmentFormat(
        ("chr",), ("startpos", "start"), ("endpos", "end"), ("sample",), alleles=(("nMajor",), ("nMinor",)),
        numbered_sex=True,
    ),
    "purple": SegmentFormat(
        ("chromosome",), ("start",), ("end",), total=("copyNumber",), minor=("minorAlleleCopyNumber",),
        baf=("observedBAF", "baf"), baf_sites=("bafCount",), bins=("depthWindowCount",),
    ),
    "seg": SegmentFormat(
        ("chrom", "chromosome", "chr"), ("loc.start", "start"), ("loc.end", "end"), ("ID", "sample"),
        ("seg.mean", "segment_mean"), bins=("num.mark", "num_probes", "num_markers"), numbered_sex=True,
    ),
    "scarhrd": SegmentFormat(
        ("Chromosome",), ("Start_position", "Start"), ("End_position", "End"), ("SampleID",),
        total=("total_cn",), alleles=(("A_cn",), ("B_cn",)), numbered_sex=True,
    ),
}  # fmt: skip


def import_segments(
    path: Path,
    source: str,
    *,
    patient_id: str | None = None,
    sample_id: str | None = None,
    log_base: str = "2",
) -> tuple[pl.DataFrame, Tally]:
    """Segments of a CNVkit, PureCN, ASCAT, PURPLE, scarHRD or seg file as a `segments` table, with a tally.

    Sample ids stay text (`004` is not `4`). Coordinates like ``1e+08`` are read where they are whole. An
    allele fraction outside 0–1 or allele copies that do not add up become null, counted. log2 at or below -10
    means no coverage and becomes null. Segments come out sorted within their sample, coordinates 0-based
    half-open; an exact repeat counts once, segments of a sample that overlap are kept and counted.

    Raises
    ------
    UsageError
        If `source` is not known.
    InputError, FaultList
        If a column is missing, a row has more or fewer fields than the header, a coordinate or level is no
        number (with its line), or no row can be used. A row that ends before it starts, or starts before its
        contig, is refused with a warning that names its line, and counted.
    """
    if source not in FORMATS:
        raise UsageError("unknown segment file", expected=", ".join(FORMATS), found=source)
    if log_base not in ("2", "10"):
        raise UsageError("unknown base of the log ratio", expected="2 or 10", found=log_base)
    kind, tally = FORMATS[source], Tally()
    header, lines = _read_lines(Path(path))
    find = _finder(header, kind, Path(path))
    rows: list[dict[str, Any]] = []
    faults: list[OncoloomError] = []
    for number, fields in lines:
        try:
            row = _row(fields, find, kind, tally, Path(path), number)
            if row is not None:
                rows.append(row)
        except InputError as error:
            faults.append(error)
    if len(faults) == 1:
        raise faults[0]
    if faults:
        raise FaultList(f"{path}: {len(faults)} segments cannot be placed", faults)
    if not rows:
        raise InputError("no segment in this file can be used", path=path)
    for row in rows:
        row["sample_id"] = row["sample_id"] or sample_id or Path(path).name.split(".")[0]
        row["patient_id"] = patient_id or row["sample_id"]
        row["caller"] = source
        if log_base == "10" and row["log2"] is not None:
            row["log2"] *= log2(10)
    rows = _in_order(rows, tally)
    tally.kept = len(rows)
    names = SEGMENTS_TABLE.polars_schema()
    return pl.DataFrame([{name: row.get(name) for name in names} for row in rows], schema=names), tally


def whole_number(text: str) -> int | None:
    """A coordinate as R or a spreadsheet may write it, or None where it is not a whole number.

    Examples
    --------
    >>> whole_number("1e+08"), whole_number("112175639.0"), whole_number("1.5"), whole_number("4e7")
    (100000000, 112175639, None, 40000000)
    """
    try:
        value = float(text.strip().replace(",", ""))
    except ValueError:
        return None
    return int(value) if isfinite(value) and abs(value) < 1e10 and value == int(value) else None


Finder = Callable[[list[str], tuple[str, ...]], str]


def _read_lines(path: Path) -> tuple[list[str], list[tuple[int, list[str]]]]:
    if not path.is_file():
        raise InputError("no such file", path=path)
    try:
        raw = path.read_bytes()
        text = (gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw).decode("utf-8-sig")
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise InputError("not a readable text file", path=path, found=str(error)) from error
    numbered = [
        (number, line)
        for number, line in enumerate(text.splitlines(), start=1)
        if line.strip() and not line.startswith("#")
    ]
    if not numbered:
        raise InputError("the file is empty", path=path)
    separator = "," if "," in numbered[0][1] and "\t" not in numbered[0][1] else "\t"
    split = [
        (number, [cell.strip().strip('"') for cell in line.split(separator)]) for number, line in numbered
    ]
    header, rows = split[0][1], split[1:]
    if rows and all(len(fields) == len(header) + 1 and fields[-1] for _, fields in rows):
        header = ["", *header]  # R writes row names without a name of their column
    for number, fields in rows:
        while len(fields) > len(header) and not fields[-1]:
            fields.pop()  # tabs at the end of a line
        if len(fields) != len(header):
            raise InputError(
                "a row with another number of fields than the header",
                path=path,
                record=f"line {number}",
                expected=f"{len(header)} separated by {'commas' if separator == ',' else 'tabs'}",
                found=f"{len(fields)}",
                remedy="write the file again with one separator",
            )
    return header, rows


def _finder(header: list[str], kind: SegmentFormat, path: Path) -> Finder:
    index = {name.lower(): at for at, name in enumerate(header)}

    def find(fields: list[str], names: tuple[str, ...]) -> str:
        for name in names:
            at = index.get(name.lower())
            if at is not None and at < len(fields):
                return fields[at]
        return ""

    for names in (kind.chrom, kind.start, kind.end):
        if not any(name.lower() in index for name in names):
            raise InputError(
                "a column is missing",
                path=path,
                record="line 1",
                expected=" or ".join(names),
                found=", ".join(header)[:200],
                remedy="is --from the right tool?",
            )
    return find


def _row(
    fields: list[str], find: Finder, kind: SegmentFormat, tally: Tally, path: Path, number: int
) -> dict[str, Any] | None:
    chrom = find(fields, kind.chrom)
    chrom = chrom[:-2] if chrom[:-2].isdigit() and chrom.endswith(".0") else chrom  # a float of pandas
    start, end = whole_number(find(fields, kind.start)), whole_number(find(fields, kind.end))
    record = f"line {number}, contig {chrom or '?'}"
    if start is None or end is None or not chrom:
        raise InputError(
            "a segment without whole coordinates",
            path=path,
            record=record,
            found=f"{find(fields, kind.start)} to {find(fields, kind.end)}",
        )
    start = start - 1 if kind.one_based and start > 0 else start
    if end <= start or start < 0:
        why = "the segment starts before its contig" if start < 0 else "the segment ends before it starts"
        logger.warning("%s, %s: row refused, %s (%d to %d)", path, record, why, start, end)
        tally.drop(f"rows refused: {why}")
        return None
    if kind.numbered_sex:
        renamed = sex_chromosome_name(chrom)
        if bare_name(chrom) != renamed:
            tally.filtered["contigs 23, 24 renamed to X, Y"] += 1
            chrom = ("chr" if chrom.lower().startswith("chr") else "") + renamed
        elif chrom in ("x", "y"):
            chrom = renamed
    row = {
        "chrom": chrom,
        "start": start,
        "end": end,
        "sample_id": find(fields, kind.sample),
        "n_bins": _count(find(fields, kind.bins)),
        "gene": _gene(find(fields, kind.gene)),
    }
    try:
        return row | _levels(fields, find, kind, tally) | _copies(fields, find, kind, tally)
    except ValueError as error:
        raise InputError(
            "a level or copy number is no number",
            path=path,
            record=record,
            expected="a number with a decimal point, or NA",
            found=str(error),
        ) from error


def _levels(fields: list[str], find: Finder, kind: SegmentFormat, tally: Tally) -> dict[str, float | None]:
    text = find(fields, kind.log2)
    ratio, baf = _real(text), _real(find(fields, kind.baf))
    if text.lower() in _NO_DEPTH:
        ratio = _NO_COVERAGE_LOG2
    if baf is not None and find(fields, kind.baf_sites) == "0":
        tally.filtered["baf of no site: null, kept"] += 1
        baf = None
    if ratio is not None and ratio <= _NO_COVERAGE_LOG2:
        tally.filtered["log2 at or below -10 means no coverage: null, kept"] += 1
        ratio = None
    if baf is not None and not 0 <= baf <= 1:
        tally.filtered["baf outside 0 to 1: null, kept"] += 1
        baf = None
    return {"log2": ratio, "baf": None if baf is None else min(baf, 1 - baf)}


def _copies(fields: list[str], find: Finder, kind: SegmentFormat, tally: Tally) -> dict[str, float | None]:
    total, minor = _real(find(fields, kind.total)), _real(find(fields, kind.minor))
    first, second = (_real(find(fields, names)) for names in kind.alleles)
    if first is not None and second is not None:
        minor = min(first, second)
        if total is None:
            total = first + second
        elif abs(first + second - total) > 1e-6:
            tally.filtered["allele copies that do not add up to the total: minor copies null, kept"] += 1
            minor = None
    if total is not None and total < 0:
        tally.filtered["negative copies: set to 0, kept"] += 1
        total = 0.0
    if minor is not None and -_NOISE_COPIES < minor < 0:
        tally.filtered["negative copies: set to 0, kept"] += 1
        minor = 0.0
    if minor is not None and (minor < 0 or total is None or minor > total / 2 + 1e-6):
        tally.filtered["minor copies below 0 or above half the total: null, kept"] += 1
        minor = None
    return {"total_cn": total, "minor_cn": minor}


def _count(text: str) -> int | None:
    value = whole_number(text)
    return value if value is not None and 0 <= value <= 1_000_000_000 else None


def _real(text: str) -> float | None:
    """A figure; None where the file says that there is none. Other text raises `ValueError`."""
    if text.lower() in _MISSING:
        return None
    try:
        value = float(text)
    except ValueError:
        raise ValueError(text[:40]) from None
    return value if isfinite(value) else None


def _in_order(rows: list[dict[str, Any]], tally: Tally) -> list[dict[str, Any]]:
    """Rows by sample (as they come), contig and place, exact repeats once; overlaps are counted."""
    samples = {name: n for n, name in enumerate(dict.fromkeys(row["sample_id"] for row in rows))}
    rows = sorted(
        rows,
        key=lambda row: (samples[row["sample_id"]], _contig_key(row["chrom"]), row["start"], row["end"]),
    )
    kept: list[dict[str, Any]] = []
    for row in rows:
        before = kept[-1] if kept else None
        if before == row:
            tally.drop("repeated segments")
            continue
        same = before is not None and all(before[key] == row[key] for key in ("sample_id", "chrom"))
        if same and before is not None and row["start"] < before["end"] - 1:  # files may share an end
            tally.filtered[OVERLAPS] += 1
        kept.append(row)
    return kept


def _contig_key(contig: str) -> tuple[int, str]:
    bare = bare_name(contig)
    return (int(bare), "") if bare.isdigit() else (1000, bare)


def _gene(text: str) -> str | None:
    names = [
        name
        for name in text.replace(";", ",").split(",")
        if name not in ("", "-", ".", "Background", "Antitarget")
    ]
    return ",".join(dict.fromkeys(names)) or None
