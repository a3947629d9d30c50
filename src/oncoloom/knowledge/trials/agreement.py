"""A model's difference between two therapies beside a trial's: agreement or disagreement, in words.

The two disagree where they are further apart than their errors and the transport from the trial's patients to
others allow: |D_m - D_t| > 1.96 sqrt(v_m + v_t + tau^2). tau is assumed, not estimated: it says how much a
difference of shares may change between populations, and grows the less the trial resembles the question.
"""

from dataclasses import dataclass
from math import sqrt
from typing import Literal

from oncoloom.knowledge.trials.matching import TrialMatch
from oncoloom.knowledge.trials.survival import Z95, Estimate
from oncoloom.knowledge.trials.therapies import SAME_DRUGS

Agreement = Literal["agree", "compatible", "disagree"]
TRANSPORT_SAME, TRANSPORT_CLASS, TRANSPORT_OTHER = 0.03, 0.05, 0.10
Z90 = 1.644854


@dataclass(frozen=True, slots=True)
class ModelDifference:
    """Share with the good outcome under the first therapy minus under the second, with its 90 % interval."""

    value: float
    lower90: float
    upper90: float


def transport_sd(match: TrialMatch) -> float:
    """tau: 0.03 same drugs and all fits, 0.05 same class, 0.10 where something does not or is not known."""
    if match.kind != "fits":
        return TRANSPORT_OTHER
    return TRANSPORT_SAME if match.therapy_level >= SAME_DRUGS else TRANSPORT_CLASS


def compare(model: ModelDifference, trial: Estimate, tau: float) -> Agreement:
    """agree: the trial lies inside the model's 90 % interval; compatible: outside, yet not too far."""
    if model.lower90 <= trial.value <= model.upper90:
        return "agree"
    model_error = (model.upper90 - model.lower90) / (2 * Z90)
    trial_error = 0.0
    if trial.lower is not None and trial.upper is not None:
        trial_error = (trial.upper - trial.lower) / (2 * Z95)
    limit = Z95 * sqrt(model_error**2 + trial_error**2 + tau**2)
    return "disagree" if abs(model.value - trial.value) > limit else "compatible"


def agreement_words(agreement: Agreement, compared: str) -> tuple[str, str]:
    """The lead of the sentence, and what follows from it; `compared` names the model's side.

    A model has more than one difference to offer (the average's, the patient's, the gap of two predictions),
    and a trial may agree with one and not with another.
    """
    head = compared[:1].upper() + compared[1:]
    if agreement == "agree":
        return f"{head} agrees with the trial's:", "the trial's lies inside its 90 % interval."
    if agreement == "compatible":
        return (
            f"{head} does not contradict the trial's:",
            "the trial's lies outside its 90 % interval, within what the errors allow.",
        )
    return (
        f"{head} disagrees with the trial's:",
        "they are further apart than their errors allow. The trial outranks the model.",
    )
