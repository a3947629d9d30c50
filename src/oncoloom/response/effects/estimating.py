"""Training time: effect models, averages and their checks for every pair of therapies of a bundle."""

from itertools import combinations

import numpy as np

from oncoloom.response.array_types import FloatArray
from oncoloom.response.bundle import Bundle
from oncoloom.response.effects.comparison import Source
from oncoloom.response.effects.effect_model import EffectModel, Pair
from oncoloom.response.effects.endpoint_comparisons import EndpointComparisons, comparison_folds
from oncoloom.response.effects.propensity import (
    Propensity,
    cross_fit_propensity,
    fit_propensity,
    trial_ratio,
)
from oncoloom.response.therapies import MIN_TREATED
from oncoloom.response.timegrid import in_follow_up

REPEATS = 2


def estimate_effects(
    bundle: Bundle,
    *,
    horizons: tuple[int, ...],
    randomized: bool,
    adjust_for: tuple[str, ...],
    seed: int,
    repeats: int = REPEATS,
) -> EffectModel:
    """The effect model of a training bundle; without two therapies that 20 patients got each it is empty.

    Without a declared source (randomized, or adjusted for what) comparisons hold the unadjusted difference
    and the reason why predictions stand apart, nothing else.
    """
    names = [
        name
        for name, n in zip(bundle.therapies.names, bundle.therapies.n_treated, strict=True)
        if n >= MIN_TREATED
    ]
    pairs = list(combinations(names, 2))
    source: Source = "randomized" if randomized else "adjusted" if adjust_for else "undeclared"
    endpoints, comparisons = {}, []
    shared = _Propensities(bundle, pairs, source, adjust_for, seed)
    for endpoint in bundle.endpoints if pairs else ():
        worker = EndpointComparisons(bundle, endpoint, source, adjust_for, seed, repeats)
        if source != "undeclared":
            endpoints[endpoint] = worker.fit_all(horizons)
        for pair in pairs:
            days: list[int | None] = [None]
            if endpoint != "response":
                days = [day for day in horizons if in_follow_up(float(day), bundle.edges[endpoint])]
            comparisons += [worker.compare(pair, shared.of_rows[pair], day).rounded() for day in days]
    return EffectModel(endpoints, shared.final if source == "adjusted" else {}, tuple(comparisons))


class _Propensities:
    """Propensities of every pair: of all its rows, cross-fitted, and the final model for new patients."""

    def __init__(
        self, bundle: Bundle, pairs: list[Pair], source: Source, adjust_for: tuple[str, ...], seed: int
    ) -> None:
        self.final: dict[Pair, Propensity] = {}
        self.of_rows: dict[Pair, FloatArray] = {}
        x = bundle.inputs(np.ones(len(bundle.arrays), dtype=bool))
        columns = np.array(sorted(c for s in adjust_for for c in bundle.design.columns_of(s)), dtype=np.int64)
        therapy = np.array(bundle.arrays.therapy, dtype=object)
        folds = comparison_folds(bundle, bundle.endpoints[0], seed, 1)[0]
        for pair in pairs:
            rows = (therapy == pair[0]) | (therapy == pair[1])
            first = therapy[rows] == pair[0]
            values = np.full(len(x), np.nan)
            if source == "adjusted":
                self.final[pair] = fit_propensity(x[rows], columns, bundle.groups, first)
                values[rows] = cross_fit_propensity(x[rows], columns, bundle.groups, first, folds[rows])
            else:
                self.final[pair] = trial_ratio(first)
                values[rows] = self.final[pair](x[rows])
            self.of_rows[pair] = values
