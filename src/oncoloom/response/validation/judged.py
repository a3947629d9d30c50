"""Predictions set against known outcomes: the served model's and every baseline's, on the same patients."""

from dataclasses import dataclass

import numpy as np

from oncoloom.response.as_served import as_served
from oncoloom.response.assemble import served_out_of_fold
from oncoloom.response.baselines.fitted import Baseline
from oncoloom.response.baselines.loris import loris_logit, lung_loris_logit
from oncoloom.response.bundle import Bundle
from oncoloom.response.datamodule import CohortArrays, FloatArray, IntArray
from oncoloom.response.model import EndpointModel, ResponseModel
from oncoloom.response.nested import NestedResult
from oncoloom.response.timegrid import cumulative_hazard, mortality, rank_score


@dataclass(frozen=True, slots=True)
class Judged:
    """One endpoint on the patients whose outcome is known.

    Attributes
    ----------
    arrays
        Those patients.
    x, code
        (n, p) standardized inputs and (n, q) code of the therapy received.
    eta
        (M, n, K) of the served model under the therapy received.
    shift
        (n,) of the survival calibration; zeros for response.
    scores
        Baseline to (n,) score, higher = more likely the event; NaN where it cannot be computed.
    probabilities
        Horizon ("" for response) to baseline to (n,) probability of the event.
    """

    endpoint: EndpointModel
    arrays: CohortArrays
    x: FloatArray
    code: FloatArray
    eta: FloatArray
    shift: FloatArray
    scores: dict[str, FloatArray]
    probabilities: dict[str, dict[str, FloatArray]]

    @property
    def time(self) -> FloatArray:
        """(n,) days; 0 for response."""
        return self.arrays.time[self.endpoint.name]

    @property
    def event(self) -> FloatArray:
        """(n,) 1 = response, progression or death."""
        return self.arrays.event[self.endpoint.name]

    def probability(self, day: int | None, eta: FloatArray | None = None) -> FloatArray:
        """(n,) calibrated probability of the served model: response, or the event by `day`."""
        value = self.eta if eta is None else eta
        if day is None:
            return 1 / (1 + np.exp(-self.endpoint.response_scale(value).mean(axis=0)))
        hazard = cumulative_hazard(value.mean(axis=0), self.endpoint.edges, np.array([float(day)]))[:, 0]
        return np.asarray(-np.expm1(-hazard * np.exp(self.shift)), dtype=np.float64)

    def score(self, eta: FloatArray | None = None) -> FloatArray:
        """(n,) what the served model ranks by: the probability of response, or mortality."""
        value = self.eta if eta is None else eta
        if self.endpoint.name == "response":
            return self.probability(None, value)
        return mortality(value.mean(axis=0), self.endpoint.edges) * np.exp(self.shift)


def judge_cohort(
    model: ResponseModel, baselines: list[Baseline], arrays: CohortArrays
) -> tuple[dict[str, Judged], int]:
    """Every endpoint with known outcomes, and the number of patients whose therapy the model does not know.

    Patients are predicted under the therapy received; where the model does not know it, under the mean of
    its class or of all.
    """
    code, weights, index = model.received_codes(arrays)
    x = model.design.encode(arrays)
    out = {}
    for name, endpoint in model.endpoints.items():
        rows = np.flatnonzero(arrays.known(name)).astype(np.int64)
        if not rows.size:
            continue
        mine = arrays.take(rows)
        own = [one for one in baselines if one.endpoint == name]
        days = _days(endpoint, model.horizons_days)
        probabilities = {
            _key(day): {one.candidate: one.probability(x[rows], code[rows], day) for one in own}
            for day in days
        }
        scores = {one.candidate: one.score(x[rows], code[rows]) for one in own}
        out[name] = Judged(
            endpoint=endpoint,
            arrays=mine,
            x=x[rows],
            code=code[rows],
            eta=endpoint.predictor.eta(x[rows], code[rows]),
            shift=weights[rows] @ endpoint.shifts,
            scores=scores | reference_scores(mine, name),
            probabilities=probabilities,
        )
    return out, int((index < 0).sum())


def judge_out_of_fold(
    model: ResponseModel, bundle: Bundle, nested: NestedResult, peers: dict[str, FloatArray] | None = None
) -> dict[str, Judged]:
    """The training rows, each predicted by models that did not see it; candidates where they were fitted.

    `peers` are further scores (n,) of the judged endpoint, out of the same folds.
    """
    index = bundle.therapies.index(bundle.arrays.therapy)
    x = bundle.inputs(np.ones(len(bundle.arrays), dtype=bool))
    out = {}
    for name, endpoint in model.endpoints.items():
        rows = np.flatnonzero(bundle.known(name)).astype(np.int64)
        mine = bundle.arrays.take(rows)
        etas = {
            c: as_served(bundle, name, by[name], nested.folds[0])[rows]
            for c, by in nested.out_of_fold.items()
            if name in by
        }
        scores = {c: rank_score(eta, bundle.edges[name]) for c, eta in etas.items()}
        if name == bundle.endpoints[0]:
            scores |= {peer: score[rows] for peer, score in (peers or {}).items()}
        out[name] = Judged(
            endpoint=endpoint,
            arrays=mine,
            x=x[rows],
            code=bundle.code[rows],
            eta=served_out_of_fold(bundle, endpoint, nested)[None][:, rows],
            shift=_own_shift(endpoint, index[rows]),
            scores=scores | reference_scores(mine, name),
            probabilities={},
        )
    return out


def reference_scores(arrays: CohortArrays, endpoint: str) -> dict[str, FloatArray]:
    """Published formulas and single markers, as scores of the event; those that nobody has are left out."""
    sign = 1.0 if endpoint == "response" else -1.0
    nothing = np.full(len(arrays), np.nan)
    found = {
        "published_formula": loris_logit(arrays),
        "published_lung_formula": lung_loris_logit(arrays),
        "pdl1_alone": arrays.numbers.get("pdl1_tps", nothing),
        "tmb_alone": arrays.numbers.get("tmb", nothing),
    }
    return {name: sign * value for name, value in found.items() if np.isfinite(value).any()}


def _own_shift(endpoint: EndpointModel, index: IntArray) -> FloatArray:
    return np.zeros(len(index)) if endpoint.name == "response" else endpoint.shifts[index]


def _days(endpoint: EndpointModel, horizons: tuple[int, ...]) -> tuple[int | None, ...]:
    return (None,) if endpoint.name == "response" else horizons


def _key(day: int | None) -> str:
    return "" if day is None else str(day)
