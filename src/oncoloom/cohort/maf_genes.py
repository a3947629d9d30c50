"""Genes of MAF rows: the approved symbol of whatever name stands there, by Entrez number where none does."""

import re
from collections import Counter

import polars as pl

from oncoloom.cohort.maf_cells import MafCells
from oncoloom.reference_data.symbols import resolve_symbol, symbol_of_entrez

_NAMES_SHOWN = 5
_SEPARATORS = re.compile(r"[;,|/]")
_MOSTLY = 0.5
_NO_NAME = ["", "-", "--", "unknown", "none", "null", "nan"]
_SYMBOL_KINDS = {
    "damaged": "gene names that a spreadsheet made into dates",
    "ambiguous": "gene names that may mean several genes",
    "unknown": "gene names that are not in HGNC",
}


def read_genes(cells: MafCells) -> tuple[pl.Series, Counter[str]]:
    """Symbol a row (null: none is named), and how many rows each old symbol was renamed in.

    A row without a symbol, or with one that a spreadsheet made a date, gets the symbol of its Entrez number.
    A file whose symbols are mostly numbers has Entrez numbers there.
    """
    names = cells.cells("gene").str.strip_suffix("_ITD")  # FLT3_ITD, a spelling of internal duplications
    names = names.set(names.str.to_lowercase().is_in(_NO_NAME), None)
    numeric = names.drop_nulls().str.contains(r"^\d+$")
    numbers = len(numeric) > 0 and float(numeric.mean() or 0.0) >= _MOSTLY  # type: ignore[arg-type]
    pairs = pl.DataFrame({"name": names, "entrez": cells.cells("entrez"), "alive": cells.alive})
    distinct = pairs.with_row_index("row").filter("alive").group_by("name", "entrez", maintain_order=True)
    renamed: Counter[str] = Counter()
    odd: dict[str, dict[str, int]] = {}
    table = []
    for name, entrez, row, n in distinct.agg(pl.col("row").first(), pl.len()).iter_rows():
        symbol, how = _symbol(name, entrez, numbers=numbers)
        if how == "by number":
            cells.counts["genes named by their Entrez number"] += n
        elif how == "first":
            cells.counts["several genes in a cell, the first is taken"] += n
        elif how == "renamed":
            renamed[f"{name} to {symbol}"] += n
        elif how is not None:
            odd.setdefault(how, {}).setdefault(name, row)
        table.append((name, entrez, symbol))
    _note_odd_symbols(cells, odd)
    found = pl.DataFrame(
        table, schema={"name": pl.String, "entrez": pl.String, "gene": pl.String}, orient="row"
    )
    joined = pairs.join(found, on=["name", "entrez"], how="left", nulls_equal=True, maintain_order="left")
    cells.count(joined["gene"].is_null(), "no gene is named")
    return joined["gene"], renamed


def _symbol(name: str | None, entrez: str | None, *, numbers: bool) -> tuple[str | None, str | None]:
    """The symbol, and how it was found; how is None for an approved name or none at all."""
    by_number = symbol_of_entrez(entrez) if entrez is not None else None
    if name is None:
        return by_number, "by number" if by_number else None
    if numbers and name.isdigit():
        own = symbol_of_entrez(name)
        return (own, "by number") if own else (name, "unknown")
    match = resolve_symbol(name)
    if match.kind in ("previous", "alias"):
        return match.symbol, "renamed"
    if match.symbol is not None:
        return match.symbol, None
    first = _SEPARATORS.split(name)[0].strip()
    if first != name and resolve_symbol(first).symbol is not None:
        return resolve_symbol(first).symbol, "first"
    if match.kind == "damaged" and by_number is not None:
        return by_number, "by number"
    return name, match.kind


def _note_odd_symbols(cells: MafCells, odd: dict[str, dict[str, int]]) -> None:
    """Name the symbols that are no approved ones: a person must be able to find and mend them."""
    for kind, found in odd.items():
        shown = [f"{name} ({cells.where(row)})" for name, row in list(found.items())[:_NAMES_SHOWN]]
        more = len(found) - len(shown)
        cells.notes.append(
            f"{_SYMBOL_KINDS[kind]}, kept as written: {', '.join(shown)}"
            + (f" and {more} more" if more else "")
        )
