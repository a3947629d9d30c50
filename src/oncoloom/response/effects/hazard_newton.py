"""Newton's method for discrete-time hazards (or a response) at the cost of patients, not of person-periods.

logit h_ik = baseline_k + code_i · code_baseline_k + w_i · beta with w = [inputs | code ⊗ modifiers]: only the
baselines depend on the bin, so that sums over bins are taken before any product with w. The same optimum as
`baselines.linear.newton` on person-period rows.
"""

import numpy as np

from oncoloom.response.array_types import FloatArray
from oncoloom.response.baselines.linear import LinearProblem

MAX_STEPS = 60
TOLERANCE = 1e-9  # of the objective, relative


class HazardLikelihood:
    """Log-likelihood of one problem; coefficients in the order of `baselines.linear.penalty_matrix`."""

    def __init__(self, problem: LinearProblem) -> None:
        z = problem.x[:, problem.modifiers]
        q = problem.code.shape[1]
        self.exposure, self.events, self.code = problem.exposure, problem.events, problem.code
        self.wide = np.concatenate([problem.x, *(problem.code[:, [j]] * z for j in range(q))], axis=1)
        self.n_bins, self.q = problem.events.shape[1], q
        self.first = self.n_bins * (1 + q)

    def loss(self, theta: FloatArray) -> float:
        """Minus the log-likelihood."""
        eta = self._eta(theta)
        return float((self.exposure * np.logaddexp(0.0, eta) - self.events * eta).sum())

    def fit(self, penalty: FloatArray, start: FloatArray, *, max_steps: int = MAX_STEPS) -> FloatArray:
        """Coefficients that minimize loss + 1/2 t'Pt; steps are halved until the objective falls."""
        theta, value = start.copy(), self.loss(start) + 0.5 * float(start @ penalty @ start)
        for _ in range(max_steps):
            gradient, hessian = self.derivatives(theta)
            step = np.linalg.solve(hessian + penalty, gradient + penalty @ theta)
            size = 1.0
            while size > 1e-6:
                trial = theta - size * step
                tried = self.loss(trial) + 0.5 * float(trial @ penalty @ trial)
                if tried <= value:
                    break
                size /= 2
            else:
                break
            done = value - tried < TOLERANCE * (1 + abs(value))
            theta, value = trial, tried
            if done:
                break
        return theta

    def residuals(self, theta: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Events minus expected ones, and the loss's curvature, (n, K) each."""
        p = 1 / (1 + np.exp(-np.clip(self._eta(theta), -500, 500)))
        return self.events - self.exposure * p, self.exposure * p * (1 - p)

    def derivatives(self, theta: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Gradient (P,) and Hessian (P, P) of the loss."""
        left_over, curvature = self.residuals(theta)
        rest = -left_over
        sides = [np.ones(len(rest)), *self.code.T]  # what multiplies each baseline
        k, first = self.n_bins, self.first
        size = first + self.wide.shape[1]
        gradient, hessian = np.zeros(size), np.zeros((size, size))
        for a, left in enumerate(sides):
            block = slice(a * k, (a + 1) * k)
            gradient[block] = left @ rest
            hessian[block, first:] = (left[:, None] * curvature).T @ self.wide
            for b, right in enumerate(sides[: a + 1]):
                diagonal = (left * right) @ curvature
                rows, columns = np.arange(a * k, (a + 1) * k), np.arange(b * k, (b + 1) * k)
                hessian[rows, columns] = diagonal
                hessian[columns, rows] = diagonal
        gradient[first:] = rest.sum(axis=1) @ self.wide
        hessian[first:, :first] = hessian[:first, first:].T
        hessian[first:, first:] = (self.wide * curvature.sum(axis=1)[:, None]).T @ self.wide
        return gradient, hessian

    def _eta(self, theta: FloatArray) -> FloatArray:
        baselines = theta[: self.first].reshape(1 + self.q, self.n_bins)
        base = baselines[0] + self.code @ baselines[1:]
        return np.asarray(base + (self.wide @ theta[self.first :])[:, None], dtype=np.float64)
