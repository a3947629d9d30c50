"""What a panel of normals says of a call's candidates."""

from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from oncoloom.calling.pon.file import COUNTS, N_COUNTS, read_panel_header

_KEYS = {"chrom": "contig", "start": "pos", "ref": "ref", "alt": "alt"}


def add_panel(candidates: pl.DataFrame, path: Path) -> pl.DataFrame:
    """Candidates with `panel`: the counts (`pon.file.COUNTS`) of each allele in the panel.

    An allele without a row that lies in a covered stretch is clean: it has no alternative fragment, and the
    depth is what so many normals usually have. Elsewhere all counts are 0. Only the rows that are needed are
    kept in memory.

    Raises
    ------
    InputError
        If the file is no panel.
    """
    header = read_panel_header(path)
    counts = np.zeros((len(candidates), N_COUNTS), np.int32)
    rows = pl.scan_parquet(path, glob=False)
    for contig in candidates["contig"].unique(maintain_order=True).to_list():
        index = np.flatnonzero((candidates["contig"] == contig).to_numpy())
        pos = candidates["pos"].to_numpy()[index]
        covered = _covered(rows, contig, pos)
        depth = np.round(covered * header.mean_depth).astype(np.int32)
        counts[index, COUNTS.index("normals")] = covered
        for name, share in (("depth", 1), ("depth_forward", 2), ("depth_f1r2", 2)):
            counts[index, COUNTS.index(name)] = depth // share
        row, values = _sites(rows, candidates[index], contig)
        counts[index[row]] = values
    return candidates.with_columns(pl.Series("panel", counts, dtype=pl.Array(pl.Int32(), N_COUNTS)))


def _covered(rows: pl.LazyFrame, contig: str, pos: NDArray[np.int64]) -> NDArray[np.int32]:
    """(n,) how many normals cover each position."""
    near = (pl.col("start") <= pos.max()) & (pl.col("end") > pos.min())
    stretches = (
        rows.filter(pl.col("kind") == "covered", pl.col("chrom") == contig, near)
        .select("start", "end", "n_normals")
        .collect()
    )
    if not len(stretches):
        return np.zeros(len(pos), np.int32)
    start, end, n = (stretches[name].to_numpy() for name in stretches.columns)
    at = np.searchsorted(start, pos, side="right") - 1
    inside = (at >= 0) & (pos < end[np.maximum(at, 0)])
    return np.where(inside, n[np.maximum(at, 0)], 0).astype(np.int32)


def _sites(
    rows: pl.LazyFrame, candidates: pl.DataFrame, contig: str
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Rows of `candidates` that the panel has, and its counts of them."""
    wanted = candidates.select("contig", "pos", "ref", "alt").with_row_index("row").lazy()
    near = pl.col("start").is_between(candidates["pos"].min(), candidates["pos"].max())
    found = (
        rows.filter(pl.col("kind") == "site", pl.col("chrom") == contig, near)
        .join(wanted, left_on=list(_KEYS), right_on=list(_KEYS.values()), how="inner")
        .select("row", *(f"n_{name}" for name in COUNTS))
        .collect()
    )
    return found["row"].cast(pl.Int64).to_numpy(), found.select(pl.exclude("row")).to_numpy().astype(np.int32)
