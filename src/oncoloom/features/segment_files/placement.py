"""Places of segments: counted from 0 or from 1, inside their chromosomes, of which build, each base once."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from oncoloom.errors import FaultList, InputError, OncoloomError
from oncoloom.features.segment_files.ways_out import WaysOut
from oncoloom.reference_data.contigs import bare_name
from oncoloom.reference_data.cytobands import chromosomes
from oncoloom.tables import Tally

BUILDS = ("GRCh37", "GRCh38")
OTHER_BUILD = "other"  # a genome whose lengths are not known here
_FAULTS_SHOWN = 20


def to_zero_based(rows: list[dict[str, Any]], tally: Tally, *, one_based: bool) -> None:
    """Make starts 0-based in place, as the file itself counts, which neighbors tell.

    In 0-based half-open files a segment starts where the one before ends, in 1-based ones a base behind it.
    Neighbors that speak as clearly for the other way are believed, and counted.
    """
    ends = {(row["sample_id"], bare_name(row["chrom"]), row["end"]) for row in rows}
    touching = sum((row["sample_id"], bare_name(row["chrom"]), row["start"]) in ends for row in rows)
    behind = sum((row["sample_id"], bare_name(row["chrom"]), row["start"] - 1) in ends for row in rows)
    from_zero = any(row["start"] == 0 for row in rows)
    if one_based and from_zero and touching >= behind:
        tally.filtered["starts counted from 0, as segments at 0 show: kept"] += len(rows)
        one_based = False
    elif not one_based and not from_zero and behind > 2 * touching:
        tally.filtered["starts counted from 1, as neighbors show: kept"] += len(rows)
        one_based = True
    if one_based:
        for row in rows:
            row["start"] = max(row["start"] - 1, 0)
    placed = [row for row in rows if row["end"] > row["start"]]
    tally.drop("rows refused: the segment holds no base", len(rows) - len(placed))
    rows[:] = placed


def fitting_build(
    rows: Sequence[dict[str, Any]], declared: str | None, path: Path, ways_out: WaysOut
) -> str | None:
    """The build whose chromosomes hold all segments: the declared one, the only one that fits, or None.

    None where both builds fit, or no contig is a human chromosome's.

    Raises
    ------
    InputError, FaultList
        If segments run past the end of their chromosome: with their lines, and the build that would fit.
    """
    if declared == OTHER_BUILD:
        return None
    past = {build: _past_the_end(rows, build) for build in BUILDS}
    if declared is None:
        fitting = [build for build, found in past.items() if not found]
        if len(fitting) != 1:
            _refuse(past["GRCh38"] if not fitting else [], "GRCh38", past, path, ways_out)
            return None
        return fitting[0]
    _refuse(past[declared], declared, past, path, ways_out)
    return declared


def _past_the_end(rows: Sequence[dict[str, Any]], build: str) -> list[tuple[dict[str, Any], int]]:
    lengths = {name: one.length for name, one in chromosomes(build).items()}
    placed = ((row, lengths.get(bare_name(row["chrom"]), row["end"])) for row in rows)
    return [(row, length) for row, length in placed if row["end"] > length]


def _refuse(
    found: list[tuple[dict[str, Any], int]],
    build: str,
    past: dict[str, list[tuple[dict[str, Any], int]]],
    path: Path,
    ways_out: WaysOut,
) -> None:
    if not found:
        return
    other = next(one for one in BUILDS if one != build)
    if past[other]:
        remedy = f"correct the row, or {ways_out.other_genome}"
    else:
        remedy = f"all segments fit {other}: {ways_out.build.format(other)}, or lift them to {build}"
    faults: list[OncoloomError] = [
        InputError(
            "a segment runs past the end of its chromosome",
            path=path,
            record=f"line {row['line']}, contig {row['chrom']}",
            expected=f"an end up to {length} ({build})",
            found=str(row["end"]),
            remedy=remedy,
        )
        for row, length in found
    ]
    raise as_one(f"{path}: {len(faults)} segments run past the end of their chromosome", faults)


def as_one(heading: str, faults: list[OncoloomError]) -> OncoloomError:
    """One error for all: the first twenty told in full, the rest counted."""
    if len(faults) == 1:
        return faults[0]
    shown = faults[:_FAULTS_SHOWN]
    if len(faults) > len(shown):
        shown = [*shown, InputError(f"… and {len(faults) - len(shown)} more of the kind")]
    return FaultList(heading, shown)


def in_order(rows: list[dict[str, Any]], tally: Tally, path: Path) -> list[dict[str, Any]]:
    """Rows by sample (as they come), contig and place, exact repeats once.

    Raises
    ------
    InputError, FaultList
        If segments of a sample overlap by more than a shared end.
    """
    samples = {name: n for n, name in enumerate(dict.fromkeys(row["sample_id"] for row in rows))}
    rows = sorted(
        rows,
        key=lambda row: (samples[row["sample_id"]], _contig_key(row["chrom"]), row["start"], row["end"]),
    )
    kept: list[dict[str, Any]] = []
    faults: list[OncoloomError] = []
    for row in rows:
        before = kept[-1] if kept else None
        if before is not None and all(before[key] == row[key] for key in row if key != "line"):
            tally.drop("repeated segments")
            continue
        if before is not None and _overlap(before, row):
            faults.append(_overlap_fault(before, row, path))
        kept.append(row)
    if faults:
        raise as_one(f"{path}: {len(faults)} segments overlap", faults)
    return kept


def _overlap(before: dict[str, Any], row: dict[str, Any]) -> bool:
    same = before["sample_id"] == row["sample_id"] and bare_name(before["chrom"]) == bare_name(row["chrom"])
    return same and row["start"] < before["end"] - 1  # files may share an end


def _overlap_fault(before: dict[str, Any], row: dict[str, Any], path: Path) -> InputError:
    return InputError(
        "segments overlap",
        path=path,
        record=f"line {row['line']}, contig {row['chrom']}",
        expected=f"a start at or behind {before['end']}, where the segment of line {before['line']} ends",
        found=f"{row['start'] + 1} to {row['end']}",
        remedy="give the final segments of one solution, each base of a sample once",
    )


def _contig_key(contig: str) -> tuple[int, str]:
    bare = bare_name(contig)
    return (int(bare), "") if bare.isdigit() else (1000, bare)
