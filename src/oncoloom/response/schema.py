"""Predictions: one row per patient × therapy × endpoint × horizon, with interval and lineage."""

import polars as pl

from oncoloom.tables import Column, TableSchema

_TEXT, _FLOAT = pl.String(), pl.Float64()


def _probability(name: str, text: str) -> Column:
    return Column(name, _FLOAT, text, "probability", nullable=True, legal=(0, 1))


PREDICTIONS_TABLE = TableSchema(
    name="predictions",
    version=1,
    description=(
        "`probability` is that of the event the endpoint names: response = complete or partial response; "
        "pfs, os = progression or death, death, by the horizon. It is filled also where the report abstains. "
        "Rows follow the patients of the input, in its order."
    ),
    columns=(
        Column("patient_id", _TEXT, "Patient, as in the input"),
        Column("therapy", _TEXT, "Therapy that the prediction is for"),
        Column("received", pl.Boolean(), "True for the therapy given or planned in the cohort row"),
        Column("endpoint", _TEXT, "Endpoint", allowed=("response", "pfs", "os")),
        Column("horizon_days", pl.Int32(), "Horizon; null for response", "days", nullable=True, legal=(1, 36_525)),
        _probability("probability", "Expected probability of the event"),
        _probability("probability_lo90", "Lower limit of the 90 % interval of the expected probability"),
        _probability("probability_hi90", "Upper limit of the 90 % interval of the expected probability"),
        _probability("probability_lo50", "Lower limit of the 50 % interval"),
        _probability("probability_hi50", "Upper limit of the 50 % interval"),
        Column("outcome_set", _TEXT, "Response only: outcomes that cannot be excluded at 90 %, joined by `|`", nullable=True),
        Column("survival_time_lower90_days", _FLOAT, "Survival endpoints: time exceeded with 90 % probability", "days", nullable=True, legal=(0, 36_525)),
        Column("abstained", pl.Boolean(), "True where the report must not show the probability"),
        Column("reason", _TEXT, "Why it abstained, one sentence with the figure behind it", nullable=True),
        Column("n_similar", pl.Int32(), "Similar patients who received this therapy in training", nullable=True, legal=(0, 1e9)),
        _probability("observed_similar", "Observed share with the event among them"),
        Column("model_version", _TEXT, "Content digest of the model"),
        Column("cohort_digest", _TEXT, "Content digest of the cohort table predicted on"),
    ),
)  # fmt: skip
