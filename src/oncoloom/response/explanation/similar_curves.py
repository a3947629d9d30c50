"""How similar treated patients fared: their Kaplan-Meier curve with its interval, never their rows.

Similar = same therapy, same tumor type, same third of the predicted probability (as the counts of
`response.similar`). A curve has fixed times, one a quarter of a year, and ends where fewer than ten are at
risk; a group of fewer than ten has none.
"""

from dataclasses import dataclass

import numpy as np

from oncoloom.response.datamodule import FloatArray
from oncoloom.response.similar import ALL_TYPES, MIN_SHOWN, similar_groups
from oncoloom.response.survival_metrics import kaplan_meier, log_log_interval

QUARTER, N_TIMES = 91.3125, 21  # five years


@dataclass(frozen=True, slots=True)
class SimilarCurve:
    """One group's curve: days (T,), survival and its 95 % limits (T,), patients at risk (T,), and n."""

    days: FloatArray
    survival: FloatArray
    lower: FloatArray
    upper: FloatArray
    at_risk: FloatArray
    n: int


@dataclass(frozen=True, slots=True)
class SimilarCurves:
    """Curves of all groups that are large enough.

    Attributes
    ----------
    groups
        (G,) therapy, tumor type ("" = all), third 0-2 of the predicted probability, patients.
    cuts
        Therapy to the two cuts of the probability by `day`.
    day
        Horizon of that probability.
    values
        (G, T, 4) survival, lower, upper, at risk; NaN after the curve's end.
    """

    groups: tuple[tuple[str, str, int, int], ...]
    cuts: dict[str, tuple[float, float]]
    day: int
    values: FloatArray

    def look_up(self, therapy: str, tumor_type: str | None, probability: float) -> SimilarCurve | None:
        """The curve of patients like this one under a therapy; None where they are fewer than ten.

        `probability` is that of the event by `day`; without a tumor type patients of all types count.
        """
        if therapy not in self.cuts:
            return None
        third = int(np.searchsorted(self.cuts[therapy], probability, side="right"))
        kind = tumor_type if tumor_type is not None else ALL_TYPES
        for k, (name, group, place, n) in enumerate(self.groups):
            if (name, group, place) == (therapy, kind, third):
                values = self.values[k]
                shown = np.isfinite(values[:, 0])
                days = np.arange(N_TIMES) * QUARTER
                survival, lower, upper, at_risk = values[shown].T
                return SimilarCurve(days[shown], survival, lower, upper, at_risk, n)
        return None


def fit_similar_curves(
    probability: FloatArray,
    therapy: list[str],
    tumor_type: list[str | None],
    time: FloatArray,
    event: FloatArray,
    day: int,
) -> SimilarCurves:
    """Curves from out-of-fold probabilities of the event by `day` under the therapy received."""
    groups, values, cuts = [], [], {}
    for one, limits, kind, thirds in similar_groups(probability, therapy, tumor_type):
        cuts[one] = limits
        for k, rows in enumerate(thirds):
            if rows.sum() >= MIN_SHOWN:
                groups.append((one, kind, k, int(rows.sum())))
                values.append(_curve(time[rows], event[rows]))
    stacked = np.stack(values) if values else np.zeros((0, N_TIMES, 4))
    return SimilarCurves(tuple(groups), cuts, day, stacked)


def _curve(time: FloatArray, event: FloatArray) -> FloatArray:
    curve = kaplan_meier(time, event)
    out = np.full((N_TIMES, 4), np.nan)
    for k in range(N_TIMES):
        day = k * QUARTER
        at_risk = int((time >= day).sum())
        if at_risk < MIN_SHOWN:
            break
        out[k] = [*(round(v, 4) for v in log_log_interval(curve, day)), at_risk]
    return out
