"""Whether both copies of a gene are hit, and cautions that stand beside a driver."""

from collections.abc import Callable
from typing import Any

from oncoloom.reference_data.drivers import gene_roles, hematopoiesis_genes

TWO_HITS_UNPHASED = "two hits, phase unknown"
HEMATOPOIESIS = "may come from clonal hematopoiesis: no normal sample tells"


def mark_biallelic(rows: list[dict[str, Any]], minor_copies: Callable[[dict[str, Any]], int | None]) -> None:
    """Set `biallelic` and `labels` of driver rows of tumor suppressors, in place.

    A suppressor is hit twice where the other allele is lost (minor copies 0) at the variant, or two drivers
    of the gene lie on opposite haplotypes. Two drivers of unknown phase are a label, not a finding. Null
    where copies by allele are not known.

    Parameters
    ----------
    rows
        Rows of the `variants` table; `haplotype` (phase set, copy) where the caller phased.
    minor_copies
        Copies of the lesser allele where a row lies; None where they are unknown or subclonal.
    """
    hits: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        role = gene_roles().get(row.get("gene") or "")
        if row["driver"] and role is not None and role.tumor_suppressor:
            hits.setdefault(row["gene"], []).append(row)
    for found in hits.values():
        trans = _in_trans(found)
        for row in found:
            minor = minor_copies(row)
            if trans or minor == 0:
                row["biallelic"] = True
            elif len(found) > 1:
                add_label(row, TWO_HITS_UNPHASED)
            elif minor is not None:
                row["biallelic"] = False


def label_hematopoiesis(rows: list[dict[str, Any]], *, paired: bool) -> None:
    """Label drivers of hematopoiesis genes where no normal sample tells tumor from blood, in place."""
    if paired:
        return
    for row in rows:
        if row["driver"] and row["gene"] in hematopoiesis_genes():
            add_label(row, HEMATOPOIESIS)


def add_label(row: dict[str, Any], label: str) -> None:
    """Add a caution to a row's `labels`."""
    row["labels"] = label if not row.get("labels") else f"{row['labels']};{label}"


def _in_trans(rows: list[dict[str, Any]]) -> bool:
    """Whether two rows lie on opposite copies of one phase set."""
    seen = {one for row in rows if (one := row.get("haplotype")) is not None}
    return any((phase_set, 1 - copy) in seen for phase_set, copy in seen)
