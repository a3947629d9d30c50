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
from oncoloom.features.copy_number.off_target import off_target_counts
from oncoloom.features.copy_number.sex_copies import SexCopies
from oncoloom.reference_data.contigs import bare_name
from oncoloom.tables import Column, TableSchema, read_table, write_table

MIN_NORMALS = 3
_LEAST_DEPTH = 8.0
_PRIOR_SPREAD, _PRIOR_NORMALS = 0.1, 4.0  # log2: few normals know their spread badly
_MALE_X = -0.5  # log2 of X against autosomes below which there is one X

TARGET, OFF_TARGET = "target", "off_target"

POOL_TABLE = TableSchema(
    name="normal_depth",
    version=2,
    description=(
        "Usual depth of an assay's bins in normals: of target bins the log2 against the median autosomal "
        "bin, of small bins between targets the fragments of all normals."
    ),
    columns=(
        Column("kind", pl.String(), "Bin of the targets, or between them", allowed=(TARGET, OFF_TARGET)),
        Column("chrom", pl.String(), "Contig"),
        Column("start", pl.Int64(), "0-based start", "bp"),
        Column("end", pl.Int64(), "End, exclusive", "bp"),
        Column("n_normals", pl.Int32(), "Normals with depth here", "samples", legal=(0, 1e6)),
        Column("log2", pl.Float64(), "Median log2 depth; X as if two copies", nullable=True),
        Column("spread", pl.Float64(), "Standard deviation between normals", nullable=True, legal=(0, 100)),
        Column("mappable", pl.Float64(), "Callable share; of sure place", "fraction", legal=(0, 1)),
        Column(
            "fragments", pl.Float64(), "Of all normals; X as if two copies", "fragments", nullable=True,
            legal=(0, 1e12),
        ),
    ),
    sort_by=("kind", "chrom", "start"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class PoolSummary:
    """What a pool was made of."""

    n_normals: int
    n_male: int
    n_bins: int
    n_thin: int
    n_off_target: int


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
    table, is_male = _pooled(samples)
    between = _between(raws, is_male)
    write_table(pl.concat([between, table]).select(list(POOL_TABLE.polars_schema())), POOL_TABLE, output)
    n_thin = int(table["log2"].null_count())
    return PoolSummary(len(samples), sum(is_male), table.height, n_thin, between.height)


def _read(path: Path) -> DepthBins:
    raw = read_table(path, FEATURES_RAW_TABLE)
    if "normal" not in raw.filter(pl.col("kind") == "coverage")["role"].unique().to_list():
        raise InputError("no depth of a normal in this table", path=path)
    return depth_bins(raw, raw["chrom"].unique().sort().to_list(), role="normal")


def _between(raws: Sequence[Path], is_male: Sequence[bool]) -> pl.DataFrame:
    """Fragments of all normals in the small bins between targets; none on Y, which women lack."""
    parts = []
    for path, male in zip(raws, is_male, strict=True):
        small = off_target_counts(read_table(path, FEATURES_RAW_TABLE), "normal")
        bare = {name: bare_name(name).upper() for name in small["chrom"].unique().to_list()}
        single = [name for name, one in bare.items() if one == "X" and male]
        twice = pl.when(pl.col("chrom").is_in(single)).then(2.0).otherwise(1.0)
        small = small.filter(~pl.col("chrom").is_in([name for name, one in bare.items() if one == "Y"]))
        parts.append(small.with_columns(pl.col("fragments") * twice))
    summed = (
        pl.concat(parts)
        .group_by("chrom", "start", "end")
        .agg(pl.len().cast(pl.Int32).alias("n_normals"), pl.col("fragments", "doubtful").sum())
    )
    share = pl.col("fragments") / pl.max_horizontal(pl.col("fragments") + pl.col("doubtful"), 1.0)
    nothing = pl.lit(None, dtype=pl.Float64)
    kept = summed.filter(pl.col("n_normals") == len(raws)).with_columns(
        pl.lit(OFF_TARGET).alias("kind"),
        nothing.alias("log2"),
        nothing.alias("spread"),
        share.alias("mappable"),
    )
    return kept.select(list(POOL_TABLE.polars_schema())).sort("chrom", "start")


def _pooled(samples: list[DepthBins]) -> tuple[pl.DataFrame, list[bool]]:
    first = samples[0]
    bare = np.array([bare_name(name).upper() for name in first.contig.tolist()])
    autosomal = np.array([is_autosome(name) for name in first.contig.tolist()])
    levels = np.full((len(samples), len(first)), np.nan)
    is_male = []
    for row, one in zip(levels, samples, strict=True):
        per_base = one.tumor / one.size
        scale = float(np.median(per_base[autosomal])) if autosomal.any() else float(np.median(per_base))
        seen = (per_base > 0) & (scale > 0)
        row[seen] = np.log2(per_base[seen] / scale)
        on_x = row[(bare == "X") & seen]
        is_male.append(len(on_x) > 0 and float(np.median(on_x)) < _MALE_X)
        if is_male[-1]:
            row[bare == "X"] += 1
        else:
            row[bare == "Y"] = np.nan
    depth = np.median([one.tumor / one.size for one in samples], axis=0)
    return _table(first, levels, depth, np.median([one.ready for one in samples], axis=0)), is_male


def _table(first: DepthBins, levels: Floats, depth: Floats, mappable: Floats) -> pl.DataFrame:
    n = np.isfinite(levels).sum(axis=0)
    known = (n >= MIN_NORMALS) & (depth >= _LEAST_DEPTH)
    middle, spread = np.full(levels.shape[1], np.nan), np.full(levels.shape[1], np.nan)
    middle[known] = np.nanmedian(levels[:, known], axis=0)
    deviation = 1.4826 * np.nanmedian(np.abs(levels[:, known] - middle[known]), axis=0)
    shrunk = (n[known] * deviation**2 + _PRIOR_NORMALS * _PRIOR_SPREAD**2) / (n[known] + _PRIOR_NORMALS)
    spread[known] = np.sqrt(shrunk)
    return (
        pl.DataFrame(
            {
                "chrom": first.contig.tolist(),
                "start": first.start,
                "end": first.end,
                "n_normals": n,
                "log2": middle,
                "spread": spread,
                "mappable": np.clip(mappable, 0, 1),
            }
        )
        .with_columns(
            pl.col("log2", "spread").fill_nan(None),
            pl.col("n_normals").cast(pl.Int32),
            pl.lit(TARGET).alias("kind"),
            pl.lit(None, dtype=pl.Float64).alias("fragments"),
        )
        .select(list(POOL_TABLE.polars_schema()))
        .sort("chrom", "start")
    )


def read_pool_between(path: Path, sex: SexCopies) -> pl.DataFrame:
    """Fragments of all normals in the small bins between targets, X as that of a patient's normal cells."""
    table = read_table(path, POOL_TABLE).filter(kind=OFF_TARGET)
    normal = np.nan_to_num(sex.normal_copies(table["chrom"].to_list()), nan=2.0) / 2
    return table.select("chrom", "start", "end", (pl.col("fragments") * normal).alias("normal"))


def read_pool(path: Path, depth: DepthBins) -> PooledDepth:
    """The pool at a tumor's bins; NaN where it lacks one.

    Raises
    ------
    InputError
        If the pool shares no bin with the tumor: another assay or reference.
    """
    table = read_table(path, POOL_TABLE).filter(kind=TARGET)
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
