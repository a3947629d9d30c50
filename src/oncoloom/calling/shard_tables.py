"""Tables of all shards, read part by part: what tile and shard borders have cut is put together again."""

from collections.abc import Iterator

import numpy as np
import polars as pl

from oncoloom.calling.table_store import CALLABLE, COVERAGE, TableStore
from oncoloom.errors import InputError


def joined_regions(regions: TableStore) -> Iterator[pl.DataFrame]:
    """Callable regions in genome order, those that touch as one.

    Raises
    ------
    InputError
        If two overlap: shards of the same bases.
    """
    waiting = pl.DataFrame(schema=CALLABLE.schema)
    for part in regions.parts():
        rows = _joined(pl.concat([waiting, part]))
        yield rows[:-1]
        waiting = rows[-1:]
    yield waiting


def _joined(rows: pl.DataFrame) -> pl.DataFrame:
    contig = rows["contig"]
    start, end = rows["start"].to_numpy(), rows["end"].to_numpy()
    same = (contig == contig.shift(1)).fill_null(value=False).to_numpy()
    reach = np.concatenate([[-1], end[:-1]])
    if bool((same & (start < reach)).any()):
        raise InputError("two shards cover the same bases", remedy="give each region to one shard only")
    first = np.flatnonzero(~(same & (start == reach)))
    last = np.concatenate([first[1:], [len(rows)]]) - 1
    return rows[first].with_columns(pl.Series("end", end[last]))


def merged_bins(coverage: TableStore, bin_bp: int) -> Iterator[pl.DataFrame]:
    """Coverage by bins of the grid, in the order of the store; a bin's rows, one a sample, come together."""
    waiting = pl.DataFrame(schema=COVERAGE.schema)
    for part in coverage.parts():
        rows = _merged(pl.concat([waiting, part]), bin_bp)
        contig, start = rows[-1]["contig"][0], rows[-1]["start"][0]
        last = (rows["contig"] == contig) & (rows["start"] == start)  # it may go on in the next part
        yield rows.filter(~last)
        waiting = rows.filter(last)
    yield waiting


def _merged(rows: pl.DataFrame, bin_bp: int) -> pl.DataFrame:
    """Rows in order (by contig, start, end, role); what goes on where its role's last row ends, within a bin
    of the grid, becomes part of that row.
    """
    start, end, role = rows["start"].to_numpy(), rows["end"].to_numpy().copy(), rows["role"]
    contig = rows["contig"].rle_id().to_numpy()
    sums = {name: rows[name].to_numpy().copy() for name in ("depth", "callable", "gc", "doubtful")}
    begins = np.ones(len(rows), bool)
    for one in role.unique():
        mine = np.flatnonzero((role == one).to_numpy())
        goes_on = (contig[mine[1:]] == contig[mine[:-1]]) & (start[mine[1:]] == end[mine[:-1]])
        goes_on &= start[mine[1:]] % bin_bp != 0
        begins[mine[1:]] = ~goes_on
        first = np.flatnonzero(begins[mine])
        end[mine[first]] = end[mine[np.append(first[1:], len(mine)) - 1]]
        for values in sums.values():
            values[mine[first]] = np.add.reduceat(values[mine], first)
    merged = rows.with_columns(pl.Series("end", end), *(pl.Series(name, one) for name, one in sums.items()))
    return merged.filter(pl.Series(begins)).select(list(COVERAGE.schema))
