"""Patients compared under two therapies: both predictions, the difference, and what may be said of it."""

from typing import Any

import numpy as np
import polars as pl

from oncoloom.errors import UsageError
from oncoloom.response.abstention import patient_reach, therapy_reason
from oncoloom.response.datamodule import CohortArrays, FloatArray, to_arrays
from oncoloom.response.effects.comparison import Comparison
from oncoloom.response.effects.crossfit import to_probability
from oncoloom.response.effects.overlap import HIGH, LOW
from oncoloom.response.effects.schema import COMPARISONS_TABLE
from oncoloom.response.effects.wording import WordingFacts, wording
from oncoloom.response.model import Z90, EndpointModel, ResponseModel
from oncoloom.response.one_thread import one_thread
from oncoloom.response.predictors import score_rows
from oncoloom.tables import check_table

NOT_ESTIMATED = "training did not estimate this comparison (a therapy that fewer than 20 patients got)"


def compare_cohort(
    model: ResponseModel, frame: pl.DataFrame, *, first: str, second: str, model_version: str
) -> pl.DataFrame:
    """A row per patient, endpoint and horizon (the comparisons schema), in the order of the input.

    Differences are of event probabilities, `first` minus `second`. Where the predictions must stand apart
    there is no difference, only the two probabilities and the reason.

    Raises
    ------
    UsageError
        If the model does not know one of the therapies, or both are the same.
    """
    for name in (first, second):
        if name not in model.therapies.names:
            raise UsageError("the model does not know this therapy", found=name,
                             expected=", ".join(model.therapies.names))  # fmt: skip
    if first == second:
        raise UsageError("the same therapy twice", found=first, expected="two different therapies")
    with one_thread():
        arrays = to_arrays(frame)
        rows: list[dict[str, Any]] = []
        for name, endpoint in model.endpoints.items():
            for day in (None,) if name == "response" else model.horizons_days:
                rows += _compared(model, endpoint, arrays, first, second, day)
    order = {patient: i for i, patient in enumerate(arrays.patient_id)}
    rows.sort(key=lambda row: order[row["patient_id"]])
    schema = {c.name: c.dtype for c in COMPARISONS_TABLE.columns}
    rows = [{**row, "model_version": model_version, "cohort_digest": arrays.digest} for row in rows]
    out = pl.DataFrame(rows, schema=schema, orient="row") if rows else COMPARISONS_TABLE.empty()
    return check_table(out, COMPARISONS_TABLE)


def individual_differences(
    model: ResponseModel, x: FloatArray, known: Comparison, first: str
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Probability under `first` and the other (n,), difference (n,) and its standard deviation (n,).

    x (n, p) are inputs of the model's design. Differences come from the averaged effect model, their
    uncertainty from its posterior draws.
    """
    effects = model.effects.endpoints[known.endpoint]
    sides = []
    for name, shift in zip((known.first, known.second), known.shifts, strict=True):
        code = model.therapies.codes[model.therapies.names.index(name)]
        sides.append(effects.probabilities(x, code, shift, known.horizon_days))
    if first != known.first:
        sides.reverse()
    draws = sides[0][1] - sides[1][1]
    middle = sides[0][0] - sides[1][0]
    # one patient after the other: a sum over another shape may differ in the last bits
    spread = np.array(
        [np.sqrt(np.mean(np.ascontiguousarray(draws[:, i] - middle[i]) ** 2)) for i in range(len(x))]
    )
    return sides[0][0], sides[1][0], middle, spread


def _compared(
    model: ResponseModel,
    endpoint: EndpointModel,
    arrays: CohortArrays,
    first: str,
    second: str,
    day: int | None,
) -> list[dict[str, Any]]:
    raw = model.design.encode_raw(arrays)
    x = np.where(np.isfinite(raw), raw, 0.0)
    reach = patient_reach(model, arrays, raw)
    known = model.effects.find(first, second, endpoint.name, day)
    sign = 1.0 if known is None or known.first == first else -1.0
    apart = _apart(model, endpoint, known, first, second, day)
    base = {
        "first": first,
        "second": second,
        "endpoint": endpoint.name,
        "horizon_days": day,
        "source": "undeclared" if known is None else known.source,
        "adjusted_for": ", ".join(known.adjusted_for) if known and known.adjusted_for else None,
        **_average_columns(known, sign),
    }
    if apart is not None or known is None or known.average is None:
        sides = [_champion_probability(model, endpoint, x, name, day) for name in (first, second)]
        reason = apart or NOT_ESTIMATED
        return [
            {
                "patient_id": patient, **base, **_sides(sides[0][i], sides[1][i]), "wording": "apart",
                "reason": reach.reasons[i] or reason, "abstained": reach.reasons[i] is not None,
            }
            for i, patient in enumerate(arrays.patient_id)
        ]  # fmt: skip
    p_first, p_second, middle, spread = individual_differences(model, x, known, first)
    outside = _outside(model, known, x)
    rows = []
    for i, patient in enumerate(arrays.patient_id):
        said = _said(known, sign, float(middle[i]), float(spread[i]), reach.reasons[i] or outside[i])
        rows.append(
            {"patient_id": patient, **base, **_sides(p_first[i], p_second[i]), **said,
             "abstained": reach.reasons[i] is not None}
        )  # fmt: skip
    return rows


def _apart(
    model: ResponseModel,
    endpoint: EndpointModel,
    known: Comparison | None,
    first: str,
    second: str,
    day: int | None,
) -> str | None:
    for name in (first, second):
        reason = therapy_reason(model, endpoint, model.therapies.names.index(name), day)
        if reason is not None:
            return f"{name}: {reason}"
    return NOT_ESTIMATED if known is None else known.reason_apart


def _outside(model: ResponseModel, known: Comparison, x: FloatArray) -> list[str | None]:
    """Reasons of patients whose propensity lies outside the overlap."""
    propensity = model.effects.propensities.get((known.first, known.second))
    if propensity is None:
        return [None] * len(x)
    values = np.array([float(propensity(x[i : i + 1])[0]) for i in range(len(x))])
    return [
        None
        if LOW <= e <= HIGH
        else f"no overlap: {e:.0%} of such patients got {known.first}, outside {LOW:.0%} to {HIGH:.0%}"
        for e in values
    ]


def _said(
    known: Comparison, sign: float, middle: float, spread: float, outside: str | None
) -> dict[str, Any]:
    """Difference, interval, third and wording of one patient; `middle` counts first minus second as asked."""
    assert known.average is not None
    low, high = max(middle - Z90 * spread, -1.0), min(middle + Z90 * spread, 1.0)
    third = known.third_of(sign * middle)
    facts = WordingFacts(
        reason_apart=outside,
        events=min(known.events),
        similar_events=min(third.events_first, third.events_second) if third else 0,
        rho=known.rho,
        gate_z=known.gate_z,
        average=sign * known.average.difference,
        interval=(low, high),
    )
    form, reason = wording(facts)
    out: dict[str, Any] = {"wording": form, "reason": reason}
    if form == "apart":
        return out
    out |= {"difference": middle, "difference_lo90": low, "difference_hi90": high}
    if third is not None:
        limits = sorted((sign * third.lower, sign * third.upper))
        out |= {
            "group_n": third.n,
            "group_predicted": sign * third.predicted,
            "group_observed": sign * third.observed,
            "group_observed_lo95": limits[0],
            "group_observed_hi95": limits[1],
        }
    return out


def _average_columns(known: Comparison | None, sign: float) -> dict[str, Any]:
    if known is None or known.average is None:
        return {}
    limits = sorted((sign * known.average.lower, sign * known.average.upper))
    return {
        "average_difference": sign * known.average.difference,
        "average_difference_lo95": limits[0],
        "average_difference_hi95": limits[1],
        "e_value": known.e_value,
        "e_value_limit": known.e_value_limit,
        "reliability": known.rho,
        "gate_z": known.gate_z,
    }


def _sides(first: float, second: float) -> dict[str, float]:
    return {"probability_first": float(first), "probability_second": float(second)}


def _champion_probability(
    model: ResponseModel, endpoint: EndpointModel, x: FloatArray, therapy: str, day: int | None
) -> FloatArray:
    """(n,) the served model's event probability, for predictions that stand apart."""
    k = model.therapies.names.index(therapy)
    eta = score_rows(endpoint.predictor, x, np.tile(model.therapies.codes[k], (len(x), 1)))
    survival = day is not None
    if survival:
        members = endpoint.hazard_scale(eta, np.full(len(x), endpoint.shifts[k]), float(day or 0))
    else:
        members = endpoint.response_scale(eta)
    middle = np.array([np.ascontiguousarray(members[:, i]).mean() for i in range(len(x))])
    return to_probability(middle, survival=survival)
