"""What the assay changes in each feature: what a model may compare between a panel, an exome and a genome.

Each line names the features (by prefix) and says it for the three kinds of assay. `comparable` is how figures
of two assays may be used side by side:

*yes*: the same quantity, with an interval as wide as the assay allows. *calibrated*: after a calibration,
else null. *within*: only within one assay (a count that grows with what was looked at).
"""

from dataclasses import dataclass
from typing import Literal

Comparable = Literal["yes", "calibrated", "within"]


@dataclass(frozen=True, slots=True)
class AssayEffect:
    """Features whose names begin with one of `prefixes`; what panel, exome and genome make of them."""

    prefixes: tuple[str, ...]
    comparable: Comparable
    panel: str
    exome: str
    genome: str


EFFECTS: tuple[AssayEffect, ...] = (
    AssayEffect(
        ("tmb_harmonized",),
        "calibrated",
        "synonymous in, drivers and population variants out, times the fitted factor; null without one",
        "tmb itself",
        "tmb itself: coding sequence only",
    ),
    AssayEffect(
        ("tmb",),
        "within",
        "biased up by the choice of genes; null below 0.67 Mb; wide interval",
        "the reference",
        "coding sequence only, so that it compares with an exome",
    ),
    AssayEffect(
        ("n_somatic", "n_nonsynonymous", "n_sbs"),
        "within",
        "counts of the design's bases",
        "counts of exons and their flanks",
        "counts of the genome (n_nonsynonymous: as an exome)",
    ),
    AssayEffect(("btmb",), "within", "cell-free panels only", "null", "null"),
    AssayEffect(
        ("max_somatic_af",),
        "yes",
        "highest of few variants: low when none of them is clonal",
        "highest of many",
        "highest of very many, at low depth: biased up by chance",
    ),
    AssayEffect(
        ("msi_",),
        "yes",
        "30 to 100 loci: mostly indeterminate unless unstable, null below 30",
        "loci at the edges of introns",
        "5,000 loci at most, evenly thinned",
    ),
    AssayEffect(
        ("signature_", "indel_microhomology"),
        "yes",
        "opportunities of the design; mostly null (under 50 mutations), then prior-led",
        "opportunities of the exome; prior-led below 200 mutations",
        "as is",
    ),
    AssayEffect(
        ("purity", "ploidy", "genome_doubled"),
        "yes",
        "few heterozygous sites: often null or ambiguous; off-target bins tell levels, no alleles",
        "waves of depth: wider intervals",
        "the reference",
    ),
    AssayEffect(
        ("fraction_genome_",),
        "within",
        "altered: by off-target bins, blind below some Mb, null without them; loh: null without sites",
        "bins and gaps of at most 1 Mb between them; null under half of the genome",
        "the reference",
    ),
    AssayEffect(
        ("hrd_",),
        "yes",
        "null without a backbone of heterozygous sites",
        "wider interval",
        "the reference",
    ),
    AssayEffect(
        ("brca1_biallelic", "brca2_biallelic"),
        "yes",
        "needs the gene's exons, and copies of both alleles by sites there: else null",
        "as a panel with the gene",
        "as a panel with the gene; deep deletions seen best",
    ),
    AssayEffect(
        ("hla_",),
        "yes",
        "null: HLA types are not called",
        "null: HLA types are not called",
        "null: HLA types are not called",
    ),
    AssayEffect(
        ("driver_",),
        "yes",
        "null for genes outside the design; fusion genes null unless introns or a fusion file tell",
        "fusion genes null without a fusion file: introns are not covered",
        "fusion genes null without a fusion file: this caller calls none",
    ),
)


def effect_of(feature: str) -> AssayEffect:
    """The line of a feature.

    Raises
    ------
    KeyError
        If no line names it.
    """
    for one in EFFECTS:
        if feature.startswith(one.prefixes):
            return one
    raise KeyError(feature)
