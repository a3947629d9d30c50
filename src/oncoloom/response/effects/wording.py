"""What may be said of one patient's difference: the words go as far as the data carry, and say why."""

from dataclasses import dataclass
from typing import Literal

from oncoloom.response.effects.reliability import GATE

MIN_EVENTS_PER_ARM = 20
GROUPS_FROM, PERSONAL_FROM = 0.5, 0.7
Wording = Literal["apart", "average only", "groups", "personal"]


@dataclass(frozen=True, slots=True)
class WordingFacts:
    """What the rules look at: of the comparison, and of one patient.

    Attributes
    ----------
    reason_apart
        Why the two predictions stand apart (no declared source, no overlap); None if they do not.
    events
        Events in the smaller arm, over all; `similar_events` the same in the patient's benefit group.
    gate_z
        z of arm x cross-fitted benefit; None where it could not be estimated.
    average, interval
        The average difference, and the patient's 90 % interval.
    """

    reason_apart: str | None
    events: int
    similar_events: int
    rho: float
    gate_z: float | None
    average: float
    interval: tuple[float, float]


def wording(facts: WordingFacts) -> tuple[Wording, str]:
    """The form of words and its reason.

    Apart: no source, no overlap, or fewer than 20 events in an arm. Average only: the gate is shut (z <= 1),
    rho < 0.5, or the patient's interval covers the average. Groups: rho up to 0.7, or fewer than 20 events
    in an arm among similar patients. Personal: above that.
    """
    if facts.reason_apart is not None:
        return "apart", facts.reason_apart
    if facts.events < MIN_EVENTS_PER_ARM:
        return "apart", f"{facts.events} events in the smaller arm, fewer than {MIN_EVENTS_PER_ARM}"
    if facts.gate_z is None or facts.gate_z <= GATE:
        if facts.gate_z is None:
            return "average only", "no individual differences were estimated (no effect modifiers declared)"
        shown = f"z {facts.gate_z:.1f}, at most {GATE:g}"
        return "average only", f"held-out patients show no individual differences ({shown})"
    if facts.rho < GROUPS_FROM:
        return (
            "average only",
            f"individual differences are unreliable (reliability {facts.rho:.2f}, below 0.5)",
        )
    low, high = facts.interval
    if low <= facts.average <= high:
        return "average only", "this patient's features do not change the average difference measurably"
    if facts.rho <= PERSONAL_FROM:
        return "groups", f"groups differ, persons hardly (reliability {facts.rho:.2f})"
    if facts.similar_events < MIN_EVENTS_PER_ARM:
        return "groups", (
            f"{facts.similar_events} events in the smaller arm among similar patients, "
            f"fewer than {MIN_EVENTS_PER_ARM}"
        )
    return "personal", f"reliability {facts.rho:.2f}"
