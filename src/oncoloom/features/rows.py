"""The one row: every feature of the registry with its value, or null with the reason."""

from collections.abc import Callable
from typing import Any

import polars as pl

from oncoloom.features.copy_number.features import copy_number
from oncoloom.features.drivers.flags import driver_flags
from oncoloom.features.hrd.features import scars
from oncoloom.features.msi.steps import msi_values
from oncoloom.features.row_inputs import RowInputs, Values
from oncoloom.features.schema import (
    FEATURES,
    FEATURES_TABLE,
    FeatureSpec,
    missing_reason_column,
)
from oncoloom.features.signatures.steps import signature_values
from oncoloom.features.tmb.burden import burden


def feature_row(inputs: RowInputs) -> pl.DataFrame:
    """The `features` table with one row.

    Each group of features is one function of `GROUPS`; together they must name every feature of the registry,
    each either with a value or with a reason (a test walks the registry).
    """
    values: Values = {}
    for group in GROUPS:
        values |= group(inputs)
    row: dict[str, Any] = {
        "patient_id": inputs.request.patient_id,
        "sample_id": inputs.request.sample_id,
        "entry": inputs.calls.entry,
        "assay": inputs.request.assay,
    }
    for spec in FEATURES:
        value, reason = _plausible(spec, *values[spec.name])
        row[spec.name], row[missing_reason_column(spec.name)] = value, (reason if value is None else None)
    return pl.DataFrame([row], schema=FEATURES_TABLE.polars_schema())


def _plausible(spec: FeatureSpec, value: Any, reason: str | None) -> tuple[Any, str | None]:
    """A figure outside its legal range is no feature: null, with the figure in the reason."""
    if value is not None and spec.legal is not None and not spec.legal[0] <= value <= spec.legal[1]:
        return None, f"{value:g} is outside the plausible range {spec.legal[0]:g} to {spec.legal[1]:g}"
    return value, reason


def microsatellites(inputs: RowInputs) -> Values:
    """MSI score, loci, status."""
    return msi_values(inputs.msi)


def mutational_processes(inputs: RowInputs) -> Values:
    """Signatures by cause, counts of substitutions, microhomology deletions."""
    return signature_values(inputs.signatures)


def immune(_: RowInputs) -> Values:
    """HLA features: not computed here."""
    reason = "HLA typing is not part of this version"
    return {"hla_loh": (None, reason), "hla_evolutionary_divergence": (None, reason)}


GROUPS: tuple[Callable[[RowInputs], Values], ...] = (
    burden,
    microsatellites,
    mutational_processes,
    copy_number,
    scars,
    immune,
    driver_flags,
)
