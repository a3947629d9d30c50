"""Mutational burden against tumors of the same type: the project's cohorts, and a published median."""

from typing import Any

import polars as pl

from oncoloom.features.schema import missing_reason_column
from oncoloom.reference_data.published_burden import PublishedMedian, published_medians
from oncoloom.report.disease_names import DISEASE_NAMES, UNKNOWN
from oncoloom.report.genome_model import Burden, BurdenQuantiles, PublishedBurden
from oncoloom.report.inputs import ReportInputs
from oncoloom.report.words import FEW, count, listed, number, percent, sentence

LEAST_DRAWN = 20  # a distribution of fewer tumors is not drawn: single patients would stand out
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


def build_burden(inputs: ReportInputs) -> Burden:
    """The patient's burden among tumors of its type, in words and as figures of a strip."""
    row = inputs.features
    code = inputs.sheet.get("oncotree_code", UNKNOWN)
    names = _names(code, inputs.clinic.get("tumor_type"))
    name = DISEASE_NAMES.get(code) or inputs.clinic.get("tumor_type") or code
    same = _same_type(inputs, code, names)
    quantiles = _quantiles(same)
    published = _published(code)
    tmb = row.get("tmb")
    return Burden(
        text=" ".join(
            part
            for part in (_patient(inputs), _against(same, tmb, name, code), _published_text(published))
            if part
        ),
        alt=_alt(tmb, quantiles, published, name),
        tumor_type=name,
        tmb=tmb,
        lower=row.get("tmb_lower"),
        upper=row.get("tmb_upper"),
        n_tumors=len(same) if len(same) >= FEW else None,
        cohorts=tuple(sorted(same["cohort_name"].unique().to_list())) if len(same) >= FEW else (),
        quantiles=quantiles,
        share_below=_share_below(same, tmb),
        published=published,
    )


def _names(code: str, tumor_type: str | None) -> set[str]:
    return {
        name.casefold() for name in (code, DISEASE_NAMES.get(code), tumor_type) if name and name != UNKNOWN
    }


def _same_type(inputs: ReportInputs, code: str, names: set[str]) -> pl.DataFrame:
    """Other patients of the cohorts whose code, or named type, is this one."""
    frame = inputs.burdens.filter(pl.col("patient_id") != inputs.patient_id)
    same_code = pl.col("oncotree_code") == code if code != UNKNOWN else pl.lit(value=False)
    same_name = pl.col("tumor_type").str.to_lowercase().is_in(sorted(names))
    return frame.filter(same_code.fill_null(value=False) | same_name.fill_null(value=False))


def _quantiles(same: pl.DataFrame) -> BurdenQuantiles | None:
    if len(same) < LEAST_DRAWN:
        return None
    values = [same["tmb"].quantile(q, interpolation="linear") for q in QUANTILES]
    low5, low25, middle, high75, high95 = (float(value or 0.0) for value in values)
    return BurdenQuantiles(p5=low5, p25=low25, median=middle, p75=high75, p95=high95)


def _share_below(same: pl.DataFrame, tmb: float | None) -> float | None:
    if tmb is None or len(same) < FEW:
        return None
    return float((same["tmb"] < tmb).mean() or 0.0)  # type: ignore[arg-type]


def _published(code: str) -> PublishedBurden | None:
    found: PublishedMedian | None = published_medians().get(code)
    if found is None:
        return None
    return PublishedBurden(
        median=found.median, n=found.n, assay=found.assay, source=found.source, reference=found.reference
    )


def _patient(inputs: ReportInputs) -> str:
    row: dict[str, Any] = inputs.features
    if row.get("tmb") is not None:
        return ""
    return sentence(
        f"This tumor's burden is not given: {row.get(missing_reason_column('tmb')) or 'no reason recorded'}"
    )


def _against(same: pl.DataFrame, tmb: float | None, name: str, code: str) -> str:
    if code == UNKNOWN and not len(same):
        return "No comparison: the tumor type is not known."
    n = len(same)
    if n < FEW:
        few = "no other tumor" if n == 0 else f"fewer than {FEW} other tumors"
        return f"No comparison: the cohorts of this project hold {few} of this type ({name}) with a burden."
    cohorts = listed(sorted(same["cohort_name"].unique().to_list()))
    middle = float(same["tmb"].median() or 0.0)  # type: ignore[arg-type]
    against = f"{n:,} other tumors of this type ({name}; {cohorts}), median {number(middle)}/Mb"
    if tmb is None:
        return f"The cohorts of this project hold {against}."
    below = _share_below(same, tmb)
    return f"Higher than in {percent(below or 0.0)} of {against}. Compare within one kind of assay only."


def _published_text(found: PublishedBurden | None) -> str:
    if found is None:
        return ""
    of = f" of {count(found.n, 'tumor')}" if found.n is not None else ""
    assay = "" if found.assay == "not stated" else f", {found.assay}"
    return f"Published median{of}: {number(found.median)}/Mb ({found.source}{assay})."


def _alt(
    tmb: float | None, quantiles: BurdenQuantiles | None, published: PublishedBurden | None, name: str
) -> str:
    mine = f"this tumor {number(tmb)} per Mb" if tmb is not None else "this tumor's burden not given"
    parts = [mine]
    if quantiles is not None:
        parts.append(
            f"tumors of its type {number(quantiles.median)} (middle half {number(quantiles.p25)} to "
            f"{number(quantiles.p75)})"
        )
    if published is not None:
        parts.append(f"published median {number(published.median)}")
    return f"Mutational burden, {name}: {'; '.join(parts)}."
