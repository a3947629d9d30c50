"""A pool of normals: what depth is usual at each bin of an assay, for tumors without a matched normal."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from oncoloom.calling.schema import FEATURES_RAW_TABLE
from oncoloom.errors import InputError
from oncoloom.features.copy_number.bins import DepthBins, Floats, depth_bins, is_autosome
from oncoloom.features.copy_number.correction import PooledDepth
from oncoloom.reference_data.contigs import bare_name
from oncoloom.tables import Column, TableSchema, read_table, write_table

MIN_NORMALS = 3
_LEAST_DEPTH = 8.0
_PRIOR_SPREAD, _PRIOR_NORMALS = 0.1, 4.0  # log2: few normals know their spread badly
_MALE_X = -0.5  # log2 of X against autosomes below which there is one X

POOL_TABLE = TableSchema(
    name="normal_depth",
    version=1,
    description="Usual depth of an assay's bins in normals. Log2 against the median autosomal bin.",
    columns=(
        Column("chrom", pl.String(), "Contig"),
        Column("start", pl.Int64(), "0-based start", "bp"),
        Column("end", pl.Int64(), "End, exclusive", "bp"),
        Column("n_normals", pl.Int32(), "Normals with depth here", "samples", legal=(0, 1e6)),
        Column("log2", pl.Float64(), "Median log2 depth; X as if two copies", nullable=True),
        Column("spread", pl.Float64(), "Standard deviation between normals", nullable=True, legal=(0, 100)),
        Column("mappable", pl.Float64(), "Callable share in the median normal", "fraction", legal=(0, 1)),
    ),
    sort_by=("chrom", "start"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class PoolSummary:
    """What a pool was made of."""

    n_normals: int
    n_male: int
    n_bins: int
    n_thin: int


def build_pool(raws: Sequence[Path], output: Path) -> PoolSummary:
    """Write the usual depth of an assay's bins from the `features_raw` tables of normals.

    Parameters
    ----------
    raws
        One table per normal sample, of the same assay: calls of a normal alone, or of pairs.

    Raises
    ------
    InputError
        If there are fewer than three, one holds no depth of a normal, or their bins differ.
    """
    if len(raws) < MIN_NORMALS:
        raise InputError(
            "too few normals for a pool", expected=f"at least {MIN_NORMALS}", found=str(len(raws))
        )
    samples = [_read(path) for path in raws]
    first = samples[0]
    for path, one in zip(raws[1:], samples[1:], strict=True):
        same = len(one) == len(first) and bool(
            (one.contig == first.contig).all() and (one.start == first.start).all()
        )
        if not same:
            raise InputError(
                "bins differ from those of the first normal",
                path=path,
                expected=f"{len(first)} bins of the same assay",
                found=f"{len(one)} bins",
                remedy="call all normals with the same targets and reference",
            )
    table, n_male = _pooled(samples)
    write_table(table, POOL_TABLE, output)
    n_thin = int(table["log2"].null_count())
    return PoolSummary(len(samples), n_male, table.height, n_thin)


def _read(path: Path) -> DepthBins:
    raw = read_table(path, FEATURES_RAW_TABLE)
    if "normal" not in raw.filter(pl.col("kind") == "coverage")["role"].unique().to_list():
        raise InputError("no depth of a normal in this table", path=path)
    return depth_bins(raw, raw["chrom"].unique().sort().to_list(), role="normal")


def _pooled(samples: list[DepthBins]) -> tuple[pl.DataFrame, int]:
    first = samples[0]
    bare = np.array([bare_name(name).upper() for name in first.contig.tolist()])
    autosomal = np.array([is_autosome(name) for name in first.contig.tolist()])
    levels = np.full((len(samples), len(first)), np.nan)
    n_male = 0
    for row, one in zip(levels, samples, strict=True):
        per_base = one.tumor / one.size
        scale = float(np.median(per_base[autosomal])) if autosomal.any() else float(np.median(per_base))
        seen = (per_base > 0) & (scale > 0)
        row[seen] = np.log2(per_base[seen] / scale)
        on_x = row[(bare == "X") & seen]
        if len(on_x) and float(np.median(on_x)) < _MALE_X:
            row[bare == "X"] += 1
            n_male += 1
        else:
            row[bare == "Y"] = np.nan
    depth = np.median([one.tumor / one.size for one in samples], axis=0)
    return _table(first, levels, depth, np.median([one.ready for one in samples], axis=0)), n_male


def _table(first: DepthBins, levels: Floats, depth: Floats, mappable: Floats) -> pl.DataFrame:
    n = np.isfinite(levels).sum(axis=0)
    known = (n >= MIN_NORMALS) & (depth >= _LEAST_DEPTH)
    middle, spread = np.full(levels.shape[1], np.nan), np.full(levels.shape[1], np.nan)
    middle[known] = np.nanmedian(levels[:, known], axis=0)
    deviation = 1.4826 * np.nanmedian(np.abs(levels[:, known] - middle[known]), axis=0)
    shrunk = (n[known] * deviation**2 + _PRIOR_NORMALS * _PRIOR_SPREAD**2) / (n[known] + _PRIOR_NORMALS)
    spread[known] = np.sqrt(shrunk)
    return pl.DataFrame(
        {
            "chrom": first.contig.tolist(),
            "start": first.start,
            "end": first.end,
            "n_normals": n,
            "log2": middle,
            "spread": spread,
            "mappable": np.clip(mappable, 0, 1),
        }
    ).with_columns(pl.col("log2", "spread").fill_nan(None))


def read_pool(path: Path, depth: DepthBins) -> PooledDepth:
    """The pool at a tumor's bins; NaN where it lacks one.

    Raises
    ------
    InputError
        If the pool shares no bin with the tumor: another assay or reference.
    """
    table = read_table(path, POOL_TABLE)
    place = pl.DataFrame({"chrom": depth.contig.tolist(), "start": depth.start, "end": depth.end})
    found = place.join(table, on=["chrom", "start", "end"], how="left", maintain_order="left")
    if found["n_normals"].null_count() == found.height:
        raise InputError(
            "the pool of normals has no bin of this assay",
            path=path,
            expected="normals called with the same targets and reference",
            found=f"{table.height} other bins",
        )
    return PooledDepth(
        found["log2"].fill_null(float("nan")).to_numpy().astype(np.float64),
        found["spread"].fill_null(float("nan")).to_numpy().astype(np.float64),
        found["mappable"].fill_null(0.0).to_numpy().astype(np.float64),
    )
