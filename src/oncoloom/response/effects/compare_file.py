"""A model folder and a cohort file to comparisons of two therapies."""

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from oncoloom.cohort.schema import COHORT_TABLE
from oncoloom.errors import UsageError
from oncoloom.response.effects.comparing import compare_all, compare_cohort
from oncoloom.response.effects.schema import COMPARISONS_TABLE
from oncoloom.response.model import ResponseModel
from oncoloom.response.model_store import load_model
from oncoloom.tables import read_table, write_table


@dataclass(frozen=True, slots=True)
class Compared:
    """The model, its version, and the comparisons table."""

    model: ResponseModel
    version: str
    table: pl.DataFrame


def compare_files(
    model_folder: Path,
    cohort: Path,
    *,
    therapies: tuple[str, str] | None,
    patients: tuple[str, ...] = (),
    output: Path | None = None,
) -> Compared:
    """Compare two therapies for the patients of a cohort table (all, or those named), perhaps into a file.

    `therapies` None: every pair that training compared; without such a pair the table has no rows.

    Raises
    ------
    UsageError
        If a named patient is not in the cohort, or the model does not know a therapy.
    InputError, TableContractError, ModelContractError
        If the cohort or the model cannot be read.
    """
    model, version = load_model(model_folder)
    frame = read_table(cohort, COHORT_TABLE)
    absent = [name for name in patients if name not in set(frame["patient_id"])]
    if absent:
        raise UsageError(
            f"no such patient in {cohort.name}", found=", ".join(absent),
            remedy="--patient takes a patient_id of the cohort table",
        )  # fmt: skip
    if patients:
        frame = frame.filter(pl.col("patient_id").is_in(list(patients)))
    if therapies is None:
        table = compare_all(model, frame, model_version=version)
    else:
        table = compare_cohort(model, frame, first=therapies[0], second=therapies[1], model_version=version)
    if output is not None:
        write_table(table, COMPARISONS_TABLE, output, metadata={"model_version": version})
    return Compared(model, version, table)
