"""What the embedded trials ask of a patient, from one row of a cohort table."""

from collections.abc import Mapping
from typing import Any

from oncoloom.knowledge.trials.biomarkers import Biomarkers, biomarkers_of

# Column of a cohort table, as a clinic may name it, to the marker.
_RECEPTORS = {
    "her2": "HER2",
    "her2_status": "HER2",
    "hr_status": "HR",
    "hormone_receptor": "HR",
    "er_status": "HR",
}
_POSITIVE, _NEGATIVE = (
    ("positive", "pos", "+", "1", "1.0", "true"),
    ("negative", "neg", "-", "0", "0.0", "false"),
)
# Driver columns of a cohort table, with the states that 1 and 0 mean. A driver of EGFR may be one of the rare
# changes that trials of inhibitors left out; that it is one keeps the patient out of trials of wild type.
_DRIVERS = {
    "driver_EGFR": ("EGFR", "mutated", "wild type"),
    "driver_KRAS": ("KRAS", "mutated", "wild type"),
    "driver_ALK": ("ALK", "positive", "negative"),
}


def row_biomarkers(row: Mapping[str, Any]) -> Biomarkers:
    """Biomarkers of a cohort row: drivers, PD-L1, microsatellites, receptors; what is null is not known."""
    found = biomarkers_of([], pdl1_percent=row.get("pdl1_tps"), msi_status=row.get("msi_status"))
    states = dict(found.states)
    for column, (marker, positive, negative) in _DRIVERS.items():
        value = row.get(column)
        if value is not None:
            states[marker] = positive if value else negative
    return Biomarkers({**states, **receptors(row)}, found.pdl1_percent)


def receptors(row: Mapping[str, Any]) -> dict[str, str]:
    """States of HER2 and of hormone receptors."""
    out = {}
    for column, marker in _RECEPTORS.items():
        word = str(row.get(column, "")).strip().lower()
        if word in _POSITIVE:
            out[marker] = "positive"
        elif word in _NEGATIVE and column != "er_status":  # the progesterone receptor may still be there
            out[marker] = "negative"
    return out


def line_of_therapy(row: Mapping[str, Any]) -> str | None:
    """1, 2 or 3 (third or later) from the lines before; None where they are not known."""
    lines = row.get("prior_lines")
    if lines is not None:
        return str(min(3, int(lines) + 1))
    return "1" if row.get("prior_systemic_therapy") == 0 else None
