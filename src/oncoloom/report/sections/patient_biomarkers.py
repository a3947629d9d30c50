"""What the embedded trials ask of a patient, from what was found or ruled out, and from the clinic."""

from oncoloom.knowledge.trials.biomarkers import Biomarkers, biomarkers_of
from oncoloom.knowledge.trials.clinic_row import receptors
from oncoloom.report.inputs import ReportInputs
from oncoloom.report.sections.passed import passed


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
    return Biomarkers({**found.states, **receptors(inputs.clinic)}, found.pdl1_percent)
