"""The cohort: features joined with the clinic, one row per patient × index therapy."""

import polars as pl

from oncoloom.clinical.schema import CLINICAL_TABLE, ENDPOINT_NAMES
from oncoloom.features.schema import feature_columns
from oncoloom.tables import Column, TableSchema

COHORT_TABLE = TableSchema(
    name="cohort",
    version=1,
    description=(
        "Features + clinic + endpoints + split. Rows keep the order and ids of the input. Any feature or "
        "endpoint may be null; a feature then carries its reason. Columns after the declared ones: "
        "`response_`, `pfs_` and `os_missing_reason`, and covariates of the source's own."
    ),
    open_columns=True,
    columns=(
        *CLINICAL_TABLE.columns[:1],
        Column("sample_id", pl.String(), "Tumor sample the features come from", nullable=True),
        *CLINICAL_TABLE.columns[1:],
        Column("split", pl.String(), "Frozen split", nullable=True, allowed=("train", "test", "external", "predict")),
        Column("cohort_name", pl.String(), "Source cohort"),
        *feature_columns(),
    ),
)  # fmt: skip


def endpoint_reason_column(endpoint: str) -> str:
    """Name of the column, after the declared ones, that says why an endpoint is null."""
    return f"{endpoint}_missing_reason"


ENDPOINT_REASON_COLUMNS: tuple[str, ...] = tuple(endpoint_reason_column(name) for name in ENDPOINT_NAMES)

# A covariate `<column>_measured_day`: days from day 0 to when that column was measured, 0 or less. Never an input.
MEASURED_SUFFIX = "_measured_day"
