"""When no prediction may be shown, and why, in one sentence with its figure."""

from dataclasses import dataclass

import numpy as np

from oncoloom.response.datamodule import BoolArray, CohortArrays, FloatArray
from oncoloom.response.model import EndpointModel, ResponseModel
from oncoloom.response.therapies import MIN_TREATED

MAX_ESSENTIAL_MISSING = 1
FEW_TYPES = 2  # a model of one or two tumor types says nothing of others; a pan-cancer one uses the mean

PLAIN_NAMES: dict[str, str] = {
    "tmb": "TMB", "albumin_g_dl": "albumin", "prior_systemic_therapy": "prior systemic therapy",
    "tumor_type": "tumor type", "nlr": "NLR", "age_years": "age", "pdl1_tps": "PD-L1", "btmb": "blood TMB",
    "ecog": "ECOG", "hrd_sum": "HRD sum",
}  # fmt: skip


def plain_name(source: str) -> str:
    """A column's name for a reader."""
    return PLAIN_NAMES.get(source, source.removeprefix("driver_").replace("pdl1", "PD-L1").replace("_", " "))


@dataclass(frozen=True, slots=True)
class PatientReach:
    """What holds for patients whatever the therapy.

    `reasons` (n,) to abstain, None = none; `missing` (n, n_sources) as :meth:`Design.missing`.
    """

    reasons: list[str | None]
    missing: BoolArray


def patient_reach(model: ResponseModel, arrays: CohortArrays, raw: FloatArray) -> PatientReach:
    """Reasons that hold for a patient under every therapy."""
    distance, parts = model.reach.distance(raw, arrays)
    absent = {source: ~arrays.present(source) for source in model.essential}
    types = list(model.facts.get("tumor_types", []))
    reasons: list[str | None] = []
    for i in range(len(arrays)):
        kind = arrays.categories["tumor_type"][i]
        lacking = [plain_name(source) for source in model.essential if absent[source][i]]
        if len(lacking) > MAX_ESSENTIAL_MISSING:
            reasons.append(
                f"too little is known: {' and '.join(lacking)} missing "
                f"({len(lacking)} of {len(model.essential)} core features)"
            )
        elif kind is not None and 0 < len(types) <= FEW_TYPES and kind not in types:
            reasons.append(f"trained on {' and '.join(types)} only, this patient has {kind} (0 in training)")
        elif distance[i] > model.reach.limit:
            farthest = model.design.columns[int(model.reach.columns[int(np.argmax(parts[i]))])].source
            reasons.append(
                f"outside the training range: distance {distance[i]:.1f}, limit {model.reach.limit:.1f} "
                f"(most by {plain_name(farthest)})"
            )
        else:
            reasons.append(None)
    return PatientReach(reasons, model.design.missing(arrays))


def therapy_reason(model: ResponseModel, endpoint: EndpointModel, index: int, day: int | None) -> str | None:
    """Reason that holds for a therapy and horizon under this model; index -1 = training never saw it."""
    if index < 0:
        return "no patient in training got this therapy (0 of at least 20)"
    n = endpoint.n_treated[index]
    if n < MIN_TREATED:
        return f"too few patients in training got this therapy ({n} of at least {MIN_TREATED})"
    if day is not None and day > endpoint.edges[-1]:
        return f"training followed patients for {endpoint.edges[-1]:.0f} days, fewer than the {day} asked for"
    return None
