"""The propensity: the probability of getting one therapy rather than another, given what was declared.

Randomized: the trial's ratio. Otherwise a ridge logistic regression on the declared confounders. Whether a
cohort is randomized, and what it is adjusted for, is declared, never inferred.
"""

from dataclasses import dataclass

import numpy as np

from oncoloom.response.array_types import BoolArray, FloatArray, IntArray
from oncoloom.response.baselines.linear import LinearProblem, fit_linear

RIDGE = 1.0  # weak: shrinking the propensity leaves confounding behind


@dataclass(frozen=True, slots=True)
class Propensity:
    """Logit of the chance of the first therapy: intercept + x[:, columns] · slope; no columns: a ratio."""

    columns: IntArray
    slope: FloatArray
    intercept: float

    def __call__(self, x: FloatArray) -> FloatArray:
        """(n,) probability of the first of the two therapies for inputs (n, p)."""
        logit = self.intercept + x[:, self.columns] @ self.slope
        return np.asarray(1 / (1 + np.exp(-np.clip(logit, -30, 30))), dtype=np.float64)


def trial_ratio(first: BoolArray) -> Propensity:
    """The share that got the first therapy (`first` (n,) bool), the same for everybody."""
    share = float(np.clip(first.mean(), 1e-6, 1 - 1e-6))
    return Propensity(np.zeros(0, dtype=np.int64), np.zeros(0), float(np.log(share / (1 - share))))


def fit_propensity(x: FloatArray, columns: IntArray, first: BoolArray) -> Propensity:
    """Ridge logistic regression of `first` (n,) bool on the declared columns of x (n, p)."""
    n = len(x)
    problem = LinearProblem(
        x[:, columns], np.zeros((n, 0)), np.ones((n, 1)), first.astype(np.float64)[:, None],
        np.zeros(0, dtype=np.int64), (),
    )  # fmt: skip
    fitted = fit_linear(problem, np.ones(len(columns)), ridge=RIDGE, interaction=1.0, weights=np.ones((1, n)))
    return Propensity(columns, fitted.beta[0], float(fitted.alpha[0, 0]))


def cross_fit_propensity(x: FloatArray, columns: IntArray, first: BoolArray, folds: IntArray) -> FloatArray:
    """(n,) probabilities of the first therapy, each by a model of the other folds."""
    out = np.zeros(len(x))
    for fold in np.unique(folds):
        train = folds != fold
        out[~train] = fit_propensity(x[train], columns, first[train])(x[~train])
    return out
