"""Cross-fitted outcomes under every therapy: each patient predicted by models that did not see them."""

import numpy as np

from oncoloom.response.array_types import FloatArray, IntArray
from oncoloom.response.effects.empirical_bayes import EffectFit
from oncoloom.response.effects.problem import EffectProblem
from oncoloom.response.effects.risks import risk_scale


def mean_risks(fit: EffectFit, problem: EffectProblem, x: FloatArray, days: FloatArray) -> FloatArray:
    """(n, A, T) risks under every therapy, the four models averaged by their evidence."""
    return np.stack(
        [
            np.einsum(
                "k,knt->nt",
                fit.weights,
                risk_scale(fit.modes_eta(x, np.tile(code, (len(x), 1))), problem.edges, days),
            )
            for code in problem.codes
        ],
        axis=1,
    )


def cross_fit(
    problem: EffectProblem, inputs: list[FloatArray], folds: IntArray, days: FloatArray
) -> FloatArray:
    """(n, A, T) out-of-fold risks. `folds` (n,); inputs[f] (n, p) are standardized on the rows outside f."""
    out = np.zeros((len(folds), len(problem.codes), max(days.size, 1)))
    for fold in range(int(folds.max()) + 1):
        train, test = folds != fold, folds == fold
        fit = problem.fit(train, n_draws=1, seed=0, x=inputs[fold])
        out[test] = mean_risks(fit, problem, inputs[fold][test], days)
    return out
