"""Training time: effect models, averages and their checks for every pair of therapies of a bundle."""

from dataclasses import replace
from itertools import combinations

import numpy as np

from oncoloom.response.array_types import BoolArray, FloatArray, IntArray
from oncoloom.response.bundle import Bundle
from oncoloom.response.effects.calibration_by_trial import (
    arm_shift,
    benefit_groups,
    benefit_hazard_ratio,
    benefit_odds_ratio,
    benefit_slope,
)
from oncoloom.response.effects.comparison import Average, Comparison, Source
from oncoloom.response.effects.crossfit import EffectProblem, cross_fit, mean_risks, to_probability
from oncoloom.response.effects.doubly_robust import AverageEffect, average_effect, observed_by
from oncoloom.response.effects.e_value import e_values
from oncoloom.response.effects.effect_model import EffectModel, EndpointEffects, Pair
from oncoloom.response.effects.overlap import inside, judge_overlap
from oncoloom.response.effects.propensity import (
    Propensity,
    cross_fit_propensity,
    fit_propensity,
    trial_ratio,
)
from oncoloom.response.effects.reliability import (
    Reliability,
    posterior_reliability,
    split_half_reliability,
)
from oncoloom.response.effects.unadjusted import unadjusted_difference
from oncoloom.response.feature_rules import DRIVER_PREFIX
from oncoloom.response.fit_tasks import linear_problem
from oncoloom.response.splits import outer_folds
from oncoloom.response.therapies import MIN_TREATED
from oncoloom.response.timegrid import in_follow_up

N_DRAWS = 60
REPEATS, N_FOLDS = 2, 5
SPLITS = 5
UNDECLARED = "therapy was not assigned at random in training, and no adjustment was declared"


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
        worker = _EndpointWorker(bundle, endpoint, source, adjust_for, seed, repeats)
        if source != "undeclared":
            endpoints[endpoint] = worker.fit_all(horizons)
        for pair in pairs:
            days: list[int | None] = [None]
            if endpoint != "response":
                days = [day for day in horizons if in_follow_up(float(day), bundle.edges[endpoint])]
            comparisons += [worker.compare(pair, shared, day).rounded() for day in days]
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
        folds = _folds(bundle, bundle.endpoints[0], seed, 1)[0]
        for pair in pairs:
            rows = (therapy == pair[0]) | (therapy == pair[1])
            first = therapy[rows] == pair[0]
            values = np.full(len(x), np.nan)
            if source == "adjusted":
                self.final[pair] = fit_propensity(x[rows], columns, first)
                values[rows] = cross_fit_propensity(x[rows], columns, first, folds[rows])
            else:
                self.final[pair] = trial_ratio(first)
                values[rows] = self.final[pair](x[rows])
            self.of_rows[pair] = values


def _folds(bundle: Bundle, endpoint: str, seed: int, repeats: int) -> list[IntArray]:
    return [outer_folds(bundle, endpoint, n_folds=N_FOLDS, seed=seed + 7000 + r) for r in range(repeats)]


class _EndpointWorker:
    """All comparisons of one endpoint share its fits."""

    def __init__(
        self,
        bundle: Bundle,
        endpoint: str,
        source: Source,
        adjust_for: tuple[str, ...],
        seed: int,
        repeats: int,
    ) -> None:
        self.bundle, self.endpoint, self.source, self.adjust_for = bundle, endpoint, source, adjust_for
        self.seed, self.survival = seed, endpoint != "response"
        arrays = bundle.arrays
        self.known = bundle.known(endpoint)
        self.time, self.event = arrays.time[endpoint], arrays.event[endpoint]
        self.therapy = np.array(arrays.therapy, dtype=object)
        self.problem = effect_problem(bundle, endpoint)
        self.folds = _folds(bundle, endpoint, seed, repeats)
        self.days: list[int] = []

    def fit_all(self, horizons: tuple[int, ...]) -> EndpointEffects:
        """Fit, cross-fit and split; what `compare` reads is kept."""
        self.days = list(horizons) if self.survival else []
        days = np.array(self.days, dtype=np.float64)
        self.risks = np.mean(
            [
                cross_fit(self.problem, [self.bundle.inputs(f != k) for k in range(N_FOLDS)], f, days)
                for f in self.folds
            ],
            axis=0,
        )
        fit = self.problem.fit(self.known, n_draws=N_DRAWS, seed=self.seed)
        self.final = EndpointEffects(fit, self.problem.edges)
        self.final_risks = mean_risks(fit, self.problem, self.problem.inputs, days)
        self.halves = self._halves(days) if self.problem.modifiers.size else []
        return self.final

    def _halves(self, days: FloatArray) -> list[tuple[FloatArray, FloatArray]]:
        """Risks (n, A, T) as two random halves of the cohort teach them, split within therapies."""
        out = []
        for k in range(SPLITS):
            half = outer_folds(self.bundle, self.endpoint, n_folds=2, seed=self.seed + 9000 + k) == 0
            out.append((self._taught_by(half, days), self._taught_by(~half, days)))
        return out

    def _taught_by(self, rows: BoolArray, days: FloatArray) -> FloatArray:
        """Risks (n, A, T) of everyone as the known ones of `rows` teach them."""
        fit = self.problem.fit(rows & self.known, n_draws=1, seed=0)
        return mean_risks(fit, self.problem, self.problem.inputs, days)

    def compare(self, pair: Pair, shared: _Propensities, day: int | None) -> Comparison:
        """One comparison, complete or with the reason why it ends early."""
        rows = self.known & ((self.therapy == pair[0]) | (self.therapy == pair[1]))
        first = self.therapy == pair[0]
        plain = Comparison(
            first=pair[0],
            second=pair[1],
            endpoint=self.endpoint,
            horizon_days=day,
            source=self.source,
            adjusted_for=self.adjust_for if self.source == "adjusted" else (),
            share_inside=None,
            reason_apart=UNDECLARED if self.source == "undeclared" else None,
            n=(int((rows & first).sum()), int((rows & ~first).sum())),
            events=(int(self.event[rows & first].sum()), int(self.event[rows & ~first].sum())),
            unadjusted=unadjusted_difference(self.time[rows], self.event[rows], first[rows], day),
        )
        if self.source == "undeclared" or min(plain.n) == 0:
            return plain
        propensity = shared.of_rows[pair]
        overlap = judge_overlap(propensity[rows]) if self.source == "adjusted" else None
        if overlap is not None:
            plain = replace(plain, share_inside=overlap.share_inside, reason_apart=overlap.reason)
            rows = rows & np.nan_to_num(inside(propensity), nan=False).astype(bool)
            if overlap.reason is not None or min((rows & first).sum(), (rows & ~first).sum()) == 0:
                return plain
        return self._judge(plain, rows, first, propensity, day)

    def _judge(
        self, plain: Comparison, rows: BoolArray, first: BoolArray, propensity: FloatArray, day: int | None
    ) -> Comparison:
        places = [self.bundle.therapies.names.index(name) for name in (plain.first, plain.second)]
        at = 0 if day is None else self.days.index(day)
        arm, e = first[rows], propensity[rows]
        outcome, weight = observed_by(self.time[rows], self.event[rows], arm, day)
        risks = self.risks[rows][:, places, at]
        average = average_effect(outcome, weight, arm, e, to_probability(risks, survival=self.survival))
        difference = self._shifted(risks, outcome, weight, arm, e, self.folds[0][rows])
        final = self.final_risks[rows][:, places, at]
        shifts = [
            arm_shift(final[:, k], float(np.clip(share, 1e-4, 1 - 1e-4)), survival=self.survival)
            for k, share in enumerate((average.first, average.second))
        ]
        slope = benefit_slope(difference, average)
        ratio, z = self._gate(risks, arm, rows)
        trust = self._reliability(places, rows, shifts, day, at)
        e_pair = e_values(average) if self.source == "adjusted" else (None, None)
        n_groups = {3: average.scores.size >= 60, 5: average.scores.size >= 500}
        groups = {
            k: tuple(benefit_groups(difference, average, outcome, arm, k)) if enough else ()
            for k, enough in n_groups.items()
        }
        return replace(
            plain,
            average=_average(average),
            e_value=e_pair[0],
            e_value_limit=e_pair[1],
            shifts=(shifts[0], shifts[1]),
            predicted_mean=float(difference.mean()),
            predicted_sd=float(difference.std()),
            thirds=groups[3],
            fifths=groups[5],
            slope=None if slope is None else slope[0],
            slope_error=None if slope is None else slope[1],
            ratio=None if ratio is None else ratio[0],
            ratio_log_error=None if ratio is None else ratio[1],
            gate_z=z,
            posterior_reliability=trust.posterior,
            split_half_reliability=trust.split_half,
            rho=trust.rho,
        )

    def _shifted(
        self,
        risks: FloatArray,
        outcome: FloatArray,
        weight: FloatArray,
        arm: BoolArray,
        propensity: FloatArray,
        folds: IntArray,
    ) -> FloatArray:
        """(n,) cross-fitted differences, each fold shifted by the averages of the others."""
        out = np.zeros(len(risks))
        for fold in np.unique(folds):
            others, mine = folds != fold, folds == fold
            predicted = to_probability(risks, survival=self.survival)
            average = average_effect(
                outcome[others], weight[others], arm[others], propensity[others], predicted[others]
            )
            sides = []
            for k, share in enumerate((average.first, average.second)):
                shift = arm_shift(
                    risks[others, k], float(np.clip(share, 1e-4, 1 - 1e-4)), survival=self.survival
                )
                sides.append(to_probability(risks[mine, k] + shift, survival=self.survival))
            out[mine] = sides[0] - sides[1]
        return out

    def _gate(
        self, risks: FloatArray, arm: BoolArray, rows: BoolArray
    ) -> tuple[tuple[float, float] | None, float | None]:
        """Ratio per SD of arm x benefit, and z: positive where the prediction is right."""
        score = risks.mean(axis=1)
        if self.survival:
            # benefit of the first therapy = a lower log hazard under it
            found = benefit_hazard_ratio(
                self.time[rows], self.event[rows], arm, risks[:, 1] - risks[:, 0], score
            )
            return found, None if found is None else -float(np.log(found[0])) / found[1]
        found = benefit_odds_ratio(self.event[rows], arm, risks[:, 0] - risks[:, 1], score)
        return found, None if found is None else float(np.log(found[0])) / found[1]

    def _reliability(
        self, places: list[int], rows: BoolArray, shifts: list[float], day: int | None, at: int
    ) -> Reliability:
        x = self.problem.inputs[rows]
        sides = [
            self.final.probabilities(x, self.problem.codes[place], shift, day)
            for place, shift in zip(places, shifts, strict=True)
        ]
        middle, draws = sides[0][0] - sides[1][0], sides[0][1] - sides[1][1]
        centered = draws - draws.mean(
            axis=1, keepdims=True
        )  # the average's own error is no matter of persons

        def difference(risk: FloatArray) -> FloatArray:
            first, second = (
                to_probability(risk[rows][:, place, at] + shift, survival=self.survival)
                for place, shift in zip(places, shifts, strict=True)
            )
            return first - second

        pairs = [(difference(one), difference(other)) for one, other in self.halves]
        return Reliability(posterior_reliability(middle, centered), split_half_reliability(pairs))


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


def _average(found: AverageEffect) -> Average:
    low, high = found.interval
    return Average(found.first, found.second, found.difference, found.standard_error, low, high)
