"""How often each signature is present, by tumor type: the prior of a refit, learned from other tumors."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from oncoloom.errors import InputError
from oncoloom.tables import Column, TableSchema, read_table, table_metadata, write_table

PREVALENCE_TABLE = TableSchema(
    name="signature_prevalences",
    version=1,
    description="Tumor type × signature: in how many tumors of the type it was present.",
    columns=(
        Column("tumor_type", pl.String(), "Tumor type as its source names it"),
        Column("oncotree_codes", pl.String(), "OncoTree codes of the type, joined by `,`", nullable=True),
        Column("signature", pl.String(), "Signature"),
        Column("n_tumors", pl.Int32(), "Tumors of the type", "tumors", legal=(1, 10_000_000)),
        Column("n_present", pl.Int32(), "Tumors with the signature", "tumors", legal=(0, 10_000_000)),
    ),
    sort_by=("tumor_type", "signature"),
)
_SOURCE = "prevalence_source"


@dataclass(frozen=True, slots=True)
class Prevalences:
    """Tumors and those with each signature, by tumor type; `source` says whose exposures they come from."""

    table: pl.DataFrame
    source: str

    def of_type(self, tumor_type: str | None, names: Sequence[str]) -> NDArray[np.float64]:
        """(k,) prevalence of each named signature in a type: ``(n_k + g_k) / (n + 1)``.

        g is the prevalence over the tumors of all other types; a `tumor_type` that the table lacks, or None,
        gets the prevalence over all of them. A signature that the table never names has prevalence zero.
        """
        is_own = pl.col("tumor_type") == (tumor_type or "")
        own, rest = self.table.filter(is_own), self.table.filter(~is_own)
        n_rest = int(rest.select("tumor_type", "n_tumors").unique()["n_tumors"].sum())
        elsewhere = dict(rest.group_by("signature").agg(pl.col("n_present").sum()).rows())
        g = np.array([elsewhere.get(name, 0) / n_rest if n_rest else 0.0 for name in names])
        if own.is_empty():
            return g
        present = dict(own.select("signature", "n_present").rows())
        counts = np.array([present.get(name, 0) for name in names], np.float64)
        return np.asarray((counts + g) / (own["n_tumors"].item(0) + 1))

    def type_of_code(self, code: str | None) -> str | None:
        """The type that names an OncoTree code among its own; None where none does."""
        known = self.table.filter(pl.col("oncotree_codes").is_not_null())
        for name, codes in known.select("tumor_type", "oncotree_codes").unique().sort("tumor_type").rows():
            if code in codes.split(","):
                return str(name)
        return None


def leave_one_out(present: NDArray[np.bool_], types: NDArray[np.int64]) -> NDArray[np.float64]:
    """(n, k) prevalence of each signature for each tumor, learned from the other tumors only.

    present: (n, k) which signature each tumor has; types: (n,) its tumor type. ``(n_k + g_k) / (n + 1)`` over
    the other tumors of the type, g over all other tumors.
    """
    n, k = present.shape
    if n < 2:
        raise ValueError("leaving one out needs two tumors")
    elsewhere = (present.sum(axis=0)[None] - present) / (n - 1)
    out = np.empty((n, k))
    for kind in np.unique(types):
        rows = types == kind
        counts = present[rows].sum(axis=0)[None] - present[rows]
        out[rows] = (counts + elsewhere[rows]) / rows.sum()
    return out


def count_prevalences(
    exposures: pl.DataFrame, signatures: Sequence[str], codes: dict[str, str] | None = None
) -> pl.DataFrame:
    """The prevalence table of tumors with known exposures; present = more than zero mutations.

    Parameters
    ----------
    exposures
        A row a tumor: `tumor_type`, and a column a signature with mutations.
    codes
        OncoTree codes by tumor type, joined by `,`.
    """
    long = exposures.unpivot(
        on=list(signatures), index="tumor_type", variable_name="signature", value_name="mutations"
    )
    table = long.group_by("tumor_type", "signature").agg(
        pl.len().alias("n_tumors"), (pl.col("mutations") > 0).sum().alias("n_present")
    )
    named = pl.col("tumor_type").replace_strict(codes or {}, default=None, return_dtype=pl.String)
    return table.with_columns(named.alias("oncotree_codes")).sort("tumor_type", "signature")


def write_prevalences(table: pl.DataFrame, path: Path, *, source: str) -> None:
    """Write a prevalence table; `source` names whose exposures it counts, and is kept in the file."""
    write_table(table, PREVALENCE_TABLE, path, metadata={_SOURCE: source})


def read_prevalences(path: Path) -> Prevalences:
    """A prevalence table with its source.

    Raises
    ------
    InputError, TableContractError
        If it cannot be read, has no rows, does not name its source, or a signature is present in more tumors
        than there are.
    """
    table = read_table(path, PREVALENCE_TABLE)
    source = table_metadata(path).get(_SOURCE, "")
    if not source:
        raise InputError("a prevalence table must name its source", path=path)
    if table.is_empty():
        raise InputError("a prevalence table without rows", path=path)
    wrong = table.filter(pl.col("n_present") > pl.col("n_tumors"))
    if wrong.height:
        record = " ".join(str(value) for value in wrong.row(0)[:3])
        raise InputError("present in more tumors than there are", path=path, record=record)
    return Prevalences(table, source)
