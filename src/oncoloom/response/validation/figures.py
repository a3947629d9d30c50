"""All figures of one endpoint on one group of patients, as plain values for JSON."""

from typing import Any

import numpy as np

from oncoloom.response.datamodule import FloatArray
from oncoloom.response.evaluate import response_figures, survival_figures
from oncoloom.response.metrics import bootstrap_interval, calibration_line
from oncoloom.response.survival_metrics import kaplan_meier, log_log_interval
from oncoloom.response.validation.decision_curves import decision_curve
from oncoloom.response.validation.judged import Judged
from oncoloom.response.validation.paired import compare
from oncoloom.response.validation.subgroups import MASKED_BELOW, subgroup_table

MONTH = 30.4375
MIN_JUDGED = 20


def endpoint_figures(judged: Judged, horizons: tuple[int, ...]) -> dict[str, Any]:
    """Discrimination, calibration, decision curves, sets, spread and subgroups of one endpoint."""
    name = judged.endpoint.name
    if name == "response":
        out = response_figures(judged.endpoint, judged.arrays, judged.eta)
    else:
        out = survival_figures(judged.endpoint, judged.arrays, judged.eta, judged.shift, horizons)
    if len(judged.arrays) < MIN_JUDGED:
        return out | {"note": f"fewer than {MIN_JUDGED} patients with known outcome"}
    score = judged.score()
    out["comparison"] = compare(judged.time, judged.event, score, judged.scores, survival=name != "response")
    out["member_spread"] = member_spread(judged, horizons)
    out["subgroups"] = subgroup_table(judged, horizons)
    if name == "response":
        out |= _response_extras(judged)
    else:
        out |= _survival_extras(judged, score, horizons)
    return out


def _response_extras(judged: Judged) -> dict[str, Any]:
    probability = judged.probability(None)
    logit = np.log(probability / (1 - probability))

    def slope(rows: Any) -> float | None:
        line = calibration_line(logit[rows], judged.event[rows])
        return None if line is None else line[0]

    def level(rows: Any) -> float | None:
        line = calibration_line(logit[rows], judged.event[rows])
        return None if line is None else line[1]

    n = judged.event.size
    return {
        "calibration_slope_ci95": bootstrap_interval(slope, n, seed=1),
        "calibration_intercept_ci95": bootstrap_interval(level, n, seed=1),
        "calibration_bins": calibration_bins(probability, judged.event),
        "decision_curve": decision_curve(
            {"model": probability} | judged.probabilities.get("", {}), judged.time, judged.event, None
        ),
    }


def _survival_extras(judged: Judged, score: FloatArray, horizons: tuple[int, ...]) -> dict[str, Any]:
    curves = {}
    for day in horizons:
        if day <= judged.time.max():
            others = judged.probabilities.get(str(day), {})
            curves[str(day)] = decision_curve(
                {"model": judged.probability(day)} | others, judged.time, judged.event, day
            )
    return {"decision_curves": curves, "thirds": thirds(score, judged.time, judged.event)}


def calibration_bins(probability: FloatArray, event: FloatArray) -> list[dict[str, float]]:
    """Ten groups of equal count: mean predicted and observed share, and how many."""
    order = np.argsort(probability, kind="stable")
    return [
        {
            "n": int(part.size),
            "predicted": float(probability[part].mean()),
            "observed": float(event[part].mean()),
        }
        for part in np.array_split(order, min(10, max(1, event.size // 10)))
    ]


def thirds(score: FloatArray, time: FloatArray, event: FloatArray) -> list[dict[str, Any]]:
    """Kaplan-Meier curves by third of predicted mortality at whole months, while ten are at risk."""
    third = np.searchsorted(np.quantile(score, [1 / 3, 2 / 3]), score, side="right")
    out = []
    for k, name in enumerate(("low risk", "middle", "high risk")):
        rows = third == k
        curve = monthly_curve(time[rows], event[rows])
        out.append({"name": name, "n": int(rows.sum()), "n_events": int(event[rows].sum())} | curve)
    return out


def monthly_curve(time: FloatArray, event: FloatArray) -> dict[str, list[Any]]:
    """Survival, its 95 % interval (log-log) and numbers at risk at whole months while ten are at risk."""
    curve = kaplan_meier(time, event)
    out: dict[str, list[Any]] = {"months": [], "survival": [], "lower": [], "upper": [], "at_risk": []}
    last = int(time.max(initial=0.0) / MONTH)
    for month in range(last + 1):
        day = month * MONTH
        at_risk = int((time >= day).sum())
        if at_risk < MASKED_BELOW:
            break
        survival, low, high = log_log_interval(curve, day)
        row = (month, survival, low, high, at_risk)
        for key, value in zip(out, row, strict=True):
            out[key].append(value)
    return out


def member_spread(judged: Judged, horizons: tuple[int, ...]) -> dict[str, float]:
    """Median over patients of the standard deviation and of the 90 % width of members' probabilities."""
    if len(judged.eta) < 2:
        return {}
    day = None if judged.endpoint.name == "response" else int(np.median(horizons))
    members = np.stack([judged.probability(day, judged.eta[[k]]) for k in range(len(judged.eta))])
    low, high = np.quantile(members, [0.05, 0.95], axis=0)
    return {
        "members": len(members),
        "median_sd": float(np.median(members.std(axis=0, ddof=1))),
        "median_width_90": float(np.median(high - low)),
    }
