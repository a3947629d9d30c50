"""Published response rates of checkpoint inhibitors, to stand beside a prediction: n, interval, citation.

They are rates of trials, not of a hospital's patients, and no input of a model: beside tumor type they were
measured to add nothing.
"""

from dataclasses import dataclass
from functools import cache

from oncoloom.knowledge.trials.biomarkers import Biomarkers, Condition, parse_conditions
from oncoloom.knowledge.trials.therapies import Therapy, class_of, is_checkpoint_therapy
from oncoloom.knowledge.trials.tumor_types import lineage
from oncoloom.reference_data.embedded import read_rows
from oncoloom.shares import wilson_interval

_REGIMENS: dict[str, frozenset[str]] = {
    "PD-1": frozenset({"PD-1 inhibitor"}),
    "PD-L1": frozenset({"PD-L1 inhibitor"}),
    "PD-1+CTLA-4": frozenset({"PD-1 inhibitor", "CTLA-4 inhibitor"}),
}
COMPUTED = "Wilson interval, computed here"


@dataclass(frozen=True, slots=True)
class ResponseRate:
    """One published rate; shares 0 to 1, 95 % interval with its origin."""

    estimate_id: str
    tumor_types: tuple[str, ...]
    conditions: tuple[Condition, ...]
    regimen: str
    drug: str
    trial: str
    registration: str
    citation: str
    population: str
    n: int
    share: float
    lower: float
    upper: float
    interval_basis: str


@cache
def response_rates() -> tuple[ResponseRate, ...]:
    """All embedded rates."""
    return tuple(_rate(row) for row in read_rows("trials", "response_rates.tsv"))


def _rate(row: dict[str, str]) -> ResponseRate:
    n, share = int(row["n"]), float(row["response_percent"]) / 100
    if row["lower_percent"] and row["upper_percent"]:
        lower, upper = float(row["lower_percent"]) / 100, float(row["upper_percent"]) / 100
        basis = "as published" if row["interval_basis"] == "reported" else "Wilson interval"
    else:
        lower, upper = wilson_interval(share * n, n)
        basis = COMPUTED
    return ResponseRate(
        row["estimate_id"], tuple(row["tumor_type"].split("|")), parse_conditions(row["biomarkers"]),
        row["regimen"], row["drug"], row["trial"], row["registration"], row["citation"], row["population"],
        n, share, lower, upper, basis,
    )  # fmt: skip


def rates_for(tumor_type: str, therapy: Therapy, patient: Biomarkers) -> tuple[ResponseRate, ...]:
    """Published rates of a checkpoint therapy in the nearest tumor type that has any.

    Rates whose biomarker condition the patient contradicts are left out; of a condition that is not known the
    rate stays, its population says for whom it holds. Empty for therapies that are no checkpoint inhibitors.
    """
    if not is_checkpoint_therapy(therapy):
        return ()
    classes = frozenset(class_of(drug) for agent in therapy.agents for drug in agent.drugs)
    either = classes == {"PD-1 inhibitor", "PD-L1 inhibitor"}  # "PD-1/PD-L1 inhibitor": one of the two
    for code in lineage(tumor_type):
        found = tuple(
            rate
            for rate in response_rates()
            if code in rate.tumor_types
            and (_REGIMENS[rate.regimen] == classes or (either and _REGIMENS[rate.regimen] < classes))
            and all(patient.check(condition) != "false" for condition in rate.conditions)
        )
        if found:
            return found
    return ()
