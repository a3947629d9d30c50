"""Whose segments they are: the samples that a file names, the one asked for, and its patient."""

from pathlib import Path
from typing import Any

from oncoloom.errors import InputError, UsageError
from oncoloom.tables import Tally


def name_samples(
    rows: list[dict[str, Any]], path: Path, tally: Tally, *, patient_id: str | None, sample_id: str | None
) -> list[str]:
    """Give each row its sample and patient, in place; of several samples only the one asked for stays.

    A file without names is one sample: `sample_id`, else its file name. Returns sentences worth saying.

    Raises
    ------
    InputError
        If the file holds several samples and none of that id, or rows without a name beside named ones.
    UsageError
        If several samples would get one patient.
    """
    nameless = [row["line"] for row in rows if not row["sample_id"]]
    if nameless and len(nameless) < len(rows):
        raise InputError(
            "a segment without a sample name",
            path=path,
            record=f"line {nameless[0]}",
            expected="a name in every row, or in none",
            remedy="write the name, or take the row out",
        )
    names = list(dict.fromkeys(row["sample_id"] for row in rows))
    notes: list[str] = []
    if len(names) > 1 and sample_id is not None:
        _keep_one(rows, names, sample_id, path, tally)
    elif len(names) > 1 and patient_id is not None:
        raise UsageError(
            f"the file holds {len(names)} samples, and one patient is given",
            expected=f"--sample-id, one of {', '.join(names[:4])}",
            remedy="say which sample is the patient's, or leave --patient-id out",
        )
    elif len(names) == 1:
        chosen = sample_id or names[0] or path.name.split(".")[0]
        if names[0] and chosen != names[0]:
            notes.append(f"the file's sample is taken as {chosen}, though the file names it otherwise")
        for row in rows:
            row["sample_id"] = chosen
    for row in rows:
        row["patient_id"] = patient_id or row["sample_id"]
    return notes


def _keep_one(rows: list[dict[str, Any]], names: list[str], sample_id: str, path: Path, tally: Tally) -> None:
    if sample_id not in names:
        raise InputError(
            "no segments of this sample",
            path=path,
            expected=sample_id,
            found=", ".join(names[:4]) + (" …" if len(names) > 4 else ""),
            remedy="say --sample-id as the file writes it",
        )
    tally.drop("segments of other samples", sum(row["sample_id"] != sample_id for row in rows))
    rows[:] = [row for row in rows if row["sample_id"] == sample_id]
