"""All comparisons of one endpoint: its effect model, cross-fitted risks, halves, and what a pair comes to."""

from dataclasses import dataclass, replace

import numpy as np

from oncoloom.response.array_types import BoolArray, FloatArray, IntArray
from oncoloom.response.bundle import Bundle
from oncoloom.response.effects.comparison import Average, Comparison, Source
from oncoloom.response.effects.crossfit import cross_fit, mean_risks
from oncoloom.response.effects.doubly_robust import AverageEffect
from oncoloom.response.effects.e_value import e_values
from oncoloom.response.effects.effect_model import EndpointEffects, Pair
from oncoloom.response.effects.empirical_bayes import EffectFit
from oncoloom.response.effects.judging import ComparedPatients
from oncoloom.response.effects.missing_modifiers import Covariance, parts_covariance
from oncoloom.response.effects.overlap import inside, judge_overlap
from oncoloom.response.effects.problem import effect_problem
from oncoloom.response.effects.reliability import (
    Reliability,
    posterior_reliability,
    split_half_reliability,
)
from oncoloom.response.effects.risks import to_probability
from oncoloom.response.effects.unadjusted import unadjusted_difference
from oncoloom.response.splits import outer_folds

N_DRAWS = 60
N_FOLDS = 5
SPLITS = 5
FORM_SHARE = 1.0  # forms that the model lacks, over those that it has; from simulated trials (effects.md)
UNDECLARED = "therapy was not assigned at random in training, and no adjustment was declared"


def comparison_folds(bundle: Bundle, endpoint: str, seed: int, repeats: int) -> list[IntArray]:
    """The folds (n,) of each repeat in which patients are held out."""
    return [outer_folds(bundle, endpoint, n_folds=N_FOLDS, seed=seed + 7000 + r) for r in range(repeats)]


class EndpointComparisons:
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
        self.folds = comparison_folds(bundle, endpoint, seed, repeats)
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
        self.modifiers = tuple(
            source for source in self.bundle.design.modifiers if self.bundle.design.columns_of(source)
        )
        self.hidden_risks = [self._without(source, fit, days) for source in self.modifiers]
        return self.final

    def _without(self, source: str, fit: EffectFit, days: FloatArray) -> FloatArray:
        """Risks (n, A, T) of the final fit with one raw column at its mean."""
        hidden = self.problem.inputs.copy()
        hidden[:, self.bundle.design.columns_of(source)] = 0.0
        return mean_risks(fit, self.problem, hidden, days)

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

    def compare(self, pair: Pair, propensity: FloatArray, day: int | None) -> Comparison:
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
        patients = ComparedPatients(
            self.risks[rows][:, places, at],
            self.time[rows],
            self.event[rows],
            first[rows],
            propensity[rows],
            self.folds[0][rows],
            day,
        )
        average, final = patients.average, self.final_risks[rows][:, places, at]
        shifts = [
            patients.shift(final[:, k], share) for k, share in enumerate((average.first, average.second))
        ]
        slope, (ratio, z) = patients.slope, patients.gate
        look = _Look(rows, places, at, shifts, self.survival)
        trust, form_variance = self._reliability(look, day)
        e_pair = e_values(average) if self.source == "adjusted" else (None, None)
        return replace(
            plain,
            average=_average(average),
            e_value=e_pair[0],
            e_value_limit=e_pair[1],
            shifts=(shifts[0], shifts[1]),
            predicted_mean=float(patients.differences.mean()),
            predicted_sd=float(patients.differences.std()),
            thirds=patients.groups(3),
            fifths=patients.groups(5),
            slope=None if slope is None else slope[0],
            slope_error=None if slope is None else slope[1],
            ratio=None if ratio is None else ratio[0],
            ratio_log_error=None if ratio is None else ratio[1],
            gate_z=z,
            posterior_reliability=trust.posterior,
            split_half_reliability=trust.split_half,
            rho=trust.rho,
            form_variance=form_variance,
            modifiers=self.modifiers,
            lost_covariance=self._lost(look),
        )

    def _reliability(self, look: "_Look", day: int | None) -> tuple[Reliability, float]:
        """How far persons can be told apart, and the variance of forms that the model may lack."""
        middle, draws = self._differences(self.final, look, day)
        plain = EndpointEffects(self.final.fit.without_forms(), self.final.edges)
        forms = draws - self._differences(plain, look, day)[1]
        form_variance = FORM_SHARE * float((forms**2).mean())
        centered = draws - draws.mean(
            axis=1, keepdims=True
        )  # the average's own error is no matter of persons
        pairs = [(look.difference(one), look.difference(other)) for one, other in self.halves]
        posterior = posterior_reliability(middle, centered, form_variance)
        return Reliability(posterior, split_half_reliability(pairs)), form_variance

    def _differences(
        self, effects: EndpointEffects, look: "_Look", day: int | None
    ) -> tuple[FloatArray, FloatArray]:
        """First minus second, (n,) of the averaged model and (M, n) of its draws."""
        x = self.problem.inputs[look.rows]
        sides = [
            effects.probabilities(x, self.problem.codes[place], shift, day)
            for place, shift in zip(look.places, look.shifts, strict=True)
        ]
        return sides[0][0] - sides[1][0], sides[0][1] - sides[1][1]

    def _lost(self, look: "_Look") -> Covariance:
        """What the differences lose where modifiers are not known."""
        whole = look.difference(self.final_risks)
        parts = [whole - look.difference(risks) for risks in self.hidden_risks]
        known = [self.bundle.arrays.present(source)[look.rows] for source in self.modifiers]
        return parts_covariance(np.stack(parts, axis=1), np.stack(known, axis=1)) if parts else ()


@dataclass(frozen=True, slots=True)
class _Look:
    """The rows, therapies, horizon and shifts of one comparison, to look at risks (n, A, T) of all."""

    rows: BoolArray
    places: list[int]
    at: int
    shifts: list[float]
    survival: bool

    def difference(self, risks: FloatArray) -> FloatArray:
        """Difference of event probabilities, first minus second, of these rows."""
        first, second = (
            to_probability(risks[self.rows][:, place, self.at] + shift, survival=self.survival)
            for place, shift in zip(self.places, self.shifts, strict=True)
        )
        return first - second


def _average(found: AverageEffect) -> Average:
    low, high = found.interval
    return Average(found.first, found.second, found.difference, found.standard_error, low, high)
