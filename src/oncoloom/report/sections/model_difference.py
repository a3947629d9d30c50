"""The model's difference between two therapies, as a trial's is told: good outcome, first minus second.

From the table of `oncoloom compare` where the report has it, as far as its wording goes; else the gap between
the two predictions.
"""

from dataclasses import dataclass
from math import hypot
from typing import Any

import polars as pl

from oncoloom.knowledge.trials.agreement import Z90, ModelDifference
from oncoloom.knowledge.trials.survival import Z95
from oncoloom.report.model import Interval, Panel

GAP, PERSONAL, AVERAGE = "Two predictions, 90 %", "This patient, 90 %", "Model average, 90 %"
COMPARED = {
    GAP: "the gap between the two predictions",
    PERSONAL: "this patient's predicted difference",
    AVERAGE: "the model's average difference",
}


@dataclass(frozen=True, slots=True)
class ToldDifference:
    """A difference with its label, or None with the reason why none may be told."""

    difference: ModelDifference | None
    label: str = ""
    reason: str = ""


def model_difference(
    comparisons: pl.DataFrame | None,
    panel: Panel | None,
    first: tuple[str, Interval | None],
    second: tuple[str, Interval | None],
) -> ToldDifference:
    """The difference of `first` and `second`, each a therapy with its prediction on that panel."""
    if panel is None or first[1] is None or second[1] is None:
        return ToldDifference(None, reason="the model does not predict this endpoint under both therapies")
    row, sign = _row(comparisons, panel, first[0], second[0])
    if row is None:
        return _gap(first[1], second[1])
    if row["wording"] == "apart":
        return ToldDifference(None, reason=f"the two predictions stand apart, {row['reason']}")
    if row["wording"] == "personal":
        limits = (row["difference"], row["difference_lo90"], row["difference_hi90"])
        return ToldDifference(_oriented(sign, *limits), PERSONAL)
    shrink = Z90 / Z95  # the table's interval of an average is 95 %
    value = row["average_difference"]
    lower, upper = (value + shrink * (row[f"average_difference_{side}95"] - value) for side in ("lo", "hi"))
    return ToldDifference(_oriented(sign, value, lower, upper), AVERAGE)


def _row(
    comparisons: pl.DataFrame | None, panel: Panel, first: str, second: str
) -> tuple[dict[str, Any] | None, int]:
    """The table's row of the pair, and −1 where it stands the other way round."""
    if comparisons is None:
        return None, 1
    horizon = pl.col("horizon_days").eq_missing(pl.lit(panel.horizon_days, dtype=pl.Int32))
    rows = comparisons.filter((pl.col("endpoint") == panel.endpoint) & horizon)
    for names, sign in (((first, second), 1), ((second, first), -1)):
        found = rows.filter((pl.col("first") == names[0]) & (pl.col("second") == names[1]))
        if found.height:
            return found.row(0, named=True), sign
    return None, 1


def _oriented(sign: int, value: float, lower: float, upper: float) -> ModelDifference:
    """The table tells events, first minus second; here the share without the event is told."""
    ends = sorted((-sign * lower, -sign * upper))
    return ModelDifference(-sign * value, ends[0], ends[1])


def _gap(first: Interval, second: Interval) -> ToldDifference:
    """Gap between two predictions, its interval as if they were independent: wider than the truth."""
    limits = (first.lo90, first.hi90, second.lo90, second.hi90)
    if any(limit is None for limit in limits):
        return ToldDifference(None, reason="a prediction has no interval")
    a, b, c, d = (float(limit) for limit in limits if limit is not None)
    value = first.estimate - second.estimate
    below = hypot(first.estimate - a, d - second.estimate)
    above = hypot(b - first.estimate, second.estimate - c)
    return ToldDifference(ModelDifference(value, max(-1.0, value - below), min(1.0, value + above)), GAP)
