"""The clinical schema: one row per patient and index therapy; offsets in days, never dates."""

import polars as pl

from oncoloom.tables import Column, TableSchema

_TEXT, _FLOAT, _FLAG = pl.String(), pl.Float64(), pl.Int8()

# Offered to the models as covariates; a value outside its legal range is an error at the door, in the unit given.
COVARIATES: tuple[Column, ...] = (
    Column("age_years", _FLOAT, "Age at the index date", "years", nullable=True, legal=(0, 120)),
    Column("sex", _TEXT, "Sex as recorded", nullable=True, allowed=("female", "male", "unknown")),
    Column("stage_iv", _FLAG, "Stage IV at the index date", "0/1", nullable=True, legal=(0, 1)),
    Column("ecog", _FLOAT, "ECOG performance status", "0-5", nullable=True, legal=(0, 5)),
    Column("prior_systemic_therapy", _FLAG, "Any systemic therapy before", "0/1", nullable=True, legal=(0, 1)),
    Column("prior_lines", _FLOAT, "Lines of therapy before", "lines", nullable=True, legal=(0, 30)),
    Column("histology", _TEXT, "Histology, as a category of the source", nullable=True),
    Column("smoking", _TEXT, "Smoking history", nullable=True, allowed=("never", "former", "current", "ever")),
    Column("pack_years", _FLOAT, "Pack-years", "pack-years", nullable=True, legal=(0, 300)),
    Column("pdl1_tps", _FLOAT, "PD-L1 tumor proportion score", "%", nullable=True, legal=(0, 100)),
    Column("pdl1_stratum", _TEXT, "PD-L1 stratum where no score is recorded", nullable=True),
    Column("albumin_g_dl", _FLOAT, "Blood albumin", "g/dL", nullable=True, legal=(1, 6)),
    Column("nlr", _FLOAT, "Neutrophils per lymphocyte", "ratio", nullable=True, legal=(0, 200)),
    Column("hemoglobin_g_dl", _FLOAT, "Hemoglobin", "g/dL", nullable=True, legal=(3, 22)),
    Column("platelets_10e9_l", _FLOAT, "Platelets", "10^9/L", nullable=True, legal=(1, 5000)),
    Column("bmi", _FLOAT, "Body mass index", "kg/m2", nullable=True, legal=(8, 90)),
    Column("sum_longest_diameters_mm", _FLOAT, "Target lesions, sum of longest diameters", "mm", nullable=True, legal=(0, 2000)),
    Column("metastatic_sites", _FLOAT, "Metastatic sites", "sites", nullable=True, legal=(0, 50)),
)  # fmt: skip

# Day 0 = start of the index therapy. `*_event` 1 = it happened, 0 = censored at `*_days`.
ENDPOINTS: tuple[Column, ...] = (
    Column("response", _FLAG, "1 complete or partial response, 0 stable or progressive disease", "0/1", nullable=True, legal=(0, 1)),
    Column("pfs_days", _FLOAT, "To progression, death or last visit", "days", nullable=True, legal=(0, 36_525)),
    Column("pfs_event", _FLAG, "1 progression or death", "0/1", nullable=True, legal=(0, 1)),
    Column("os_days", _FLOAT, "To death or last contact", "days", nullable=True, legal=(0, 36_525)),
    Column("os_event", _FLAG, "1 death", "0/1", nullable=True, legal=(0, 1)),
    Column("entry_days", _FLOAT, "Entered observation this long after day 0 (late entry)", "days", nullable=True, legal=(0, 36_525)),
)  # fmt: skip

ENDPOINT_NAMES = ("response", "pfs", "os")

CLINICAL_TABLE = TableSchema(
    name="clinical",
    version=1,
    description="One row per patient × index therapy: covariates before day 0, outcomes after it.",
    columns=(
        Column("patient_id", _TEXT, "Patient, or its keyed pseudonym"),
        Column("oncotree_code", _TEXT, "OncoTree code, or UNKNOWN", nullable=True),
        Column("tumor_type", _TEXT, "Tumor type as the source names it", nullable=True),
        Column("therapy", _TEXT, "Therapy started on day 0", nullable=True),
        Column("therapy_class", _TEXT, "Class of that therapy", nullable=True),
        Column(
            "calendar_quarter", _TEXT, "Quarter of day 0, e.g. 2018Q2; a year alone as 2018", nullable=True
        ),
        *COVARIATES,
        *ENDPOINTS,
    ),
    sort_by=("patient_id", "therapy"),
)
