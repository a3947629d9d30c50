"""MAF files (GDC and the spellings of Oncotator, cBioPortal, maftools) to the variants table.

Positions and alleles stay as the MAF has them: `pos` is Start_Position, and an insertion or deletion keeps
`-` for the empty allele, because the base before it is not in the file.
"""

from collections.abc import Mapping as AbstractMapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from oncoloom.clinical.text_table import TextTable, fault_list, read_text_table
from oncoloom.cohort.maf_rows import SPELLINGS, MafRows
from oncoloom.errors import InputError
from oncoloom.features.contracts import VARIANTS_TABLE
from oncoloom.logs import logger
from oncoloom.tables import Tally, suggest

_REQUIRED = ("gene", "sample", "class")


@dataclass(slots=True)
class MafTable:
    """A MAF as the variants table, with the cells of extra columns beside it.

    `extra` holds, for each wanted column that the file has, its cell a row of `frame`. `tally.kept` counts
    the variants of `frame`; `lines` says what the file held besides rows.
    """

    frame: pl.DataFrame
    extra: dict[str, list[str]]
    tally: Tally
    notes: list[str] = field(default_factory=list)
    lines: dict[str, object] = field(default_factory=dict)


def read_maf(
    path: Path, *, spellings: AbstractMapping[str, tuple[str, ...]] | None = None, extra: tuple[str, ...] = ()
) -> MafTable:
    """Read a MAF (plain or gzip).

    Header lines that come again, comments and blank lines are counted. A position without all its digits
    (``1.4e+08``) becomes null: it cannot name a base. Old gene symbols become the approved ones; a variant
    that then comes twice in a sample is counted once. A protein change that names no one change is null.

    Parameters
    ----------
    spellings
        Further names of fields of `SPELLINGS`.
    extra
        Further columns to hand over as text.

    Raises
    ------
    InputError, FaultList
        If the file is no MAF, or holds cells that are neither values nor missing; all faults at once.
    """
    names = {key: (*(spellings or {}).get(key, ()), *known) for key, known in SPELLINGS.items()}
    keep = frozenset(name.lower() for group in (*names.values(), extra) for name in group)
    table = read_text_table(Path(path), separator="\t", comment="#", keep=keep)
    columns = {name.lower(): name for name in table.frame.columns}
    sources = {key: _first(columns, group) for key, group in names.items()}
    _require(sources, names, table)
    reader = MafRows(table, sources)
    rows = reader.rows()
    if reader.faults:
        raise fault_list(f"{Path(path).name} has {len(reader.faults)} faults", reader.faults)
    wanted = {name: table.frame[columns[name.lower()]].to_list() for name in extra if name.lower() in columns}
    return _without_duplicates(rows, wanted, reader, table)


def _first(columns: dict[str, str], group: tuple[str, ...]) -> str | None:
    return next((columns[name.lower()] for name in group if name.lower() in columns), None)


def _require(sources: dict[str, str | None], names: dict[str, tuple[str, ...]], table: TextTable) -> None:
    lacking = [key for key in _REQUIRED if sources[key] is None]
    if not lacking:
        return
    near = suggest(names[lacking[0]][0], table.header)
    raise InputError(
        "not a MAF: a column is missing",
        path=table.path,
        expected="; ".join(" or ".join(names[key]) for key in lacking),
        found=", ".join(table.header[:12]),
        remedy=f"did you mean `{near}`? Name it under `maf: columns:` of the mapping"
        if near
        else "a MAF is tab-separated with a header line; other column names go under `maf: columns:`",
    )


def _without_duplicates(
    rows: list[dict[str, Any] | None], wanted: dict[str, list[str]], reader: MafRows, table: TextTable
) -> MafTable:
    seen: set[tuple[Any, ...]] = set()
    tally = Tally()
    kept: list[int] = []
    for index, row in enumerate(rows):
        if row is None:
            continue
        key = _identity(row)
        if key in seen:
            tally.drop("the same variant of the same sample again")
            continue
        seen.add(key)
        kept.append(index)
    tally.kept = len(kept)
    for reason, n in sorted(reader.counts.items()):
        if reason.startswith("no variant"):
            tally.drop(reason, n)
        else:
            reader.notes.append(f"{reason}: {n}")
    if reader.renamed:
        rows_renamed = sum(reader.renamed.values())
        reader.notes.append(f"{len(reader.renamed)} old gene symbols renamed in {rows_renamed} rows")
    for note in reader.notes:
        logger.info("%s: %s", table.path.name, note)
    frame = pl.DataFrame([rows[i] for i in kept], schema=VARIANTS_TABLE.polars_schema())
    extra = {name: [cells[i] for i in kept] for name, cells in wanted.items()}
    used = {column.lower() for column in (*table.frame.columns, *wanted)}
    lines = {
        **table.as_tally(),
        "symbols_renamed": dict(sorted(reader.renamed.items())),
        "columns_not_used": [name for name in table.header if name.lower() not in used],
    }
    return MafTable(frame, extra, tally, reader.notes, lines)


def _identity(row: dict[str, Any]) -> tuple[Any, ...]:
    if row["pos"] is None:
        place = ("protein", row["hgvs_p_short"], row["consequence"], row["hgvs_c"])
    else:
        chrom = (row["chrom"] or "").removeprefix("chr")
        place = (chrom, row["pos"], row["ref"], row["alt"])
    return (row["sample_id"], row["gene"], *place)
