"""Scores that tell more early than late: a slope of the score in each time bin, fitted out of fold.

Under proportional hazards a score shifts the hazard by the same factor on day 10 and on day 1,000. Where what
was measured at day 0 fades (albumin does), short survival is said too kindly and long survival too harshly,
and the distribution of S(T|x) is not uniform. The slopes are Platt's line of each bin (Platt 1999), tied to
their neighbors and to 1; the level of the hazard stays (varying coefficients: Hastie & Tibshirani 1993).
"""

from dataclasses import dataclass

import numpy as np

from oncoloom.response.array_types import FloatArray, IntArray
from oncoloom.response.predictors import Predictor, score_rows

LEVEL_SD, STEP_SD = 0.25, 0.25  # priors of the mean slope around 1, and of its step from bin to bin
LOWEST = 0.2  # no bin turns the order of patients around
KIND = "sloped:"


@dataclass(frozen=True, slots=True)
class TimeSlopes:
    """eta' = eta + excess (eta - center(code)) in each bin.

    Attributes
    ----------
    excess
        (K,) slope minus 1.
    center, code_center
        (K,), (q, K): mean logit hazard of those at risk, weighted by hazard so that the level stays.
    """

    excess: FloatArray
    center: FloatArray
    code_center: FloatArray

    def apply(self, eta: FloatArray, code: FloatArray) -> FloatArray:
        """(..., n, K) for eta (..., n, K) under codes (n, q)."""
        return np.asarray(eta + self.excess * (eta - self.center - code @ self.code_center), dtype=np.float64)


def fit_time_slopes(
    eta: FloatArray, code: FloatArray, exposure: FloatArray, events: FloatArray
) -> TimeSlopes:
    """The most likely slopes under the priors, by Newton.

    eta, exposure, events (n, K), of predictions that did not see their row; code (n, q).
    """
    design = np.concatenate([np.ones((len(eta), 1)), code], axis=1)
    weight = exposure / (1 + np.exp(-eta))
    ridge = 1e-6 * np.eye(design.shape[1])
    centers = np.stack(
        [
            np.linalg.solve((design * w[:, None]).T @ design + ridge, (design * w[:, None]).T @ e)
            for w, e in zip(weight.T, eta.T, strict=True)
        ],
        axis=1,
    )
    about = eta - design @ centers
    n_bins = eta.shape[1]
    steps = np.diff(np.eye(n_bins), axis=0)
    prior = steps.T @ steps / STEP_SD**2 + np.full((n_bins, n_bins), 1 / (n_bins * LEVEL_SD**2))
    excess = np.zeros(n_bins)
    for _ in range(50):
        p = 1 / (1 + np.exp(-np.clip(eta + excess * about, -500, 500)))
        gradient = ((exposure * p - events) * about).sum(axis=0) + prior @ excess
        hessian = prior + np.diag((exposure * p * (1 - p) * about**2).sum(axis=0))
        step = np.clip(np.linalg.solve(hessian, gradient), -0.5, 0.5)
        excess = excess - step
        if np.abs(step).max() < 1e-9:
            break
    return TimeSlopes(np.maximum(excess, LOWEST - 1), centers[0], centers[1:])


def cross_fitted(
    eta: FloatArray, code: FloatArray, exposure: FloatArray, events: FloatArray, folds: IntArray
) -> FloatArray:
    """(n, K) eta with slopes that were fitted on the other folds (n,)."""
    out = eta.copy()
    for fold in np.unique(folds):
        rest, mine = folds != fold, folds == fold
        slopes = fit_time_slopes(eta[rest], code[rest], exposure[rest], events[rest])
        out[mine] = slopes.apply(eta[mine], code[mine])
    return out


def gain(eta: FloatArray, sloped: FloatArray, exposure: FloatArray, events: FloatArray) -> float:
    """Log-likelihood of `sloped` minus that of `eta`, summed over patients and bins."""

    def loss(value: FloatArray) -> float:
        return float((exposure * np.logaddexp(0.0, value) - events * value).sum())

    return loss(eta) - loss(sloped)


@dataclass(frozen=True, slots=True)
class SlopedPredictor:
    """A predictor whose score has a slope of its own in each time bin."""

    inner: Predictor
    slopes: TimeSlopes

    @property
    def kind(self) -> str:
        """``sloped:`` and the kind of what it wraps."""
        return f"{KIND}{self.inner.kind}"

    def eta(self, x: FloatArray, code: FloatArray) -> FloatArray:
        """(M, n, K); see :class:`oncoloom.response.predictors.Predictor`."""
        return self.slopes.apply(self.inner.eta(x, code), code)

    def eta_by_row(self, x: FloatArray, code: FloatArray) -> FloatArray:
        """The same for rows that must not depend on each other (:func:`score_rows`)."""
        return self.slopes.apply(score_rows(self.inner, x, code), code)

    def arrays(self) -> dict[str, FloatArray]:
        """All arrays by name."""
        own = {
            "slope_excess": self.slopes.excess,
            "slope_center": self.slopes.center,
            "slope_code_center": self.slopes.code_center,
        }
        return own | {f"inner_{name}": value for name, value in self.inner.arrays().items()}
