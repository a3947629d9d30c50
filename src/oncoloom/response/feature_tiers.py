"""Which tier each feature of the schema has for response models, and why: none is passed over in silence.

*core*: published or required. *offered*: used where nothing was declared and enough values are there.
*never*: not used unless declared (where a rule says how), because it repeats another feature or tells of the
assay. A feature of the schema without a tier fails a test. Rendered as docs/methods/feature_tiers.md.
"""

from dataclasses import dataclass
from typing import Literal

from oncoloom.features.schema import DRIVER_GENES

TierName = Literal["core", "offered", "never"]


@dataclass(frozen=True, slots=True)
class FeatureTier:
    """Features that share a tier and the reason for it."""

    tier: TierName
    reason: str
    names: tuple[str, ...]


TIERS: tuple[FeatureTier, ...] = (
    FeatureTier("core", "in the published pan-cancer score (Chang 2024)", ("tmb",)),
    FeatureTier("offered", "microsatellites: an approved marker of checkpoint inhibitors", ("msi_status",)),
    FeatureTier(
        "offered",
        "blood burden of a cell-free panel: the trial marker of atezolizumab",
        ("btmb", "max_somatic_af"),
    ),
    FeatureTier(
        "offered",
        "chromosomal disorder, whatever the purity: aneuploid tumors answer immunotherapy less",
        ("fraction_genome_altered", "fraction_genome_loh", "genome_doubled"),
    ),
    FeatureTier(
        "offered",
        "repair by homologous recombination: platinum and PARP inhibitors",
        ("hrd_sum", "brca1_biallelic", "brca2_biallelic", "signature_hr_deficiency", "indel_microhomology"),
    ),
    FeatureTier(
        "offered",
        "cause of the mutations, beside their number: neoantigens of tobacco, light, APOBEC or lost repair",
        (
            "signature_tobacco", "signature_uv", "signature_apobec", "signature_mismatch_repair",
            "signature_polymerase",
        ),
    ),
    FeatureTier(
        "offered",
        "marks of earlier treatment",
        ("signature_platinum", "signature_temozolomide"),
    ),
    FeatureTier(
        "offered",
        "presentation of neoantigens",
        ("hla_loh", "hla_evolutionary_divergence"),
    ),
    FeatureTier(
        "offered",
        "a driver that a therapy aims at, or that resists it; only where 3 % or more carry it",
        tuple(f"driver_{gene}" for gene in DRIVER_GENES),
    ),
    FeatureTier(
        "never",
        "repeats tmb",
        (
            "tmb_all_coding", "tmb_level", "tmb_probability_high", "tmb_harmonized", "n_somatic",
            "n_nonsynonymous", "n_sbs",
        ),
    ),
    FeatureTier(
        "never",
        "limit of an interval: its width is that of the assay",
        (
            "tmb_lower", "tmb_upper", "tmb_all_coding_lower", "tmb_all_coding_upper", "tmb_harmonized_lower",
            "tmb_harmonized_upper", "msi_score_lower", "msi_score_upper", "purity_lower", "purity_upper",
            "ploidy_lower", "ploidy_upper", "hrd_sum_lower", "hrd_sum_upper",
        ),
    ),
    FeatureTier(
        "never",
        "tells of the assay or the method, not of the tumor",
        ("msi_n_loci", "signature_state", "purity_method"),
    ),
    FeatureTier("never", "repeats msi_status, on each assay's own scale", ("msi_score", "msi_shift_spread")),
    FeatureTier("never", "what the other causes leave: the shares add up to one", ("signature_aging",)),
    FeatureTier("never", "sample, not tumor: changes with the biopsy", ("purity",)),
    FeatureTier("never", "repeats genome_doubled and fraction_genome_altered", ("ploidy",)),
    FeatureTier("never", "part of hrd_sum", ("hrd_loh", "hrd_ntai", "hrd_lst")),
)  # fmt: skip

TIER_OF: dict[str, FeatureTier] = {name: tier for tier in TIERS for name in tier.names}


def never_by_default(source: str) -> bool:
    """Whether a model uses this column only where it is declared: calendar and tier *never*."""
    tier = TIER_OF.get(source)
    return source == "calendar_quarter" or (tier is not None and tier.tier == "never")
