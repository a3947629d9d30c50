"""The effect model as a candidate for the outcome itself, so that a bent effect reaches the predictions."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from oncoloom.response.baselines.linear import fit_linear
from oncoloom.response.bundle import Bundle
from oncoloom.response.effects.basis import EffectBasis
from oncoloom.response.effects.problem import effect_problem
from oncoloom.response.fit_tasks import Fits, FitTask, point_weights
from oncoloom.response.predictors import ExpandedPredictor, ScorePredictor, joined


def fit_additive(bundle: Bundle, endpoint: str, tasks: Sequence[FitTask]) -> Fits:
    """One fit per task on its rows of weight above 0: the mean of the effect model and of a ridge fit.

    Penalties of the effect model are chosen by the evidence, of the ridge fit by the inner folds: the two err
    in different ways, and their mean did better than either over OAK's inner folds (docs/benchmarks.md). The
    first member is that mean; further ones are draws from the effect model's posterior, moved by as much (the
    weights of their bootstrap are not used). Declared signs are imposed on the ridge part only.
    """
    problem = effect_problem(bundle, endpoint)
    out: Fits = []
    for task in tasks:
        rows = np.asarray(task.weights.sum(axis=0) > 0, dtype=bool)
        members = len(task.weights)
        fit = problem.fit(rows, n_draws=members - 1, seed=task.seed, x=task.x)
        ridge = fit_linear(
            replace(problem.problem, x=task.x),
            bundle.design.penalties,
            ridge=task.penalty.ridge,
            interaction=task.penalty.interaction,
            weights=point_weights(rows),
        )
        score = fit.mean if members == 1 else joined(fit.mean, fit.draws)
        out.append({endpoint: ExpandedPredictor(fit.basis, _toward(score, fit.mean, ridge, fit.basis))})
    return out


def _toward(
    score: ScorePredictor, middle: ScorePredictor, ridge: ScorePredictor, basis: EffectBasis
) -> ScorePredictor:
    """All members of `score` moved by what takes `middle` halfway to `ridge`, both with one member.

    `ridge` is of plain inputs: they are the first of the expanded ones, its modifiers the first of theirs.
    """
    beta, interaction = -middle.beta, -middle.interaction
    beta[:, : basis.n_inputs] += ridge.beta
    interaction[:, :, : ridge.modifiers.size] += ridge.interaction
    return replace(
        score,
        alpha=score.alpha + (ridge.alpha - middle.alpha) / 2,
        code_alpha=score.code_alpha + (ridge.code_alpha - middle.code_alpha) / 2,
        beta=score.beta + beta / 2,
        interaction=score.interaction + interaction / 2,
    )
