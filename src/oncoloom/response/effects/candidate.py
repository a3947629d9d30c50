"""The effect model as a candidate for the outcome itself, so that a bent effect reaches the predictions."""

from collections.abc import Sequence

import numpy as np

from oncoloom.response.bundle import Bundle
from oncoloom.response.effects.problem import effect_problem
from oncoloom.response.fit_tasks import Fits, FitTask
from oncoloom.response.predictors import ExpandedPredictor, joined


def fit_additive(bundle: Bundle, endpoint: str, tasks: Sequence[FitTask]) -> Fits:
    """One fit per task on its rows of weight above 0; penalties by the evidence, not those of the task.

    The first member is the mean of the four models, further ones are draws from the posterior (the weights of
    their bootstrap are not used). Declared signs are not imposed.
    """
    problem = effect_problem(bundle, endpoint)
    out: Fits = []
    for task in tasks:
        rows = np.asarray(task.weights.sum(axis=0) > 0, dtype=bool)
        members = len(task.weights)
        fit = problem.fit(rows, n_draws=members - 1, seed=task.seed, x=task.x)
        score = fit.mean if members == 1 else joined(fit.mean, fit.draws)
        out.append({endpoint: ExpandedPredictor(fit.basis, score)})
    return out
