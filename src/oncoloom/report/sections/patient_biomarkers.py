"""What the embedded trials ask of a patient, from what was found or ruled out, and from the clinic."""

from typing import Any

from oncoloom.knowledge.trials.biomarkers import Biomarkers, biomarkers_of
from oncoloom.report.inputs import ReportInputs
from oncoloom.report.sections.findings import passed

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


def patient_biomarkers(inputs: ReportInputs) -> Biomarkers:
    """Biomarkers of variants that passed, of alterations detected or ruled out, and of the clinic's row.

    The clinic's word on a receptor counts before an amplification that sequencing found.
    """
    variants = passed(inputs.variants)
    changes = [
        (str(gene), str(change))
        for gene, change in variants.select("gene", "hgvs_p_short").iter_rows()
        if gene is not None and change is not None
    ]
    verdicts = list(inputs.assessability.select("gene", "alteration_class", "state").iter_rows())
    found = biomarkers_of(
        changes,
        [(gene, kind) for gene, kind, state in verdicts if state == "detected"],
        not_detected=[(gene, kind) for gene, kind, state in verdicts if state == "not detected"],
        pdl1_percent=inputs.clinic.get("pdl1_tps"),
        msi_status=inputs.features.get("msi_status"),
    )
    return Biomarkers({**found.states, **_receptors(inputs.clinic)}, found.pdl1_percent)


def _receptors(clinic: dict[str, Any]) -> dict[str, str]:
    out = {}
    for column, marker in _RECEPTORS.items():
        word = str(clinic.get(column, "")).strip().lower()
        if word in _POSITIVE:
            out[marker] = "positive"
        elif word in _NEGATIVE and column != "er_status":  # the progesterone receptor may still be there
            out[marker] = "negative"
    return out


def line_of_therapy(clinic: dict[str, Any]) -> str | None:
    """1, 2 or 3 (third or later) from the lines before; None where they are not known."""
    lines = clinic.get("prior_lines")
    if lines is not None:
        return str(min(3, int(lines) + 1))
    return "1" if clinic.get("prior_systemic_therapy") == 0 else None
