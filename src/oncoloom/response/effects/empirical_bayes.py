"""The effect model: a discrete-time hazard (or logistic) model with penalties chosen by the evidence.

Groups of coefficients (linear, genes, hinges, products; main and interaction apart) each have a penalty by
MacKay's update. Four models that let the therapies differ by ever more (only the average, linear in the
modifiers, with hinges, with products) are averaged by their Laplace evidence (MacKay 1992; Hoeting 1999), so
that a trial without effect modification ends near the average and a bent effect is still found.
"""

from dataclasses import dataclass, replace

import numpy as np

from oncoloom.response.array_types import FloatArray, IntArray
from oncoloom.response.baselines.linear import LinearProblem, fit_start, penalty_matrix, unpack
from oncoloom.response.effects.basis import HINGES, LINEAR, PRODUCTS, EffectBasis
from oncoloom.response.effects.hazard_newton import HazardLikelihood
from oncoloom.response.predictors import ScorePredictor

STEPS, TOLERANCE = 12, 0.02
MAIN_LIMITS, INTERACTION_LIMITS = (1.0, 5000.0), (5.0, 5000.0)
START_MAIN, START_INTERACTION = 20.0, 60.0
MIN_EFFECTIVE = 0.05
LEVELS = (-1, LINEAR + 1, HINGES, PRODUCTS)  # the highest group that may differ by therapy


@dataclass(frozen=True, slots=True)
class EvidenceFit:
    """One model at its evidence's penalties: coefficients (P,), Hessian (P, P), log evidence, penalties."""

    theta: FloatArray
    hessian: FloatArray
    log_evidence: float
    main: FloatArray
    interaction: FloatArray


@dataclass(frozen=True, slots=True)
class EffectFit:
    """The averaged effect model of one endpoint.

    Attributes
    ----------
    modes
        (4 members) the four models at their modes; `weights` (4,) their shares by evidence.
    draws
        M members from the averaged posterior: their spread is the uncertainty.
    penalties
        Model to its penalties by group, for the record.
    """

    basis: EffectBasis
    modes: ScorePredictor
    weights: FloatArray
    draws: ScorePredictor
    penalties: tuple[tuple[float, ...], ...]

    @property
    def mean(self) -> ScorePredictor:
        """One member: the coefficients of the four models averaged by their evidence."""
        parts = {
            name: np.einsum("k,k...->...", self.weights, value)[None]
            for name, value in self.modes.arrays().items()
            if name != "modifiers"
        }
        return ScorePredictor(**parts, modifiers=self.modes.modifiers)

    def modes_eta(self, x: FloatArray, code: FloatArray) -> FloatArray:
        """(4, n, K) logits of the four models for inputs (n, p) under therapies of code (n, q)."""
        return self.modes.eta(self.basis.expand(x), code)

    def draws_eta(self, x: FloatArray, code: FloatArray) -> FloatArray:
        """(M, n, K) logits of the posterior draws."""
        return self.draws.eta(self.basis.expand(x), code)


def fit_effects(
    problem: LinearProblem, basis: EffectBasis, multipliers: FloatArray, *, n_draws: int, seed: int
) -> EffectFit:
    """Fit on the rows of `problem` (inputs not expanded; rows without exposure count for nothing).

    `multipliers` (p,) are the design's ridge multipliers; further columns have 1.
    """
    x = basis.expand(problem.x)
    scale = np.concatenate([multipliers, np.ones(x.shape[1] - len(multipliers))])
    fits: list[EvidenceFit] = []
    layouts: list[tuple[IntArray, IntArray]] = []
    for level in LEVELS:
        mains = np.flatnonzero(basis.groups <= max(level, HINGES)).astype(np.int64)
        mods = basis.modifiers[basis.groups[basis.modifiers] <= level]
        if layouts and mods.size == layouts[-1][1].size:
            continue  # no column of this group: the same model again
        place = np.searchsorted(mains, mods)
        small = replace(problem, x=x[:, mains], modifiers=place)
        fits.append(fit_by_evidence(small, basis.groups[mains], basis.groups[mods], scale[mains]))
        layouts.append((mains, mods))
    evidence = np.array([fit.log_evidence for fit in fits])
    weights = np.exp(evidence - evidence.max())
    weights /= weights.sum()
    whole = replace(problem, x=x, modifiers=basis.modifiers)
    places = [_places(whole, mains, mods) for mains, mods in layouts]
    size = _size(whole)
    modes = np.zeros((len(fits), size))
    for k, fit in enumerate(fits):
        modes[k, places[k]] = fit.theta
    draws = _draw(fits, places, weights, size, n_draws, seed)
    penalties = tuple((*fit.main, *fit.interaction) for fit in fits)
    return EffectFit(basis, unpack(whole, modes), weights, unpack(whole, draws), penalties)


def fit_by_evidence(
    problem: LinearProblem, main_groups: IntArray, interaction_groups: IntArray, multipliers: FloatArray
) -> EvidenceFit:
    """One model with a penalty per group: lambda <- (effective number of coefficients) / |coefficients|^2."""
    likelihood = HazardLikelihood(problem)
    blocks = _Blocks(problem, main_groups, interaction_groups, multipliers)
    theta = fit_start(problem, blocks.size)
    for _ in range(STEPS):
        penalty = blocks.penalty()
        theta = likelihood.fit(penalty, theta)
        if blocks.update(theta, likelihood.derivatives(theta)[1] + penalty) < TOLERANCE:
            break
    penalty = blocks.penalty()
    theta = likelihood.fit(penalty, theta)
    hessian = likelihood.derivatives(theta)[1] + penalty
    loss = likelihood.loss(theta) + 0.5 * float(theta @ penalty @ theta)
    log_evidence = -loss - 0.5 * float(np.linalg.slogdet(hessian)[1]) + 0.5 * blocks.log_prior()
    return EvidenceFit(theta, hessian, log_evidence, blocks.main, blocks.interaction)


class _Blocks:
    """Which coefficients belong to which group, and the groups' penalties."""

    def __init__(
        self,
        problem: LinearProblem,
        main_groups: IntArray,
        interaction_groups: IntArray,
        multipliers: FloatArray,
    ) -> None:
        q, k, p = problem.code.shape[1], problem.events.shape[1], problem.x.shape[1]
        self.base = penalty_matrix(problem, multipliers, 1.0, 1.0)
        self.size = len(self.base)
        first = k * (1 + q)
        mains, products = np.arange(first, first + p), np.arange(first + p, self.size)
        tiled = np.tile(interaction_groups, q)
        names = np.unique(main_groups)
        self.parts = [mains[main_groups == g] for g in names]
        self.n_main = len(self.parts)
        self.parts += [products[tiled == g] for g in np.unique(interaction_groups)]
        self.main = np.full(self.n_main, START_MAIN)
        self.interaction = np.full(len(self.parts) - self.n_main, START_INTERACTION)

    @property
    def _lambdas(self) -> FloatArray:
        return np.concatenate([self.main, self.interaction])

    def penalty(self) -> FloatArray:
        out = self.base.copy()
        for value, part in zip(self._lambdas, self.parts, strict=True):
            out[part, part] = self.base[part, part] * value
        return out

    def update(self, theta: FloatArray, hessian: FloatArray) -> float:
        """MacKay's update of all groups; the largest relative change."""
        variance = np.diag(np.linalg.inv(hessian))
        before = self._lambdas
        after = np.empty_like(before)
        for g, (value, part) in enumerate(zip(before, self.parts, strict=True)):
            scale = self.base[part, part]
            effective = part.size - value * float((scale * variance[part]).sum())
            low, high = MAIN_LIMITS if g < self.n_main else INTERACTION_LIMITS
            size = max(float((scale * theta[part] ** 2).sum()), 1e-9)
            after[g] = np.clip(max(effective, MIN_EFFECTIVE) / size, low, high)
        self.main, self.interaction = after[: self.n_main], after[self.n_main :]
        return float(np.abs(np.log(after / before)).max())

    def log_prior(self) -> float:
        """Log determinant of the prior precision of all grouped coefficients (the others' is common)."""
        return float(
            sum(
                np.log(self.base[part, part] * value).sum()
                for value, part in zip(self._lambdas, self.parts, strict=True)
            )
        )


def _size(problem: LinearProblem) -> int:
    q, k = problem.code.shape[1], problem.events.shape[1]
    return k * (1 + q) + problem.x.shape[1] + q * len(problem.modifiers)


def _places(whole: LinearProblem, mains: IntArray, mods: IntArray) -> IntArray:
    """Where the coefficients of a smaller model stand in those of the whole."""
    q, k = whole.code.shape[1], whole.events.shape[1]
    first, p, m = k * (1 + q), whole.x.shape[1], len(whole.modifiers)
    at = np.flatnonzero(np.isin(whole.modifiers, mods))
    parts = [np.arange(first), first + mains, *(first + p + j * m + at for j in range(q))]
    return np.concatenate(parts).astype(np.int64)


def _draw(
    fits: list[EvidenceFit],
    places: list[IntArray],
    weights: FloatArray,
    size: int,
    n_draws: int,
    seed: int,
) -> FloatArray:
    """(n_draws, size) from the models' Laplace posteriors, shared out by weight (largest remainders)."""
    exact = weights * n_draws
    counts = np.floor(exact).astype(np.int64)
    for k in np.argsort(counts - exact, kind="stable")[: n_draws - int(counts.sum())]:
        counts[k] += 1
    rng = np.random.default_rng(seed)
    out, at = np.zeros((n_draws, size)), 0
    for fit, place, count in zip(fits, places, counts, strict=True):
        noise = rng.normal(size=(int(count), len(fit.theta)))
        factor = np.linalg.cholesky(fit.hessian)  # H = L L', so L'^-1 z has covariance H^-1
        out[at : at + count, place] = fit.theta + np.linalg.solve(factor.T, noise.T).T
        at += int(count)
    return out
