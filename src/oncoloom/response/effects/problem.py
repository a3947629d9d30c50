"""One endpoint's data for the effect model, and its fit."""

from dataclasses import dataclass, replace

import numpy as np

from oncoloom.response.array_types import BoolArray, FloatArray, IntArray
from oncoloom.response.baselines.linear import LinearProblem
from oncoloom.response.bundle import Bundle
from oncoloom.response.effects.basis import EffectBasis, fit_basis
from oncoloom.response.effects.empirical_bayes import EffectFit, fit_effects
from oncoloom.response.feature_rules import DRIVER_PREFIX
from oncoloom.response.fit_tasks import linear_problem


@dataclass(frozen=True, slots=True)
class EffectProblem:
    """One endpoint's data for the effect model.

    Attributes
    ----------
    problem
        Inputs standardized on all rows, exposure and events; `edges` (K + 1,) empty for response.
    sources, modifiers, genes, multipliers
        As for :func:`fit_basis` and :func:`fit_effects`.
    codes
        (A, q) code of every therapy.
    """

    problem: LinearProblem
    edges: FloatArray
    sources: IntArray
    modifiers: IntArray
    genes: IntArray
    multipliers: FloatArray
    codes: FloatArray

    @property
    def inputs(self) -> FloatArray:
        """(n, p) inputs standardized on all rows."""
        return self.problem.x

    def fit(self, rows: BoolArray, *, n_draws: int, seed: int, x: FloatArray | None = None) -> EffectFit:
        """The effect model of these rows; x replaces the inputs (standardized on the rows alone)."""
        inputs = self.problem.x if x is None else x
        basis: EffectBasis = fit_basis(inputs[rows], self.sources, self.modifiers, self.genes)
        part = replace(
            self.problem,
            x=inputs[rows],
            code=self.problem.code[rows],
            exposure=self.problem.exposure[rows],
            events=self.problem.events[rows],
        )
        return fit_effects(part, basis, self.sources, self.multipliers, n_draws=n_draws, seed=seed)


def effect_problem(bundle: Bundle, endpoint: str) -> EffectProblem:
    """The effect model's data of one endpoint, inputs standardized on all rows."""
    x = bundle.inputs(np.ones(len(bundle.arrays), dtype=bool))
    genes = [
        i
        for i, column in enumerate(bundle.design.columns)
        if column.source.startswith(DRIVER_PREFIX) and column.source not in bundle.design.modifiers
    ]
    return EffectProblem(
        linear_problem(bundle, endpoint, x),
        bundle.edges[endpoint],
        bundle.groups,
        bundle.modifiers,
        np.array(genes, dtype=np.int64),
        bundle.design.penalties,
        bundle.therapies.codes,
    )
