"""Fusions, exon skipping, promoters, expression: what this assay, and which imported file, could have shown.

A fusion breaks in an intron. A design that holds coding bases alone cannot show it, however deep; one that
holds the introns can, but only where somebody called rearrangements. Messenger RNA shows it without introns.
"""

from dataclasses import dataclass, field

import polars as pl

from oncoloom.features.intervals import Interval, IntervalSet
from oncoloom.reference_data.breakpoint_introns import breakpoint_introns
from oncoloom.reference_data.gene_models import GeneModels
from oncoloom.reference_data.noncoding import noncoding_hotspots

Verdict = tuple[str, str | None, float | None]  # state, cause, covered fraction
MIN_INTRON_FRACTION = 0.8  # introns hold repeats that no read maps to; below it a breakpoint may hide
_SKIPPED_GENE, _SKIPPED_EXON = "MET", 14
_SPLICE_FLANK_BP = 20  # acceptor's polypyrimidine tract; deletions of MET's reach that far (Frampton 2015)


@dataclass(frozen=True, slots=True)
class Rearrangements:
    """Places and imported files that the verdicts rest on.

    Attributes
    ----------
    introns, exon_14, promoters
        Gene to the intervals whose coverage decides; empty where the gene models lack them.
    fusions, expression
        Imported tables, None where none was given.
    fusion_material
        What the fusions were called from, rna or dna: a table without rows is a finding, too.
    """

    introns: dict[str, list[Interval]] = field(default_factory=dict)
    exon_14: list[Interval] = field(default_factory=list)
    promoters: dict[str, list[Interval]] = field(default_factory=dict)
    fusions: pl.DataFrame | None = None
    fusion_material: str | None = None
    expression: pl.DataFrame | None = None


def places_of(models: GeneModels | None, build: str | None) -> Rearrangements:
    """The places that decide, by gene models and build; without either, none."""
    introns: dict[str, list[Interval]] = {}
    exon_14: list[Interval] = []
    if models is not None:
        chosen = models.chosen()
        for gene, listed in breakpoint_introns().items():
            if gene in chosen:
                introns[gene] = listed.intervals(chosen[gene])
        one = chosen.get(_SKIPPED_GENE)
        if one is not None and len(one.exons) >= _SKIPPED_EXON:
            exons = one.exons if one.strand == "+" else one.exons[::-1]
            start, end = exons[_SKIPPED_EXON - 1]
            exon_14 = [
                (one.contig, start - _SPLICE_FLANK_BP, start + 2),
                (one.contig, end - 2, end + _SPLICE_FLANK_BP),
            ]
    promoters: dict[str, list[Interval]] = {}
    for spot in noncoding_hotspots():
        if spot.build == build:
            place = (spot.contig, spot.pos - 1, spot.pos - 1 + len(spot.ref))
            promoters.setdefault(spot.gene, []).append(place)
    return Rearrangements(introns, exon_14, promoters)


def fusion_verdict(gene: str, places: Rearrangements, regions: IntervalSet | None) -> Verdict:
    """The fusion row of a gene."""
    covered = share(places.introns.get(gene, []), regions)
    table = places.fusions
    if table is None:
        return "not tested", _no_file(gene, covered), covered
    partners = (pl.col("gene_5prime") == gene) | (pl.col("gene_3prime") == gene)
    of_gene = table.filter(partners.fill_null(value=False))
    if of_gene["driver_rule"].is_not_null().any():
        return "detected", None, covered
    aside = f"{of_gene.height} calls that no rule makes a driver" if of_gene.height else None
    if places.fusion_material == "rna":
        return "not detected", aside, covered
    if gene not in breakpoint_introns():
        return "not assessable", "DNA calls: where these fusions break is not listed", covered
    if covered is None:
        return "not assessable", "DNA calls: where the assay had enough depth is unknown", None
    if covered < MIN_INTRON_FRACTION:
        cause = "the introns where these fusions break are not covered enough: a breakpoint may hide"
        return "not assessable", cause, covered
    return "not detected", aside, covered


def _no_file(gene: str, covered: float | None) -> str:
    """The cause, alike for genes with the same answer: a report tells them in one line."""
    if gene not in breakpoint_introns() or covered is None:
        return "no fusion file"
    if covered >= MIN_INTRON_FRACTION:
        return "no fusion file, though the introns where these fusions break are covered"
    return (
        "no fusion file, and the introns where these fusions break are not covered: no breakpoint would show"
    )


def _percent(share_covered: float) -> str:
    return f"{100 * share_covered:.0f} %"


def skipping_verdict(
    gene: str, places: Rearrangements, regions: IntervalSet | None, *, detected: bool
) -> Verdict:
    """The exon-skipping row: of MET by the DNA beside exon 14; of others nothing is known without RNA."""
    if gene != _SKIPPED_GENE:
        return "not tested", "no RNA data", None
    covered = share(places.exon_14, regions)
    if detected:
        return "detected", None, covered
    if not places.exon_14:
        return "not tested", "no gene model of MET with exon 14", None
    if covered is None:
        return "not assessable", "where the assay had enough depth is unknown", None
    if covered < 1:
        return (
            "not assessable",
            f"{_percent(covered)} of the {_SPLICE_FLANK_BP} bp beside exon 14 has enough depth",
            covered,
        )
    return "not detected", None, covered


def promoter_verdict(
    gene: str, places: Rearrangements, regions: IntervalSet | None, *, detected: bool
) -> Verdict:
    """The promoter row of a gene with known promoter hotspots."""
    spots = places.promoters.get(gene, [])
    if detected:
        return "detected", None, None
    if not spots:
        return "not assessable", "the reference is no whole human genome of a known build", None
    covered = share(spots, regions)
    if covered is None:
        return "not assessable", "where the assay had enough depth is unknown", None
    if covered < 1:
        return (
            "not assessable",
            f"{_percent(covered)} of the known promoter positions have enough depth",
            covered,
        )
    return "not detected", None, covered


def expression_verdict(gene: str, places: Rearrangements) -> Verdict:
    """The expression row: measured or not; what is high only a reference cohort would tell."""
    if places.expression is None:
        return "not tested", "no RNA data", None
    found = places.expression.filter(pl.col("gene") == gene)["tpm"].to_list()
    if not found:
        return "not assessable", "the gene is not in the expression table", None
    return "not assessable", f"{found[0]:.3g} TPM; no reference cohort tells what is high", None


def share(places: list[Interval], regions: IntervalSet | None) -> float | None:
    """Share of the bases that are callable; None where places or regions are unknown."""
    total = sum(end - start for _, start, end in places)
    return None if regions is None or not total else regions.shared(places) / total
