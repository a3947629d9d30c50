"""The effect model as a trained model keeps it: fits per endpoint, propensities, comparisons."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from oncoloom.response.array_types import FloatArray
from oncoloom.response.effects.basis import EffectBasis
from oncoloom.response.effects.cells import CellBasis
from oncoloom.response.effects.comparison import Comparison
from oncoloom.response.effects.empirical_bayes import EffectFit
from oncoloom.response.effects.propensity import Propensity
from oncoloom.response.effects.risks import risk_scale, to_probability
from oncoloom.response.predictors import ScorePredictor

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class EndpointEffects:
    """One endpoint's effect model; `edges` (K + 1,) days, empty for response."""

    fit: EffectFit
    edges: FloatArray

    def probabilities(
        self, x: FloatArray, code: FloatArray, shift: float, day: int | None
    ) -> tuple[FloatArray, FloatArray]:
        """Event probabilities under one therapy of code (q,): (n,) of the averaged model, (M, n) of draws.

        One row after the other: a patient alone gets the number that it gets in a table.
        """
        survival = day is not None
        days = np.array([float(day or 0)])
        middle, draws = np.zeros(len(x)), np.zeros((len(self.fit.draws.alpha), len(x)))
        for i in range(len(x)):
            row = x[i : i + 1]
            modes = risk_scale(self.fit.modes_eta(row, code[None]), self.edges, days)[:, 0, 0]
            middle[i] = self.fit.weights @ to_probability(modes + shift, survival=survival)
            risks = risk_scale(self.fit.draws_eta(row, code[None]), self.edges, days)[:, 0, 0]
            draws[:, i] = to_probability(risks + shift, survival=survival)
        return middle, draws


@dataclass(frozen=True, slots=True)
class EffectModel:
    """Everything about differences between therapies.

    Attributes
    ----------
    endpoints
        Effect models; empty where no source was declared.
    propensities
        Pair to the propensity of its first therapy; adjusted comparisons only.
    comparisons
        One per pair of therapies (as training sorted them), endpoint and horizon.
    """

    endpoints: dict[str, EndpointEffects] = field(default_factory=dict)
    propensities: dict[Pair, Propensity] = field(default_factory=dict)
    comparisons: tuple[Comparison, ...] = ()

    def find(self, first: str, second: str, endpoint: str, day: int | None) -> Comparison | None:
        """The comparison in either direction; its own `first` says which way it counts."""
        for one in self.comparisons:
            if (
                {one.first, one.second} == {first, second}
                and one.endpoint == endpoint
                and one.horizon_days == day
            ):
                return one
        return None

    def as_dict(self) -> dict[str, Any]:
        """For model.json; the arrays go beside."""
        return {
            "endpoints": {name: one.fit.draws.kind for name, one in self.endpoints.items()},
            "propensities": [list(pair) for pair in self.propensities],
            "comparisons": [one.as_dict() for one in self.comparisons],
        }

    def arrays(self) -> dict[str, FloatArray]:
        """All arrays by name."""
        out: dict[str, FloatArray] = {}
        for name, one in self.endpoints.items():
            out[f"{name}.edges"], out[f"{name}.weights"] = one.edges, one.fit.weights
            out |= {f"{name}.basis.{key}": value for key, value in one.fit.basis.arrays().items()}
            out |= {f"{name}.modes.{key}": value for key, value in one.fit.modes.arrays().items()}
            out |= {f"{name}.draws.{key}": value for key, value in one.fit.draws.arrays().items()}
        for k, propensity in enumerate(self.propensities.values()):
            out[f"propensity.{k}.columns"] = propensity.columns.astype(np.float64)
            out |= {f"propensity.{k}.basis.{key}": v for key, v in propensity.basis.arrays().items()}
            out[f"propensity.{k}.slope"] = propensity.slope
            out[f"propensity.{k}.intercept"] = np.array([propensity.intercept])
        return out

    @classmethod
    def from_parts(cls, spec: dict[str, Any], arrays: dict[str, FloatArray]) -> "EffectModel":
        """The effect model that :meth:`as_dict` and :meth:`arrays` wrote."""
        endpoints = {name: _endpoint(_under(arrays, f"{name}.")) for name in spec["endpoints"]}
        propensities = {}
        for k, (first, second) in enumerate(spec["propensities"]):
            mine = _under(arrays, f"propensity.{k}.")
            columns = mine["columns"].astype(np.int64)
            basis = CellBasis.from_arrays(_under(mine, "basis."), columns.size)
            propensities[(first, second)] = Propensity(
                columns, basis, mine["slope"], float(mine["intercept"][0])
            )
        comparisons = tuple(Comparison.from_dict(one) for one in spec["comparisons"])
        return cls(endpoints, propensities, comparisons)


def _under(arrays: dict[str, FloatArray], prefix: str) -> dict[str, FloatArray]:
    return {key.removeprefix(prefix): value for key, value in arrays.items() if key.startswith(prefix)}


def _endpoint(arrays: dict[str, FloatArray]) -> EndpointEffects:
    basis = EffectBasis.from_arrays(_under(arrays, "basis."))
    fit = EffectFit(
        basis, _score(_under(arrays, "modes.")), arrays["weights"], _score(_under(arrays, "draws.")), ()
    )
    return EndpointEffects(fit, arrays["edges"])


def _score(arrays: dict[str, FloatArray]) -> ScorePredictor:
    return ScorePredictor(
        arrays["alpha"], arrays["code_alpha"], arrays["beta"], arrays["interaction"],
        arrays["modifiers"].astype(np.int64),
    )  # fmt: skip
