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
    has_modifiers, missing
        Whether effect modifiers were declared, and those not known of this patient, in a reader's words.
    """

    reason_apart: str | None
    events: int
    similar_events: int
    rho: float
    gate_z: float | None
    average: float
    interval: tuple[float, float]
    has_modifiers: bool = True
    missing: tuple[str, ...] = ()


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
    if not facts.has_modifiers:
        return "average only", "no individual differences were estimated (no effect modifiers declared)"
    if facts.gate_z is None:
        return "average only", "individual differences could not be judged (too few events, or all alike)"
    if facts.gate_z <= GATE:
        return "average only", (
            "individual differences did not show in patients held out of training "
            f"(z {facts.gate_z:.1f}, more than {GATE:g} is asked)"
        )
    if facts.rho < GROUPS_FROM:
        return (
            "average only",
            f"individual differences are unreliable (reliability {_shown(facts.rho)}, below {GROUPS_FROM:g})",
        )
    low, high = facts.interval
    if low <= facts.average <= high:
        known = "what is known of this patient does" if facts.missing else "this patient's features do"
        return "average only", f"{known} not change the average difference measurably{_lacking(facts)}"
    if facts.rho <= PERSONAL_FROM:
        return "groups", f"groups differ, persons hardly (reliability {_shown(facts.rho)}){_lacking(facts)}"
    if facts.similar_events < MIN_EVENTS_PER_ARM:
        return "groups", (
            f"{facts.similar_events} events in the smaller arm among similar patients, "
            f"fewer than {MIN_EVENTS_PER_ARM}{_lacking(facts)}"
        )
    return "personal", f"reliability {_shown(facts.rho)}{_lacking(facts)}"


def _shown(rho: float) -> str:
    """A reliability with as many digits as it takes to stand on its side of the limits: 0.498, not 0.50."""
    text = f"{rho:.2f}"
    for digits in range(3, 9):
        shown = float(text)
        if (shown < GROUPS_FROM) == (rho < GROUPS_FROM) and (shown <= PERSONAL_FROM) == (
            rho <= PERSONAL_FROM
        ):
            break
        text = f"{rho:.{digits}f}"
    return text


def _lacking(facts: WordingFacts) -> str:
    return f"; not known: {', '.join(facts.missing)}" if facts.missing else ""
