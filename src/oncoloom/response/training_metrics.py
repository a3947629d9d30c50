"""The figures of a training: selection, folds, out-of-fold and held-out cohorts, and baselines."""

from dataclasses import asdict
from typing import Any

import numpy as np
import polars as pl

from oncoloom.logs import logger
from oncoloom.response.assemble import Champion, sloped
from oncoloom.response.baselines.fitted import Baseline
from oncoloom.response.bundle import Bundle
from oncoloom.response.calibration import LogitCalibration, fit_logit_calibration
from oncoloom.response.candidates import candidates_for, combine
from oncoloom.response.datamodule import FloatArray
from oncoloom.response.declare import Declaration
from oncoloom.response.fit_tasks import FitTask, point_weights
from oncoloom.response.metrics import roc_auc
from oncoloom.response.model import EndpointModel, ResponseModel
from oncoloom.response.nested import OUTER_STEPS, NestedResult
from oncoloom.response.penalties import Penalty
from oncoloom.response.predictors import Predictor
from oncoloom.response.survival_metrics import concordance
from oncoloom.response.time_slopes import SlopedPredictor
from oncoloom.response.validation.cohort_report import candidates, cohort_report
from oncoloom.response.validation.figures import endpoint_figures
from oncoloom.response.validation.judged import judge_out_of_fold
from oncoloom.tables import Tally


def training_metrics(
    model: ResponseModel, bundle: Bundle, nested: NestedResult, champion: Champion, declaration: Declaration,
    tally: Tally, peers: dict[str, FloatArray],
) -> dict[str, Any]:  # fmt: skip
    """Everything of metrics.json but the held-out cohorts; JSON values, None where not assessable."""
    score = "roc_auc" if model.endpoint == "response" else "minus_integrated_brier"
    return {
        "endpoint": model.endpoint,
        "champion": model.champion,
        "simplest_not_beaten": champion.choice.champion,
        "best_by_mean": champion.choice.best,
        "selection_score": score,
        "selection": list(champion.choice.evidence),
        "inner_choices": [choice.champion for choice in nested.choices],
        "served_by": {name: one.served_by for name, one in model.endpoints.items()},
        "rows": tally.as_dict(),
        "features": {
            "how": declaration.how,
            "used": list(declaration.features),
            "modifiers": list(declaration.modifiers),
            "essential": list(declaration.essential),
            "left_out": declaration.left_out,
        },
        "therapies": {
            name: {"class": group, "n": n}
            for name, group, n in zip(
                bundle.therapies.names, bundle.therapies.classes, bundle.therapies.n_treated, strict=True
            )
        },
        "folds": {
            name: {"score": [_or_none(v) for v in scores], "mean": _or_none(float(np.nanmean(scores)))}
            if np.isfinite(scores).any()
            else {"score": [None] * len(scores), "mean": None}
            for name, scores in nested.outer_scores.items()
        },
        "penalties_by_fold": [penalty_values(p) for p in nested.penalties],
        "penalties": penalty_values(champion.penalty),
        "out_of_fold": _out_of_fold(model, bundle, nested, peers),
    }


def penalty_values(penalty: Penalty) -> dict[str, float]:
    """Penalties for metrics.json."""
    return {name: round(value, 4) for name, value in asdict(penalty).items()}


def _or_none(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _out_of_fold(
    model: ResponseModel, bundle: Bundle, nested: NestedResult, peers: dict[str, FloatArray]
) -> dict[str, Any]:
    """Every endpoint's figures on out-of-fold predictions, all candidates beside the served model."""
    out: dict[str, Any] = {}
    for name, judged in judge_out_of_fold(model, bundle, nested, peers).items():
        figures = endpoint_figures(judged, model.horizons_days)
        endpoint = judged.endpoint
        figures["candidates"] = candidates(figures, name)
        figures["features_alone"] = _features_alone(bundle, name)
        figures["calibration"] = {
            "slope": endpoint.calibration.slope,
            "intercept": endpoint.calibration.intercept,
            "fitted_slope": endpoint.calibration.fitted_slope,
            "shift_by_therapy": [float(value) for value in endpoint.shifts],
            "event_share_of_lower_bound": endpoint.event_share,
            "slope_by_time": _slopes(endpoint),
        }
        out[name] = figures
    return out


def _slopes(endpoint: EndpointModel) -> list[float] | None:
    """Slope of the score in each time bin; None where one slope serves all."""
    if not isinstance(endpoint.predictor, SlopedPredictor):
        return None
    return [1 + float(value) for value in endpoint.predictor.slopes.excess]


def _features_alone(bundle: Bundle, endpoint: str) -> dict[str, Any]:
    """AUC or concordance of each number by itself, in the direction that is better than chance."""
    known = bundle.known(endpoint)
    time, event = bundle.arrays.time[endpoint][known], bundle.arrays.event[endpoint][known]
    out: dict[str, Any] = {}
    for source in bundle.design.sources:
        if source not in bundle.arrays.numbers:
            continue
        values = bundle.arrays.numbers[source][known]
        seen = np.isfinite(values)
        if endpoint == "response":
            value = roc_auc(values[seen], event[seen])
        else:
            value = concordance(time[seen], event[seen], values[seen])
        if value is not None:
            higher = "more" if value >= 0.5 else "less"
            out[source] = {
                "value": max(value, 1 - value),
                "n": int(seen.sum()),
                "a_higher_value_means": f"{higher} events",
            }
    return out


def fit_baselines(bundle: Bundle, nested: NestedResult, champion: Champion, seed: int) -> list[Baseline]:
    """Every candidate on all training rows, for every endpoint: a point fit, calibrated out of fold."""
    everyone = np.ones(len(bundle.arrays), dtype=bool)
    task = FitTask(
        bundle.inputs(everyone),
        point_weights(everyone),
        champion.penalty,
        seed,
        OUTER_STEPS,
    )
    out: list[Baseline] = []
    kept: dict[str, dict[str, Predictor]] = {}
    for candidate in candidates_for(bundle):
        if candidate.parts:
            fitted = combine([[kept[name]] for name in candidate.parts])[0]
        elif candidate.joint:
            fitted = candidate.fit(bundle, bundle.endpoints[0], [task])[0]
        else:
            fitted = {name: candidate.fit(bundle, name, [task])[0][name] for name in bundle.endpoints}
        kept[candidate.name] = fitted
        for name in bundle.endpoints:
            predictor = fitted[name]
            if name in nested.out_of_fold[candidate.name]:
                predictor = sloped(bundle, name, candidate.name, predictor, nested)[0]
            calibration = _own_calibration(bundle, nested, candidate.name, name)
            out.append(Baseline(candidate.name, name, predictor, bundle.edges[name], calibration))
    return out


def _own_calibration(bundle: Bundle, nested: NestedResult, candidate: str, endpoint: str) -> LogitCalibration:
    if endpoint != "response" or endpoint not in nested.out_of_fold[candidate]:
        return LogitCalibration(1.0, 0.0, 1.0)
    known = bundle.known(endpoint)
    eta = nested.out_of_fold[candidate][endpoint][known]
    return fit_logit_calibration(eta[:, 0], bundle.arrays.event[endpoint][known])


def held_out_metrics(
    model: ResponseModel, baselines: list[Baseline], held_out: pl.DataFrame
) -> dict[str, Any]:
    """Each held-out cohort by itself, never pooled: the model in full, every candidate beside it."""
    out = {}
    for name in held_out["cohort_name"].unique().sort().to_list():
        arrays = model.arrays_of(held_out.filter(pl.col("cohort_name") == name))
        out[name] = cohort_report(model, baselines, arrays)
        logger.info("held-out cohort %s: %d rows judged", name, len(arrays))
    return out
