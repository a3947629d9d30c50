"""From nested cross-validation to a model: refit the champion with members, calibrate, conformalize."""

from dataclasses import dataclass

import numpy as np

from oncoloom.response.as_served import helpful_slopes
from oncoloom.response.average import AveragePredictor
from oncoloom.response.bundle import Bundle
from oncoloom.response.calibration import LogitCalibration, fit_logit_calibration, fit_survival_shift
from oncoloom.response.candidates import CANDIDATE_BY_NAME, candidates_for
from oncoloom.response.conformal import OutcomeSets, fit_event_share, fit_outcome_sets
from oncoloom.response.datamodule import FloatArray, IntArray
from oncoloom.response.explanation.similar_curves import SimilarCurves, fit_similar_curves
from oncoloom.response.fit_tasks import FitTask
from oncoloom.response.model import EndpointModel
from oncoloom.response.nested import OUTER_STEPS, NestedResult
from oncoloom.response.penalties import Penalty
from oncoloom.response.predictors import Predictor, centered
from oncoloom.response.search import Method, choose_penalty
from oncoloom.response.selection import CandidateScore, Choice, choose
from oncoloom.response.similar import SimilarPatients, count_similar
from oncoloom.response.time_slopes import SlopedPredictor, fit_time_slopes
from oncoloom.response.timegrid import cumulative_hazard

IDENTITY = LogitCalibration(1.0, 0.0, 1.0)


@dataclass(frozen=True, slots=True)
class Champion:
    """What was chosen, on what evidence, the penalties, and which joint model serves the other heads."""

    choice: Choice
    penalty: Penalty
    joint: str


def choose_champion(
    bundle: Bundle, nested: NestedResult, *, search: Method = "grid", seed: int = 0
) -> Champion:
    """The final choice on the outer folds of all training rows."""
    competing = candidates_for(bundle)
    scores = {c.name: CandidateScore(c.name, c.rank, nested.outer_scores[c.name]) for c in competing}
    joint = choose([scores[c.name] for c in competing if c.joint]).champion
    everyone = np.ones(len(bundle.arrays), dtype=bool)
    penalty = choose_penalty(bundle, bundle.endpoints[0], everyone, nested.folds[0], method=search, seed=seed)
    return Champion(choose(list(scores.values())), penalty, joint)


def fit_final(
    bundle: Bundle, champion: Champion, weights: FloatArray, seed: int
) -> dict[str, tuple[str, Predictor]]:
    """Endpoint to (candidate name, predictor with members): the judged endpoint from the champion."""
    x = bundle.inputs(np.ones(len(bundle.arrays), dtype=bool))
    equal = np.ones((1, len(bundle.arrays)))
    task = FitTask(x, np.concatenate([equal, weights]), champion.penalty, seed, OUTER_STEPS)
    judged = bundle.endpoints[0]
    name = champion.choice.champion
    out: dict[str, tuple[str, Predictor]] = {}
    if not CANDIDATE_BY_NAME[name].joint:
        out[judged] = (name, CANDIDATE_BY_NAME[name].fit(bundle, judged, [task])[0][judged])
    needed = [endpoint for endpoint in bundle.endpoints if endpoint not in out]
    if needed:
        joint = name if CANDIDATE_BY_NAME[name].joint else champion.joint
        fitted = CANDIDATE_BY_NAME[joint].fit(bundle, judged, [task])[0]
        out |= {endpoint: (joint, fitted[endpoint]) for endpoint in needed}
    return {endpoint: (out[endpoint][0], _centered(out[endpoint][1])) for endpoint in bundle.endpoints}


def _centered(predictor: Predictor) -> Predictor:
    """Members around the fit with equal weights; of an average each part by itself."""
    if isinstance(predictor, AveragePredictor):
        return AveragePredictor(tuple(centered(part) for part in predictor.parts))
    return centered(predictor)


def endpoint_model(
    bundle: Bundle,
    endpoint: str,
    served_by: str,
    predictor: Predictor,
    nested: NestedResult,
    horizons: tuple[int, ...],
) -> EndpointModel:
    """Calibrate on the out-of-fold predictions of the candidate that serves, for the therapy received."""
    predictor, out_of_fold = sloped(bundle, endpoint, served_by, predictor, nested)
    known, arrays = bundle.known(endpoint), bundle.arrays
    index = bundle.therapies.index(arrays.therapy)
    eta, event, time = out_of_fold[known], arrays.event[endpoint][known], arrays.time[endpoint][known]
    calibration, sets = IDENTITY, OutcomeSets(np.zeros(0), np.zeros(0))
    shifts, share = np.zeros(len(bundle.therapies.names)), 0.1
    arm = index[known]
    if endpoint == "response":
        calibration = fit_logit_calibration(eta[:, 0], event)
        sets = fit_outcome_sets(eta[:, 0], event)
    else:
        shifts = _shifts(bundle, endpoint, eta, arm, horizons)
        # F(t|x) at the patient's own time, from the shifted out-of-fold curves
        own = np.array(
            [cumulative_hazard(eta[i], bundle.edges[endpoint], time[i : i + 1])[0] for i in range(len(time))]
        )
        share = fit_event_share(-np.expm1(-own * np.exp(shifts[arm])), time, event, arm.astype(np.float64))
    n_arms = len(bundle.therapies.names)
    return EndpointModel(
        name=endpoint,
        served_by=served_by,
        predictor=predictor,
        edges=bundle.edges[endpoint],
        calibration=calibration,
        shifts=shifts,
        outcome_sets=sets,
        event_share=share,
        contribution_sd=contribution_spread(bundle, predictor),
        n_treated=tuple(int((arm == k).sum()) for k in range(n_arms)),
        n_events=tuple(int(event[arm == k].sum()) for k in range(n_arms)),
        similar=_similar(bundle, endpoint, out_of_fold, calibration, shifts, horizons),
        curves=None
        if endpoint == "response"
        else _similar_curves(bundle, endpoint, out_of_fold, shifts, int(np.median(horizons))),
    )


def sloped(
    bundle: Bundle, endpoint: str, served_by: str, predictor: Predictor, nested: NestedResult
) -> tuple[Predictor, FloatArray]:
    """The predictor with a slope a time bin where that helps out of fold, and its out-of-fold eta (n, K)."""
    raw = nested.out_of_fold[served_by][endpoint]
    judged = helpful_slopes(bundle, endpoint, raw, nested.folds[0])
    if judged is None:
        return predictor, raw
    slopes = fit_time_slopes(raw, bundle.code, bundle.exposure[endpoint], bundle.events[endpoint])
    return SlopedPredictor(predictor, slopes), judged


def served_out_of_fold(bundle: Bundle, endpoint: EndpointModel, nested: NestedResult) -> FloatArray:
    """(n, K) eta of the candidate that serves an endpoint, by models and slopes that did not see the row."""
    return sloped(bundle, endpoint.name, endpoint.served_by, endpoint.predictor, nested)[1]


def _shifts(
    bundle: Bundle, endpoint: str, eta: FloatArray, arm: IntArray, horizons: tuple[int, ...]
) -> FloatArray:
    known = bundle.known(endpoint)
    time, event = bundle.arrays.time[endpoint][known], bundle.arrays.event[endpoint][known]
    days = np.array(horizons, dtype=np.float64)
    hazard = cumulative_hazard(eta, bundle.edges[endpoint], days)
    return np.array(
        [
            fit_survival_shift(hazard[arm == k], days, time[arm == k], event[arm == k])
            for k in range(len(bundle.therapies.names))
        ]
    )


def contribution_spread(bundle: Bundle, predictor: Predictor) -> dict[str, float]:
    """Raw column to the spread of its part of the score that the other columns do not tell.

    The part of a column is the score minus the score with the column at its mean; its spread times
    sqrt(1 - R^2) of the column given the others.
    """
    x = bundle.inputs(np.ones(len(bundle.arrays), dtype=bool))
    whole = predictor.eta(x, bundle.code).mean(axis=(0, 2))
    spread = np.maximum(x.std(axis=0), 1e-9)
    scaled = (x - x.mean(axis=0)) / spread  # a constant column correlates with nothing
    correlation = scaled.T @ scaled / len(x) + 0.1 * np.eye(x.shape[1])
    alone = 1.0 / np.diag(np.linalg.inv(correlation))
    out = {}
    for source in bundle.design.sources:
        columns = bundle.design.columns_of(source)
        if not columns:
            continue
        hidden = x.copy()
        hidden[:, columns] = 0.0
        part = whole - predictor.eta(hidden, bundle.code).mean(axis=(0, 2))
        share = float(np.clip(alone[columns].max(), 0.05, 1.0)) if len(columns) == 1 else 1.0
        out[source] = round(float(part.std() * np.sqrt(share)), 9)
    return out


def _similar_curves(
    bundle: Bundle, endpoint: str, out_of_fold: FloatArray, shifts: FloatArray, day: int
) -> SimilarCurves:
    known = np.flatnonzero(bundle.known(endpoint)).astype(np.int64)
    some = bundle.arrays.take(known)
    arm = bundle.therapies.index(some.therapy)
    hazard = cumulative_hazard(out_of_fold[known], bundle.edges[endpoint], np.array([float(day)]))[:, 0]
    return fit_similar_curves(
        -np.expm1(-hazard * np.exp(shifts[arm])),
        [str(name) for name in some.therapy],
        some.categories["tumor_type"],
        some.time[endpoint],
        some.event[endpoint],
        day,
    )


def _similar(
    bundle: Bundle,
    endpoint: str,
    out_of_fold: FloatArray,
    calibration: LogitCalibration,
    shifts: FloatArray,
    horizons: tuple[int, ...],
) -> SimilarPatients:
    known, arrays = np.flatnonzero(bundle.known(endpoint)).astype(np.int64), bundle.arrays
    some = arrays.take(known)
    therapy = [str(name) for name in some.therapy]
    arm = bundle.therapies.index(some.therapy)
    types = some.categories["tumor_type"]
    time, event, eta = some.time[endpoint], some.event[endpoint], out_of_fold[known]
    if endpoint == "response":
        p = 1 / (1 + np.exp(-(calibration.slope * eta[:, 0] + calibration.intercept)))
        return SimilarPatients({"": count_similar(p, therapy, types, time, event, None)})
    cells = {}
    for day in horizons:
        hazard = cumulative_hazard(eta, bundle.edges[endpoint], np.array([float(day)]))[:, 0]
        p = -np.expm1(-hazard * np.exp(shifts[arm]))
        cells[str(day)] = count_similar(p, therapy, types, time, event, float(day))
    return SimilarPatients(cells)
