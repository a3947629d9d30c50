"""Calibration on out-of-fold predictions: a shrunken Platt line for response, a shift an arm for survival."""

from dataclasses import dataclass

import numpy as np

from oncoloom.response.array_types import FloatArray
from oncoloom.response.survival_metrics import kaplan_meier

SLOPE_SD = 0.25  # prior of the slope around 1
KEEP_SLOPE = 0.1  # nearer to 1 than this: the slope stays 1, only the level moves


@dataclass(frozen=True, slots=True)
class LogitCalibration:
    """logit p = slope z + intercept; `fitted_slope` is what the data said before the rule above."""

    slope: float
    intercept: float
    fitted_slope: float


def fit_logit_calibration(logit: FloatArray, label: FloatArray) -> LogitCalibration:
    """Slope ~ N(1, 0.25^2), intercept free, by Newton; identity for a single class."""
    if label.size == 0 or label.min() == label.max():
        return LogitCalibration(1.0, 0.0, 1.0)
    slope, intercept = _newton(logit, label, free_slope=True)
    if abs(slope - 1) < KEEP_SLOPE:
        return LogitCalibration(1.0, _newton(logit, label, free_slope=False)[1], slope)
    return LogitCalibration(slope, intercept, slope)


def _newton(logit: FloatArray, label: FloatArray, *, free_slope: bool) -> tuple[float, float]:
    design = np.stack([logit, np.ones_like(logit)], axis=1)
    prior = np.array([1 / SLOPE_SD**2 if free_slope else 1e9, 1e-6])
    theta = center = np.array([1.0, 0.0])

    def objective(at: FloatArray) -> float:
        eta = design @ at
        loss = np.logaddexp(0.0, eta).sum() - label @ eta
        return float(loss + 0.5 * (prior * (at - center) ** 2).sum())

    value = objective(theta)
    for _ in range(100):
        p = 1 / (1 + np.exp(-np.clip(design @ theta, -500, 500)))
        gradient = design.T @ (p - label) + prior * (theta - center)
        hessian = (design * (p * (1 - p))[:, None]).T @ design + np.diag(prior)
        step = np.linalg.solve(hessian, gradient)
        size = 1.0
        while objective(theta - size * step) > value and size > 1e-8:
            size /= 2
        theta = theta - size * step
        before, value = value, objective(theta)
        if before - value < 1e-10 * (1 + abs(value)):
            break
    return float(theta[0]), float(theta[1])


def fit_survival_shift(hazard: FloatArray, days: FloatArray, time: FloatArray, event: FloatArray) -> float:
    """Shift c on the complementary log-log scale so that the mean predicted S equals Kaplan-Meier's.

    `hazard` (n, T) are out-of-fold cumulative hazards at `days` (T,) of the patients of one arm. The shift
    is the mean over the horizons that the arm's follow-up reaches with 10 or more at risk; 0 if none. It
    is shrunk by the number of events: n / (n + 10), since ten events know little.
    """
    curve = kaplan_meier(time, event)
    shifts = []
    for j, day in enumerate(days):
        observed = float(curve.at(np.array([day]))[0])
        if (time >= day).sum() < 10 or not 0.01 < observed < 0.99:
            continue
        shifts.append(_shift_to(hazard[:, j], observed))
    if not shifts:
        return 0.0
    n_events = float((event > 0).sum())
    return float(np.mean(shifts)) * n_events / (n_events + 10)


def _shift_to(hazard: FloatArray, survival: float) -> float:
    low, high = -5.0, 5.0
    for _ in range(60):
        middle = (low + high) / 2
        if np.exp(-hazard * np.exp(middle)).mean() > survival:
            low = middle
        else:
            high = middle
    return (low + high) / 2
