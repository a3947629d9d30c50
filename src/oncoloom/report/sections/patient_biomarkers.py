"""What the embedded trials ask of a patient's tumor, from what this report found or ruled out."""

from oncoloom.knowledge.trials.biomarkers import Biomarkers, biomarkers_of
from oncoloom.report.inputs import ReportInputs
from oncoloom.report.sections.findings import passed


def patient_biomarkers(inputs: ReportInputs) -> Biomarkers:
    """Biomarkers of variants that passed, of alterations detected, and of verdicts *not detected*."""
    variants = passed(inputs.variants)
    changes = [
        (str(gene), str(change))
        for gene, change in variants.select("gene", "hgvs_p_short").iter_rows()
        if gene is not None and change is not None
    ]
    verdicts = list(inputs.assessability.select("gene", "alteration_class", "state").iter_rows())
    return biomarkers_of(
        changes,
        [(gene, kind) for gene, kind, state in verdicts if state == "detected"],
        not_detected=[(gene, kind) for gene, kind, state in verdicts if state == "not detected"],
        msi_status=inputs.features.get("msi_status"),
    )
