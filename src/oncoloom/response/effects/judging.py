"""Cross-fitted risks of two therapies held against what happened: average, shifts, groups, slope, gate.

Everything here reads arrays of the patients compared; nothing is fitted to them but shifts and averages.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from oncoloom.response.array_types import BoolArray, FloatArray, IntArray
from oncoloom.response.effects.calibration_by_trial import (
    BenefitGroup,
    arm_shift,
    benefit_groups,
    benefit_hazard_ratio,
    benefit_odds_ratio,
    benefit_slope,
)
from oncoloom.response.effects.doubly_robust import AverageEffect, average_effect, observed_by
from oncoloom.response.effects.risks import to_probability

N_GROUPS = {3: 60, 5: 500}  # groups of predicted benefit, and the patients that they take
EDGE = 1e-4  # an arm's share of 0 or 1 has no shift


@dataclass(frozen=True)
class ComparedPatients:
    """Patients who got one of two therapies, inside the overlap, with this endpoint known.

    Attributes
    ----------
    risks
        (n, 2) cross-fitted risks under first and second, on the scale of :func:`risks.risk_scale`.
    time, event
        (n,) as in the cohort; `day` is the horizon, None for a response.
    arm
        (n,) True = first therapy.
    propensity
        (n,) chance of the first therapy.
    folds
        (n,) in which each patient was held out.
    """

    risks: FloatArray
    time: FloatArray
    event: FloatArray
    arm: BoolArray
    propensity: FloatArray
    folds: IntArray
    day: int | None

    @property
    def survival(self) -> bool:
        """Whether the endpoint is a time."""
        return self.day is not None

    @cached_property
    def _observed(self) -> tuple[FloatArray, FloatArray]:
        return observed_by(self.time, self.event, self.arm, self.day)

    @cached_property
    def average(self) -> AverageEffect:
        """The doubly robust average over all of them."""
        return self._average(np.ones(len(self.arm), dtype=bool))

    @cached_property
    def differences(self) -> FloatArray:
        """(n,) differences, each fold shifted arm by arm to the averages of the others."""
        out = np.zeros(len(self.risks))
        for fold in np.unique(self.folds):
            mine = self.folds == fold
            average = self._average(~mine)
            sides = [
                to_probability(
                    self.risks[mine, k] + self.shift(self.risks[~mine, k], share), survival=self.survival
                )
                for k, share in enumerate((average.first, average.second))
            ]
            out[mine] = sides[0] - sides[1]
        return out

    def shift(self, risk: FloatArray, share: float) -> float:
        """What moves risks (m,) of one therapy to a mean probability of `share`."""
        return arm_shift(risk, float(np.clip(share, EDGE, 1 - EDGE)), survival=self.survival)

    def groups(self, n_groups: int) -> tuple[BenefitGroup, ...]:
        """Thirds or fifths of predicted benefit; none with too few patients."""
        if len(self.arm) < N_GROUPS[n_groups]:
            return ()
        outcome = self._observed[0]
        return tuple(benefit_groups(self.differences, self.average, outcome, self.arm, n_groups))

    @property
    def slope(self) -> tuple[float, float] | None:
        """Slope of what was observed on what was predicted, and its error."""
        return benefit_slope(self.differences, self.average)

    @property
    def gate(self) -> tuple[tuple[float, float] | None, float | None]:
        """Ratio per SD of arm x benefit with its log error, and z: positive where the prediction is right."""
        score = self.risks.mean(axis=1)
        if self.survival:
            # benefit of the first therapy = a lower log hazard under it
            benefit = self.risks[:, 1] - self.risks[:, 0]
            found = benefit_hazard_ratio(self.time, self.event, self.arm, benefit, score)
            return found, None if found is None else -float(np.log(found[0])) / found[1]
        found = benefit_odds_ratio(self.event, self.arm, self.risks[:, 0] - self.risks[:, 1], score)
        return found, None if found is None else float(np.log(found[0])) / found[1]

    def _average(self, rows: BoolArray) -> AverageEffect:
        outcome, weight = self._observed
        predicted = to_probability(self.risks[rows], survival=self.survival)
        return average_effect(outcome[rows], weight[rows], self.arm[rows], self.propensity[rows], predicted)
