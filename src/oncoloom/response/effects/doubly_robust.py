"""The average effect of a therapy: augmented inverse-probability weighting, cross-fitted.

Right if either the outcome model or the propensity is right (Robins 1994; cross-fitting: Chernozhukov 2018).
Censoring before the horizon is weighted for by the Kaplan-Meier curve of censoring in each arm.
"""

from dataclasses import dataclass

import numpy as np

from oncoloom.response.array_types import BoolArray, FloatArray
from oncoloom.response.survival_metrics import censoring_curve

Z95 = 1.959963984540054
MIN_UNCENSORED = 0.05  # a probability of staying uncensored below this would give one patient all the weight


@dataclass(frozen=True, slots=True)
class AverageEffect:
    """Event shares of two arms in one population and their difference, first minus second.

    Attributes
    ----------
    scores
        (n,) each patient's contribution: their mean is the difference, and given x their expectation is the
        individual effect, so that groups and slopes are judged by them.
    risk_ratio_log_se
        Standard error of the logarithm of first / second.
    """

    first: float
    second: float
    difference: float
    standard_error: float
    risk_ratio_log_se: float
    scores: FloatArray

    @property
    def interval(self) -> tuple[float, float]:
        """95 %."""
        half = Z95 * self.standard_error
        return self.difference - half, self.difference + half


def observed_by(
    time: FloatArray, event: FloatArray, arm: BoolArray, day: float | None
) -> tuple[FloatArray, FloatArray]:
    """Whether the event came by `day` (n,), and the weight of that knowledge (n,), 0 where censored before.

    `day` None: the outcome is `event` itself, weight 1. `arm` (n,) bool splits the censoring curves.
    """
    if day is None:
        return event, np.ones_like(event)
    outcome = ((time <= day) & (event > 0)).astype(np.float64)
    weight = np.zeros_like(outcome)
    for value in (True, False):
        mine = arm == value
        if not mine.any():
            continue
        curve = censoring_curve(time[mine], event[mine])
        stayed = np.where(time > day, curve.at(np.array([day]))[0], curve.before(time))
        known = (time > day) | (outcome > 0)
        weight[mine] = (known / np.maximum(stayed, MIN_UNCENSORED))[mine]
    return outcome, weight


def average_effect(
    outcome: FloatArray, weight: FloatArray, arm: BoolArray, propensity: FloatArray, predicted: FloatArray
) -> AverageEffect:
    """The average effect over these rows.

    outcome, weight (n,) from :func:`observed_by`; `arm` True = first therapy; `propensity` (n,) its
    probability; `predicted` (n, 2) cross-fitted event probabilities under first and second.
    """
    arms = []
    for k, (mine, share) in enumerate(((arm, propensity), (~arm, 1 - propensity))):
        model = predicted[:, k]
        mass = mine * weight / np.maximum(share, 1e-6)
        mass = mass * len(mass) / max(float(mass.sum()), 1e-12)  # normalized (Hajek): shares stay in 0..1
        correction = float((mass * (outcome - model)).mean())
        arms.append(model + correction + mass * (outcome - model - correction))
    n = len(outcome)
    first, second = float(arms[0].mean()), float(arms[1].mean())
    scores = arms[0] - arms[1]
    ratio = arms[0] / max(first, 1e-9) - arms[1] / max(second, 1e-9)
    return AverageEffect(
        first,
        second,
        first - second,
        float(scores.std(ddof=1) / np.sqrt(n)),
        float(ratio.std(ddof=1) / np.sqrt(n)),
        scores,
    )
