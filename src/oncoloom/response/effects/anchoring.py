"""A randomized trial beside the model's average: which trial, what it found, and both drawn together.

The trial is the one of the embedded set that fits the patient best (tumor type, biomarkers, line, drugs;
never its result). Its difference at the horizon and the model's average are averaged by their precision, the
trial's with an assumed error of transport; further apart than their errors allow, they stay apart.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from oncoloom.errors import UsageError
from oncoloom.knowledge.trials.agreement import transport_sd
from oncoloom.knowledge.trials.clinic_row import line_of_therapy, row_biomarkers
from oncoloom.knowledge.trials.figures import at_month, pair_of
from oncoloom.knowledge.trials.matching import NONE_FOUND, TrialMatch, find_trials, fitting, make_query
from oncoloom.knowledge.trials.survival import Estimate
from oncoloom.knowledge.trials.therapies import LEVEL_WORDS
from oncoloom.response.effects.calibration_by_trial import combine_with_trial
from oncoloom.response.effects.doubly_robust import Z95

MONTH_DAYS = 365.25 / 12
_CURVES = {"os": ("OS",), "pfs": ("PFS", "rPFS")}
DISAGREE = "further from the model's average than their errors allow: the trial outranks the model's average"
NO_AVERAGE = "told alone, since the model makes no comparison here"


@dataclass(frozen=True, slots=True)
class TrialBeside:
    """What a trial found by a horizon: difference of event probabilities with its 95 % limits.

    Differences are first minus second as asked; `transport_sd` is assumed, not estimated.
    """

    name: str
    pubmed_id: str
    fit: str
    difference: float
    lower: float
    upper: float
    transport_sd: float

    @property
    def standard_error(self) -> float:
        """Of the difference."""
        return (self.upper - self.lower) / (2 * Z95)


class TrialSearch:
    """Finds the trial for a patient; equal questions are answered once."""

    def __init__(self) -> None:
        self._known: dict[tuple[Any, ...], tuple[TrialMatch, ...] | str] = {}

    def find(
        self, row: Mapping[str, Any], first: str, second: str, endpoint: str, day: int | None
    ) -> TrialBeside | str:
        """The trial that fits a cohort row best, or in words why there is none."""
        if day is None or endpoint not in _CURVES:
            return "the embedded curves are of survival"
        matches = self._matches(row, first, second)
        if isinstance(matches, str):
            return matches
        curves = [one for one in matches if one.comparison.endpoint in _CURVES[endpoint]]
        for match in curves:
            found = at_month(pair_of(match.comparison, swapped=match.swapped), day / MONTH_DAYS).difference
            if found is not None and found.lower is not None and found.upper is not None:
                return _beside(match, found)
        return f"no curve of {endpoint} followed that long" if curves else NONE_FOUND

    def _matches(self, row: Mapping[str, Any], first: str, second: str) -> tuple[TrialMatch, ...] | str:
        markers, line = row_biomarkers(row), line_of_therapy(row)
        code = row.get("oncotree_code") or row.get("tumor_type")  # many cohorts name the code there
        key = (code, tuple(sorted(markers.states.items())), markers.pdl1_percent, line, first, second)
        if key not in self._known:
            self._known[key] = "the tumor type is not known"
            if code:
                try:
                    query = make_query(str(code), markers, (first, second), line)
                    self._known[key] = fitting(find_trials(query).matches)
                except UsageError as error:
                    self._known[key] = f"{error.message} ({error.found})"
        return self._known[key]


def _beside(match: TrialMatch, found: Estimate) -> TrialBeside:
    """Of the share without the event to the event's probability: the sign turns, and so do the limits."""
    assert found.lower is not None
    assert found.upper is not None
    return TrialBeside(
        match.comparison.trial,
        match.comparison.publication.pubmed_id,
        f"{match.kind}, {LEVEL_WORDS[match.therapy_level]}",
        0.0 - found.value,
        0.0 - found.upper,
        0.0 - found.lower,
        transport_sd(match),
    )


def anchored_columns(trial: TrialBeside | str, average: tuple[float, float] | None) -> dict[str, Any]:
    """Columns of the comparisons table for a trial; `average` is the model's difference and its error."""
    if isinstance(trial, str):
        return {"trial_verdict": "none", "trial_note": trial}
    out: dict[str, Any] = {
        "trial": trial.name,
        "trial_pubmed_id": trial.pubmed_id,
        "trial_fit": trial.fit,
        "trial_difference": trial.difference,
        "trial_difference_lo95": max(trial.lower, -1.0),
        "trial_difference_hi95": min(trial.upper, 1.0),
        "transport_sd": trial.transport_sd,
    }
    if average is None:
        return out | {"trial_verdict": "beside", "trial_note": NO_AVERAGE}
    both = combine_with_trial(average, (trial.difference, trial.standard_error), trial.transport_sd)
    if both.apart:
        return out | {"trial_verdict": "disagree", "trial_note": DISAGREE}
    half = Z95 * both.standard_error
    return out | {
        "trial_verdict": "combined",
        "trial_note": f"the trial has {100 * both.weight_of_trial:.0f} % of the weight",
        "trial_weight": both.weight_of_trial,
        "anchored_difference": both.difference,
        "anchored_difference_lo95": max(both.difference - half, -1.0),
        "anchored_difference_hi95": min(both.difference + half, 1.0),
    }
