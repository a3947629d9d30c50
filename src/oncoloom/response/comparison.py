"""Two therapies compared for one patient: the difference, what it rests on, and what may be said of it.

Randomized or not is declared, never inferred. The average difference always comes with its interval and is
never shrunken; an individual difference is shown only as far as its reliability goes.
"""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import polars as pl

from oncoloom.errors import UsageError
from oncoloom.response.datamodule import CohortArrays, FloatArray, to_arrays
from oncoloom.response.model import Z90, EndpointModel, ResponseModel
from oncoloom.response.predictors import score_rows
from oncoloom.response.survival_metrics import kaplan_meier

MIN_EVENTS_PER_ARM = 20
Wording = Literal["average only", "groups", "personal", "apart"]


@dataclass(frozen=True, slots=True)
class AverageDifference:
    """Observed difference of event shares of two arms, `first` minus `second`, with its 95 % interval."""

    difference: float
    lower: float
    upper: float
    n_first: int
    n_second: int
    events_first: int
    events_second: int


def average_difference(
    arrays: CohortArrays, endpoint: str, first: str, second: str, day: int | None
) -> AverageDifference | None:
    """Kaplan-Meier shares (response: plain shares) of two arms by `day`; None where an arm has no outcome."""
    known = arrays.known(endpoint)
    parts = []
    for name in (first, second):
        rows = known & np.array([one == name for one in arrays.therapy])
        if not rows.any():
            return None
        time, event = arrays.time[endpoint][rows], arrays.event[endpoint][rows]
        parts.append((*_share(time, event, day), int(rows.sum()), int(event.sum())))
    (p, v, n1, e1), (q, w, n2, e2) = parts
    half = 1.959964 * float(np.sqrt(v + w))
    return AverageDifference(p - q, p - q - half, p - q + half, n1, n2, e1, e2)


def _share(time: FloatArray, event: FloatArray, day: int | None) -> tuple[float, float]:
    if day is None:
        p = float(event.mean())
        return p, p * (1 - p) / event.size
    curve = kaplan_meier(time, event)
    error = curve.standard_error(float(day))
    return 1 - float(curve.at(np.array([float(day)]))[0]), 0.0 if np.isnan(error) else error**2


def individual_differences(
    model: ResponseModel,
    frame: pl.DataFrame,
    *,
    endpoint: str,
    first: str,
    second: str,
    day: int | None = None,
) -> pl.DataFrame:
    """Predicted difference of event probabilities, `first` minus `second`, for every patient, in input order.

    Columns ``patient_id, difference, difference_lo90, difference_hi90``. The interval is that of members:
    each member predicts both arms, so what both share cancels.

    Raises
    ------
    UsageError
        If the model does not know a therapy or the endpoint, or a survival endpoint has no horizon.
    """
    for name in (first, second):
        if name not in model.therapies.names:
            raise UsageError("the model does not know this therapy", found=name,
                             expected=", ".join(model.therapies.names))  # fmt: skip
    if endpoint not in model.endpoints:
        raise UsageError(
            "the model has no such endpoint", found=endpoint, expected=", ".join(model.endpoints)
        )
    if (day is None) != (endpoint == "response"):
        raise UsageError("pfs and os are compared at a horizon, response without one", found=str(day))
    arrays = to_arrays(frame)
    x = model.design.encode(arrays)
    one = model.endpoints[endpoint]
    sides = [_member_probabilities(model, one, x, name, day) for name in (first, second)]
    members = sides[0] - sides[1]
    middle, spread = members.mean(axis=0), members.std(axis=0, ddof=1) if len(members) > 1 else 0.0
    return pl.DataFrame(
        {
            "patient_id": arrays.patient_id,
            "difference": middle,
            "difference_lo90": np.clip(middle - Z90 * spread, -1, 1),
            "difference_hi90": np.clip(middle + Z90 * spread, -1, 1),
        }
    )


def _member_probabilities(
    model: ResponseModel, endpoint: EndpointModel, x: FloatArray, therapy: str, day: int | None
) -> FloatArray:
    k = model.therapies.names.index(therapy)
    eta = score_rows(endpoint.predictor, x, np.tile(model.therapies.codes[k], (len(x), 1)))
    if day is None:
        return np.asarray(1 / (1 + np.exp(-endpoint.response_scale(eta))), dtype=np.float64)
    shift = np.full(len(x), endpoint.shifts[k])
    return np.asarray(-np.expm1(-np.exp(endpoint.hazard_scale(eta, shift, float(day)))), dtype=np.float64)


def reliability(differences: pl.DataFrame) -> float:
    """Share of the spread of predicted differences that is not their own uncertainty, 0 to 1."""
    spread = float(np.var(differences["difference"].to_numpy()))
    half = (differences["difference_hi90"] - differences["difference_lo90"]).to_numpy() / (2 * Z90)
    return spread / (spread + float(np.mean(half**2))) if spread > 0 else 0.0


def wording(
    model: ResponseModel, row: dict[str, Any], average: AverageDifference | None, rho: float
) -> tuple[Wording, str]:
    """What may be said of one patient's difference, and why.

    Apart: no declared randomization, or fewer than 20 events in an arm: the two predictions stand by
    themselves. Average only: rho < 0.5 or the patient's interval covers the average. Groups: rho to 0.7.
    """
    if not model.facts.get("randomized"):
        return "apart", "therapy was not assigned at random in training, and no adjustment was declared"
    if average is None or min(average.events_first, average.events_second) < MIN_EVENTS_PER_ARM:
        n = 0 if average is None else min(average.events_first, average.events_second)
        return "apart", f"{n} events in the smaller arm, fewer than {MIN_EVENTS_PER_ARM}"
    if rho < 0.5:
        return "average only", f"individual differences are unreliable (reliability {rho:.2f}, below 0.5)"
    if row["difference_lo90"] <= average.difference <= row["difference_hi90"]:
        return "average only", "this patient's features do not change the average difference measurably"
    if rho <= 0.7:
        return "groups", f"groups differ, persons hardly (reliability {rho:.2f})"
    return "personal", f"reliability {rho:.2f}"


def benefit_hazard_ratio(
    arrays: CohortArrays, endpoint: str, first: str, benefit: FloatArray, score: FloatArray
) -> tuple[float, float] | None:
    """Hazard ratio per SD of (arm x predicted benefit), and the standard error of its logarithm.

    Cox model with the arm (`first` = 1), `score`, the benefit and their product; below 1 the prediction is
    right. Both inputs must be cross-fitted, on the log-hazard scale. None without events or spread.
    """
    known = arrays.known(endpoint)
    time, event = arrays.time[endpoint][known], arrays.event[endpoint][known]
    arm = np.array([float(one == first) for one in arrays.therapy])[known]
    b, s = benefit[known], score[known]
    if event.sum() < 10 or b.std() < 1e-9 or arm.std() < 1e-9:
        return None
    b = (b - b.mean()) / b.std()
    design = np.stack([arm - 0.5, (s - s.mean()) / max(float(s.std()), 1e-9), b, (arm - 0.5) * b], axis=1)
    theta, information = _cox(design, time, event)
    error = float(np.sqrt(np.linalg.inv(information)[3, 3]))
    return float(np.exp(theta[3])), error


def _cox(design: FloatArray, time: FloatArray, event: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Coefficients and information of a Cox model (Breslow ties), by Newton."""
    order = np.argsort(-time, kind="stable")
    x, t, e = design[order], time[order], event[order]
    theta = np.zeros(x.shape[1])
    information = np.eye(x.shape[1])
    last = np.searchsorted(-t, -t, side="right") - 1  # risk set: everyone with time >= own
    for _ in range(30):
        weight = np.exp(np.clip(x @ theta, -30, 30))
        total = np.cumsum(weight)[last]
        first_moment = np.cumsum(weight[:, None] * x, axis=0)[last] / total[:, None]
        second = np.cumsum(weight[:, None, None] * x[:, :, None] * x[:, None, :], axis=0)[last]
        spread = second / total[:, None, None] - first_moment[:, :, None] * first_moment[:, None, :]
        gradient = (e[:, None] * (x - first_moment)).sum(axis=0)
        information = (e[:, None, None] * spread).sum(axis=0) + 1e-8 * np.eye(x.shape[1])
        step = np.linalg.solve(information, gradient)
        theta = theta + np.clip(step, -2, 2)
        if np.abs(step).max() < 1e-9:
            break
    return theta, information
