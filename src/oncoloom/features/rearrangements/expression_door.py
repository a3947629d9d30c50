"""Expression of a tumor's genes from a table of gene and TPM."""

from pathlib import Path

import polars as pl

from oncoloom.errors import InputError
from oncoloom.features.rearrangements.contracts import EXPRESSION_TABLE
from oncoloom.reference_data.symbols import resolve_symbol
from oncoloom.tables import Tally

_GENE = ("gene", "gene_name", "gene_symbol", "symbol", "hugo_symbol")
_TPM = ("tpm",)


def import_expression(path: Path) -> tuple[pl.DataFrame, Tally]:
    """The `expression` table of a TSV or CSV with a gene and a TPM column; repeated genes are summed.

    Raises
    ------
    InputError
        If the file is absent, has no such columns, or a TPM is no number from 0 on (with its line).
    """
    path = Path(path)
    if not path.is_file():
        raise InputError("no such expression file", path=path)
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    header = lines[0] if lines else ""
    separator = "\t" if "\t" in header else ","
    names = [name.strip().lower() for name in header.split(separator)]
    gene_at = next((names.index(name) for name in _GENE if name in names), None)
    tpm_at = next((names.index(name) for name in _TPM if name in names), None)
    if gene_at is None or tpm_at is None:
        raise InputError(
            "not an expression table", path=path, expected="columns gene and tpm", found=header[:80]
        )
    tally = Tally()
    totals: dict[str, float] = {}
    for number, line in enumerate(lines[1:], start=2):
        if not line.strip():
            continue
        cells = line.split(separator)
        value = _tpm(cells[tpm_at] if tpm_at < len(cells) else "", path, number)
        symbol = resolve_symbol(cells[gene_at].strip()).symbol
        if symbol is None:
            tally.drop("names that are no approved symbol")
            continue
        totals[symbol] = totals.get(symbol, 0.0) + value
    tally.kept = len(totals)
    rows = {"gene": list(totals), "tpm": list(totals.values())}
    return pl.DataFrame(rows, schema=EXPRESSION_TABLE.polars_schema()).sort("gene"), tally


def _tpm(text: str, path: Path, number: int) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1e6:
        raise InputError(
            "`tpm` cannot be read",
            path=path,
            record=f"line {number}",
            expected="0 to 1,000,000",
            found=text[:40],
        )
    return value
