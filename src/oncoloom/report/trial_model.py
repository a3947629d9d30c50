"""The part of report.json about randomized trials and published response rates."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from oncoloom.report.difference_model import ShownDifference

Fit = Literal["fits", "fits in part"]
Verdict = Literal["agree", "compatible", "disagree", "not compared"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class TrialFigure(_Part):
    """A labelled figure, unit and interval inside its text."""

    label: str
    text: str


class TrialArm(_Part):
    """One arm of a trial curve: every patient's follow-up, as read off the published figure."""

    therapy: str
    n: int
    n_events: int
    follow_up: str = Field(description="Months, sorted; `+` marks the end of follow-up without the event")

    def rows(self) -> tuple[tuple[float, ...], tuple[int, ...]]:
        """Months, and 1 where the event happened."""
        words = self.follow_up.split()
        return tuple(float(word.rstrip("+")) for word in words), tuple(int("+" not in word) for word in words)


class ModelShare(_Part):
    """What the model predicts under one of the two therapies at the horizon; shares 0 to 1."""

    estimate: float
    lo90: float | None
    hi90: float | None
    lo50: float | None
    hi50: float | None


class TrialComparison(_Part):
    """A randomized comparison beside the model's predictions under the two therapies."""

    heading: str
    first_name: str = Field(description="The therapy as the model names it")
    second_name: str
    fit: Fit
    therapies_match: str = Field(description="same drugs, same class, same group")
    trial: str
    endpoint: str
    endpoint_words: str
    population: str
    first: TrialArm
    second: TrialArm
    horizon_months: float | None = Field(
        description="Where model and trial are compared; null without a model"
    )
    model_first: ModelShare | None
    model_second: ModelShare | None
    differences: tuple[ShownDifference, ...]
    figures: tuple[TrialFigure, ...]
    verdict: Verdict
    verdict_lead: str
    verdict_text: str
    proportional_text: str
    fits: str
    does_not_fit: str
    not_known: str
    note: str
    citation: str


class NoTrial(_Part):
    """Two therapies that the embedded set never compares for this patient, and what comes nearest."""

    therapies: str
    text: str


class TrialRow(_Part):
    """A further randomized comparison in one line."""

    trial: str
    comparison: str
    population: str
    endpoint: str
    hazard_ratio: str
    citation: str


class PublishedRate(_Part):
    """A response rate that a trial published for this tumor type and regimen."""

    therapy: str
    trial: str
    population: str
    n: int
    share: float
    lower: float
    upper: float
    text: str
    citation: str


class RandomizedEvidence(_Part):
    """Randomized trials beside the model."""

    text: str = Field(description="What was looked in, and for whom; why there is nothing")
    page_one: str = ""
    comparisons: tuple[TrialComparison, ...] = ()
    more_comparisons: tuple[TrialRow, ...] = ()
    n_more_left_out: int = 0
    none: tuple[NoTrial, ...] = ()
    further: tuple[TrialRow, ...] = ()
    n_further_left_out: int = 0
    rates: tuple[PublishedRate, ...] = ()

    @property
    def has_page(self) -> bool:
        """Whether there is more to show than that there is nothing."""
        return bool(self.comparisons or self.none or self.further or self.rates)
