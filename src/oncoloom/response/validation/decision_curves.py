"""Net benefit of acting on a prediction, over thresholds (Vickers & Elkin 2006; survival: Vickers 2008)."""

from typing import Any

import numpy as np

from oncoloom.response.array_types import BoolArray, FloatArray
from oncoloom.response.survival_metrics import kaplan_meier

THRESHOLDS: tuple[float, ...] = tuple(round(0.05 * k, 2) for k in range(1, 16))


def decision_curve(
    probabilities: dict[str, FloatArray], time: FloatArray, event: FloatArray, day: int | None
) -> dict[str, Any]:
    """Net benefit of each model, of treating all and of treating none, at thresholds 0.05 to 0.75.

    Acting means: counting on the event where its probability is at least the threshold. Per patient: true
    positives minus false positives weighed by the threshold's odds. Survival shares by Kaplan-Meier at
    `day`, so that censoring before it is accounted for.
    """
    everyone = np.ones(time.size, dtype=bool)
    out: dict[str, Any] = {
        "thresholds": list(THRESHOLDS),
        "treat_all": [_net_benefit(everyone, time, event, day, t) for t in THRESHOLDS],
        "models": {},
    }
    for name, probability in probabilities.items():
        out["models"][name] = [_net_benefit(probability >= t, time, event, day, t) for t in THRESHOLDS]
    return out


def _net_benefit(
    acted: BoolArray, time: FloatArray, event: FloatArray, day: int | None, threshold: float
) -> float:
    if not acted.any():
        return 0.0
    if day is None:
        share = float(event[acted].mean())
    else:
        curve = kaplan_meier(time[acted], event[acted])
        share = 1 - float(curve.at(np.array([float(day)]))[0])
    positive = float(acted.mean())
    return positive * (share - (1 - share) * threshold / (1 - threshold))
