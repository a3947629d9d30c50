"""The published pan-cancer LORIS score (Chang 2024): six features, coefficients as printed.

A reference beside the models, never a candidate for the champion: its authors fitted it on the patients that
LORIS cohorts train on, so its inner score there is no test.
"""

import numpy as np

from oncoloom.response.datamodule import CohortArrays, FloatArray
from oncoloom.response.feature_rules import tumor_group

NEEDS: tuple[str, ...] = ("tmb", "prior_systemic_therapy", "albumin_g_dl", "nlr", "age_years", "tumor_type")

TYPE_TERMS: dict[str, float] = {
    "Bladder": -0.3323, "Breast": -0.3323, "Colorectal": -0.102, "Endometrial": -0.0079, "Esophageal": 0.55,
    "Gastric": 0.2306, "Head & Neck": 0.0678, "Hepatobiliary": -0.1189, "Melanoma": -0.0086,
    "Mesothelioma": 0.1255, "NSCLC": 0.0008, "Ovarian": -0.052, "Pancreatic": -1.1169, "Renal": 0.5451,
    "Sarcoma": 0.0542, "SCLC": -0.0033,
}  # fmt: skip


def loris_logit(arrays: CohortArrays) -> FloatArray:
    """(n,) the published linear score S (probability = 1 / (1 + exp(-S))), NaN where an input is missing.

    Not calibrated: balanced class weights push its mean to 0.44-0.47 where 25-29 % respond.
    """
    number = arrays.numbers
    if any(name not in number for name in NEEDS if name != "tumor_type"):
        return np.full(len(arrays), np.nan)
    types = arrays.categories.get("tumor_type", [None] * len(arrays))
    term = np.array([np.nan if t is None else TYPE_TERMS.get(t, 0.0) for t in types])
    return np.asarray(
        0.0371 * np.minimum(number["tmb"], 50)
        - 0.8775 * number["prior_systemic_therapy"]
        + 0.5382 * number["albumin_g_dl"]
        - 0.033 * np.minimum(number["nlr"], 25)
        + 0.0049 * np.minimum(number["age_years"], 85)
        + term
        - 2.0886,
        dtype=np.float64,
    )


LUNG_NEEDS: tuple[str, ...] = ("tmb", "pdl1_tps", "prior_systemic_therapy", "albumin_g_dl", "nlr")


def lung_loris_logit(arrays: CohortArrays) -> FloatArray:
    """(n,) the published score for lung cancer with PD-L1, NaN for other tumors and missing inputs.

    Its authors fitted it on lung patients of chowell_train and chowell_test: no test of it is possible there.
    """
    number = arrays.numbers
    if any(name not in number for name in LUNG_NEEDS):
        return np.full(len(arrays), np.nan)
    types = arrays.categories.get("tumor_type", [None] * len(arrays))
    lung = np.array([tumor_group(t) == "lung" for t in types])
    score = (
        0.0353 * np.minimum(number["tmb"], 50)
        + 0.0111 * number["pdl1_tps"]
        - 0.375 * number["prior_systemic_therapy"]
        + 0.2924 * number["albumin_g_dl"]
        - 0.0103 * np.minimum(number["nlr"], 25)
        - 1.5593
    )
    return np.where(lung, score, np.nan)
