"""How well predictions met the outcomes of a cohort: figures with bootstrap intervals, by endpoint."""

from collections.abc import Callable
from typing import Any

import numpy as np

from oncoloom.response.datamodule import CohortArrays, FloatArray
from oncoloom.response.metrics import (
    bootstrap_interval,
    brier_score,
    calibration_line,
    expected_calibration_error,
    perfect_calibration_range,
    roc_auc,
)
from oncoloom.response.model import EndpointModel
from oncoloom.response.survival_metrics import (
    brier_at,
    concordance,
    concordance_interval,
    d_calibration,
    integrated_brier,
    kaplan_meier,
)
from oncoloom.response.timegrid import cumulative_hazard, mortality

N_DRAWS = 400


def response_figures(endpoint: EndpointModel, arrays: CohortArrays, eta: FloatArray) -> dict[str, Any]:
    """Discrimination, calibration and outcome sets of the response; eta (M, n, 1)."""
    known = arrays.known("response")
    label = arrays.event["response"][known]
    logit = endpoint.response_scale(eta).mean(axis=0)[known]
    probability = 1 / (1 + np.exp(-logit))
    out: dict[str, Any] = {"n": int(known.sum()), "n_events": int(label.sum())}
    if not known.any():
        return out | {"note": "no response recorded"}
    line = calibration_line(logit, label)
    sets = endpoint.outcome_sets.sets(eta.mean(axis=0)[known, 0])
    out |= with_interval("roc_auc", lambda rows: roc_auc(logit[rows], label[rows]), label.size)
    out |= with_interval("brier", lambda rows: brier_score(probability[rows], label[rows]), label.size)
    out |= {
        "mean_predicted": float(probability.mean()),
        "mean_observed": float(label.mean()),
        "calibration_slope": None if line is None else line[0],
        "calibration_intercept": None if line is None else line[1],
        "calibration_error": expected_calibration_error(probability, label),
        "calibration_error_if_perfect": perfect_calibration_range(probability),
        "outcome_sets": set_figures(sets, label),
    }
    return out


def set_figures(sets: list[str], label: FloatArray) -> dict[str, float]:
    """Coverage of the outcome sets, by class, and how many sets hold what."""
    truth = np.where(label > 0, "response", "no response")
    covered = np.array([t in one.split("|") for t, one in zip(truth, sets, strict=True)])
    out = {"coverage": float(covered.mean())}
    for name in ("response", "no response"):
        mine = truth == name
        if mine.any():
            out[f"coverage_{name.replace(' ', '_')}"] = float(covered[mine].mean())
    for name in ("response", "no response", "response|no response"):
        share = float(np.mean([one == name for one in sets]))
        out["share_" + name.replace(" ", "_").replace("|", "_or_")] = share
    return out


def survival_figures(
    endpoint: EndpointModel,
    arrays: CohortArrays,
    eta: FloatArray,
    shift: FloatArray,
    horizons: tuple[int, ...],
) -> dict[str, Any]:
    """Concordance of mortality, Brier and calibration of a survival endpoint; eta (M, n, K), shift (n,)."""
    known = arrays.known(endpoint.name)
    time, event = arrays.time[endpoint.name][known], arrays.event[endpoint.name][known]
    out: dict[str, Any] = {"n": int(known.sum()), "n_events": int(event.sum())}
    at_zero = int(((time == 0) & (event == 0)).sum())
    if at_zero:
        out["censored_on_day_0"] = at_zero
    if not known.any():
        return out | {"note": "no outcome recorded"}
    mean = eta.mean(axis=0)[known]
    factor = np.exp(shift[known])[:, None]
    out |= concordance_figures(time, event, mortality(mean, endpoint.edges) * factor[:, 0])
    grid = endpoint.edges[1:-1] if len(endpoint.edges) > 2 else endpoint.edges[1:]
    grid = grid[grid < time.max()]
    if grid.size:
        survival = np.exp(-cumulative_hazard(mean, endpoint.edges, grid) * factor)
        out["integrated_brier"] = integrated_brier(time, event, survival, grid)
    own = np.array([cumulative_hazard(mean[i], endpoint.edges, time[i : i + 1])[0] for i in range(time.size)])
    out["d_calibration_p"] = d_calibration(np.exp(-own * factor[:, 0]), event)
    out["horizons"] = {
        str(day): _horizon(endpoint, mean, factor, time, event, day) for day in horizons if day <= time.max()
    }
    return out


def _horizon(
    endpoint: EndpointModel,
    mean: FloatArray,
    factor: FloatArray,
    time: FloatArray,
    event: FloatArray,
    day: int,
) -> dict[str, Any]:
    survival = np.exp(-cumulative_hazard(mean, endpoint.edges, np.array([float(day)])) * factor)[:, 0]
    order = np.argsort(survival, kind="stable")
    quarters = []
    for part in np.array_split(order, 4):
        if part.size < 5:
            continue
        curve = kaplan_meier(time[part], event[part])
        quarters.append([float(survival[part].mean()), float(curve.at(np.array([float(day)]))[0])])
    return {
        "brier": brier_at(time, event, survival, float(day)),
        "mean_predicted_survival": float(survival.mean()),
        "observed_survival": float(kaplan_meier(time, event).at(np.array([float(day)]))[0]),
        "predicted_and_observed_by_quarter": quarters,
    }


def concordance_figures(time: FloatArray, event: FloatArray, risk: FloatArray) -> dict[str, Any]:
    """``c_index`` and its interval."""
    return {
        "c_index": concordance(time, event, risk),
        "c_index_ci95": concordance_interval(time, event, risk, n_draws=N_DRAWS),
    }


def with_interval(name: str, statistic: Callable[[Any], float | None], n: int) -> dict[str, Any]:
    """The statistic on all rows as ``name`` and its 95 % bootstrap interval as ``name_ci95``."""
    return {
        name: statistic(np.arange(n)),
        f"{name}_ci95": bootstrap_interval(statistic, n, n_draws=N_DRAWS, seed=1),
    }
