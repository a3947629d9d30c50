"""Differences as a report draws them: in points, the good outcome, no further than the wording allows."""

from oncoloom.knowledge.trials.survival import Estimate
from oncoloom.knowledge.trials.words import points
from oncoloom.report.difference_model import ShownDifference
from oncoloom.response.effects.sentences import Row, good_outcome


def shown_difference(label: str, share: Estimate, *, randomized: bool = False) -> ShownDifference:
    """A difference of shares as a row of the plot, in points."""

    def hundred(value: float | None) -> float | None:
        return None if value is None else round(100 * value, 4)

    return ShownDifference(
        label=label,
        value=round(100 * share.value, 4),
        lower=hundred(share.lower),
        upper=hundred(share.upper),
        text=points(share),
        randomized=randomized,
    )


def allowed_differences(row: Row) -> tuple[ShownDifference, ...]:
    """Differences of a row of the comparisons table, the furthest that its wording allows first.

    The patient's own only where the wording is personal, the group's only from "groups" on; nothing where
    the predictions stand apart or the model abstained.
    """
    if row["abstained"] or row["wording"] == "apart":
        return ()
    out = []
    if row["wording"] == "personal":
        out.append(shown_difference("This patient, 90 %", _estimate(row, "difference", "90")))
    if row["wording"] in ("personal", "groups") and row["group_n"] is not None:
        label = f"Observed in {row['group_n']:,} like this one, 95 %"
        out.append(shown_difference(label, _estimate(row, "group_observed", "95")))
    out.append(shown_difference("Model average, 95 %", _estimate(row, "average_difference", "95")))
    if row["trial"] is not None:
        label = f"Trial {row['trial']}, 95 %"
        trial = _estimate(row, "trial_difference", "95")
        out.append(shown_difference(label, trial, randomized=True))
    if row["trial_verdict"] == "combined":
        both = _estimate(row, "anchored_difference", "95")
        out.append(shown_difference("Average and trial together, 95 %", both))
    return tuple(out)


def _estimate(row: Row, name: str, level: str) -> Estimate:
    """The table's difference of events as that of the good outcome, limits in order."""
    ends = sorted(good_outcome(row, f"{name}_{side}{level}") for side in ("lo", "hi"))
    return Estimate(good_outcome(row, name), ends[0], ends[1])
