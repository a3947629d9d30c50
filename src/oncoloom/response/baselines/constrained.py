"""Newton steps under an L1 penalty and sign constraints: elastic net and signed ridge by one solver.

Each step minimizes the quadratic model of the penalized log-likelihood by coordinate descent, where both the
L1 penalty and a bound have a closed form a coordinate (Friedman, Hastie & Tibshirani 2010).
"""

from dataclasses import dataclass

import numpy as np

from oncoloom.response.array_types import FloatArray

MAX_STEPS, MAX_SWEEPS = 40, 200


@dataclass(frozen=True, slots=True)
class Restraint:
    """What a coefficient may be: (P,) L1 penalties, lower and upper bounds (0 or infinite)."""

    lasso: FloatArray
    lower: FloatArray
    upper: FloatArray

    @property
    def is_free(self) -> bool:
        """True if nothing is restrained."""
        return not (self.lasso.any() or np.isfinite(self.lower).any() or np.isfinite(self.upper).any())


def restraint(size: int, at: int, signs: FloatArray, lasso: FloatArray) -> Restraint:
    """Restrain the coefficients of inputs, at ``at : at + len(signs)`` of `size`; the others are free.

    `signs` (p,) are -1, 0 or 1, `lasso` (p,) penalties on the scale of the summed log-likelihood.
    """
    place = slice(at, at + len(signs))
    out = Restraint(np.zeros(size), np.full(size, -np.inf), np.full(size, np.inf))
    out.lasso[place] = lasso
    out.lower[place] = np.where(signs > 0, 0.0, -np.inf)
    out.upper[place] = np.where(signs < 0, 0.0, np.inf)
    return out


def restrained_newton(
    design: FloatArray,
    exposure: FloatArray,
    events: FloatArray,
    weight: FloatArray,
    penalty: FloatArray,
    start: FloatArray,
    limits: Restraint,
) -> FloatArray:
    """Minimize sum w (A softplus(eta) - D eta) + 1/2 t'Pt + sum l|t| within the bounds: (P,) coefficients."""

    def objective(theta: FloatArray) -> float:
        eta = design @ theta
        loss = weight @ (exposure * np.logaddexp(0.0, eta) - events * eta)
        return float(loss + 0.5 * theta @ penalty @ theta + limits.lasso @ np.abs(theta))

    theta = np.clip(start, limits.lower, limits.upper)
    value = objective(theta)
    for _ in range(MAX_STEPS):
        p = 1 / (1 + np.exp(-np.clip(design @ theta, -500, 500)))
        gradient = design.T @ (weight * (exposure * p - events)) + penalty @ theta
        hessian = (design * (weight * exposure * p * (1 - p))[:, None]).T @ design + penalty
        step = coordinate_descent(hessian, gradient, theta, limits) - theta
        size = 1.0
        while size > 1e-6 and objective(theta + size * step) > value + 1e-12 * abs(value):
            size /= 2
        theta = theta + size * step
        before, value = value, objective(theta)
        if before - value < 1e-9 * (1 + abs(value)):
            break
    return theta


def coordinate_descent(
    hessian: FloatArray, gradient: FloatArray, theta: FloatArray, limits: Restraint
) -> FloatArray:
    """Minimize g'(t - theta) + 1/2 (t - theta)'H(t - theta) + sum l|t| within the bounds: (P,).

    Free coordinates are solved together for given restrained ones; those are swept one by one.
    """
    held = np.flatnonzero((limits.lasso > 0) | np.isfinite(limits.lower) | np.isfinite(limits.upper))
    free = np.setdiff1d(np.arange(theta.size), held)
    solved = np.linalg.solve(hessian[np.ix_(free, free)], np.column_stack([hessian[np.ix_(free, held)],
                                                                          gradient[free]]))  # fmt: skip
    to_held, at_start = solved[:, :-1], solved[:, -1]
    # the quadratic in the restrained coordinates alone, the free ones at their best (Schur complement)
    inner = hessian[np.ix_(held, held)] - hessian[np.ix_(held, free)] @ to_held
    slope = gradient[held] - hessian[np.ix_(held, free)] @ at_start
    now = theta[held].copy()
    moved = slope.copy()  # gradient of the quadratic at `now`
    for _ in range(MAX_SWEEPS):
        largest = 0.0
        for j in range(held.size):
            target = now[j] - moved[j] / inner[j, j]
            shrunk = np.sign(target) * max(abs(target) - limits.lasso[held[j]] / inner[j, j], 0.0)
            new = min(max(shrunk, limits.lower[held[j]]), limits.upper[held[j]])
            change = new - now[j]
            if change != 0.0:
                moved += inner[:, j] * change
                now[j] = new
                largest = max(largest, abs(change))
        if largest < 1e-9:
            break
    out = theta.copy()
    out[held] = now
    out[free] = theta[free] - at_start - to_held @ (now - theta[held])
    return out
