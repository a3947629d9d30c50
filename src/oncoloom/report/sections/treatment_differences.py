"""Treatments compared, two by two, in figures and words that the comparison allows."""

from itertools import combinations
from typing import Any

import polars as pl

from oncoloom.report.difference_model import ComparedOutcome, ComparedPair, TreatmentDifferences
from oncoloom.report.inputs import ReportInputs
from oncoloom.report.model import Panel, Predictions
from oncoloom.report.sections.difference_words import basis, said, trial_beside, why_no_further
from oncoloom.report.sections.shown_differences import allowed_differences
from oncoloom.response.effects.sentences import Row, form_words, outcome_words

SHOWN_PAIRS = 3
_DIFFERENCES = {
    "difference": "90", "group_observed": "95", "average_difference": "95", "trial_difference": "95",
    "anchored_difference": "95",
}  # fmt: skip
TEXT = (
    "A difference is told only where training compared the two therapies by lot or after adjustment, in "
    "patients like this one; for this patient alone only where the data carry it. Predicted, not recommended."
)
NOT_COMPARED = "Training compared no two of these therapies: each prediction stands alone."


def build_treatment_differences(
    inputs: ReportInputs, predictions: Predictions
) -> TreatmentDifferences | None:
    """Pairs of the therapies on page one; None where nobody compared, or one therapy is predicted."""
    if inputs.comparisons is None or len(predictions.therapies) < 2:
        return None
    received = {one.therapy for one in predictions.therapies if one.received}
    names = sorted(predictions.shown_first, key=lambda name: name not in received)
    found = [
        (first, second, rows)
        for first, second in combinations(names, 2)
        for rows in (_rows(inputs.comparisons, first, second),)
        if not rows.is_empty()
    ]
    if not found:
        return TreatmentDifferences(text=NOT_COMPARED)
    return TreatmentDifferences(
        text=TEXT,
        pairs=tuple(_pair(*one, predictions.panels) for one in found[:SHOWN_PAIRS]),
        n_more_left_out=max(0, len(found) - SHOWN_PAIRS),
    )


def _rows(comparisons: pl.DataFrame, first: str, second: str) -> pl.DataFrame:
    """Rows of a pair, in whichever order the table has it."""
    names = pl.col("first"), pl.col("second")
    return comparisons.filter(
        ((names[0] == first) & (names[1] == second)) | ((names[0] == second) & (names[1] == first))
    )


def _pair(first: str, second: str, rows: pl.DataFrame, panels: tuple[Panel, ...]) -> ComparedPair:
    """Outcomes in the order of the panels, each told as `first` against `second`."""
    order = [(panel.endpoint, panel.horizon_days) for panel in panels]
    told = {(row["endpoint"], row["horizon_days"]): row for row in rows.to_dicts()}
    shown = [told[key] for key in order if key in told]
    return ComparedPair(
        heading=f"{first} against {second}",
        first=first,
        second=second,
        outcomes=tuple(_outcome(row if row["first"] == first else turned(row)) for row in shown),
    )


def turned(row: Row) -> dict[str, Any]:
    """A row of the comparisons table with its two therapies the other way round."""
    out = dict(row) | {
        "first": row["second"],
        "second": row["first"],
        "probability_first": row["probability_second"],
        "probability_second": row["probability_first"],
        "group_predicted": _negative(row["group_predicted"]),
    }
    for name, level in _DIFFERENCES.items():
        low, high = f"{name}_lo{level}", f"{name}_hi{level}"
        out |= {name: _negative(row[name]), low: _negative(row[high]), high: _negative(row[low])}
    return out


def _negative(value: float | None) -> float | None:
    return None if value is None else 0.0 - value  # no minus zero


def _outcome(row: Row) -> ComparedOutcome:
    differences = allowed_differences(row)
    return ComparedOutcome(
        outcome=outcome_words(row).capitalize(),
        form=form_words(row),
        text=said(row),
        reason=why_no_further(row),
        basis=basis(row),
        trial=trial_beside(row, is_drawn=bool(differences)),
        differences=differences,
    )
