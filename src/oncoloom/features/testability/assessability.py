"""What was tested: gene × alteration class, with the reason where nothing can be said.

"Not detected" is only claimed where the assay and an enabled method could have seen the alteration.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from oncoloom.calling.detection import detection_limit
from oncoloom.features.contracts import ASSESSABILITY_TABLE
from oncoloom.features.copy_number.gene_calls import GeneCopies
from oncoloom.features.intervals import IntervalSet
from oncoloom.features.schema import DRIVER_GENES
from oncoloom.features.testability.rearrangements import (
    Rearrangements,
    Verdict,
    expression_verdict,
    fusion_verdict,
    promoter_verdict,
    skipping_verdict,
)

# The genes with driver features, and those that therapies ask about by fusion or rearrangement.
PROMOTER_GENES = frozenset({"TERT"})  # those of resources/hotspots/noncoding.tsv; a test holds them equal
ASSESSED_GENES: tuple[str, ...] = tuple(
    sorted({*DRIVER_GENES, *PROMOTER_GENES, "FGFR2", "FGFR3", "NRG1", "NTRK1", "NTRK2", "NTRK3"})
)
MIN_ALT_FRAGMENTS = 3  # fragments with the allele that a call needs at least


@dataclass(frozen=True, slots=True)
class AssayView:
    """What one sample's data can show.

    Attributes
    ----------
    coding
        Gene to coding intervals of its chosen transcript; None without gene models.
    callable_regions
        Intervals with enough depth; None where they are unknown (VCF door).
    depth_of
        Median tumor depth (fragments) over a gene's coding exons, None where unknown.
    copies
        Copy level of genes; None where copy number could not be judged, for `copies_reason`.
    blind_to
        Copy class to the reason why it would not show in this tumor ("amplification", "deep deletion").
    hidden
        Gene to the reason why a driver of it may hide among filtered calls.
    rearrangements
        Where fusions, exon skipping and promoter changes would show, and imported files.
    """

    coding: dict[str, list[tuple[str, int, int]]] | None
    callable_regions: IntervalSet | None
    depth_of: Callable[[str], float | None]
    copies: dict[str, GeneCopies] | None
    copies_reason: str
    blind_to: dict[str, str]
    hidden: dict[str, str]
    min_covered_fraction: float
    min_af: float
    rearrangements: Rearrangements = field(default_factory=Rearrangements)


def assess_genes(
    view: AssayView, drivers: dict[str, set[str]], *, patient_id: str, sample_id: str
) -> pl.DataFrame:
    """The `assessability` table of a sample.

    Parameters
    ----------
    drivers
        Gene to the classes in which a driver was found ("small variant", "amplification", "deep deletion",
        "exon skipping", "promoter").
    """
    rows: list[dict[str, Any]] = []
    for gene in ASSESSED_GENES:
        found = drivers.get(gene, set())
        covered = covered_fraction(view, gene)
        verdicts: dict[str, tuple[str, str | None, float | None]] = {
            "small variant": _small_variant(view, gene, covered, detected="small variant" in found),
            "amplification": _copy_class(view, gene, "amplification", detected="amplification" in found),
            "deep deletion": _copy_class(view, gene, "deep deletion", detected="deep deletion" in found),
        }
        shares = {"small variant": covered}
        for name, (state, cause, share) in _rearranged(view, gene, found).items():
            verdicts[name], shares[name] = (state, cause, None), share
        for name, (state, cause, limit) in verdicts.items():
            rows.append(
                {
                    "patient_id": patient_id,
                    "sample_id": sample_id,
                    "gene": gene,
                    "alteration_class": name,
                    "state": state,
                    "cause": cause,
                    "covered_fraction": shares.get(name),
                    "detection_limit_af": limit,
                }
            )
    return pl.DataFrame(rows, schema=ASSESSABILITY_TABLE.polars_schema())


def _rearranged(view: AssayView, gene: str, found: set[str]) -> dict[str, Verdict]:
    """Classes that other places than the coding sequence decide: state, cause, covered fraction."""
    places, regions = view.rearrangements, view.callable_regions
    verdicts = {
        "fusion": fusion_verdict(gene, places, regions),
        "exon skipping": skipping_verdict(gene, places, regions, detected="exon skipping" in found),
        "expression": expression_verdict(gene, places),
    }
    if gene in PROMOTER_GENES:
        verdicts["promoter"] = promoter_verdict(gene, places, regions, detected="promoter" in found)
    return verdicts


def covered_fraction(view: AssayView, gene: str) -> float | None:
    """Share of a gene's coding bases that are callable; None where that cannot be known."""
    if view.coding is None or view.callable_regions is None or gene not in view.coding:
        return None
    parts = view.coding[gene]
    total = sum(end - start for _, start, end in parts)
    return view.callable_regions.shared(parts) / total if total else None


def missing_model_cause(view: AssayView, gene: str) -> str | None:
    """Why nothing can be said about a gene, before any depth is looked at; None where a model is there."""
    if view.coding is None:
        return "no gene models for this reference"
    if gene not in view.coding:
        return "no coding transcript in the gene models"
    return None


def _small_variant(
    view: AssayView, gene: str, covered: float | None, *, detected: bool
) -> tuple[str, str | None, float | None]:
    cause = missing_model_cause(view, gene)
    if cause is None and view.callable_regions is None:
        cause = "only a VCF was given: where the assay had enough depth is unknown"
    depth = view.depth_of(gene) if cause is None else None
    limit = detection_limit(depth, MIN_ALT_FRAGMENTS, min_af=view.min_af) if depth is not None else None
    if cause is None and covered is not None and covered < view.min_covered_fraction:
        cause = (
            f"{100 * covered:.0f} % of the coding bases have enough depth; "
            f"{100 * view.min_covered_fraction:.0f} % are needed"
        )
    cause = cause or view.hidden.get(gene)
    if detected:
        return "detected", None, limit
    return ("not detected", None, limit) if cause is None else ("not assessable", cause, limit)


def _copy_class(
    view: AssayView, gene: str, name: str, *, detected: bool
) -> tuple[str, str | None, float | None]:
    if detected:
        return "detected", None, None
    cause = missing_model_cause(view, gene)
    if cause is None and view.copies is None:
        cause = view.copies_reason
    if cause is None and view.copies is not None:
        copies = view.copies.get(gene)
        if copies is None or not copies.assessable:
            n = 0 if copies is None else copies.n_bins
            cause = f"{n} coverage bins over the gene; 2 are needed"
    cause = cause or view.blind_to.get(name)
    return ("not detected", None, None) if cause is None else ("not assessable", cause, None)
