"""Models with a corner more, by what it adds to the evidence, without fitting again.

At the mode of a model the log-likelihood is a parabola, on which the best coefficients of a further column,
and the evidence it adds, are known in closed form (fast marginal likelihood: Tipping & Faul 2003). A column
whose effect is the same under all therapies competes with one whose effect differs, so that a step of the
prognosis is not taken for one of the benefit.
"""

from dataclasses import dataclass

import numpy as np

from oncoloom.response.array_types import FloatArray
from oncoloom.response.effects.hazard_newton import HazardLikelihood

PENALTIES = (2.0, 6.0, 20.0, 60.0, 200.0)  # of a corner's coefficients; the best is taken


@dataclass(frozen=True, slots=True)
class GrownModel:
    """A model with one column more: which, what it adds to the log evidence, and the new mode.

    `differs`: its effect differs by therapy; then the last coefficients are (its own, one per therapy code),
    else its own alone.
    """

    column: int
    gain: float
    differs: bool
    theta: FloatArray
    hessian: FloatArray


def grow(
    likelihood: HazardLikelihood,
    theta: FloatArray,
    hessian: FloatArray,
    values: FloatArray,
    code_scale: FloatArray,
    *,
    n_best: int,
) -> tuple[FloatArray, list[GrownModel]]:
    """Gains in log evidence (2, N) of columns `values` (n, N), alike under all therapies and not, and models.

    The models are those of the n_best gains of either kind, best first. `theta` (P,) and `hessian` (P, P) are
    the penalized mode so far; `code_scale` (q,) multiplies the penalty of each therapy code.
    """
    blocks = _Blocks.of(likelihood, theta, hessian, values)
    gains = np.full((2, values.shape[1]), -np.inf)
    chosen = np.zeros_like(gains)
    for penalty in PENALTIES:
        prior = np.concatenate([[penalty / 2], penalty * code_scale])
        for kind, width in enumerate((1, len(prior))):
            found = _log_evidence(
                blocks.score[:, :width], blocks.conditional[:, :width, :width], prior[:width]
            )
            better = found > gains[kind]
            gains[kind, better], chosen[kind, better] = found[better], penalty
    models = []
    for kind, width in enumerate((1, 1 + len(code_scale))):
        for c in np.argsort(-gains[kind], kind="stable")[:n_best]:
            prior = np.concatenate([[0.5], code_scale])[:width] * chosen[kind, c]
            theta_c, hessian_c = blocks.joined(int(c), theta, hessian, prior)
            models.append(GrownModel(int(c), float(gains[kind, c]), kind == 1, theta_c, hessian_c))
    models.sort(key=lambda one: -one.gain)
    return gains, models


@dataclass(frozen=True, slots=True)
class _Blocks:
    """Derivatives of each column's block [column | code x column], b = 1 + q wide.

    score (N, b); own (N, b, b) and cross (N, b, P) curvature; conditional (N, b, b) own less what the model's
    own columns take of it.
    """

    score: FloatArray
    own: FloatArray
    cross: FloatArray
    conditional: FloatArray

    @classmethod
    def of(
        cls, likelihood: HazardLikelihood, theta: FloatArray, hessian: FloatArray, values: FloatArray
    ) -> "_Blocks":
        rest, curvature = likelihood.residuals(theta)
        total = curvature.sum(axis=1)
        sides = np.concatenate([np.ones((len(values), 1)), likelihood.code], axis=1)
        n_bins, first, b = likelihood.n_bins, likelihood.first, sides.shape[1]
        score = values.T @ (sides * rest.sum(axis=1)[:, None])
        squared = values**2
        own = np.stack([squared.T @ (sides[:, [d]] * sides * total[:, None]) for d in range(b)], axis=1)
        cross = np.zeros((values.shape[1], b, len(theta)))
        for s in range(b):
            weighted = values * sides[:, [s]]
            for a in range(b):
                cross[:, s, a * n_bins : (a + 1) * n_bins] = weighted.T @ (sides[:, [a]] * curvature)
            cross[:, s, first:] = (weighted * total[:, None]).T @ likelihood.wide
        taken = np.linalg.solve(hessian, cross.reshape(-1, len(theta)).T).T.reshape(cross.shape)
        return cls(score, own, cross, own - cross @ taken.transpose(0, 2, 1))

    def joined(
        self, c: int, theta: FloatArray, hessian: FloatArray, prior: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Mode and Hessian with the first coefficients of column c, as many as `prior` has."""
        w = len(prior)
        cross, own = self.cross[c, :w], self.own[c, :w, :w] + np.diag(prior)
        best = np.linalg.solve(self.conditional[c, :w, :w] + np.diag(prior), self.score[c, :w])
        moved = theta - np.linalg.solve(hessian, cross.T @ best)
        return np.concatenate([moved, best]), np.block([[hessian, cross.T], [cross, own]])


def _log_evidence(score: FloatArray, curvature: FloatArray, prior: FloatArray) -> FloatArray:
    """(N,) of coefficients with prior precisions (b,), at score (N, b) and curvature (N, b, b)."""
    inner = curvature + np.diag(prior)
    best = np.linalg.solve(inner, score[:, :, None])[:, :, 0]
    spread = np.linalg.slogdet(inner)[1] - np.log(prior).sum()
    return np.asarray(0.5 * ((score * best).sum(axis=1) - spread), dtype=np.float64)
