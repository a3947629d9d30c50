"""Cross-fitted outcomes under every therapy: each patient predicted by models that did not see them."""

import numpy as np

from oncoloom.response.array_types import FloatArray, IntArray
from oncoloom.response.effects.empirical_bayes import EffectFit
from oncoloom.response.effects.problem import EffectProblem
from oncoloom.response.timegrid import cumulative_hazard


def risk_scale(eta: FloatArray, edges: FloatArray, days: FloatArray) -> FloatArray:
    """Logits of bins (M, n, K) to risk on an additive scale (M, n, T).

    Survival: log cumulative hazard at `days`; response (no edges): the logit, T = 1.
    """
    if not edges.size:
        return eta
    return np.asarray(np.log(np.maximum(cumulative_hazard(eta, edges, days), 1e-12)), dtype=np.float64)


def to_probability(risk: FloatArray, *, survival: bool) -> FloatArray:
    """Event probability of a risk on the scale of :func:`risk_scale`."""
    if survival:
        return np.asarray(-np.expm1(-np.exp(np.clip(risk, -30, 5))), dtype=np.float64)
    return np.asarray(1 / (1 + np.exp(-np.clip(risk, -30, 30))), dtype=np.float64)


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
