"""Slow, obvious twins of the effect estimators."""

import math

import numpy as np


def naive_censoring_weight(time, event, arm, day):
    """1 / P(still followed) by a hand-made Kaplan-Meier of censoring in each arm, 0 if censored by `day`."""
    weights = []
    for t, e, a in zip(time, event, arm, strict=True):
        if e == 0 and t <= day:
            weights.append(0.0)
            continue
        stay = 1.0
        own = [(u, f) for u, f, b in zip(time, event, arm, strict=True) if b == a]
        for u in sorted({u for u, f in own if f == 0}):
            if (u <= day) if t > day else (u < t):
                at_risk = sum(1 for v, _ in own if v >= u)
                stay *= 1 - sum(1 for v, f in own if v == u and f == 0) / at_risk
        weights.append(1 / stay)
    return np.array(weights)


def naive_aipw(outcome, weight, arm, propensity, predicted):
    """Mean under each arm: model mean plus the weighted mean residual."""
    means = []
    for k, value in enumerate((True, False)):
        top = bottom = 0.0
        for y, w, a, e, m in zip(outcome, weight, arm, propensity, predicted[:, k], strict=True):
            if a == value:
                share = e if value else 1 - e
                top += w / share * (y - m)
                bottom += w / share
        means.append(float(predicted[:, k].mean()) + top / bottom)
    return means[0], means[1]


def naive_e_value(ratio):
    """By the published formula, ratios below 1 turned round."""
    ratio = 1 / ratio if ratio < 1 else ratio
    return ratio + math.sqrt(ratio * (ratio - 1))
