"""A cohort to the predictions table: a row per patient, therapy, endpoint and horizon, never an abort."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from oncoloom.response.abstention import PatientReach, patient_reach, therapy_reason
from oncoloom.response.datamodule import CohortArrays, FloatArray
from oncoloom.response.model import Z50, Z90, EndpointModel, ResponseModel
from oncoloom.response.one_thread import one_thread
from oncoloom.response.predictors import score_rows
from oncoloom.response.schema import PREDICTIONS_TABLE
from oncoloom.tables import check_table

_CLIP = 1e-6


def predict_cohort(model: ResponseModel, frame: pl.DataFrame, *, model_version: str) -> pl.DataFrame:
    """Predictions for every patient of a cohort table, in its order (the predictions schema).

    Each therapy the model knows gets its rows; the therapy received comes too where training never saw it. A
    patient scored alone gets the same numbers as in a table.
    """
    if not frame.height:
        return PREDICTIONS_TABLE.empty()
    with one_thread():
        return _predict(model, frame, model_version)


def _predict(model: ResponseModel, frame: pl.DataFrame, model_version: str) -> pl.DataFrame:
    arrays = model.arrays_of(frame)
    raw = model.design.encode_raw(arrays)
    x = np.where(np.isfinite(raw), raw, 0.0)
    reach = patient_reach(model, arrays, raw)
    received = model.therapies.index(arrays.therapy)
    rows: list[dict[str, Any]] = []
    scored = [_score(model, endpoint, x, arrays) for endpoint in model.endpoints.values()]
    for i in range(len(arrays)):
        therapies = [(name, k) for k, name in enumerate(model.therapies.names)]
        if arrays.therapy[i] is not None and received[i] < 0:
            therapies.append((str(arrays.therapy[i]), -1))
        statements = [_Statements(model, one, reach, arrays, i) for one in scored]
        for name, k in therapies:
            mine = {
                "patient_id": arrays.patient_id[i],
                "therapy": name,
                "received": k == received[i],  # -1 stands only in rows of a therapy that training never saw
            }
            rows += [mine | row for one in statements for row in one.rows(k)]
    out = pl.DataFrame(rows, schema=_row_schema(), orient="row") if rows else PREDICTIONS_TABLE.empty()
    out = out.with_columns(
        pl.lit(model_version, dtype=pl.String).alias("model_version"),
        pl.lit(arrays.digest, dtype=pl.String).alias("cohort_digest"),
    )
    return check_table(out, PREDICTIONS_TABLE)


def _row_schema() -> dict[str, pl.DataType]:
    return {
        c.name: c.dtype for c in PREDICTIONS_TABLE.columns if c.name not in {"model_version", "cohort_digest"}
    }


@dataclass(frozen=True, slots=True)
class _Scored:
    """eta of all patients under each distinct therapy code, and under what stands for an unknown therapy.

    Rare therapies share the code of their class: `place` (A + 1,) says whose eta (M, n, K) is a therapy's.
    """

    endpoint: EndpointModel
    etas: list[FloatArray]
    place: tuple[int, ...]


def _score(model: ResponseModel, endpoint: EndpointModel, x: FloatArray, arrays: CohortArrays) -> _Scored:
    stand_in = np.array([model.therapy_weights(-1, group) for group in arrays.therapy_class])
    distinct, place = np.unique(model.therapies.codes, axis=0, return_inverse=True)
    etas = [score_rows(endpoint.predictor, x, np.tile(code, (len(x), 1))) for code in distinct]
    etas.append(score_rows(endpoint.predictor, x, stand_in @ model.therapies.codes))
    return _Scored(endpoint, etas, (*(int(k) for k in place.reshape(-1)), len(distinct)))


class _Statements:
    """Everything said about one patient and endpoint; equal codes and shifts are computed once."""

    def __init__(
        self, model: ResponseModel, scored: _Scored, reach: PatientReach, arrays: CohortArrays, i: int
    ) -> None:
        self.model, self.scored, self.endpoint = model, scored, scored.endpoint
        self.reason = reach.reasons[i]
        missing = [s for s, lost in zip(model.design.sources, reach.missing[i], strict=True) if lost]
        self.variance = self.endpoint.spread(missing)
        self.therapy_class, self.tumor_type = arrays.therapy_class[i], arrays.categories["tumor_type"][i]
        self.i = i
        self._known: dict[tuple[int, float, int | None], dict[str, Any]] = {}

    def rows(self, therapy: int) -> list[dict[str, Any]]:
        """A row per horizon under one therapy, -1 = one that training never saw."""
        endpoint = self.endpoint
        name = self.model.therapies.names[therapy] if therapy >= 0 else None
        weights = self.model.therapy_weights(therapy, self.therapy_class)
        shift = float(weights @ endpoint.shifts)
        out = []
        for day in (None,) if endpoint.name == "response" else self.model.horizons_days:
            said = self._said(self.scored.place[therapy], shift, day)
            reason = therapy_reason(self.model, endpoint, therapy, day) or self.reason
            n, share = (0, None)
            if name is not None:
                horizon = "" if day is None else str(day)
                n, share = endpoint.similar.look_up(horizon, name, self.tumor_type, said["probability"])
            more = {
                "abstained": reason is not None,
                "reason": reason,
                "n_similar": n,
                "observed_similar": share,
            }
            out.append(said | more)
        return out

    def _said(self, place: int, shift: float, day: int | None) -> dict[str, Any]:
        key = (place, shift, day)
        if key not in self._known:
            eta = self.scored.etas[place][:, self.i : self.i + 1, :]
            self._known[key] = _statement(self.endpoint, eta, np.array([shift]), self.variance, day)
        return self._known[key]


def _statement(
    endpoint: EndpointModel, eta: FloatArray, shift: FloatArray, variance: float, day: int | None
) -> dict[str, Any]:
    """Probability, intervals, set or bound of one patient under one therapy; eta (M, 1, K), shift (1,)."""
    if day is None:
        members = endpoint.response_scale(eta)[:, 0]
        to_probability = _expit
        outcome_set = endpoint.outcome_sets.sets(eta.mean(axis=0)[:, 0])[0]
        bound = None
    else:
        members = endpoint.hazard_scale(eta, shift, float(day))[:, 0]
        to_probability = _from_log_hazard
        outcome_set = None
        bound = float(endpoint.time_lower_bound(eta, shift)[0])
    center = float(members.mean())
    spread = float(np.sqrt(members.var(ddof=1) + variance)) if members.size > 1 else float(np.sqrt(variance))
    return {
        "endpoint": endpoint.name,
        "horizon_days": day,
        "probability": to_probability(center),
        "probability_lo90": to_probability(center - Z90 * spread),
        "probability_hi90": to_probability(center + Z90 * spread),
        "probability_lo50": to_probability(center - Z50 * spread),
        "probability_hi50": to_probability(center + Z50 * spread),
        "outcome_set": outcome_set,
        "survival_time_lower90_days": bound,
    }


def _expit(value: float) -> float:
    return float(np.clip(1 / (1 + np.exp(-np.clip(value, -50, 50))), _CLIP, 1 - _CLIP))


def _from_log_hazard(value: float) -> float:
    return float(np.clip(-np.expm1(-np.exp(np.clip(value, -50, 50))), _CLIP, 1 - _CLIP))
