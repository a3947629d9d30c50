"""Patients compared under two therapies: both predictions, the difference, and what may be said of it."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl

from oncoloom.errors import UsageError
from oncoloom.response.abstention import patient_reach, plain_name, therapy_reason
from oncoloom.response.array_types import BoolArray, FloatArray
from oncoloom.response.datamodule import CohortArrays
from oncoloom.response.effects.anchoring import TrialSearch, anchored_columns
from oncoloom.response.effects.comparison import Comparison
from oncoloom.response.effects.effect_model import Pair
from oncoloom.response.effects.missing_modifiers import lost_variance
from oncoloom.response.effects.overlap import HIGH, LOW
from oncoloom.response.effects.patient_rows import PatientDifference, average_columns, patient_columns
from oncoloom.response.effects.risks import to_probability
from oncoloom.response.effects.schema import COMPARISONS_TABLE
from oncoloom.response.model import EndpointModel, ResponseModel
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
    return _table(model, frame, [(first, second)], model_version)


def compare_all(model: ResponseModel, frame: pl.DataFrame, *, model_version: str) -> pl.DataFrame:
    """As :func:`compare_cohort`, for every pair of therapies that training compared; empty where none was."""
    pairs = sorted({(one.first, one.second) for one in model.effects.comparisons})
    return _table(model, frame, pairs, model_version)


def _table(model: ResponseModel, frame: pl.DataFrame, pairs: list[Pair], model_version: str) -> pl.DataFrame:
    if not frame.height or not pairs:
        return COMPARISONS_TABLE.empty()
    rows: list[dict[str, Any]] = []
    with one_thread():
        arrays = model.arrays_of(frame)
        for first, second in pairs:
            for name, endpoint in model.endpoints.items():
                for day in (None,) if name == "response" else model.horizons_days:
                    rows += _compared(model, endpoint, arrays, first, second, day)
    _add_trials(rows, model, frame.to_dicts() * (len(rows) // frame.height))
    order = {patient: i for i, patient in enumerate(arrays.patient_id)}
    rows.sort(key=lambda row: order[row["patient_id"]])
    schema = {c.name: c.dtype for c in COMPARISONS_TABLE.columns}
    rows = [{**row, "model_version": model_version, "cohort_digest": arrays.digest} for row in rows]
    return check_table(pl.DataFrame(rows, schema=schema, orient="row"), COMPARISONS_TABLE)


def _add_trials(rows: list[dict[str, Any]], model: ResponseModel, clinic: list[dict[str, Any]]) -> None:
    """Add the columns of the trial beside each row; `clinic` holds the cohort's row behind it."""
    search = TrialSearch()
    for row, patient in zip(rows, clinic, strict=True):
        first, second, day = row["first"], row["second"], row["horizon_days"]
        known = model.effects.find(first, second, row["endpoint"], day)
        average = None
        if row["wording"] != "apart" and known is not None and known.average is not None:
            average = row["average_difference"], known.average.standard_error
        row |= anchored_columns(search.find(patient, first, second, row["endpoint"], day), average)


def individual_differences(
    model: ResponseModel, x: FloatArray, known: Comparison, first: str
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Probability under `first` and the other (n,), difference (n,) and its standard deviation (n,).

    x (n, p) are inputs of the model's design. Differences come from the averaged effect model, their
    uncertainty from its posterior draws and from what forms it cannot take.
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
        [
            np.sqrt(np.mean(np.ascontiguousarray(draws[:, i] - middle[i]) ** 2) + known.form_variance)
            for i in range(len(x))
        ]
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
        **average_columns(known, sign),
    }
    if apart is not None or known is None or known.average is None:
        sides = [_champion_probability(model, endpoint, x, name, day) for name in (first, second)]
        return _standing_apart(arrays.patient_id, base, sides, reach.reasons, apart or NOT_ESTIMATED)
    p_first, p_second, middle, spread = individual_differences(model, x, known, first)
    outside = _outside(model, known, x, reach.missing)
    rows = []
    for i, patient in enumerate(arrays.patient_id):
        lacking = np.array(
            [reach.missing[i, model.design.sources.index(one)] for one in known.modifiers], bool
        )
        mine = PatientDifference(
            float(middle[i]),
            float(np.sqrt(spread[i] ** 2 + lost_variance(known.lost_covariance, lacking))),
            reach.reasons[i] or outside[i],
            tuple(one for one, lost in zip(known.modifiers, lacking, strict=True) if lost),
        )
        rows.append(
            {"patient_id": patient, **base, **_sides(p_first[i], p_second[i]),
             **patient_columns(known, sign, mine), "abstained": reach.reasons[i] is not None}
        )  # fmt: skip
    return rows


def _standing_apart(
    patients: Sequence[str],
    base: dict[str, Any],
    sides: list[FloatArray],
    abstained: Sequence[str | None],
    reason: str,
) -> list[dict[str, Any]]:
    """Rows with two probabilities and the reason why there is no difference."""
    return [
        {
            "patient_id": patient, **base, **_sides(sides[0][i], sides[1][i]), "wording": "apart",
            "reason": abstained[i] or reason, "abstained": abstained[i] is not None,
        }
        for i, patient in enumerate(patients)
    ]  # fmt: skip


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


def _outside(model: ResponseModel, known: Comparison, x: FloatArray, missing: BoolArray) -> list[str | None]:
    """Reasons of patients outside the overlap, or of whom it is not known whether they are inside."""
    propensity = model.effects.propensities.get((known.first, known.second))
    if propensity is None:
        return [None] * len(x)
    places = {name: model.design.sources.index(name) for name in known.adjusted_for}
    out: list[str | None] = []
    for i in range(len(x)):
        absent = [plain_name(name) for name, place in places.items() if missing[i, place]]
        e = float(propensity(x[i : i + 1])[0])
        if absent:
            out.append(
                f"whether such patients got both therapies cannot be told: {' and '.join(absent)} missing"
            )
        elif LOW <= e <= HIGH:
            out.append(None)
        else:
            out.append(
                f"no overlap: {e:.0%} of such patients got {known.first}, outside {LOW:.0%} to {HIGH:.0%}"
            )
    return out


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
