"""Which genes have a driver, by the class of the alteration."""

from collections.abc import Mapping

import polars as pl

from oncoloom.features.copy_number.gene_calls import GeneCopies
from oncoloom.features.drivers.copies import judge_copies
from oncoloom.reference_data.noncoding import PROMOTER_RULE

_SKIPPED_GENE, _SPLICE_RULE = "MET", "hotspot_splice_site"


def drivers_by_class(
    variants: pl.DataFrame, copies: Mapping[str, GeneCopies], fusions: pl.DataFrame | None
) -> dict[str, set[str]]:
    """Gene to the alteration classes in which a driver was found.

    Parameters
    ----------
    variants
        The `variants` table.
    copies
        Gene to its copy level; empty where copy number could not be judged.
    fusions
        The imported `fusions` table, None without one.
    """
    found: dict[str, set[str]] = {}
    for gene, rule in variants.filter(pl.col("driver")).select("gene", "driver_rule").iter_rows():
        kind = class_of_variant(gene, rule)
        kinds = found.setdefault(gene, set())
        kinds |= {kind, "small variant"} if kind == "exon skipping" else {kind}
    for gene, level in copies.items():
        if judge_copies(level) is not None:
            found.setdefault(gene, set()).add(level.state)
    if fusions is not None:
        for gene in fusions["driver_gene"].drop_nulls().to_list():
            found.setdefault(gene, set()).add("fusion")
    return found


def class_of_variant(gene: str, rule: str) -> str:
    """Class of a driver variant: promoter, exon skipping (MET exon 14), else small variant."""
    if rule == PROMOTER_RULE:
        return "promoter"
    return "exon skipping" if gene == _SKIPPED_GENE and rule == _SPLICE_RULE else "small variant"
