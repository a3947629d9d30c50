"""The one row: every feature of the registry with its value, or null with the reason."""

from collections.abc import Callable
from typing import Any

import polars as pl

from oncoloom.features.copy_number.features import copy_number
from oncoloom.features.drivers.flags import driver_flags
from oncoloom.features.hrd.features import scars
from oncoloom.features.msi import MsiResult, assess_loci, summarize_msi
from oncoloom.features.purity import why_unseen
from oncoloom.features.row_inputs import RowInputs, Values, somatic
from oncoloom.features.schema import (
    FEATURES,
    FEATURES_TABLE,
    FeatureSpec,
    missing_reason_column,
)
from oncoloom.features.tmb.burden import burden

# Below this the count of unstable loci no longer tells an unstable tumor from a stable one (docs/methods).
_TUMOR_SEEN_AF, _TUMOR_SEEN_PURITY = 0.15, 0.25


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
    result = msi_of(inputs)
    return {
        "msi_score": (result.score, result.reason),
        "msi_n_loci": (
            result.n_loci if inputs.calls.raw is not None and inputs.calls.paired else None,
            result.reason,
        ),
        "msi_status": (result.status, result.reason),
    }


def msi_of(inputs: RowInputs) -> MsiResult:
    """MSI of the sample; null with reason where there are no reads or no normal."""
    raw = inputs.calls.raw
    if raw is None:
        why = (
            "only a VCF was given: repeat lengths need reads"
            if inputs.calls.entry == "vcf"
            else "no repeat counts"
        )
        return MsiResult(0, 0, None, None, None, None, why)
    highest = somatic(inputs)["af"].max()
    purity = inputs.copies.purity.value
    af = highest if isinstance(highest, float) else None
    seen = why_unseen(purity, af, min_purity=_TUMOR_SEEN_PURITY, min_af=_TUMOR_SEEN_AF) is None
    settings = inputs.request.settings
    return summarize_msi(
        assess_loci(raw) if inputs.calls.paired else [],
        min_loci=settings.min_msi_loci,
        unstable_high=settings.msi_unstable_high,
        tumor_seen=seen,
        paired=inputs.calls.paired,
    )


def immune(_: RowInputs) -> Values:
    """HLA features: not computed here."""
    reason = "HLA typing is not part of this version"
    return {"hla_loh": (None, reason), "hla_evolutionary_divergence": (None, reason)}


GROUPS: tuple[Callable[[RowInputs], Values], ...] = (
    burden,
    microsatellites,
    copy_number,
    scars,
    immune,
    driver_flags,
)
