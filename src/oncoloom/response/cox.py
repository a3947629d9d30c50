"""Cox's proportional hazards model of a few covariates, by Newton's method."""

from dataclasses import dataclass

import numpy as np

from oncoloom.response.array_types import FloatArray, IntArray

_MAX_STEPS = 50
_SHORT, _NO_GAIN = 1e-4, 1e-10


@dataclass(frozen=True, slots=True)
class CoxFit:
    """Coefficients (p,) and their covariance (p, p)."""

    coefficients: FloatArray
    covariance: FloatArray

    def hazard_ratio(self, index: int) -> tuple[float, float, float]:
        """Hazard ratio of one covariate with its 95 % interval."""
        middle, error = self.coefficients[index], np.sqrt(self.covariance[index, index])
        low, high = middle - 1.959964 * error, middle + 1.959964 * error
        return float(np.exp(middle)), float(np.exp(low)), float(np.exp(high))


def fit_cox(design: FloatArray, time: FloatArray, event: FloatArray) -> CoxFit | None:
    """The model of covariates (n, p), ties after Breslow; None where it has no finite maximum.

    That is: without events, with a singular design, or where Newton's steps do not settle.

    References
    ----------
    Cox 1972; Breslow 1974.
    """
    if event.sum() < 1:
        return None
    order = np.argsort(-time, kind="stable")
    x, t, e = design[order], time[order], event[order]
    last = np.searchsorted(-t, -t, side="right").astype(np.int64) - 1  # risk set: everyone with time >= own
    theta = np.zeros(x.shape[1])
    information = np.zeros((x.shape[1], x.shape[1]))
    value = _log_likelihood(x, e, last, theta)
    for _ in range(_MAX_STEPS):
        gradient, information = _moments(x, e, last, theta)
        if np.linalg.cond(information) > 1e12:
            return None
        step = np.linalg.solve(information, gradient)
        # at the top a step gains less than the likelihood's own rounding; far out on a ridge steps stay long
        if np.abs(step).max() < _SHORT and float(gradient @ step) < _NO_GAIN:
            return CoxFit(theta + step, np.asarray(np.linalg.inv(information), dtype=np.float64))
        size = 1.0  # halved until the likelihood rises: a full step overshoots where a covariate has outliers
        while size > 1e-8 and _log_likelihood(x, e, last, theta + size * step) < value:
            size /= 2
        theta = theta + size * step
        value = _log_likelihood(x, e, last, theta)
    return None


def _log_likelihood(x: FloatArray, event: FloatArray, last: IntArray, theta: FloatArray) -> float:
    """Partial log-likelihood, rows by falling time; sums of exponentials kept in log space."""
    eta = x @ theta
    return float((event * (eta - np.logaddexp.accumulate(eta)[last])).sum())


def _moments(
    x: FloatArray, event: FloatArray, last: IntArray, theta: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Gradient (p,) and information (p, p) of the partial log-likelihood; rows by falling time."""
    eta = x @ theta
    weight = np.exp(eta - eta.max())  # ratios only: the largest is 1
    total = np.cumsum(weight)[last]
    mean = np.cumsum(weight[:, None] * x, axis=0)[last] / total[:, None]
    second = np.cumsum(weight[:, None, None] * x[:, :, None] * x[:, None, :], axis=0)[last]
    spread = second / total[:, None, None] - mean[:, :, None] * mean[:, None, :]
    return (event[:, None] * (x - mean)).sum(axis=0), (event[:, None, None] * spread).sum(axis=0)
