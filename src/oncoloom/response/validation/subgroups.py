"""How the model does in parts of a cohort: sex, age, tumor type, site, therapy; small parts say so."""

from typing import Any

import numpy as np

from oncoloom.response.conformal import NO_RESPONSE, RESPONSE
from oncoloom.response.datamodule import BoolArray, CohortArrays, FloatArray
from oncoloom.response.survival_metrics import kaplan_meier
from oncoloom.response.validation.judged import Judged
from oncoloom.response.validation.paired import bootstrap_draws, discrimination, interval

MIN_PATIENTS, MIN_EVENTS = 20, 5
MASKED_BELOW = 10  # a smaller group's size is shown as "< 10"
N_DRAWS = 200
AGE_BANDS: tuple[tuple[float, float, str], ...] = (
    (0, 50, "under 50"), (50, 65, "50 to 64"), (65, 75, "65 to 74"), (75, 200, "75 and over"),
)  # fmt: skip
CATEGORIES: tuple[str, ...] = ("sex", "race", "tumor_type", "site", "histology", "smoking")


def attributes(arrays: CohortArrays) -> dict[str, list[str | None]]:
    """Attribute to (n,) group of each patient; attributes that the cohort does not record are left out."""
    out: dict[str, list[str | None]] = {}
    for name in CATEGORIES:
        if name in arrays.categories:
            out[name] = arrays.categories[name]
    if "age_years" in arrays.numbers:
        out["age"] = [_age_band(value) for value in arrays.numbers["age_years"]]
    for name, yes, no in (
        ("prior_systemic_therapy", "treated before", "not treated before"),
        ("stage_iv", "stage IV", "stage I to III"),
    ):
        if name in arrays.numbers:
            out[name] = [None if not np.isfinite(v) else yes if v > 0 else no for v in arrays.numbers[name]]
    if "pdl1_tps" in arrays.numbers:
        out["pdl1"] = ["known" if np.isfinite(v) else "unknown" for v in arrays.numbers["pdl1_tps"]]
    out["therapy"] = arrays.therapy
    if len(set(arrays.cohort_name)) > 1:
        out["cohort"] = list(arrays.cohort_name)
    return {name: values for name, values in out.items() if any(value is not None for value in values)}


def _age_band(age: float) -> str | None:
    return next((name for low, high, name in AGE_BANDS if low <= age < high), None)


def subgroup_table(judged: Judged, horizons: tuple[int, ...]) -> list[dict[str, Any]]:
    """One row per group: size, events, discrimination with interval, predicted and observed share, coverage.

    Figures need 20 patients, 5 with and (response) 5 without the event; a smaller group has only its size,
    "< 10" below ten. ``smallest_gap`` is the difference of predicted and observed share that this many
    patients would show with 80 % power at the 5 % level.
    """
    day = None if judged.endpoint.name == "response" else int(np.median(horizons))
    probability, score = judged.probability(day), judged.score()
    sets = judged.endpoint.outcome_sets.sets(judged.eta.mean(axis=0)[:, 0]) if day is None else None
    out = []
    for attribute, values in attributes(judged.arrays).items():
        for group in sorted({value for value in values if value is not None}):
            rows = np.array([value == group for value in values])
            out.append(
                {"attribute": attribute, "group": group}
                | _row(judged, rows, probability[rows], score[rows], day)
                | (_coverage(sets, judged.event, rows) if sets is not None else {})
            )
    return out


def _row(
    judged: Judged, rows: BoolArray, probability: FloatArray, score: FloatArray, day: int | None
) -> dict[str, Any]:
    time, event = judged.time[rows], judged.event[rows]
    n, events = int(rows.sum()), int(event.sum())
    survival = day is not None
    if n < MIN_PATIENTS or events < MIN_EVENTS or (not survival and n - events < MIN_EVENTS):
        shown: Any = n if n >= MASKED_BELOW else f"< {MASKED_BELOW}"
        return {"n": shown, "note": f"too few: needs {MIN_PATIENTS} patients, {MIN_EVENTS} events"}
    observed = float(event.mean())
    if day is not None:
        observed = 1 - float(kaplan_meier(time, event).at(np.array([float(day)]))[0])
    draws = bootstrap_draws(time, event, score, survival=survival, n_draws=N_DRAWS)
    return {
        "n": n,
        "n_events": events,
        "value": discrimination(time, event, score, survival=survival),
        "value_ci95": interval(draws),
        "predicted": float(probability.mean()),
        "observed": observed,
        "smallest_gap": 2.8 * float(np.sqrt(max(observed * (1 - observed), 1e-4) / n)),
    }


def _coverage(sets: list[str], event: FloatArray, rows: BoolArray) -> dict[str, Any]:
    """Coverage of outcome sets by class in one group, and the share of sets that hold both answers."""
    index = np.flatnonzero(rows)
    if index.size < MIN_PATIENTS:
        return {}
    truth = [RESPONSE if event[i] > 0 else NO_RESPONSE for i in index]
    covered = np.array([t in sets[i].split("|") for t, i in zip(truth, index, strict=True)])
    both = float(np.mean(["|" in sets[i] for i in index]))
    out: dict[str, Any] = {"coverage": float(covered.mean()), "both_answers": both}
    for name, key in ((RESPONSE, "coverage_response"), (NO_RESPONSE, "coverage_no_response")):
        mine = np.array([t == name for t in truth])
        if mine.sum() >= MIN_EVENTS:
            out[key] = float(covered[mine].mean())
    return out
