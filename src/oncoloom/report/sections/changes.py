"""Where the driver changes lie in their proteins, beside the residues that are recurrent in other tumors."""

from typing import Any

import polars as pl

from oncoloom.reference_data.drivers import hotspots_of
from oncoloom.reference_data.protein_change import parse_protein_change
from oncoloom.reference_data.transcript_shape import embedded_shapes
from oncoloom.report.change_model import ChangedGene, Changes, FoundChange, KnownResidue
from oncoloom.report.inputs import ReportInputs
from oncoloom.report.sections.passed import passed
from oncoloom.report.words import count

MOST_GENES = 8
SOURCE = "grey: residues recurrent in the tumors of Cancer Hotspots, the taller the more tumors"


def residue_of(protein: str | None) -> int | None:
    """First changed residue of a protein change, 1-based; None where there is none.

    Examples
    --------
    >>> residue_of("p.V600E"), residue_of("p.E746_A750del"), residue_of(None)
    (600, 746, None)
    """
    return parse_protein_change(protein).position if protein else None


def build_changes(inputs: ReportInputs) -> Changes:
    """Genes with a driver change in the protein, in the order of the findings."""
    drivers = passed(inputs.variants).filter(pl.col("driver"))
    by_gene: dict[str, list[FoundChange]] = {}
    elsewhere = 0
    for row in drivers.iter_rows(named=True):
        residue = residue_of(row["hgvs_p_short"])
        if residue is None or not row["gene"]:
            elsewhere += 1
            continue
        by_gene.setdefault(row["gene"], []).append(_found(row, residue))
    ranked = sorted(by_gene.items(), key=lambda item: (-max(one.n_tumors for one in item[1]), item[0]))
    rows = tuple(_gene(name, found) for name, found in ranked[:MOST_GENES])
    return Changes(text=_text(len(ranked), elsewhere), rows=rows)


def _found(row: dict[str, Any], residue: int) -> FoundChange:
    known = [one for one in hotspots_of(row["gene"]) if one.first <= residue <= one.last]
    return FoundChange(
        residue=residue,
        name=str(row["hgvs_p_short"]),
        n_tumors=max((one.n_tumors for one in known), default=0),
    )


def _gene(name: str, found: list[FoundChange]) -> ChangedGene:
    tumors: dict[int, int] = {}
    for one in hotspots_of(name):
        tumors[one.first] = max(tumors.get(one.first, 0), one.n_tumors)
    return ChangedGene(
        gene=name,
        length=shape.n_residues if (shape := embedded_shapes().get(name)) else None,
        known=tuple(KnownResidue(residue=at, n_tumors=n) for at, n in sorted(tumors.items())),
        found=tuple(sorted(found, key=lambda one: (one.residue, one.name))),
    )


def _text(n_genes: int, elsewhere: int) -> str:
    parts = []
    if n_genes:
        parts.append(f"{count(n_genes, 'gene')}; {SOURCE}.")
    if n_genes > MOST_GENES:
        parts.append(f"The {MOST_GENES} with the most recurrent changes are drawn.")
    if elsewhere:
        parts.append(f"{count(elsewhere, 'driver change')} outside a protein or without a place in it.")
    return " ".join(parts) or "No driver change lies in a protein."
