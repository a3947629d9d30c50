"""From filled columns to a cohort table: reasons for every null feature, endpoints held to their rules."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from oncoloom.clinical.schema import COVARIATES, ENDPOINT_NAMES, ENDPOINTS
from oncoloom.cohort.schema import COHORT_TABLE, endpoint_reason_column
from oncoloom.features.contracts import SEGMENTS_TABLE, VARIANTS_TABLE
from oncoloom.features.schema import FEATURE_NAMES, missing_reason_column
from oncoloom.files import write_json
from oncoloom.tables import write_table

_NOT_GIVEN = "not in this source"
# Reasons that only say where a cell was looked for; a mapping's own reason says more.
EMPTY, NO_COLUMN = "empty in the source", "no column"
GENERIC_REASONS = (EMPTY, NO_COLUMN)


@dataclass(slots=True)
class Cohort:
    """A cohort table, what the way to it counted; variants and segments of its patients where it has them."""

    frame: pl.DataFrame
    tally: dict[str, Any] = field(default_factory=dict)
    metadata: dict[str, str] = field(default_factory=dict)
    variants: pl.DataFrame | None = None
    segments: pl.DataFrame | None = None


@dataclass(slots=True)
class Filled:
    """Columns as a door filled them, all of one length `n`.

    Parameters
    ----------
    values
        Target column to a value or None a row; columns that the door does not know are left out.
    reasons
        Feature or endpoint name to the reason of each null.
    extras
        Covariates outside the schema.
    default_reasons
        Feature to the reason of its nulls that the mapping states for the whole source.
    """

    n: int
    values: dict[str, list[Any]] = field(default_factory=dict)
    reasons: dict[str, list[str | None]] = field(default_factory=dict)
    extras: dict[str, pl.Series] = field(default_factory=dict)
    default_reasons: dict[str, str] = field(default_factory=dict)

    def column(self, name: str) -> list[Any]:
        """Values of a column; nulls where the door did not fill it."""
        return self.values.get(name) or [None] * self.n


def assemble(filled: Filled, *, cohort_name: str, split: str | None) -> pl.DataFrame:
    """The cohort table of some filled columns, rows in their order.

    A null feature always carries a reason; a feature with a value never does.
    """
    columns: dict[str, pl.Series] = {}
    features = frozenset(FEATURE_NAMES)
    for column in COHORT_TABLE.columns:
        if column.name in features:
            values = filled.column(column.name)
            columns[column.name] = pl.Series(column.name, values, dtype=column.dtype)
            reason = missing_reason_column(column.name)
            columns[reason] = pl.Series(reason, _reasons(filled, column.name, values), dtype=pl.String())
        elif column.name == "split":
            columns["split"] = pl.Series("split", [split] * filled.n, dtype=pl.String())
        elif column.name == "cohort_name":
            columns["cohort_name"] = pl.Series("cohort_name", [cohort_name] * filled.n, dtype=pl.String())
        elif column.name not in columns:
            columns[column.name] = pl.Series(column.name, filled.column(column.name), dtype=column.dtype)
    for name in ENDPOINT_NAMES:
        reason = endpoint_reason_column(name)
        given = filled.reasons.get(name) or [_NOT_GIVEN] * filled.n
        columns[reason] = pl.Series(reason, given, dtype=pl.String())
    return pl.DataFrame([*columns.values(), *filled.extras.values()])


def _reasons(filled: Filled, feature: str, values: list[Any]) -> list[str | None]:
    stated = filled.default_reasons.get(feature)
    given = filled.reasons.get(feature) or [None] * filled.n
    return [
        None if value is not None else _reason(reason, stated)
        for value, reason in zip(values, given, strict=True)
    ]


def _reason(found: str | None, stated: str | None) -> str:
    """What a door found out about this row; else what the mapping states for the whole source."""
    if found is None or found.startswith(GENERIC_REASONS):
        return stated or found or _NOT_GIVEN
    return found


def describe(frame: pl.DataFrame) -> dict[str, Any]:
    """Counts of a cohort for its tally: outcomes, and how often each column is null for which reason."""
    endpoints: dict[str, Any] = {}
    for name in ENDPOINT_NAMES:
        event = frame["response" if name == "response" else f"{name}_event"]
        reasons = Counter(r for r in frame[endpoint_reason_column(name)].to_list() if r is not None)
        endpoints[name] = {
            "known": event.len() - event.null_count(),
            "events": int(event.sum() or 0),
            "null": dict(sorted(reasons.items())),
        }
    features = {
        name: dict(sorted(Counter(r for r in frame[missing_reason_column(name)].to_list() if r).items()))
        for name in FEATURE_NAMES
    }
    covariates = {column.name: frame[column.name].null_count() for column in COVARIATES}
    return {
        "rows": frame.height,
        "patients": frame["patient_id"].n_unique(),
        "therapies": dict(sorted(Counter(frame["therapy"].fill_null("(not recorded)").to_list()).items())),
        "endpoints": endpoints,
        "features_null": {name: counts for name, counts in features.items() if counts},
        "covariates_null": {name: count for name, count in covariates.items() if count},
    }


def write_cohort(cohort: Cohort, path: Path) -> None:
    """Write the cohort (Parquet); beside it its tally, and variants and segments of its patients.

    For ``cohort.parquet`` these are ``cohort.parquet.tally.json`` and, where a MAF came with it,
    ``cohort.variants.parquet`` (the variants table); where a seg file came with it,
    ``cohort.segments.parquet``.
    """
    if cohort.variants is not None:
        write_table(cohort.variants, VARIANTS_TABLE, path.with_name(f"{path.stem}.variants.parquet"))
    if cohort.segments is not None:
        write_table(cohort.segments, SEGMENTS_TABLE, path.with_name(f"{path.stem}.segments.parquet"))
    write_table(cohort.frame, COHORT_TABLE, path, metadata=cohort.metadata)
    write_json(path.with_name(f"{path.name}.tally.json"), cohort.tally)


ENDPOINT_COLUMNS = tuple(column.name for column in ENDPOINTS)
