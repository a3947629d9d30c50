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
    cut = (
        (pl.col("start") != pl.col("end").shift(1).over("role", "contig")).fill_null(value=True)
        | (pl.col("start") % bin_bp == 0)
    ).alias("new")
    rows = rows.with_columns(cut).with_columns(pl.col("new").cum_sum().over("role", "contig").alias("bin"))
    merged = rows.group_by("contig", "bin", "role", maintain_order=True).agg(
        pl.col("start").min(), pl.col("end").max(), pl.col("depth", "callable", "gc", "doubtful").sum()
    )
    return merged.select(list(COVERAGE.schema))
