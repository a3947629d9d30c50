"""What a training knows about two therapies for one endpoint and horizon, as plain values."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

from oncoloom.response.effects.calibration_by_trial import BenefitGroup
from oncoloom.response.effects.missing_modifiers import Covariance

Source = Literal["randomized", "adjusted", "undeclared"]


@dataclass(frozen=True, slots=True)
class Average:
    """A difference of event shares, first minus second, with its 95 % interval."""

    first: float
    second: float
    difference: float
    standard_error: float
    lower: float
    upper: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two therapies, one endpoint, one horizon. Differences are of event probabilities, first minus second.

    Attributes
    ----------
    source, adjusted_for
        Randomized, adjusted (for what), or undeclared.
    share_inside, reason_apart
        Overlap of the two therapies; why the predictions must stand apart, None if they need not.
    n, events
        Patients and events (over all follow-up) under first and second.
    unadjusted, average
        Kaplan-Meier (response: shares), and doubly robust.
    e_value, e_value_limit
        Observational only.
    shifts
        Added to the final model's risks of first and second, on the risk scale.
    predicted_mean, predicted_sd
        Of cross-fitted differences, shifted by the other folds.
    thirds, fifths
        Groups by predicted benefit with what was observed.
    slope, slope_error
        Observed on predicted difference.
    ratio, ratio_log_error, gate_z
        Hazard (response: odds) ratio per SD of arm x cross-fitted benefit; z > 1 opens the gate.
    posterior_reliability, split_half_reliability, rho
        See :mod:`oncoloom.response.effects.reliability`.
    form_variance
        What the differences may lack because the effect has a form that the model cannot take: as much as the
        forms it has beyond lines (hinges, products, corners) vary over patients and posterior.
    modifiers, lost_covariance
        Declared modifiers, and what not knowing them costs (:mod:`missing_modifiers`).
    """

    first: str
    second: str
    endpoint: str
    horizon_days: int | None
    source: Source
    adjusted_for: tuple[str, ...]
    share_inside: float | None
    reason_apart: str | None
    n: tuple[int, int]
    events: tuple[int, int]
    unadjusted: Average | None
    average: Average | None = None
    e_value: float | None = None
    e_value_limit: float | None = None
    shifts: tuple[float, float] = (0.0, 0.0)
    predicted_mean: float | None = None
    predicted_sd: float | None = None
    thirds: tuple[BenefitGroup, ...] = ()
    fifths: tuple[BenefitGroup, ...] = ()
    slope: float | None = None
    slope_error: float | None = None
    ratio: float | None = None
    ratio_log_error: float | None = None
    gate_z: float | None = None
    posterior_reliability: float = 0.0
    split_half_reliability: float = 0.0
    rho: float = 0.0
    form_variance: float = 0.0
    modifiers: tuple[str, ...] = ()
    lost_covariance: Covariance = ()

    def as_dict(self) -> dict[str, Any]:
        """JSON values; numbers rounded to nine digits so that machines agree on the text."""
        return _plain(asdict(self))

    @classmethod
    def from_dict(cls, value: dict[str, Any]) -> "Comparison":
        """The comparison that :meth:`as_dict` wrote."""
        data = dict(value)
        for name in ("unadjusted", "average"):
            data[name] = None if data[name] is None else Average(**data[name])
        for name in ("thirds", "fifths"):
            data[name] = tuple(BenefitGroup(**one) for one in data[name])
        for name in ("adjusted_for", "n", "events", "shifts", "modifiers"):
            data[name] = tuple(data[name])
        data["lost_covariance"] = tuple(tuple(row) for row in data["lost_covariance"])
        return cls(**data)

    def rounded(self) -> "Comparison":
        """The same with the digits that a model folder keeps, so that a loaded model says the same."""
        return Comparison.from_dict(self.as_dict())

    def third_of(self, difference: float) -> BenefitGroup | None:
        """The third of predicted benefit that a difference falls into; None where none were formed."""
        for group in self.thirds:
            if difference <= group.upper_limit:
                return group
        return self.thirds[-1] if self.thirds else None


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return round(value, 9) + 0.0 if isinstance(value, float) else value
