"""Effects held against randomized (or adjusted) outcomes: shift by arm, groups of benefit, slope, gate.

Predicted risks are shifted arm by arm on their own scale (complementary log-log, or logit for response), so
that their mean is the arm's estimated event share. Benefit is then judged in groups of equal size.
"""

from dataclasses import dataclass

import numpy as np

from oncoloom.response.array_types import BoolArray, FloatArray
from oncoloom.response.cox import fit_cox
from oncoloom.response.effects.doubly_robust import Z95, AverageEffect
from oncoloom.response.effects.risks import to_probability


@dataclass(frozen=True, slots=True)
class BenefitGroup:
    """Patients of like predicted difference (first minus second): what was predicted and what came.

    `upper_limit` is the highest predicted difference in the group; events are counted per arm.
    """

    n: int
    events_first: int
    events_second: int
    predicted: float
    observed: float
    lower: float
    upper: float
    upper_limit: float


@dataclass(frozen=True, slots=True)
class TransportedAverage:
    """A model's average effect combined with a trial's, or a reason why they stand apart."""

    difference: float
    standard_error: float
    weight_of_trial: float
    apart: bool


def arm_shift(risk: FloatArray, share: float, *, survival: bool) -> float:
    """The shift c with mean probability of (risk + c) equal to `share`, found by halving in [-5, 5]."""
    low, high = -5.0, 5.0
    for _ in range(60):
        middle = (low + high) / 2
        if to_probability(risk + middle, survival=survival).mean() < share:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def benefit_groups(
    difference: FloatArray, average: AverageEffect, outcome: FloatArray, arm: BoolArray, n_groups: int
) -> list[BenefitGroup]:
    """Groups by predicted `difference` (n,), ties kept in order; observed from the doubly robust scores."""
    out = []
    for part in np.array_split(np.argsort(difference, kind="stable"), n_groups):
        scores = average.scores[part]
        middle, half = float(scores.mean()), float(Z95 * scores.std(ddof=1) / np.sqrt(part.size))
        had = outcome[part] > 0
        out.append(
            BenefitGroup(
                n=int(part.size),
                events_first=int((had & arm[part]).sum()),
                events_second=int((had & ~arm[part]).sum()),
                predicted=float(difference[part].mean()),
                observed=middle,
                lower=middle - half,
                upper=middle + half,
                upper_limit=float(difference[part].max()),
            )
        )
    return out


def benefit_slope(difference: FloatArray, average: AverageEffect) -> tuple[float, float] | None:
    """Slope of the doubly robust scores on the predicted difference, and its (robust) standard error.

    1 = differences are as large as predicted. None where all predicted differences are alike.
    """
    centered = difference - difference.mean()
    spread = float((centered**2).sum())
    if spread < 1e-9 * difference.size:
        return None
    slope = float(centered @ average.scores / spread)
    rest = average.scores - average.scores.mean() - slope * centered
    return slope, float(np.sqrt(((centered * rest) ** 2).sum()) / spread)


def combine_with_trial(
    model: tuple[float, float], trial: tuple[float, float], transport_sd: float
) -> TransportedAverage:
    """Average of the model (difference, standard error) drawn toward a trial's.

    `transport_sd` is assumed, not estimated: 0.03 same drug and setting, 0.05 same class, 0.10 other setting.
    Where both differ by more than 1.96 of their joint error they stand apart and nothing is combined.
    """
    (d_m, se_m), (d_t, se_t) = model, trial
    v_m, v_t = se_m**2, se_t**2 + transport_sd**2
    if abs(d_m - d_t) > Z95 * np.sqrt(v_m + v_t):
        return TransportedAverage(d_m, se_m, 0.0, apart=True)
    weight = v_m / (v_m + v_t)
    return TransportedAverage(
        d_m + weight * (d_t - d_m), float((v_m * v_t / (v_m + v_t)) ** 0.5), weight, apart=False
    )


def benefit_hazard_ratio(
    time: FloatArray, event: FloatArray, arm: BoolArray, benefit: FloatArray, score: FloatArray
) -> tuple[float, float] | None:
    """Hazard ratio per SD of (arm x predicted benefit), and the standard error of its logarithm.

    Cox model with the arm (True = 1), `score`, the benefit and their product; below 1 the prediction is
    right. Both inputs (n,) must be cross-fitted, on the log-hazard scale. None without events or spread.
    """
    if event.sum() < 10 or benefit.std() < 1e-9 or arm.std() < 1e-9:
        return None
    b = (benefit - benefit.mean()) / benefit.std()
    s = (score - score.mean()) / max(float(score.std()), 1e-9)
    side = arm - 0.5
    fit = fit_cox(np.stack([side, s, b, side * b], axis=1), time, event)
    if fit is None:
        return None
    return float(np.exp(fit.coefficients[3])), float(np.sqrt(fit.covariance[3, 3]))


def benefit_odds_ratio(
    event: FloatArray, arm: BoolArray, benefit: FloatArray, score: FloatArray
) -> tuple[float, float] | None:
    """As :func:`benefit_hazard_ratio` for a response: odds ratio per SD; above 1 the prediction is right."""
    if min(event.sum(), (1 - event).sum()) < 10 or benefit.std() < 1e-9 or arm.std() < 1e-9:
        return None
    b = (benefit - benefit.mean()) / benefit.std()
    s = (score - score.mean()) / max(float(score.std()), 1e-9)
    side = arm - 0.5
    design = np.stack([np.ones_like(b), side, s, b, side * b], axis=1)
    theta = np.zeros(5)
    information = np.eye(5)
    for _ in range(50):
        p = 1 / (1 + np.exp(-np.clip(design @ theta, -30, 30)))
        information = (design * (p * (1 - p))[:, None]).T @ design + 1e-6 * np.eye(5)
        step = np.linalg.solve(information, design.T @ (event - p))
        theta = theta + np.clip(step, -2, 2)
        if np.abs(step).max() < 1e-9:
            break
    return float(np.exp(theta[4])), float(np.sqrt(np.linalg.inv(information)[4, 4]))
