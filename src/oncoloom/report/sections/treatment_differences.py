"""Treatments compared, two by two, in the words that the comparison allows."""

from itertools import combinations
from typing import Any

import polars as pl

from oncoloom.report.difference_model import ComparedOutcome, ComparedPair, TreatmentDifferences
from oncoloom.report.inputs import ReportInputs
from oncoloom.report.model import Panel, Predictions
from oncoloom.report.words import sentence
from oncoloom.response.effects.sentences import form_words, outcome_words, statement_parts

SHOWN_PAIRS = 3
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
    order = [(panel.endpoint, panel.horizon_days) for panel in panels]
    told = {(row["endpoint"], row["horizon_days"]): row for row in rows.to_dicts()}
    shown = [told[key] for key in order if key in told]
    if shown:
        first, second = shown[0]["first"], shown[0]["second"]
    return ComparedPair(
        heading=f"{first} against {second}",
        outcomes=tuple(_outcome(row) for row in shown),
    )


def _outcome(row: dict[str, Any]) -> ComparedOutcome:
    return ComparedOutcome(
        outcome=outcome_words(row).capitalize(),
        form=form_words(row),
        text=" ".join(sentence(part) for part in statement_parts(row)),
    )
