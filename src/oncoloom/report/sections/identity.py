"""Whose report it is, which disease, which sample."""

from oncoloom.report.disease_names import DISEASE_NAMES, UNKNOWN
from oncoloom.report.inputs import ReportInputs
from oncoloom.report.model import Identity
from oncoloom.report.sections.checks import depth_of

_ASSAY = {"wgs": "whole genome", "exome": "exome", "panel": "panel", "unknown": "assay unknown"}
_ENTRY = {"vcf": "variants of another caller", "cohort": "cohort table"}


def build_identity(inputs: ReportInputs) -> Identity:
    """The three facts under the title: person, disease, sample."""
    code = inputs.sheet.get("oncotree_code", UNKNOWN)
    sex = inputs.sheet.get("sex", "unknown")
    known = code != UNKNOWN
    return Identity(
        patient_id=inputs.patient_id,
        person="sex unknown" if sex == "unknown" else sex,
        disease=DISEASE_NAMES.get(code, code) if known else "Tumor type unknown",
        disease_detail=code if known else "no matching by disease",
        sample=_sample_name(inputs),
        sample_detail=_sample_detail(inputs),
    )


def _sample_name(inputs: ReportInputs) -> str:
    if inputs.features:
        return str(inputs.features["sample_id"])
    tumors = inputs.calls_qc.get("tumors") or [{}]
    if isinstance(tumors[0].get("sample"), str):
        return str(tumors[0]["sample"])
    return "Tumor and normal" if "normal" in inputs.qc["mode"] else "Tumor sample"


def _sample_detail(inputs: ReportInputs) -> str:
    parts = []
    if inputs.features:
        assay = _ASSAY[inputs.features["assay"]]
        depth = depth_of(inputs, "tumor")
        parts.append(f"{assay} {depth:.0f}×" if depth is not None else assay)
        parts.append(_ENTRY.get(inputs.features["entry"], ""))
    return " · ".join(part for part in parts if part)
