"""The plain difference of two arms: Kaplan-Meier at a horizon, or shares of responders."""

import numpy as np

from oncoloom.response.array_types import BoolArray, FloatArray
from oncoloom.response.effects.comparison import Average
from oncoloom.response.effects.doubly_robust import Z95
from oncoloom.response.survival_metrics import kaplan_meier


def unadjusted_difference(
    time: FloatArray, event: FloatArray, first: BoolArray, day: float | None
) -> Average | None:
    """Event shares of the arm `first` (n,) bool and the other by `day`; None where an arm is empty.

    `day` None: `event` is a response. The error is Greenwood's, or the binomial one.
    """
    if not first.any() or first.all():
        return None
    (p, v), (q, w) = (_share(time[rows], event[rows], day) for rows in (first, ~first))
    error = float(np.sqrt(v + w))
    return Average(p, q, p - q, error, p - q - Z95 * error, p - q + Z95 * error)


def _share(time: FloatArray, event: FloatArray, day: float | None) -> tuple[float, float]:
    if day is None:
        p = float(event.mean())
        return p, p * (1 - p) / event.size
    curve = kaplan_meier(time, event)
    error = curve.standard_error(day)
    return 1 - float(curve.at(np.array([day]))[0]), 0.0 if np.isnan(error) else error**2
