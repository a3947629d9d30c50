"""Cox hazard ratio of two groups, and whether one ratio may stand for the whole follow-up.

Partial likelihood with Efron's handling of ties (Cox 1972; Efron 1977), solved by Newton for the one
coefficient. Proportional hazards: score test for the coefficient to change with time, time as one minus the
pooled Kaplan-Meier (Grambsch & Therneau 1994, in the exact form of survival's `cox.zph` since 3.0).
"""

from dataclasses import dataclass
from math import exp

import numpy as np

from oncoloom.knowledge.trials.survival import Z95, FloatArray, Group

_MAX_STEPS, _TOLERANCE, _NO_INFORMATION = 50, 1e-10, 1e-8


@dataclass(frozen=True, slots=True)
class HazardRatio:
    """Hazard of the first group over that of the second.

    `log_error` is the standard error of the logarithm; `trend_z` the test for a ratio that changes with time
    (positive: it grows), None where there is nothing to test.
    """

    ratio: float
    lower: float
    upper: float
    log_error: float
    trend_z: float | None


def hazard_ratio(first: Group, second: Group) -> HazardRatio | None:
    """The hazard ratio; None where it would be zero or infinite: no event, or groups that never meet."""
    if first.n_events == 0 or second.n_events == 0:
        return None
    table = _event_table(first, second)
    coefficient = 0.0
    for _ in range(_MAX_STEPS):
        mean, variance = _risk_moments(table, coefficient)
        if variance.sum() < _NO_INFORMATION:
            return None
        step = (table.events_first.sum() - mean.sum()) / variance.sum()
        coefficient += float(np.clip(step, -2, 2))
        if abs(step) < _TOLERANCE:
            break
    else:
        return None
    mean, variance = _risk_moments(table, coefficient)
    error = float(1 / np.sqrt(variance.sum()))
    return HazardRatio(
        ratio=exp(coefficient),
        lower=exp(coefficient - Z95 * error),
        upper=exp(coefficient + Z95 * error),
        log_error=error,
        trend_z=_trend(table, mean, variance),
    )


@dataclass(frozen=True, slots=True)
class _EventTable:
    """Per distinct event time: events of each group, patients at risk of each, and time's place 0 to 1."""

    events_first: FloatArray
    events_second: FloatArray
    at_risk_first: FloatArray
    at_risk_second: FloatArray
    place: FloatArray


def _event_table(first: Group, second: Group) -> _EventTable:
    times = np.unique(np.concatenate((first.time[first.event], second.time[second.event])))
    events = [_counts(group.time[group.event], times) for group in (first, second)]
    at_risk = [_at_risk(group, times) for group in (first, second)]
    survival = np.cumprod(1 - (events[0] + events[1]) / (at_risk[0] + at_risk[1]))
    place = 1 - np.concatenate(([1.0], survival[:-1]))
    return _EventTable(events[0], events[1], at_risk[0], at_risk[1], place)


def _counts(sorted_times: FloatArray, at: FloatArray) -> FloatArray:
    right = np.searchsorted(sorted_times, at, side="right")
    return np.asarray(right - np.searchsorted(sorted_times, at, side="left"), dtype=np.float64)


def _at_risk(group: Group, at: FloatArray) -> FloatArray:
    return np.asarray(group.n - np.searchsorted(group.time, at, side="left"), dtype=np.float64)


def _risk_moments(table: _EventTable, coefficient: float) -> tuple[FloatArray, FloatArray]:
    """Expected events of the first group and their variance, per event time (Efron)."""
    weight = np.exp(coefficient)
    events = table.events_first + table.events_second
    n = events.astype(np.int64)
    row = np.repeat(np.arange(n.size), n)
    place = np.arange(row.size) - np.repeat(np.cumsum(n) - n, n)  # 0 … d-1 within a tie
    share = place / events[row]
    risk_first = weight * (table.at_risk_first[row] - share * table.events_first[row])
    risk_second = table.at_risk_second[row] - share * table.events_second[row]
    p = risk_first / (risk_first + risk_second)
    mean = np.bincount(row, weights=p, minlength=n.size).astype(np.float64)
    variance = np.bincount(row, weights=p * (1 - p), minlength=n.size).astype(np.float64)
    return mean, variance


def _trend(table: _EventTable, mean: FloatArray, variance: FloatArray) -> float | None:
    score = float((table.place * (table.events_first - mean)).sum())
    information = (table.place**2 * variance).sum() - (table.place * variance).sum() ** 2 / variance.sum()
    return score / float(np.sqrt(information)) if information > 1e-12 else None
