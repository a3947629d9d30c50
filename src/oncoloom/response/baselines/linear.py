"""Ridge logistic regression and ridge discrete-time Cox by one penalized Newton solver, with members.

Penalties are on the scale of the summed log-likelihood with standardized inputs (prior standard deviation
of a coefficient = 1/sqrt(lambda)). A Bayesian-bootstrap member is the same fit with Exp(1) weights
(Rubin 1981).
"""

from dataclasses import dataclass

import numpy as np

from oncoloom.response.array_types import FloatArray, IntArray
from oncoloom.response.baselines.constrained import restrained_newton, restraint
from oncoloom.response.predictors import ScorePredictor
from oncoloom.response.timegrid import bin_log_odds

FREE = 1e-4  # penalty of intercepts: keeps a separating fit finite, changes no other
CLASS_INTERCEPT, DRUG_INTERCEPT = 0.5, 5.0
SMOOTH = 1.5  # first differences of the baseline hazard
DRUG_FACTOR = 3.0  # a drug's effects shrink this much harder than its class's
MAX_STEPS = 60


@dataclass(frozen=True, slots=True)
class LinearProblem:
    """One endpoint's data for the solver.

    Attributes
    ----------
    x, code
        (n, p) inputs, (n, q) therapy codes.
    exposure, events
        (n, K); for response K = 1, exposure 1, events y.
    modifiers
        Columns of x that interact with therapy.
    signs
        (p,) -1, 0 or 1: sign that the coefficient of an input must have in eta; None = all free.
    """

    x: FloatArray
    code: FloatArray
    exposure: FloatArray
    events: FloatArray
    modifiers: IntArray
    is_drug: tuple[bool, ...]
    signs: FloatArray | None = None


def penalty_matrix(
    problem: LinearProblem, multipliers: FloatArray, ridge: float, interaction: float
) -> FloatArray:
    """(P, P) penalty of [baseline | therapy x baseline | inputs | therapy x modifiers]."""
    n_bins, q, m = problem.events.shape[1], problem.code.shape[1], len(problem.modifiers)
    difference = np.diff(np.eye(n_bins), axis=0)
    smooth = SMOOTH * difference.T @ difference if n_bins > 1 else np.zeros((1, 1))
    drug = np.array(problem.is_drug, dtype=bool)
    blocks = [smooth + FREE * np.eye(n_bins)]
    for is_drug in drug:
        level = DRUG_INTERCEPT if is_drug else CLASS_INTERCEPT
        # the level of a baseline is nearly free, its shape is smoothed: the mean over bins carries `level`
        blocks.append(smooth + level / n_bins * np.eye(n_bins))
    blocks.append(np.diag(ridge * multipliers))
    # one-hot codes split an effect over both arms; 2 x makes `interaction` the penalty of their difference
    scale = np.where(drug, DRUG_FACTOR, 1.0) * 2 * interaction
    blocks.append(np.diag(np.repeat(scale, m)))
    size = sum(len(block) for block in blocks)
    out, at = np.zeros((size, size)), 0
    for block in blocks:
        out[at : at + len(block), at : at + len(block)] = block
        at += len(block)
    assert size == n_bins * (1 + q) + len(multipliers) + q * m
    return out


def person_period(problem: LinearProblem) -> tuple[FloatArray, FloatArray, FloatArray, IntArray]:
    """Design rows (N, P), exposure (N,), events (N,), patient of each row (N,), for bins with exposure."""
    n_bins = problem.events.shape[1]
    patient, which = np.nonzero((problem.exposure > 0) | (problem.events > 0))
    baseline = np.eye(n_bins)[which]
    code = problem.code[patient]
    x = problem.x[patient]
    parts = [baseline, *(code[:, [j]] * baseline for j in range(code.shape[1])), x]
    z = x[:, problem.modifiers]
    parts += [code[:, [j]] * z for j in range(code.shape[1])]
    return (
        np.concatenate(parts, axis=1),
        problem.exposure[patient, which],
        problem.events[patient, which],
        patient.astype(np.int64),
    )


def newton(
    design: FloatArray,
    exposure: FloatArray,
    events: FloatArray,
    weight: FloatArray,
    penalty: FloatArray,
    start: FloatArray,
) -> tuple[FloatArray, FloatArray]:
    """Minimize sum w (A softplus(eta) - D eta) + 1/2 t'Pt: coefficients and Hessian at them.

    Steps are halved until the objective falls, so that separable data end at the finite ridge solution.
    """

    def objective(theta: FloatArray) -> float:
        eta = design @ theta
        loss = weight @ (exposure * np.logaddexp(0.0, eta) - events * eta)
        return float(loss + 0.5 * theta @ penalty @ theta)

    theta, value = start.copy(), objective(start)
    hessian = penalty
    for _ in range(MAX_STEPS):
        p = 1 / (1 + np.exp(-np.clip(design @ theta, -500, 500)))
        gradient = design.T @ (weight * (exposure * p - events)) + penalty @ theta
        curvature = weight * exposure * p * (1 - p)
        hessian = (design * curvature[:, None]).T @ design + penalty
        step = np.linalg.solve(hessian, gradient)
        size = 1.0
        while size > 1e-6:
            trial = theta - size * step
            tried = objective(trial)
            if tried <= value:
                break
            size /= 2
        else:
            break
        done = value - tried < 1e-9 * (1 + abs(value))
        theta, value = trial, tried
        if done:
            break
    return theta, hessian


def fit_linear(
    problem: LinearProblem,
    multipliers: FloatArray,
    *,
    ridge: float,
    interaction: float,
    weights: FloatArray,
    lasso: float = 0.0,
) -> ScorePredictor:
    """Fit one member per row of `weights` (M, n); `lasso` is the L1 penalty of the inputs' coefficients."""
    design, exposure, events, patient = person_period(problem)
    penalty = penalty_matrix(problem, multipliers, ridge, interaction)
    start = fit_start(problem, len(penalty))
    at = problem.events.shape[1] * (1 + problem.code.shape[1])
    signs = np.zeros(len(multipliers)) if problem.signs is None else problem.signs
    limits = restraint(len(penalty), at, signs, lasso * multipliers)

    def fit(weight: FloatArray) -> FloatArray:
        if limits.is_free:
            return newton(design, exposure, events, weight, penalty, start)[0]
        return restrained_newton(design, exposure, events, weight, penalty, start, limits)

    return unpack(problem, np.stack([fit(w[patient]) for w in weights]))


def fit_start(problem: LinearProblem, size: int) -> FloatArray:
    """(size,) coefficients to start from: the log odds of each bin's event rate, all else 0."""
    start = np.zeros(size)
    start[: problem.events.shape[1]] = bin_log_odds(problem.exposure, problem.events)
    return start


def unpack(problem: LinearProblem, fitted: FloatArray) -> ScorePredictor:
    """Coefficients (M, P) as a predictor."""
    m, k, q, p = len(fitted), problem.events.shape[1], problem.code.shape[1], problem.x.shape[1]
    n_mod = len(problem.modifiers)
    at = k * (1 + q)
    return ScorePredictor(
        alpha=fitted[:, :k],
        code_alpha=fitted[:, k:at].reshape(m, q, k),
        beta=fitted[:, at : at + p],
        interaction=fitted[:, at + p :].reshape(m, q, n_mod),
        modifiers=problem.modifiers,
    )


def estimate_interaction_penalty(
    problem: LinearProblem, multipliers: FloatArray, *, ridge: float, steps: int = 8
) -> float:
    """Empirical-Bayes penalty of the therapy interactions, clipped to [5, 2000].

    MacKay 1992: lambda <- (m - lambda tr V) / |t|^2 with V the inverse penalized Hessian. Without a second
    therapy or modifiers there is nothing to estimate and the upper end comes back.
    """
    m = len(problem.modifiers) * problem.code.shape[1]
    if m == 0:
        return 2000.0
    design, exposure, events, patient = person_period(problem)
    value, theta = 40.0, None
    weight = np.ones(len(patient))
    for _ in range(steps):
        penalty = penalty_matrix(problem, multipliers, ridge, value)
        start = fit_start(problem, len(penalty)) if theta is None else theta
        theta, hessian = newton(design, exposure, events, weight, penalty, start)
        scale = np.diag(penalty)[-m:] / value
        inverse = np.diag(np.linalg.inv(hessian))[-m:]
        effective = m - float((scale * value * inverse).sum())
        # codes of all therapies sum to a constant, so that a share of the m directions carries no effect
        size = float((scale * theta[-m:] ** 2).sum())
        value = float(np.clip(max(effective, 0.05) / max(size, 1e-9), 5.0, 2000.0))
    return value
