"""Survival of one group and the difference of two: Kaplan-Meier at a time, restricted mean, with intervals.

Sources: Kaplan & Meier 1958; Greenwood 1926 with the complementary log-log interval (Kalbfleisch & Prentice
2002, section 1.4); restricted mean: Klein & Moeschberger 2003, section 4.5.
"""

from dataclasses import dataclass
from math import exp, isfinite, log, sqrt

import numpy as np
from numpy.typing import NDArray

Z95 = 1.959964

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Group:
    """Follow-up of one group, sorted by time.

    `time` (n,) float64 months > 0, `event` (n,) bool, True where the endpoint's event happened.
    """

    time: FloatArray
    event: BoolArray

    @property
    def n(self) -> int:
        """Patients."""
        return int(self.time.size)

    @property
    def n_events(self) -> int:
        """Patients with the event."""
        return int(self.event.sum())

    def at_risk(self, month: float) -> int:
        """Patients still followed just before `month`."""
        return int(self.time.size - np.searchsorted(self.time, month, side="left"))


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its 95 % interval; limits are None where the data allow none."""

    value: float
    lower: float | None
    upper: float | None


@dataclass(frozen=True, slots=True)
class _Steps:
    """Event times with patients at risk, events, survival after each, and Greenwood's sum."""

    time: FloatArray
    at_risk: FloatArray
    events: FloatArray
    survival: FloatArray
    greenwood: FloatArray


def steps(group: Group) -> _Steps:
    """The product-limit curve of a group at its distinct event times."""
    times, events = np.unique(group.time[group.event], return_counts=True)
    at_risk = group.time.size - np.searchsorted(group.time, times, side="left")
    survival = np.cumprod(1 - events / at_risk, dtype=np.float64)
    with np.errstate(divide="ignore"):
        greenwood = np.cumsum(events / (at_risk * (at_risk - events)))
    return _Steps(times, at_risk.astype(np.float64), events.astype(np.float64), survival, greenwood)


def survival_at(group: Group, month: float) -> Estimate | None:
    """Share without the event at `month`; None past the last patient's follow-up unless all had the event."""
    curve = steps(group)
    last = int(np.searchsorted(curve.time, month, side="right")) - 1
    share = float(curve.survival[last]) if last >= 0 else 1.0
    if month > float(group.time[-1]) and share > 0:
        return None
    if last < 0 or share <= 0 or share >= 1:
        return Estimate(share + 0.0, None, None)
    half = Z95 * sqrt(float(curve.greenwood[last])) / abs(log(share))
    return Estimate(share, share ** exp(half), share ** exp(-half))


def standard_error_at(group: Group, month: float) -> float:
    """Greenwood's standard error of the share at `month` (0 before the first event and after the last)."""
    curve = steps(group)
    last = int(np.searchsorted(curve.time, month, side="right")) - 1
    if last < 0 or not isfinite(float(curve.greenwood[last])):
        return 0.0
    return float(curve.survival[last]) * sqrt(float(curve.greenwood[last]))


def survival_difference(first: Group, second: Group, month: float) -> Estimate | None:
    """Share of `first` minus share of `second` at `month`; None where either is not known there."""
    one, other = survival_at(first, month), survival_at(second, month)
    if one is None or other is None:
        return None
    half = Z95 * sqrt(standard_error_at(first, month) ** 2 + standard_error_at(second, month) ** 2)
    value = one.value - other.value
    return Estimate(value, value - half, value + half)


def median_months(group: Group) -> float | None:
    """First time at which half or fewer are without the event; None where the curve stays above one half."""
    curve = steps(group)
    below = np.flatnonzero(curve.survival <= 0.5 + 1e-12)
    return float(curve.time[below[0]]) if below.size else None


def restricted_mean(group: Group, months: float) -> tuple[float, float]:
    """Mean time without the event within the first `months`, and its variance; both in months.

    `months` must not pass the group's last follow-up: nothing is extrapolated.
    """
    curve = steps(group)
    inside = curve.time < months
    edges = np.concatenate(([0.0], curve.time[inside], [months]))
    heights = np.concatenate(([1.0], curve.survival[inside]))
    areas = heights * np.diff(edges)
    after = np.cumsum(areas[::-1])[::-1][1:]  # area right of each event time
    left = curve.at_risk[inside] - curve.events[inside]
    weight = np.divide(
        curve.events[inside], curve.at_risk[inside] * left, where=left > 0, out=np.zeros_like(left)
    )
    return float(areas.sum()), float((after**2 * weight).sum())


def restricted_mean_difference(
    first: Group, second: Group, months: float | None = None
) -> tuple[Estimate, float]:
    """Restricted mean of `first` minus that of `second` in months, and the horizon it is restricted to.

    The horizon is the smaller of the two groups' last times, or `months` where that is earlier.
    """
    horizon = float(min(first.time[-1], second.time[-1]))
    if months is not None:
        horizon = min(horizon, months)
    (one, v), (other, w) = restricted_mean(first, horizon), restricted_mean(second, horizon)
    half = Z95 * sqrt(v + w)
    value = one - other
    return Estimate(value, value - half, value + half), horizon
