"""What a tumor of each type tends to look like: the generative model's declared frequencies.

Round figures of the order of published series, chosen for a demo and not fitted to anything.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TumorType:
    """One tumor type.

    Attributes
    ----------
    share
        Of the simulated cohort.
    median_tmb
        Mutations per Mb of the microsatellite-stable ones.
    median_hrd
        Sum of genomic scars.
    pdl1_negative
        Share with PD-L1 below 1 %.
    msi_high
        Share with mismatch repair deficiency.
    drivers
        Gene to the share with a driver alteration.
    """

    code: str
    name: str
    share: float
    female: float
    mean_age: float
    smoker: float
    median_tmb: float
    median_hrd: float
    pdl1_negative: float
    msi_high: float
    drivers: dict[str, float]


TUMOR_TYPES: tuple[TumorType, ...] = (
    TumorType("LUAD", "Lung Adenocarcinoma", 0.34, 0.48, 65, 0.78, 7.0, 18, 0.35, 0.01,
              {"EGFR": 0.20, "KRAS": 0.30, "TP53": 0.50, "STK11": 0.17, "BRAF": 0.04, "ERBB2": 0.03,
               "PIK3CA": 0.05}),
    TumorType("MEL", "Melanoma", 0.20, 0.42, 60, 0.35, 13.0, 12, 0.45, 0.00,
              {"BRAF": 0.48, "TP53": 0.15, "PTEN": 0.10}),
    TumorType("COAD", "Colon Adenocarcinoma", 0.16, 0.47, 63, 0.45, 5.0, 14, 0.70, 0.14,
              {"APC": 0.72, "KRAS": 0.42, "TP53": 0.58, "PIK3CA": 0.17, "BRAF": 0.09, "PTEN": 0.05}),
    TumorType("BRCA", "Invasive Breast Carcinoma", 0.10, 0.99, 57, 0.35, 2.5, 26, 0.65, 0.01,
              {"PIK3CA": 0.35, "TP53": 0.38, "ERBB2": 0.17, "BRCA1": 0.06, "BRCA2": 0.05, "PTEN": 0.05}),
    TumorType("HGSOC", "High-Grade Serous Ovarian Cancer", 0.10, 1.00, 62, 0.25, 2.5, 45, 0.70, 0.00,
              {"TP53": 0.96, "BRCA1": 0.14, "BRCA2": 0.09}),
    TumorType("UCEC", "Endometrial Carcinoma", 0.10, 1.00, 64, 0.20, 4.0, 14, 0.60, 0.27,
              {"PTEN": 0.55, "PIK3CA": 0.45, "TP53": 0.30, "KRAS": 0.18, "ERBB2": 0.05, "MLH1": 0.02}),
)  # fmt: skip

TYPE_OF_CODE: dict[str, TumorType] = {kind.code: kind for kind in TUMOR_TYPES}
PANEL_GENES: tuple[str, ...] = (
    "APC", "BRAF", "BRCA1", "BRCA2", "EGFR", "ERBB2", "KRAS", "MLH1", "PIK3CA", "PTEN", "STK11", "TP53",
)  # fmt: skip
