"""Discrimination of a model and of everything beside it, with paired bootstrap differences."""

from typing import Any

import numpy as np

from oncoloom.response.array_types import FloatArray
from oncoloom.response.metrics import roc_auc
from oncoloom.response.survival_metrics import concordance, concordance_draws

N_DRAWS, SEED = 400, 1


def discrimination(time: FloatArray, event: FloatArray, score: FloatArray, *, survival: bool) -> float | None:
    """ROC AUC, or Harrell's C of a survival endpoint; None where the data cannot carry it."""
    return concordance(time, event, score) if survival else roc_auc(score, event)


def bootstrap_draws(
    time: FloatArray, event: FloatArray, score: FloatArray, *, survival: bool, n_draws: int = N_DRAWS
) -> FloatArray:
    """(n_draws,) draws of :func:`discrimination` over patients, NaN where a draw has one class only.

    The same patients give the same draws, so that two scores' draws are paired.
    """
    if survival:
        return concordance_draws(time, event, score, n_draws=n_draws, seed=SEED)
    rng = np.random.default_rng(SEED)
    out = np.full(n_draws, np.nan)
    for k in range(n_draws):
        rows = rng.integers(0, event.size, event.size)
        value = roc_auc(score[rows], event[rows])
        out[k] = np.nan if value is None else value
    return out


def interval(draws: FloatArray) -> tuple[float, float] | None:
    """Percentile interval (95 %) of draws; None if more than half of them could not be computed."""
    known = draws[np.isfinite(draws)]
    if known.size <= draws.size / 2:
        return None
    low, high = np.quantile(known, [0.025, 0.975])
    return float(low), float(high)


def compare(
    time: FloatArray,
    event: FloatArray,
    model: FloatArray,
    others: dict[str, FloatArray],
    *,
    survival: bool,
) -> list[dict[str, Any]]:
    """One row per other score: its discrimination, and the model's minus it, on the patients both have.

    Keys ``name, n, n_events, value, value_ci95, model, difference, difference_ci95``.
    """
    known_draws: dict[bytes, FloatArray] = {}
    out = []
    for name, score in others.items():
        rows = np.isfinite(score)
        t, e = time[rows], event[rows]
        value = discrimination(t, e, score[rows], survival=survival)
        ours = discrimination(t, e, model[rows], survival=survival)
        row: dict[str, Any] = {"name": name, "n": int(rows.sum()), "n_events": int(e.sum())}
        row |= {"value": value, "model": ours, "value_ci95": None}
        row |= {"difference": None, "difference_ci95": None}
        if value is not None and ours is not None:
            key = rows.tobytes()
            if key not in known_draws:
                known_draws[key] = bootstrap_draws(t, e, model[rows], survival=survival)
            draws = bootstrap_draws(t, e, score[rows], survival=survival)
            row |= {
                "value_ci95": interval(draws),
                "difference": ours - value,
                "difference_ci95": interval(known_draws[key] - draws),
            }
        out.append(row)
    return out
