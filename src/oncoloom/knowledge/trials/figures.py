"""What a trial found: hazard ratio, restricted mean, survival at 6, 12 and 24 months, each with its interval.

The first arm is the one asked about; differences are first minus second. Where hazards are not proportional
one ratio cannot stand for the follow-up, and survival at a time leads.
"""

from dataclasses import dataclass
from functools import cache

from oncoloom.knowledge.trials.cox import HazardRatio, hazard_ratio
from oncoloom.knowledge.trials.survival import (
    Z95,
    Estimate,
    Group,
    median_months,
    restricted_mean_difference,
    survival_at,
    survival_difference,
)
from oncoloom.knowledge.trials.tables import Arm, Comparison, group_of

MONTHS = (6, 12, 24)


@dataclass(frozen=True, slots=True)
class AtMonth:
    """Share without the event in each arm at a month, and the difference; None past an arm's follow-up."""

    month: float
    first: Estimate | None
    second: Estimate | None
    difference: Estimate | None


@dataclass(frozen=True, slots=True)
class ArmFigures:
    """Patients, events and median of one arm."""

    arm: Arm
    n: int
    n_events: int
    median_months: float | None


@dataclass(frozen=True, slots=True)
class TrialFigures:
    """Figures of one comparison; `mean_horizon_months` is the time that the restricted means cover."""

    first: ArmFigures
    second: ArmFigures
    ratio: HazardRatio | None
    mean_difference: Estimate
    mean_horizon_months: float
    at: tuple[AtMonth, ...]

    @property
    def is_proportional(self) -> bool | None:
        """False where the hazard ratio changes over time (|z| > 1.96), None where that cannot be tested."""
        if self.ratio is None or self.ratio.trend_z is None:
            return None
        return abs(self.ratio.trend_z) <= Z95


@dataclass(frozen=True, slots=True)
class Pair:
    """The two arms of a comparison with their patients, in the order asked for."""

    first: Arm
    second: Arm
    first_group: Group
    second_group: Group


def pair_of(comparison: Comparison, *, swapped: bool = False) -> Pair:
    """Experimental against control, or the other way round."""
    first, second = comparison.experimental, comparison.control
    if swapped:
        first, second = second, first
    return Pair(
        first, second, group_of(comparison.curve, first.label), group_of(comparison.curve, second.label)
    )


@cache
def figures_of(comparison: Comparison, *, swapped: bool = False) -> TrialFigures:
    """All figures of a comparison."""
    pair = pair_of(comparison, swapped=swapped)
    one, other = pair.first_group, pair.second_group
    mean, horizon = restricted_mean_difference(one, other)
    return TrialFigures(
        first=_arm(pair.first, one),
        second=_arm(pair.second, other),
        ratio=hazard_ratio(one, other),
        mean_difference=mean,
        mean_horizon_months=horizon,
        at=tuple(at_month(pair, month) for month in MONTHS),
    )


def at_month(pair: Pair, month: float) -> AtMonth:
    """Both arms at one month."""
    return AtMonth(
        month,
        survival_at(pair.first_group, month),
        survival_at(pair.second_group, month),
        survival_difference(pair.first_group, pair.second_group, month),
    )


def _arm(arm: Arm, group: Group) -> ArmFigures:
    return ArmFigures(arm, group.n, group.n_events, median_months(group))
