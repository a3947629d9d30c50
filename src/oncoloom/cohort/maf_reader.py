"""MAF files (GDC and the spellings of Oncotator, cBioPortal, maftools) to the variants table.

Positions and alleles stay as the MAF has them: `pos` is Start_Position, and an insertion or deletion keeps
`-` for the empty allele, because the base before it is not in the file.
"""

from collections.abc import Mapping as AbstractMapping
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from oncoloom.clinical.text_table import TextTable, fault_list, read_text_table
from oncoloom.cohort.maf_cells import MafCells, by_value
from oncoloom.cohort.maf_columns import MafColumns, read_columns
from oncoloom.cohort.maf_fields import SPELLINGS
from oncoloom.errors import InputError
from oncoloom.logs import logger
from oncoloom.reference_data.contigs import bare_name
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
    path: Path,
    *,
    spellings: AbstractMapping[str, tuple[str, ...]] | None = None,
    extra: tuple[str, ...] = (),
    build: str | None = None,
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
    build
        GRCh37 or GRCh38: of a MAF of several builds the rows to take, of one without a build its build.

    Raises
    ------
    InputError, FaultList
        If the file is no MAF, holds cells that are neither values nor missing (all faults at once), or rows
        of several genome builds of which none is declared.
    """
    names = {key: (*(spellings or {}).get(key, ()), *known) for key, known in SPELLINGS.items()}
    keep = frozenset(name.lower() for group in (*names.values(), extra) for name in group)
    table = read_text_table(Path(path), separator="\t", comment="#", keep=keep)
    columns = {name.lower(): name for name in table.frame.columns}
    if len(columns) < len(table.frame.columns):
        twice = [name for name in table.frame.columns if columns[name.lower()] != name]
        raise InputError(
            "a column name comes twice, in another case",
            path=table.path,
            found=", ".join(twice),
            remedy="give every column its own name",
        )
    sources = {key: _first(columns, group) for key, group in names.items()}
    _require(sources, names, table)
    cells = MafCells(table, sources)
    found = read_columns(cells, table.path, build)
    if cells.faults:
        raise fault_list(f"{Path(path).name} has {len(cells.faults)} faults", cells.faults)
    if not cells.alive.any():
        raise InputError("no variant in this MAF", path=table.path, found=_reasons(cells))
    wanted = [columns[name.lower()] for name in extra if name.lower() in columns]
    return _without_duplicates(cells, found, table, wanted)


def _first(columns: dict[str, str], group: tuple[str, ...]) -> str | None:
    return next((columns[name.lower()] for name in group if name.lower() in columns), None)


def _require(sources: dict[str, str | None], names: dict[str, tuple[str, ...]], table: TextTable) -> None:
    lacking = [key for key in _REQUIRED if sources[key] is None]
    if lacking == ["gene"] and sources["entrez"] is not None:
        return  # genes by their numbers alone
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


def _reasons(cells: MafCells) -> str:
    return "; ".join(f"{reason}: {n}" for reason, n in sorted(cells.dropped.items()))


def _without_duplicates(cells: MafCells, found: MafColumns, table: TextTable, extra: list[str]) -> MafTable:
    frame = found.frame.filter(_first_of_each(found.frame))
    tally = Tally(kept=frame.height)
    tally.drop("the same variant of the same sample again", found.frame.height - frame.height)
    for reason, n in sorted(cells.dropped.items()):
        tally.drop(reason, n)
    notes = [*cells.notes, *(f"{reason}: {n}" for reason, n in sorted(cells.counts.items()))]
    if found.renamed:
        notes.append(f"{len(found.renamed)} old gene symbols renamed in {sum(found.renamed.values())} rows")
    for note in notes:
        logger.info("%s: %s", table.path.name, note)
    rows = frame["row"]
    lines = {
        **table.as_tally(),
        "symbols_renamed": dict(sorted(found.renamed.items())),
        "columns_not_used": [name for name in table.header if name not in table.frame.columns],
    }
    cells_of = {name: table.frame[name].gather(rows).to_list() for name in extra}
    return MafTable(frame.drop("row"), cells_of, tally, notes, lines)


def _first_of_each(frame: pl.DataFrame) -> pl.Series:
    """Rows that are no repeat: of a sample, a gene, and a place or (without one) a change by its names."""
    placed = pl.col("pos").is_not_null()
    contig = by_value(frame["chrom"], bare_name, pl.String())
    place = [
        pl.when(placed).then(pl.lit(contig)).alias("contig"),
        *(pl.when(placed).then(pl.col(name)).alias(name) for name in ("pos", "ref", "alt")),
        *(
            pl.when(~placed).then(pl.col(name)).alias(name)
            for name in ("hgvs_p_short", "consequence", "hgvs_c")
        ),
    ]
    return frame.select(pl.struct("sample_id", "gene", *place)).to_series().is_first_distinct()
