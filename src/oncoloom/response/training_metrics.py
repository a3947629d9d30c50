"""The figures of a training: selection, folds, out-of-fold and held-out cohorts, and baselines."""

from typing import Any

import numpy as np
import polars as pl

from oncoloom.logs import logger
from oncoloom.response.assemble import Champion
from oncoloom.response.baselines.loris import loris_logit
from oncoloom.response.bundle import Bundle
from oncoloom.response.candidates import CANDIDATE_BY_NAME, FitTask, point_weights
from oncoloom.response.datamodule import CohortArrays, FloatArray, to_arrays
from oncoloom.response.declare import Declaration
from oncoloom.response.evaluate import (
    concordance_figures,
    evaluate_cohort,
    response_figures,
    survival_figures,
    with_interval,
)
from oncoloom.response.metrics import roc_auc
from oncoloom.response.model import ResponseModel
from oncoloom.response.nested import OUTER_STEPS, NestedResult
from oncoloom.response.survival_metrics import concordance
from oncoloom.response.timegrid import cumulative_hazard
from oncoloom.tables import Tally


def training_metrics(
    model: ResponseModel, bundle: Bundle, nested: NestedResult, champion: Champion, declaration: Declaration,
    tally: Tally,
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
        "penalties_by_fold": [[p.ridge, round(p.interaction, 3)] for p in nested.penalties],
        "out_of_fold": _out_of_fold(model, bundle, nested),
    }


def _or_none(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _out_of_fold(model: ResponseModel, bundle: Bundle, nested: NestedResult) -> dict[str, Any]:
    """Figures of every candidate on out-of-fold predictions, and the served model's in full."""
    out: dict[str, Any] = {}
    for name, endpoint in model.endpoints.items():
        eta = nested.out_of_fold[endpoint.served_by][name][None]
        index = bundle.therapies.index(bundle.arrays.therapy)
        if name == "response":
            figures = response_figures(endpoint, bundle.arrays, eta)
        else:
            figures = survival_figures(
                endpoint, bundle.arrays, eta, endpoint.shifts[index], model.horizons_days
            )
        figures["candidates"] = {
            candidate: _discrimination(bundle, bundle.arrays, name, etas[name], model.horizons_days)
            for candidate, etas in nested.out_of_fold.items()
            if name in etas
        }
        figures["features_alone"] = _features_alone(bundle, name)
        figures["calibration"] = {
            "slope": endpoint.calibration.slope,
            "intercept": endpoint.calibration.intercept,
            "fitted_slope": endpoint.calibration.fitted_slope,
            "shift_by_therapy": [float(value) for value in endpoint.shifts],
            "event_share_of_lower_bound": endpoint.event_share,
        }
        out[name] = figures
    return out


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


def _discrimination(
    bundle: Bundle, arrays: CohortArrays, endpoint: str, eta: FloatArray, horizons: tuple[int, ...]
) -> dict[str, Any]:
    known = arrays.known(endpoint)
    event, time = arrays.event[endpoint][known], arrays.time[endpoint][known]
    if endpoint == "response":
        score = eta[known, 0]
        return with_interval("roc_auc", lambda rows: roc_auc(score[rows], event[rows]), event.size)
    day = np.array([float(np.median(horizons))])
    risk = cumulative_hazard(eta[known], bundle.edges[endpoint], day)[:, 0]
    return concordance_figures(time, event, risk)


def held_out_metrics(
    model: ResponseModel, bundle: Bundle, champion: Champion, held_out: pl.DataFrame, seed: int
) -> dict[str, Any]:
    """Each held-out cohort by itself, never pooled: the model in full, every candidate beside it."""
    if not held_out.height:
        return {}
    everyone = np.ones(len(bundle.arrays), dtype=bool)
    x = bundle.inputs(everyone)
    penalty = champion.penalty
    task = FitTask(x, point_weights(everyone), penalty.ridge, penalty.interaction, seed, OUTER_STEPS)
    judged = bundle.endpoints[0]
    fits = {
        name: candidate.fit(bundle, judged, [task])[0][judged]
        for name, candidate in CANDIDATE_BY_NAME.items()
    }
    out = {}
    for name in held_out["cohort_name"].unique().sort().to_list():
        arrays = to_arrays(held_out.filter(pl.col("cohort_name") == name))
        figures = evaluate_cohort(model, arrays)
        code, _, _ = model.received_codes(arrays)
        inputs = model.design.encode(arrays)
        figures["candidates"] = {
            candidate: _discrimination(
                bundle, arrays, judged, fit.eta(inputs, code).mean(axis=0), model.horizons_days
            )
            for candidate, fit in fits.items()
        }
        if judged == "response":
            known = arrays.known("response")
            published = loris_logit(arrays)
            usable = known & np.isfinite(published)
            if usable.any():
                label, score = arrays.event["response"][usable], published[usable]
                figures["candidates"]["published_formula"] = {
                    "roc_auc": roc_auc(score, label), "n": int(usable.sum())
                }  # fmt: skip
        logger.info("held-out cohort %s: %d rows judged", name, len(arrays))
        out[name] = figures
    return out
