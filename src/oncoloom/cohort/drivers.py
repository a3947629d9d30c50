"""Which variants of a MAF are driver alterations, by gene role and known hotspot."""

from functools import cache

import polars as pl

from oncoloom.reference_data.consequence_terms import TRUNCATING
from oncoloom.reference_data.embedded import read_rows
from oncoloom.reference_data.protein_change import parse_protein_change


@cache
def _roles() -> tuple[frozenset[str], frozenset[str]]:
    """(oncogenes, tumor suppressors)."""
    roles = {row["gene"]: row for row in read_rows("driver_genes", "driver_genes.tsv.gz")}
    roles |= {row["gene"]: row for row in read_rows("driver_genes", "supplement.tsv")}
    return (
        frozenset(gene for gene, row in roles.items() if row["oncogene"] == "1"),
        frozenset(gene for gene, row in roles.items() if row["tumor_suppressor"] == "1"),
    )


@cache
def _hotspots() -> dict[tuple[str, int], frozenset[str]]:
    out: dict[tuple[str, int], frozenset[str]] = {}
    for row in read_rows("hotspots", "cancer_hotspots.tsv.gz"):
        if row["type"] == "single_residue":
            out[(row["gene"], int(row["first_residue"]))] = frozenset(row["changes"].split("|"))
    return out


def mark_drivers(variants: pl.DataFrame) -> pl.DataFrame:
    """The variants with `driver`, `driver_rule` and `hotspot` filled."""
    rows = [
        _rule(*row) for row in variants.select("gene", "consequence", "hgvs_p_short", "origin").iter_rows()
    ]
    return variants.with_columns(
        pl.Series("driver", [rule is not None for rule, _ in rows], dtype=pl.Boolean()),
        pl.Series("driver_rule", [rule for rule, _ in rows], dtype=pl.String()),
        pl.Series("hotspot", [hotspot for _, hotspot in rows], dtype=pl.String()),
    )


def _rule(
    gene: str | None, consequence: str | None, change: str | None, origin: str
) -> tuple[str | None, str | None]:
    if gene is None or origin == "germline":
        return None, None
    parsed = parse_protein_change(change) if change else None
    if parsed is not None and parsed.position is not None and parsed.kind == "missense":
        seen = _hotspots().get((gene, parsed.position))
        if seen is not None:
            rule = "hotspot_same_change" if parsed.alternative in seen else "hotspot_same_residue"
            return rule, f"{gene} {parsed.reference}{parsed.position}"
    if gene in _roles()[1] and consequence in TRUNCATING:
        return "tumor_suppressor_truncated", None
    return None, None
