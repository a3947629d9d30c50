"""One patient's row of a comparison: difference, interval, third and wording, as far as the data carry."""

from dataclasses import dataclass
from typing import Any

from oncoloom.response.abstention import plain_name
from oncoloom.response.effects.comparison import Comparison
from oncoloom.response.effects.wording import WordingFacts, wording
from oncoloom.response.model import Z90


@dataclass(frozen=True, slots=True)
class PatientDifference:
    """What the effect model says of one patient, first minus second as asked.

    `spread` is the standard deviation, that of missing modifiers included; `reason_apart` is the patient's
    own (abstention, no overlap); `missing` are raw columns of modifiers that are not known.
    """

    middle: float
    spread: float
    reason_apart: str | None
    missing: tuple[str, ...]


def patient_columns(known: Comparison, sign: float, patient: PatientDifference) -> dict[str, Any]:
    """Columns of the comparisons table about one patient; `sign` -1 where the pair is asked the other way."""
    assert known.average is not None
    low = max(patient.middle - Z90 * patient.spread, -1.0)
    high = min(patient.middle + Z90 * patient.spread, 1.0)
    third = known.third_of(sign * patient.middle)
    form, reason = wording(
        WordingFacts(
            reason_apart=patient.reason_apart,
            events=min(known.events),
            similar_events=min(third.events_first, third.events_second) if third else 0,
            rho=known.rho,
            gate_z=known.gate_z,
            average=sign * known.average.difference,
            interval=(low, high),
            has_modifiers=bool(known.modifiers),
            missing=tuple(plain_name(name) for name in patient.missing),
        )
    )
    out: dict[str, Any] = {"wording": form, "reason": reason}
    if form == "apart":
        return out
    out |= {"difference": patient.middle, "difference_lo90": low, "difference_hi90": high}
    if third is not None:
        limits = sorted((sign * third.lower, sign * third.upper))
        out |= {
            "group_n": third.n,
            "group_predicted": sign * third.predicted,
            "group_observed": sign * third.observed,
            "group_observed_lo95": limits[0],
            "group_observed_hi95": limits[1],
        }
    return out


def average_columns(known: Comparison | None, sign: float) -> dict[str, Any]:
    """Columns about the average in training; none where it was not estimated."""
    if known is None or known.average is None:
        return {}
    limits = sorted((sign * known.average.lower, sign * known.average.upper))
    return {
        "average_difference": sign * known.average.difference,
        "average_difference_lo95": limits[0],
        "average_difference_hi95": limits[1],
        "e_value": known.e_value,
        "e_value_limit": known.e_value_limit,
        "reliability": known.rho,
        "gate_z": known.gate_z,
    }
