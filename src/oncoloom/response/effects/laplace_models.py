"""Models that share one expanded basis, each with the columns it has, their weights and their posteriors."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from oncoloom.response.array_types import FloatArray, IntArray
from oncoloom.response.baselines.linear import LinearProblem

NO_CORNER = -1


@dataclass(frozen=True, slots=True)
class LaplaceModel:
    """A mode and the curvature at it.

    Attributes
    ----------
    theta, hessian
        (P,), (P, P) in the order of `penalty_matrix`; a corner's coefficients stand last (its own, then one
        per therapy code where its effect differs).
    log_evidence
        Up to a constant that all models of a problem share.
    mains, modifiers
        Columns of the expanded basis that the model has, and those whose effect differs by therapy.
    corner
        A column more, -1 = none; `differs` where its effect differs by therapy.
    """

    theta: FloatArray
    hessian: FloatArray
    log_evidence: float
    mains: IntArray
    modifiers: IntArray
    corner: int = NO_CORNER
    differs: bool = True

    def places(self, whole: LinearProblem) -> IntArray:
        """(P,) where the coefficients stand in those of a problem with all columns."""
        q, k = whole.code.shape[1], whole.events.shape[1]
        first, p, m = k * (1 + q), whole.x.shape[1], len(whole.modifiers)
        at = np.flatnonzero(np.isin(whole.modifiers, self.modifiers))
        parts = [np.arange(first), first + self.mains, *(first + p + j * m + at for j in range(q))]
        if self.corner != NO_CORNER:
            parts.append(np.array([first + self.corner]))
            if self.differs:
                own = int(np.searchsorted(whole.modifiers, self.corner))
                parts.append(first + p + m * np.arange(q) + own)
        return np.concatenate(parts).astype(np.int64)


def evidence_weights(models: Sequence[LaplaceModel]) -> FloatArray:
    """(len(models),) shares by evidence (Hoeting 1999)."""
    evidence = np.array([one.log_evidence for one in models])
    weights = np.exp(evidence - evidence.max())
    return np.asarray(weights / weights.sum(), dtype=np.float64)


def modes_of(models: Sequence[LaplaceModel], whole: LinearProblem) -> FloatArray:
    """(len(models), P) coefficients in the order of the whole problem, 0 for columns that a model lacks."""
    out = np.zeros((len(models), _size(whole)))
    for row, one in zip(out, models, strict=True):
        row[one.places(whole)] = one.theta
    return out


def draws_of(
    models: Sequence[LaplaceModel], weights: FloatArray, whole: LinearProblem, *, n_draws: int, seed: int
) -> FloatArray:
    """(n_draws, P) from the models' Laplace posteriors, shared out by weight (largest remainders)."""
    exact = weights * n_draws
    counts = np.floor(exact).astype(np.int64)
    for k in np.argsort(counts - exact, kind="stable")[: n_draws - int(counts.sum())]:
        counts[k] += 1
    rng = np.random.default_rng(seed)
    out, at = np.zeros((n_draws, _size(whole))), 0
    for one, count in zip(models, counts, strict=True):
        if not count:
            continue
        noise = rng.normal(size=(int(count), len(one.theta)))
        factor = np.linalg.cholesky(one.hessian)  # H = L L', so L'^-1 z has covariance H^-1
        out[at : at + count, one.places(whole)] = one.theta + np.linalg.solve(factor.T, noise.T).T
        at += int(count)
    return out


def _size(problem: LinearProblem) -> int:
    q, k = problem.code.shape[1], problem.events.shape[1]
    return k * (1 + q) + problem.x.shape[1] + q * len(problem.modifiers)
