"""How each known column becomes model input: caps, logarithms, categories.

Which of them are used where nothing is declared: `feature_tiers`. Adding a rule is one line in `RULES`.
"""

from dataclasses import dataclass
from typing import Literal

from oncoloom.features.schema import SIGNATURE_CAUSES

Kind = Literal["number", "log", "log1p", "flag", "category", "pdl1"]


@dataclass(frozen=True, slots=True)
class FeatureRule:
    """One column's transform.

    `low`, `high` clip the raw value before the transform; `penalty` multiplies the ridge penalty of its
    coefficients; `missing_flag` adds a 0/1 column that says the value was missing (only where missing is a
    property of the assay, not of the calendar).
    """

    source: str
    kind: Kind
    low: float | None = None
    high: float | None = None
    penalty: float = 1.0
    missing_flag: bool = False


RULES: tuple[FeatureRule, ...] = (
    FeatureRule("tmb", "number", 0, 50),
    FeatureRule("prior_systemic_therapy", "flag"),
    FeatureRule("albumin_g_dl", "number", 2, 5),
    FeatureRule("nlr", "number", 0, 25),
    FeatureRule("age_years", "number", 0, 85),
    FeatureRule("tumor_type", "category"),
    FeatureRule("pdl1_tps", "pdl1", 0, 100, penalty=0.2),
    FeatureRule("pdl1_stratum", "category"),
    FeatureRule("ecog", "number", 0, 4),
    FeatureRule("prior_lines", "number", 0, 8),
    FeatureRule("sex", "category"),
    FeatureRule("stage_iv", "flag"),
    FeatureRule("histology", "category"),
    FeatureRule("smoking", "category"),
    FeatureRule("pack_years", "number", 0, 150),
    FeatureRule("hemoglobin_g_dl", "number", 6, 18),
    FeatureRule("platelets_10e9_l", "log", 20, 1500),
    FeatureRule("bmi", "number", 14, 50),
    FeatureRule("sum_longest_diameters_mm", "log", 5, 400, missing_flag=True),
    FeatureRule("metastatic_sites", "number", 0, 10),
    FeatureRule("btmb", "log1p", 0, 200, missing_flag=True),
    FeatureRule("max_somatic_af", "log", 0.001, 1, missing_flag=True),
    FeatureRule("msi_score", "number", 0, 1),
    FeatureRule("msi_status", "category"),
    FeatureRule("fraction_genome_altered", "number", 0, 1),
    FeatureRule("fraction_genome_loh", "number", 0, 1),
    FeatureRule("genome_doubled", "flag"),
    FeatureRule("hrd_sum", "number", 0, 100),
    FeatureRule("brca1_biallelic", "flag"),
    FeatureRule("brca2_biallelic", "flag"),
    *(FeatureRule(f"signature_{cause}", "number", 0, 1) for cause in SIGNATURE_CAUSES),
    FeatureRule("indel_microhomology", "number", 0, 1),
    FeatureRule("hla_loh", "flag"),
    FeatureRule("hla_evolutionary_divergence", "number", 0, 20),
    FeatureRule("purity", "number", 0, 1),
)
RULE_BY_SOURCE: dict[str, FeatureRule] = {rule.source: rule for rule in RULES}

# The six features of the published pan-cancer score and PD-L1: a declaration, not a selection.
ICB_CORE: tuple[str, ...] = (
    "tmb", "prior_systemic_therapy", "albumin_g_dl", "nlr", "age_years", "tumor_type", "pdl1_tps",
)  # fmt: skip
# Two of these missing in a patient: too little is known (measured: AUC falls to 0.64-0.74).
ICB_ESSENTIAL: tuple[str, ...] = ("tmb", "albumin_g_dl", "prior_systemic_therapy", "tumor_type")

DRIVER_PREFIX = "driver_"


def open_rule(source: str, *, category: bool) -> FeatureRule:
    """The rule of a covariate of a cohort's own: no caps are known, inputs are held within 5 spreads."""
    return FeatureRule(source, "category" if category else "number")


def rule_of(source: str) -> FeatureRule | None:
    """The rule of a column, None where oncoloom has none (an identifier, an outcome, a cohort's own)."""
    if source.startswith(DRIVER_PREFIX) and not source.endswith("_missing_reason"):
        return FeatureRule(source, "flag")
    return RULE_BY_SOURCE.get(source)


def tumor_group(tumor_type: str | None) -> str | None:
    """melanoma, lung (non-small-cell) or other: the coarse groups a rare or unseen type falls back to."""
    if tumor_type is None:
        return None
    text = tumor_type.strip().lower()
    if "melanoma" in text or text in {"mel", "skcm", "cskm"}:
        return "melanoma"
    lung = {
        "nsclc",
        "luad",
        "lusc",
        "lung",
        "lung cancer",
        "lung adenocarcinoma",
        "lung squamous cell carcinoma",
    }
    if text in lung or "non-small" in text or "non small" in text:
        return "lung"
    return "other"
