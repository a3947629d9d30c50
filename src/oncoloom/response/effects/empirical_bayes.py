"""The effect model: a discrete-time hazard (or logistic) model with penalties chosen by the evidence.

Groups of coefficients (linear, genes, hinges, products; main and interaction apart) each have a penalty by
MacKay's update. Four models that let the therapies differ by ever more (only the average, linear in the
modifiers, with hinges, with products), and models with corners of modifiers, are averaged by their Laplace
evidence (MacKay 1992; Hoeting 1999), so that a trial without effect modification ends near the average and a
bent effect, or one that jumps, is still found.
"""

from dataclasses import dataclass, replace

import numpy as np

from oncoloom.response.array_types import FloatArray, IntArray
from oncoloom.response.baselines.linear import DRUG_FACTOR, LinearProblem, fit_start, penalty_matrix, unpack
from oncoloom.response.effects.basis import HINGES, LINEAR, MIN_DISTINCT, PRODUCTS, EffectBasis
from oncoloom.response.effects.corner_search import grow
from oncoloom.response.effects.corners import Corners, offered_corners
from oncoloom.response.effects.hazard_newton import HazardLikelihood
from oncoloom.response.effects.laplace_models import LaplaceModel, draws_of, evidence_weights, modes_of
from oncoloom.response.predictors import ScorePredictor

STEPS, TOLERANCE = 12, 0.02
MAIN_LIMITS, INTERACTION_LIMITS = (1.0, 5000.0), (5.0, 5000.0)
START_MAIN, START_INTERACTION = 20.0, 60.0
MIN_EFFECTIVE = 0.05
N_BEST = 8  # corners of a round and kind that stand in the average: their thresholds are not sure
MAX_CORNERS = 3  # rounds
WORTH_MORE = 1.0  # log evidence of a round's corners together, over none, that asks for another round
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
        (members) all models at their modes, the four first; `weights` (members,) their shares by evidence.
    draws
        M members from the averaged posterior: their spread is the uncertainty.
    penalties
        Those of the four models by group, for the record.
    """

    basis: EffectBasis
    modes: ScorePredictor
    weights: FloatArray
    draws: ScorePredictor
    penalties: tuple[tuple[float, ...], ...]

    @property
    def mean(self) -> ScorePredictor:
        """One member: the coefficients of the models averaged by their evidence."""
        parts = {
            name: np.einsum("k,k...->...", self.weights, value)[None]
            for name, value in self.modes.arrays().items()
            if name != "modifiers"
        }
        return ScorePredictor(**parts, modifiers=self.modes.modifiers)

    def modes_eta(self, x: FloatArray, code: FloatArray) -> FloatArray:
        """(members, n, K) logits of the models for inputs (n, p) under therapies of code (n, q)."""
        return self.modes.eta(self.basis.expand(x), code)

    def without_forms(self) -> "EffectFit":
        """The same with differences between therapies that are linear: hinges, products, corners at 0."""
        bent = self.basis.groups[self.modes.modifiers] >= HINGES
        modes, draws = (
            replace(one, interaction=np.where(bent, 0.0, one.interaction)) for one in (self.modes, self.draws)
        )
        return replace(self, modes=modes, draws=draws)

    def draws_eta(self, x: FloatArray, code: FloatArray) -> FloatArray:
        """(M, n, K) logits of the posterior draws."""
        return self.draws.eta(self.basis.expand(x), code)


def fit_effects(
    problem: LinearProblem,
    basis: EffectBasis,
    sources: IntArray,
    multipliers: FloatArray,
    *,
    n_draws: int,
    seed: int,
) -> EffectFit:
    """Fit on the rows of `problem` (inputs not expanded; rows without exposure count for nothing).

    `sources` (p,) numbers the raw column of each input; `multipliers` (p,) are the design's ridge
    multipliers; further columns have 1.
    """
    x = basis.expand(problem.x)
    scale = np.concatenate([multipliers, np.ones(x.shape[1] - len(multipliers))])
    fits: list[EvidenceFit] = []
    models: list[LaplaceModel] = []
    for level in LEVELS:
        mains = np.flatnonzero(basis.groups <= max(level, HINGES)).astype(np.int64)
        mods = basis.modifiers[basis.groups[basis.modifiers] <= level]
        if models and mods.size == models[-1].modifiers.size:
            continue  # no column of this group: the same model again
        place = np.searchsorted(mains, mods)
        small = replace(problem, x=x[:, mains], modifiers=place)
        fit = fit_by_evidence(small, basis.groups[mains], basis.groups[mods], scale[mains])
        fits.append(fit)
        models.append(LaplaceModel(fit.theta, fit.hessian, fit.log_evidence, mains, mods))
    own = basis.modifiers[basis.modifiers < basis.n_inputs]
    offered = offered_corners(problem.x, sources, own, MIN_DISTINCT)
    for start in models[:3] if len(offered) else []:  # from the average only, the linear and the bent model
        basis, more = _with_corners(problem, basis, scale, start, offered)
        models += more
    weights = evidence_weights(models)
    whole = replace(problem, x=basis.expand(problem.x), modifiers=basis.modifiers)
    draws = draws_of(models, weights, whole, n_draws=n_draws, seed=seed)
    penalties = tuple((*fit.main, *fit.interaction) for fit in fits)
    return EffectFit(basis, unpack(whole, modes_of(models, whole)), weights, unpack(whole, draws), penalties)


def _with_corners(
    problem: LinearProblem, basis: EffectBasis, scale: FloatArray, start: LaplaceModel, offered: Corners
) -> tuple[EffectBasis, list[LaplaceModel]]:
    """The basis with the best corners, and models that have one of them; round by round one is kept for all.

    Each corner pays for having been picked among so many: the logarithm of their number. A further round
    starts where the corners together are worth more than none.
    """
    values, toll = offered.expand(problem.x), float(np.log(len(offered)))
    code_scale = 2 * np.where(np.array(problem.is_drug, dtype=bool), DRUG_FACTOR, 1.0)
    base, out = start, list[LaplaceModel]()
    for _ in range(MAX_CORNERS):
        x = basis.expand(problem.x)
        place = np.searchsorted(base.mains, base.modifiers)
        likelihood = HazardLikelihood(replace(problem, x=x[:, base.mains], modifiers=place))
        gains, best = grow(likelihood, base.theta, base.hessian, values, code_scale, n_best=N_BEST)
        first, evidence = len(basis.groups), base.log_evidence - toll
        basis = basis.with_corners(offered.take(np.array([one.column for one in best], dtype=np.int64)))
        found = [
            LaplaceModel(
                one.theta,
                one.hessian,
                evidence + one.gain,
                base.mains,
                base.modifiers,
                first + k,
                one.differs,
            )
            for k, one in enumerate(best)
        ]
        out += found
        if float(np.logaddexp.reduce(gains, axis=None)) - toll < WORTH_MORE:
            break
        base = _refitted(problem, basis, scale, found[0])
    return basis, out


def _refitted(
    problem: LinearProblem, basis: EffectBasis, scale: FloatArray, model: LaplaceModel
) -> LaplaceModel:
    """A model whose corner became a column as the others; its evidence is still that of the corner's gain."""
    mains = np.append(model.mains, model.corner)
    mods = np.append(model.modifiers, model.corner) if model.differs else model.modifiers
    scales = np.append(scale, np.ones(len(basis.groups) - len(scale)))
    small = replace(problem, x=basis.expand(problem.x)[:, mains], modifiers=np.searchsorted(mains, mods))
    fit = fit_by_evidence(small, basis.groups[mains], basis.groups[mods], scales[mains])
    return LaplaceModel(fit.theta, fit.hessian, model.log_evidence, mains, mods)


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
