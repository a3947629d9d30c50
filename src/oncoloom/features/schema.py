"""The one feature schema: what a tumor sample is described by, whichever door it came through.

Adding a feature is one line in `FEATURES` and one module that computes it. A feature that an entry cannot
give is null, and `<name>_missing_reason` says why; it is never zero instead.
"""

from dataclasses import dataclass

import polars as pl

from oncoloom.tables import Column, TableSchema

FEATURES_VERSION = 2


@dataclass(frozen=True, slots=True)
class FeatureSpec:
    """One feature: its column, unit, legal range (inclusive) and meaning."""

    name: str
    dtype: pl.DataType
    unit: str
    description: str
    legal: tuple[float, float] | None = None
    allowed: tuple[str, ...] | None = None


_FLOAT, _INT, _FLAG = pl.Float64(), pl.Int32(), pl.Int8()

# Genes whose driver alterations are features by name: those of the demo and of the shipped models.
DRIVER_GENES: tuple[str, ...] = (
    "ALK", "APC", "ARID1A", "ATM", "BRAF", "BRCA1", "BRCA2", "CDKN2A", "DNMT3A", "EGFR", "ERBB2", "FLT3",
    "IDH1", "IDH2", "KEAP1", "KIT", "KRAS", "MET", "MLH1", "MSH2", "NF1", "NPM1", "NRAS", "PDGFRA", "PIK3CA",
    "POLE", "PTEN", "RB1", "RET", "ROS1", "SMAD4", "STK11", "TET2", "TP53",
)  # fmt: skip

# Causes of mutation that are features by name; which signatures show them: `signatures.steps.CAUSES`.
SIGNATURE_CAUSES: dict[str, str] = {
    "aging": "aging",
    "apobec": "APOBEC enzymes",
    "hr_deficiency": "deficient homologous recombination",
    "tobacco": "tobacco",
    "uv": "ultraviolet light",
    "mismatch_repair": "deficient mismatch repair",
    "polymerase": "a deficient polymerase",
    "platinum": "platinum drugs",
    "temozolomide": "temozolomide",
}

FEATURES: tuple[FeatureSpec, ...] = (
    FeatureSpec("tmb", _FLOAT, "mutations per callable Mb", "Non-synonymous coding mutations", (0, 1000)),
    FeatureSpec("tmb_lower", _FLOAT, "mutations per callable Mb", "Lower 95 % Poisson limit of tmb", (0, 1000)),
    FeatureSpec("tmb_upper", _FLOAT, "mutations per callable Mb", "Upper 95 % Poisson limit of tmb", (0, 10000)),
    FeatureSpec("tmb_all_coding", _FLOAT, "mutations per callable Mb", "All coding mutations", (0, 2000)),
    FeatureSpec("tmb_all_coding_lower", _FLOAT, "mutations per callable Mb", "Lower 95 % Poisson limit of tmb_all_coding", (0, 2000)),
    FeatureSpec("tmb_all_coding_upper", _FLOAT, "mutations per callable Mb", "Upper 95 % Poisson limit of tmb_all_coding", (0, 20000)),
    FeatureSpec("tmb_probability_high", _FLOAT, "probability", "Probability that the true rate is above features.tmb_high_cutoff", (0, 1)),
    FeatureSpec("tmb_level", pl.String(), "", "tmb against the cutoff, as sure as its size allows", None, ("low", "indeterminate", "high", "hypermutated")),
    FeatureSpec("tmb_harmonized", _FLOAT, "mutations per Mb", "Burden on an exome's scale: tmb itself, or a panel's by its calibration", (0, 2000)),
    FeatureSpec("tmb_harmonized_lower", _FLOAT, "mutations per Mb", "Lower 95 % limit of tmb_harmonized, panel and calibration", (0, 2000)),
    FeatureSpec("tmb_harmonized_upper", _FLOAT, "mutations per Mb", "Upper 95 % limit of tmb_harmonized, panel and calibration", (0, 20000)),
    FeatureSpec("n_somatic", _INT, "variants", "Somatic variants that passed all filters", (0, 10_000_000)),
    FeatureSpec("n_nonsynonymous", _INT, "variants", "Non-synonymous coding somatic variants", (0, 1_000_000)),
    FeatureSpec("btmb", _INT, "variants", "Blood TMB: variants of a cell-free panel, drivers left out", (0, 10_000)),
    FeatureSpec("max_somatic_af", _FLOAT, "fraction", "Highest somatic allele fraction", (0, 1)),
    FeatureSpec("msi_score", _FLOAT, "fraction", "Unstable share of assessable microsatellites", (0, 1)),
    FeatureSpec("msi_score_lower", _FLOAT, "fraction", "Lower 95 % Wilson limit of msi_score", (0, 1)),
    FeatureSpec("msi_score_upper", _FLOAT, "fraction", "Upper 95 % Wilson limit of msi_score", (0, 1)),
    FeatureSpec("msi_shift_spread", _FLOAT, "squared standard errors", "Mean squared shift of repeat lengths around their median, at most 50 a locus", (0, 50)),
    FeatureSpec("msi_n_loci", _INT, "loci", "Microsatellites that could be assessed", (0, 10_000_000)),
    FeatureSpec("msi_status", pl.String(), "", "Microsatellite state", None, ("MSI-H", "MSS", "indeterminate")),
    FeatureSpec("n_sbs", _INT, "mutations", "Somatic single-base substitutions with a trinucleotide", (0, 10_000_000)),
    FeatureSpec("signature_state", pl.String(), "", "How signatures were told: by the mutations, or by the prior below 200 of them", None, ("measured", "prior-led")),
    *(
        FeatureSpec(f"signature_{cause}", _FLOAT, "fraction", f"Share of substitutions by signatures of {meaning}", (0, 1))
        for cause, meaning in SIGNATURE_CAUSES.items()
    ),
    FeatureSpec("indel_microhomology", _FLOAT, "fraction", "Deletions with microhomology among the indels", (0, 1)),
    FeatureSpec("purity", _FLOAT, "fraction", "Tumor cells among all cells", (0, 1)),
    FeatureSpec("purity_lower", _FLOAT, "fraction", "Lower 95 % limit of purity", (0, 1)),
    FeatureSpec("purity_upper", _FLOAT, "fraction", "Upper 95 % limit of purity", (0, 1)),
    FeatureSpec("purity_method", pl.String(), "", "What the purity was told by", None, ("copy number", "allele fractions")),
    FeatureSpec("ploidy", _FLOAT, "copies", "Mean copies of the tumor genome", (0.5, 10)),
    FeatureSpec("ploidy_lower", _FLOAT, "copies", "Lower 95 % limit of ploidy", (0.5, 10)),
    FeatureSpec("ploidy_upper", _FLOAT, "copies", "Upper 95 % limit of ploidy", (0.5, 10)),
    FeatureSpec("genome_doubled", _FLAG, "0/1", "Two or more major copies on over half of the autosomes", (0, 1)),
    FeatureSpec("fraction_genome_altered", _FLOAT, "fraction", "Genome with copies unlike the main level", (0, 1)),
    FeatureSpec("fraction_genome_loh", _FLOAT, "fraction", "Autosomes without one parent's allele", (0, 1)),
    FeatureSpec("hrd_sum", _INT, "events", "LOH + telomeric imbalance + large-scale transitions", (0, 1000)),
    FeatureSpec("hrd_sum_lower", _INT, "events", "Least hrd_sum of the solutions that fit (95 %)", (0, 1000)),
    FeatureSpec("hrd_sum_upper", _INT, "events", "Largest hrd_sum of the solutions that fit (95 %)", (0, 1000)),
    FeatureSpec("hrd_loh", _INT, "events", "HRD-LOH", (0, 500)),
    FeatureSpec("hrd_ntai", _INT, "events", "Telomeric allelic imbalances", (0, 500)),
    FeatureSpec("hrd_lst", _INT, "events", "Large-scale transitions", (0, 500)),
    FeatureSpec("brca1_biallelic", _FLAG, "0/1", "Both copies of BRCA1 are lost", (0, 1)),
    FeatureSpec("brca2_biallelic", _FLAG, "0/1", "Both copies of BRCA2 are lost", (0, 1)),
    FeatureSpec("hla_loh", _FLAG, "0/1", "Loss of heterozygosity of HLA class I", (0, 1)),
    FeatureSpec("hla_evolutionary_divergence", _FLOAT, "", "Mean HLA-I evolutionary divergence (HED)", (0, 30)),
    *(
        FeatureSpec(f"driver_{gene}", _FLAG, "0/1", f"A driver alteration of {gene} was found", (0, 1))
        for gene in DRIVER_GENES
    ),
)  # fmt: skip

FEATURE_NAMES: tuple[str, ...] = tuple(spec.name for spec in FEATURES)


def missing_reason_column(feature: str) -> str:
    """Name of the column that says why `feature` is null."""
    return f"{feature}_missing_reason"


def feature_columns() -> tuple[Column, ...]:
    """Each feature's column followed by its missing-reason column, in registry order."""
    columns: list[Column] = []
    for spec in FEATURES:
        columns.append(
            Column(
                spec.name,
                spec.dtype,
                spec.description,
                spec.unit,
                nullable=True,
                legal=spec.legal,
                allowed=spec.allowed,
            )
        )
        columns.append(
            Column(missing_reason_column(spec.name), pl.String(), f"Why {spec.name} is null", nullable=True)
        )
    return tuple(columns)


FEATURES_TABLE = TableSchema(
    name="features",
    version=FEATURES_VERSION,
    description="One row per tumor sample: every feature with the reason where it is null.",
    columns=(
        Column("patient_id", pl.String(), "Patient, as in the sheet or its pseudonym"),
        Column("sample_id", pl.String(), "Tumor sample"),
        Column("entry", pl.String(), "Door it came through", allowed=("reads", "vcf", "cohort")),
        Column("assay", pl.String(), "Kind of assay", allowed=("wgs", "exome", "panel", "unknown")),
        *feature_columns(),
    ),
    sort_by=("patient_id", "sample_id"),
)
