"""The door for segments of other tools: odd numbers are read, impossible ones become null and are counted."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from oncoloom.errors import InputError, OncoloomError, UsageError
from oncoloom.features.contracts import SEGMENTS_TABLE
from oncoloom.features.segment_files.formats import FORMATS, SegmentFormat
from oncoloom.features.segment_files.lines import finder, read_lines
from oncoloom.features.segment_files.placement import (
    BUILDS,
    OTHER_BUILD,
    as_one,
    fitting_build,
    in_order,
    to_zero_based,
)
from oncoloom.features.segment_files.row import NO_COVERAGE_LOG2, segment_row
from oncoloom.features.segment_files.sample_names import name_samples
from oncoloom.features.segment_files.scale import SCALES, ScaleVerdict, as_log2, judge_scale
from oncoloom.features.segment_files.scale_limits import Level
from oncoloom.features.segment_files.ways_out import COMMAND_LINE, WaysOut
from oncoloom.logs import logger
from oncoloom.reference_data.contigs import bare_name
from oncoloom.tables import Tally

SCALE_BASIS = "scale_basis"  # metadata of a segments file
_LEAST_PILE, _ABOVE_NEIGHBOR = 5, 3


@dataclass(slots=True)
class ImportedSegments:
    """A `segments` table with what was counted, how its levels were read, and sentences worth saying.

    `scale` is None where the format has no level; `genome_build` where both builds hold the segments.
    """

    frame: pl.DataFrame
    tally: Tally
    scale: ScaleVerdict | None
    genome_build: str | None
    notes: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """For a tally file."""
        scale = None if self.scale is None else {"name": self.scale.scale, "basis": self.scale.basis}
        return {
            **self.tally.as_dict(),
            "scale": scale,
            "genome_build": self.genome_build,
            "notes": self.notes,
        }

    def metadata(self) -> dict[str, str]:
        """For the table's file: how the levels were read, and of which build the places are."""
        known = {} if self.genome_build is None else {"genome_build": self.genome_build}
        if self.scale is None:
            return known
        return {"scale": self.scale.scale, SCALE_BASIS: self.scale.basis, **known}


def import_segments(
    path: Path,
    source: str,
    *,
    patient_id: str | None = None,
    sample_id: str | None = None,
    scale: str | None = None,
    genome_build: str | None = None,
    ways_out: WaysOut = COMMAND_LINE,
) -> ImportedSegments:
    """Segments of another tool's file (`FORMATS`) as a `segments` table, with a tally.

    Sample ids stay text (`004` is not `4`). Coordinates like ``1e+08`` are read where they are whole. An
    allele fraction outside 0-1 or allele copies that do not add up become null, counted. log2 at or below -10
    means no coverage and becomes null. Segments come out sorted within their sample, coordinates 0-based
    half-open; an exact repeat counts once.

    Parameters
    ----------
    sample_id
        Of several samples in the file, the one to take; else the name that its one sample gets.
    scale
        One of `SCALES`; without it the format's own, if the levels do not speak against it.
    genome_build
        GRCh37, GRCh38, or `other` for a genome whose lengths are not known; without it either may fit.
    ways_out
        Remedies in the words of the door.

    Raises
    ------
    UsageError
        If `source`, `scale` or `genome_build` is not known, or several samples get one patient.
    InputError, FaultList
        If a column is missing, a row has more or fewer fields than the header, a coordinate or level is no
        number, segments overlap or run past their chromosome, the levels contradict the scale, or no row can
        be used; all with file and line. A row that ends before it starts, or starts before its contig, is
        refused with a warning that names its line, and counted.
    """
    _check_options(source, scale, genome_build)
    kind, tally, path = FORMATS[source], Tally(), Path(path)
    rows = _read_rows(path, kind, tally)
    notes = name_samples(rows, path, tally, patient_id=patient_id, sample_id=sample_id)
    to_zero_based(rows, tally, one_based=kind.one_based)
    build = fitting_build(rows, genome_build, path, ways_out)
    rows = in_order(rows, tally, path)
    verdict = _read_levels(rows, path, kind, tally, scale, ways_out)
    notes += [verdict.note] if verdict is not None and verdict.note else []
    notes += _piles(rows)
    for note in notes:
        logger.warning("%s: %s", path, note)
    tally.kept = len(rows)
    names = SEGMENTS_TABLE.polars_schema()
    frame = pl.DataFrame(
        [{name: row.get(name) for name in names} | {"caller": source} for row in rows], schema=names
    )
    return ImportedSegments(frame, tally, verdict, build, notes)


def _check_options(source: str, scale: str | None, genome_build: str | None) -> None:
    if source not in FORMATS:
        raise UsageError("unknown segment file", expected=", ".join(FORMATS), found=source)
    if scale is not None and scale not in SCALES:
        raise UsageError("unknown scale of the levels", expected=", ".join(SCALES), found=scale)
    if scale is not None and not FORMATS[source].level:
        raise UsageError(f"files of {source} have copies, no levels", remedy="leave --scale out")
    known = (*BUILDS, OTHER_BUILD)
    if genome_build is not None and genome_build not in known:
        raise UsageError("unknown genome build", expected=", ".join(known), found=genome_build)


def _read_rows(path: Path, kind: SegmentFormat, tally: Tally) -> list[dict[str, Any]]:
    header, lines = read_lines(path)
    find = finder(header, kind, path)
    rows: list[dict[str, Any]] = []
    faults: list[OncoloomError] = []
    for number, fields in lines:
        try:
            row = segment_row(fields, find, kind, tally, path, number)
            if row is not None:
                rows.append(row)
        except InputError as error:
            faults.append(error)
    if faults:
        raise as_one(f"{path}: {len(faults)} segments cannot be read", faults)
    if not rows:
        raise InputError("no segment in this file can be used", path=path)
    return rows


def _read_levels(
    rows: list[dict[str, Any]],
    path: Path,
    kind: SegmentFormat,
    tally: Tally,
    declared: str | None,
    ways_out: WaysOut,
) -> ScaleVerdict | None:
    """Turn each row's `level` into log2 or copies, in place."""
    verdict = None
    if kind.level:
        verdict = _judge(rows, path, kind, declared, ways_out)
        for row in rows:
            _set_level(row, verdict.scale, tally)
    if all(row.get("log2") is None and row["total_cn"] is None for row in rows):
        raise InputError(
            "no segment has a level or copies",
            path=path,
            expected=f"a number under {' or '.join(kind.figures)} in some row",
            found="NA, or no coverage, in all of them",
        )
    return verdict


def _judge(
    rows: list[dict[str, Any]], path: Path, kind: SegmentFormat, declared: str | None, ways_out: WaysOut
) -> ScaleVerdict:
    levels = [
        Level(
            row["level"],
            row["end"] - row["start"],
            row["sample_id"],
            row["line"],
            bare_name(row["chrom"]) == "Y",
            row["n_bins"],
            row["total_cn"],
        )
        for row in sorted(rows, key=lambda row: row["line"])
        if row["level"] is not None
    ]
    fixed = not kind.scale_is_usual
    return judge_scale(levels, path, declared=declared, usual=kind.scale, fixed=fixed, ways_out=ways_out)


def _set_level(row: dict[str, Any], scale: str, tally: Tally) -> None:
    level = row["level"]
    if level is None:
        return
    row["log2"] = as_log2(level, scale)
    if scale == "copies":
        row["total_cn"] = level if row["total_cn"] is None else row["total_cn"]
    elif row["log2"] is None or row["log2"] <= NO_COVERAGE_LOG2:
        tally.filtered["a ratio of 0 means no coverage: null, kept"] += 1
        row["log2"] = None


def _piles(rows: list[dict[str, Any]]) -> list[str]:
    """Many segments at exactly the lowest or highest level: the file was clipped there."""
    counts = sorted(Counter(row["log2"] for row in rows if row.get("log2") is not None).items())
    notes = []
    for word, ends in (("lowest", counts[:2]), ("highest", counts[:-3:-1])):
        if len(ends) < 2:
            continue
        (edge, n), (_, beside) = ends
        if n >= max(_LEAST_PILE, _ABOVE_NEIGHBOR * beside) and abs(edge) > 1:
            notes.append(f"{n} segments share the {word} level {edge:g}: clipped there, true ones unknown")
    return notes
