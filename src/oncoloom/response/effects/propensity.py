"""The propensity: the probability of getting one therapy rather than another, given what was declared.

Randomized: the trial's ratio. Otherwise a logistic regression on the declared confounders as a line, bins and
cells of two, each group with a penalty by the evidence. Whether a cohort is randomized, and what it is
adjusted for, is declared, never inferred.
"""

from dataclasses import dataclass

import numpy as np

from oncoloom.response.array_types import BoolArray, FloatArray, IntArray
from oncoloom.response.baselines.linear import LinearProblem
from oncoloom.response.effects.cells import LINE, CellBasis, fit_cells
from oncoloom.response.effects.empirical_bayes import fit_by_evidence

LINE_PENALTY = 0.2  # weak: shrinking the line leaves confounding behind


@dataclass(frozen=True, slots=True)
class Propensity:
    """Logit of the chance of the first therapy: intercept + expanded confounders · slope; none: a ratio."""

    columns: IntArray
    basis: CellBasis
    slope: FloatArray
    intercept: float

    def __call__(self, x: FloatArray) -> FloatArray:
        """(n,) probability of the first of the two therapies for inputs (n, p)."""
        logit = self.intercept + self.basis.expand(x[:, self.columns]) @ self.slope
        return np.asarray(1 / (1 + np.exp(-np.clip(logit, -30, 30))), dtype=np.float64)


def trial_ratio(first: BoolArray) -> Propensity:
    """The share that got the first therapy (`first` (n,) bool), the same for everybody."""
    share = float(np.clip(first.mean(), 1e-6, 1 - 1e-6))
    none = np.zeros(0, dtype=np.int64)
    basis = fit_cells(np.zeros((len(first), 0)), none)
    return Propensity(none, basis, np.zeros(0), float(np.log(share / (1 - share))))


def fit_propensity(x: FloatArray, columns: IntArray, sources: IntArray, first: BoolArray) -> Propensity:
    """Logistic regression of `first` (n,) bool on the declared columns of x (n, p).

    `sources` (p,) number the raw column behind each input.
    """
    n = len(x)
    basis = fit_cells(x[:, columns], sources[columns])
    expanded = basis.expand(x[:, columns])
    none = np.zeros(0, dtype=np.int64)
    problem = LinearProblem(
        expanded, np.zeros((n, 0)), np.ones((n, 1)), first.astype(np.float64)[:, None], none, ()
    )
    multipliers = np.where(basis.groups == LINE, LINE_PENALTY, 1.0)
    theta = fit_by_evidence(problem, basis.groups, none, multipliers).theta
    return Propensity(columns, basis, theta[1:], float(theta[0]))


def cross_fit_propensity(
    x: FloatArray, columns: IntArray, sources: IntArray, first: BoolArray, folds: IntArray
) -> FloatArray:
    """(n,) probabilities of the first therapy, each by a model of the other folds."""
    out = np.zeros(len(x))
    for fold in np.unique(folds):
        train = folds != fold
        out[~train] = fit_propensity(x[train], columns, sources, first[train])(x[~train])
    return out
