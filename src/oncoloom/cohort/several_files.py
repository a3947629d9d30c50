"""Several tables in one import: whose ids name whom, one table, and patients that two of the files share."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from itertools import combinations
from pathlib import Path
from typing import Any

import polars as pl

from oncoloom.cohort.overlap import find_overlap
from oncoloom.cohort.repeated_ids import ids_only_count, repeated_ids
from oncoloom.errors import InputError, NotAssessableError


@dataclass(frozen=True, slots=True)
class Stacked:
    """One table of several files, and what was counted: ids renamed, patients in common by pair of files."""

    frame: pl.DataFrame
    tally: dict[str, Any] = field(default_factory=dict)


def stack_files(frames: Sequence[pl.DataFrame], inputs: Sequence[Path], *, ids_fixed: bool) -> Stacked:
    """Rows of all files in order.

    An id that stands in two files names one patient where most such rows agree in sex, age, tumor type and
    TMB: an error. Where most disagree the ids only count rows of their file; each then carries the name of
    its file, ``chowell_test:17``.

    Parameters
    ----------
    frames
        Cohort tables, each with its own `cohort_name`.
    ids_fixed
        True where other tables (variants) use the ids, so that they may not be renamed.

    Raises
    ------
    InputError
        If a patient is in two files, or ids cannot be told apart.
    """
    if len(frames) == 1:
        return Stacked(frames[0])
    repeated = repeated_ids(frames)
    tally: dict[str, Any] = {"ids_named_by_file": 0}
    if repeated:
        if ids_fixed or not ids_only_count(frames, repeated):
            raise InputError(
                f"{len(repeated)} patient ids are in more than one of the files",
                path=", ".join(path.name for path in inputs),
                expected="ids that name one patient over all files",
                remedy="leave the patient in one file, or import the files one by one",
            )
        tally["ids_named_by_file"] = sum(frame.height for frame in frames)
        frames = [
            frame.with_columns(pl.concat_str(pl.lit(f"{label}:"), "patient_id").alias("patient_id"))
            for frame, label in zip(frames, _labels(inputs), strict=True)
        ]
    named = zip(_labels(inputs), frames, strict=True)
    tally["patients_in_common"] = [_in_common(first, second) for first, second in combinations(named, 2)]
    return Stacked(pl.concat(frames, how="diagonal_relaxed"), tally)


def _labels(inputs: Sequence[Path]) -> list[str]:
    """The files' stems; those that several files have are numbered."""
    stems = [file_stem(path) for path in inputs]
    return [
        stem if stems.count(stem) == 1 else f"{stem}-{stems[: at + 1].count(stem)}"
        for at, stem in enumerate(stems)
    ]


def file_stem(path: Path) -> str:
    """Name of a table without its ending: ``clinic`` of ``clinic.csv.gz``."""
    return path.name.removesuffix(".gz").rsplit(".", 1)[0]


def _in_common(first: tuple[str, pl.DataFrame], second: tuple[str, pl.DataFrame]) -> dict[str, Any]:
    names = {"first": first[0], "second": second[0]}
    try:
        found = asdict(find_overlap(first[1], second[1]))
    except NotAssessableError as error:
        return {**names, "assessed": False, "reason": str(error).split("\n")[0]}
    rows = found.pop("rows")
    # Rows, not ids: the tally of a pseudonymous cohort must not name anybody.
    return {**names, "assessed": True, "n_rows": len(rows), **found, "rows_of_second": list(rows)}


def in_common_words(tally: dict[str, Any]) -> list[str]:
    """A line for each pair of files that share patients; empty where none do."""
    return [
        f"{one['n_rows']} patients of {one['second']} look like patients of {one['first']} "
        f"({one['expected']:.1f} expected by chance): they test no model of {one['first']}"
        for one in tally.get("patients_in_common", [])
        if one.get("found")
    ]
