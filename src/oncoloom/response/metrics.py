"""Metrics of a binary outcome: AUC, Brier, calibration; a figure that data cannot carry is None."""

from collections.abc import Callable

import numpy as np

from oncoloom.response.datamodule import FloatArray, IntArray

Statistic = Callable[[IntArray], float | None]


def roc_auc(score: FloatArray, label: FloatArray) -> float | None:
    """Area under the ROC curve, ties count half; None if only one class is there. Mann-Whitney form."""
    positive = int((label > 0).sum())
    negative = int(label.size - positive)
    if positive == 0 or negative == 0:
        return None
    ranks = average_ranks(score)
    total = float(ranks[label > 0].sum())
    return (total - positive * (positive + 1) / 2) / (positive * negative)


def average_ranks(values: FloatArray) -> FloatArray:
    """(n,) ranks from 1, ties get their mean rank."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    upper = np.cumsum(counts)
    return np.asarray((upper - (counts - 1) / 2)[inverse], dtype=np.float64)


def brier_score(probability: FloatArray, label: FloatArray) -> float | None:
    """Mean squared error of the probability; None without rows."""
    return float(np.mean((probability - label) ** 2)) if label.size else None


def expected_calibration_error(
    probability: FloatArray, label: FloatArray, *, n_bins: int = 10
) -> float | None:
    """Mean distance of predicted and observed share over equal-count bins; None below one row a bin."""
    if label.size < n_bins:
        return None
    order = np.argsort(probability, kind="stable")
    gaps = [
        abs(probability[part].mean() - label[part].mean()) * len(part)
        for part in np.array_split(order, n_bins)
    ]
    return float(np.sum(gaps) / label.size)


def perfect_calibration_range(
    probability: FloatArray, *, n_draws: int = 500, seed: int = 0
) -> tuple[float, float] | None:
    """Central 95 % of the calibration error that a perfectly calibrated model with these predictions has."""
    if probability.size < 10:
        return None
    rng = np.random.default_rng(seed)
    errors = [
        expected_calibration_error(
            probability, (rng.random(probability.size) < probability).astype(np.float64)
        )
        for _ in range(n_draws)
    ]
    low, high = np.quantile([e for e in errors if e is not None], [0.025, 0.975])
    return float(low), float(high)


def calibration_line(logit: FloatArray, label: FloatArray) -> tuple[float, float] | None:
    """Slope and intercept of logit(observed) on the predicted logit; None for one class or no spread."""
    positive = label.sum()
    if positive == 0 or positive == label.size or np.ptp(logit) < 1e-9:
        return None
    theta = np.array([0.0, 1.0])
    design = np.stack([np.ones_like(logit), logit], axis=1)
    for _ in range(50):
        p = 1 / (1 + np.exp(-np.clip(design @ theta, -50, 50)))
        hessian = (design * (p * (1 - p))[:, None]).T @ design + 1e-6 * np.eye(2)
        step = np.linalg.solve(hessian, design.T @ (p - label) + 1e-6 * theta)
        theta = theta - np.clip(step, -2, 2)
        if np.abs(step).max() < 1e-8:
            break
    return float(theta[1]), float(theta[0])


def bootstrap_interval(
    statistic: Statistic, n: int, *, n_draws: int = 400, seed: int = 0, level: float = 0.95
) -> tuple[float, float] | None:
    """Percentile interval of ``statistic(rows)`` over patients drawn anew; None if it seldom exists."""
    rng = np.random.default_rng(seed)
    values = [statistic(rng.integers(0, n, n)) for _ in range(n_draws)] if n else []
    known = [value for value in values if value is not None]
    if len(known) < n_draws / 2:
        return None
    tail = (1 - level) / 2
    low, high = np.quantile(known, [tail, 1 - tail])
    return float(low), float(high)
