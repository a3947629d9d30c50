"""The dotted name that a served model calls: a data frame of patients in, a data frame of predictions out."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl

from oncoloom.cohort.schema import COHORT_TABLE
from oncoloom.errors import InputError
from oncoloom.response.model_store import load_model
from oncoloom.response.predicting import predict_cohort
from oncoloom.response.schema import PREDICTIONS_TABLE
from oncoloom.tables import check_table


def load_scorer(folder: str) -> Callable[[Any], Any]:
    """A function from a pandas frame (cohort columns, all but `patient_id` optional) to predictions."""
    model, version = load_model(Path(folder))

    def score(frame: Any) -> Any:
        import pandas as pd  # type: ignore[import-untyped]

        table = cohort_from_columns({str(name): frame[name].tolist() for name in frame.columns})
        predictions = predict_cohort(model, table, model_version=version)
        # object where a value is null: pandas' own types hold NaN there, which JSON does not know
        columns = {
            one.name: pd.Series(one.to_list(), dtype=object if one.null_count() else None)
            for one in predictions
        }
        return pd.DataFrame(columns)

    return score


def cohort_from_columns(columns: dict[str, list[Any]]) -> pl.DataFrame:
    """A cohort table from some of its columns; the others are null. NaN counts as null.

    Columns beyond the declared ones are covariates of the cohort's own.

    Raises
    ------
    InputError
        If `patient_id` is absent.
    """
    known = {column.name: column for column in COHORT_TABLE.columns}
    if "patient_id" not in columns:
        raise InputError(
            "no column `patient_id`",
            found=", ".join(sorted(columns)),
            remedy="`oncoloom schema cohort` lists the columns",
        )
    n = len(columns["patient_id"])
    data = {}
    for name, column in known.items():
        values = [None if v is None or v != v else v for v in columns.get(name, [None] * n)]
        data[name] = pl.Series(name, values, dtype=column.dtype, strict=False)
    if "cohort_name" not in columns:
        data["cohort_name"] = pl.Series("cohort_name", ["request"] * n)
    for name in sorted(columns.keys() - known.keys()):
        data[name] = pl.Series(
            name, [None if v is None or v != v else v for v in columns[name]], strict=False
        )
    return check_table(pl.DataFrame(data), COHORT_TABLE)


def signature_columns(
    sources: tuple[str, ...], own: tuple[tuple[str, bool], ...]
) -> dict[str, list[list[Any]]]:
    """Name, MLflow type and whether required, of inputs and outputs; `own` as in `Design.own`."""
    known = {column.name: column for column in COHORT_TABLE.columns}
    inputs = ["patient_id", "therapy", "therapy_class", "tumor_type"]
    inputs += [name for name in sources if name not in inputs]
    return {
        "inputs": [
            [name, _kind(known[name].dtype, as_input=True), name == "patient_id"]
            if name in known
            else [name, "string" if dict(own)[name] else "double", False]
            for name in inputs
        ],
        "outputs": [
            [column.name, _kind(column.dtype, as_input=False), not column.nullable]
            for column in PREDICTIONS_TABLE.columns
        ],
    }


def _kind(dtype: pl.DataType, *, as_input: bool) -> str:
    if dtype == pl.String:
        return "string"
    if dtype == pl.Boolean:
        return "boolean"
    # served numbers come as JSON numbers: a missing one is NaN, which only a double can hold
    return "double" if as_input or dtype.is_float() else "integer"
