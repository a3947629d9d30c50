"""One row of a segment file: its place, level, allele fraction and copies, each with its range checked."""

from pathlib import Path
from typing import Any

from oncoloom.errors import InputError
from oncoloom.features.segment_files.formats import SegmentFormat
from oncoloom.features.segment_files.lines import Finder
from oncoloom.features.segment_files.numbers import NO_DEPTH, count, real, whole_number
from oncoloom.logs import logger
from oncoloom.reference_data.contigs import bare_name, sex_chromosome_name
from oncoloom.tables import Tally

NO_COVERAGE_LOG2 = -10.0  # CNVkit and others write -15 to -24 where a bin holds no read
_NOISE_COPIES = 0.5  # PURPLE's copies are not rounded: -0.06 is none


def segment_row(
    fields: list[str], find: Finder, kind: SegmentFormat, tally: Tally, path: Path, number: int
) -> dict[str, Any] | None:
    """The row as figures of the `segments` table, with its `line` and its `level` as written.

    Coordinates stay as the file counts them. None for a row that ends before it starts or starts before its
    contig: refused with a warning that names its line, and counted.

    Raises
    ------
    InputError
        If a coordinate or a level is no number.
    """
    chrom = find(fields, kind.chrom)
    chrom = chrom[:-2] if chrom[:-2].isdigit() and chrom.endswith(".0") else chrom  # a float of pandas
    start, end = whole_number(find(fields, kind.start)), whole_number(find(fields, kind.end))
    record = f"line {number}, contig {chrom or '?'}"
    if start is None or end is None or not chrom:
        raise InputError(
            "a segment without whole coordinates",
            path=path,
            record=record,
            expected="a contig, and start and end as whole numbers",
            found=f"{find(fields, kind.start)} to {find(fields, kind.end)}",
            remedy="correct the row, or take it out",
        )
    if start < 0 or end <= start - (1 if kind.one_based else 0):
        why = "the segment starts before its contig" if start < 0 else "the segment ends before it starts"
        logger.warning("%s, %s: row refused, %s (%d to %d)", path, record, why, start, end)
        tally.drop(f"rows refused: {why}")
        return None
    row = {
        "line": number,
        "chrom": _renamed(chrom, kind, tally),
        "start": start,
        "end": end,
        "sample_id": find(fields, kind.sample),
        "n_bins": count(find(fields, kind.bins)),
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
            remedy="correct the cell, or write NA",
        ) from error


def _renamed(chrom: str, kind: SegmentFormat, tally: Tally) -> str:
    if not kind.numbered_sex:
        return chrom
    renamed = sex_chromosome_name(chrom)
    if bare_name(chrom) != renamed:
        tally.filtered["contigs 23, 24 renamed to X, Y"] += 1
        return ("chr" if chrom.lower().startswith("chr") else "") + renamed
    return renamed if chrom in ("x", "y") else chrom


def _levels(fields: list[str], find: Finder, kind: SegmentFormat, tally: Tally) -> dict[str, float | None]:
    text = find(fields, kind.level)
    level, baf = real(text), real(find(fields, kind.baf))
    if text.lower() in NO_DEPTH:
        level = NO_COVERAGE_LOG2
    elif level is None and find(fields, kind.total) == "" and kind.level:
        tally.filtered["neither a level nor copies in the file: null, kept"] += 1
    if baf is not None and find(fields, kind.baf_sites) == "0":
        tally.filtered["baf of no site: null, kept"] += 1
        baf = None
    if level is not None and level <= NO_COVERAGE_LOG2:
        tally.filtered["log2 at or below -10 means no coverage: null, kept"] += 1
        level = None
    if baf is not None and not 0 <= baf <= 1:
        tally.filtered["baf outside 0 to 1: null, kept"] += 1
        baf = None
    return {"level": level, "baf": None if baf is None else min(baf, 1 - baf)}


def _copies(fields: list[str], find: Finder, kind: SegmentFormat, tally: Tally) -> dict[str, float | None]:
    total, minor = real(find(fields, kind.total)), real(find(fields, kind.minor))
    first, second = (real(find(fields, names)) for names in kind.alleles)
    if first is not None and second is not None:
        minor = min(first, second)
        if total is None:
            total = first + second
        elif abs(first + second - total) > 1e-6:
            tally.filtered["allele copies that do not add up to the total: minor copies null, kept"] += 1
            minor = None
    if total is not None and total < 0:
        noise = total > -_NOISE_COPIES
        tally.filtered[f"negative copies: {'set to 0' if noise else 'null'}, kept"] += 1
        total = 0.0 if noise else None
    if minor is not None and -_NOISE_COPIES < minor < 0:
        tally.filtered["negative copies: set to 0, kept"] += 1
        minor = 0.0
    if minor is not None and (minor < 0 or total is None or minor > total / 2 + 1e-6):
        tally.filtered["minor copies below 0 or above half the total: null, kept"] += 1
        minor = None
    return {"total_cn": total, "minor_cn": minor}


def _gene(text: str) -> str | None:
    names = [
        name
        for name in text.replace(";", ",").split(",")
        if name not in ("", "-", ".", "Background", "Antitarget")
    ]
    return ",".join(dict.fromkeys(names)) or None
