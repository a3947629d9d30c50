"""A model folder and a cohort file to a predictions file."""

from pathlib import Path
from typing import Any

import polars as pl

from oncoloom.cohort.schema import COHORT_TABLE
from oncoloom.response.model_store import load_model
from oncoloom.response.predicting import predict_cohort
from oncoloom.response.schema import PREDICTIONS_TABLE
from oncoloom.tables import read_table, write_table


def predict_to_file(model_folder: Path, cohort: Path, output: Path) -> dict[str, Any]:
    """Predict `cohort`, write the predictions table, and say what was done (counts, version, digest).

    Raises
    ------
    InputError, TableContractError, ModelContractError
        If the cohort or the model cannot be read.
    """
    model, version = load_model(model_folder)
    frame = read_table(cohort, COHORT_TABLE)
    predictions = predict_cohort(model, frame, model_version=version)
    write_table(predictions, PREDICTIONS_TABLE, output, metadata={"model_version": version})
    received = predictions.filter(pl.col("received"))
    return {
        "model_version": version,
        "cohort_digest": predictions["cohort_digest"][0] if predictions.height else "",
        "n_patients": frame.height,
        "n_rows": predictions.height,
        "n_abstained": int(predictions["abstained"].sum()),
        "abstained_share_received": float(received["abstained"].mean() or 0.0) if received.height else 0.0,  # type: ignore[arg-type]
    }
