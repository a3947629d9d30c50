"""Segments of a file of bins alone: CNVkit's .cnr, or the caller's features_raw.parquet."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from oncoloom.calling.schema import FEATURES_RAW_TABLE
from oncoloom.config import FeaturesConfig
from oncoloom.errors import InputError, NotAssessableError
from oncoloom.features.copy_number.bins import Bins, genome_noise
from oncoloom.features.copy_number.hets import HetSites, het_sites, no_sites
from oncoloom.features.copy_number.joint import segment_jointly
from oncoloom.features.copy_number.levels import measure_segments
from oncoloom.features.copy_number.sample_bins import sample_bins
from oncoloom.features.copy_number.segmentation import Method
from oncoloom.features.copy_number.table import segment_rows
from oncoloom.tables import Tally, read_table

NO_DEPTH_LOG2 = -5.0  # CNVkit writes about -20 where a bin holds no read
_NEEDED = ("chromosome", "start", "end", "log2")


@dataclass(frozen=True, slots=True)
class SegmentedBins:
    """The `segments` table (no copies: those need a purity), noise of a bin, what was left out."""

    segments: pl.DataFrame
    noise: float
    tally: Tally


def segment_file(
    path: Path, *, sample_id: str, method: Method = "cbs", alpha: float = 1e-4, baseline: Path | None = None
) -> SegmentedBins:
    """Segments of one tumor's bins.

    Parameters
    ----------
    path
        ``.cnr`` (plain or gzipped; target and off-target bins alike), or ``features_raw.parquet``, whose
        tumor is held against its normal, else against `baseline`.

    Raises
    ------
    InputError
        If a column is missing, a figure is no number, or a bin ends before it starts (with its line).
    NotAssessableError
        If there is no usable bin, or nothing to hold a tumor's depth against.
    """
    bins, hets = _of_reads(path, baseline) if path.suffix == ".parquet" else (_of_cnr(path), no_sites())
    if len(bins) == 0:
        raise NotAssessableError("no bin with depth in this file", path=path)
    segments = measure_segments(bins, segment_jointly(bins, hets, method=method, alpha=alpha), hets)
    tally = Tally(kept=len(bins))
    for reason, n in bins.dropped.items():
        tally.drop(reason, n)
    rows = segment_rows(segments, None, {}, patient_id=sample_id, sample_id=sample_id)
    return SegmentedBins(rows, bins.sd, tally)


def _of_reads(path: Path, baseline: Path | None) -> tuple[Bins, HetSites]:
    raw = read_table(path, FEATURES_RAW_TABLE)
    contigs = dict.fromkeys(raw["chrom"].unique(maintain_order=True).to_list(), 0)
    if "normal" not in raw.filter(kind="coverage")["role"].unique().to_list() and baseline is None:
        raise NotAssessableError(
            "no normal in this table: the depth has nothing to be held against",
            path=path,
            remedy="give --depth-baseline FILE (oncoloom features depth-baseline)",
        )
    bins, _ = sample_bins(raw, contigs, FeaturesConfig(), baseline=baseline)
    return bins, het_sites(raw, bins, contigs)


def _of_cnr(path: Path) -> Bins:
    table = _read(path)
    line = pl.int_range(2, table.height + 2, dtype=pl.Int64)
    table = table.with_columns(line.alias("line"))
    for name in ("start", "end", "log2"):
        bad = table.filter(pl.col(name).is_null())
        if bad.height:
            raise InputError(f"{name} is no number", path=path, record=f"line {bad['line'][0]}")
    turned = table.filter(pl.col("end") <= pl.col("start"))
    if turned.height:
        raise InputError("a bin ends before it starts", path=path, record=f"line {turned['line'][0]}")
    order = {name: n for n, name in enumerate(table["chromosome"].unique(maintain_order=True))}
    rank = pl.col("chromosome").replace_strict(order, return_dtype=pl.Int64)
    table = table.sort(rank, "start", "end", maintain_order=True)
    seen = (pl.col("log2") >= NO_DEPTH_LOG2) & (pl.col("depth") > 0) & (pl.col("weight") > 0)
    kept = table.filter(seen)
    contig = kept["chromosome"].to_numpy().astype(np.str_)
    log2, weight = kept["log2"].to_numpy().astype(np.float64), kept["weight"].to_numpy().astype(np.float64)
    dropped = {"bins without depth or weight": table.height - kept.height}
    return Bins(
        contig,
        kept["start"].to_numpy().astype(np.int64),
        kept["end"].to_numpy().astype(np.int64),
        log2,
        weight,
        genome_noise(contig, log2, weight),
        {reason: n for reason, n in dropped.items() if n},
    )


def _read(path: Path) -> pl.DataFrame:
    """Columns chromosome, start, end, log2, depth, weight; null where a cell is no number."""
    if not path.is_file():
        raise InputError("no such file", path=path)
    try:
        table = pl.read_csv(path, separator="\t", infer_schema=False)
    except (pl.exceptions.PolarsError, UnicodeDecodeError, OSError) as error:
        raise InputError("not a table of bins", path=path, found=str(error).splitlines()[0]) from error
    absent = [name for name in _NEEDED if name not in table.columns]
    if absent:
        raise InputError(
            "a column is missing",
            path=path,
            expected=", ".join(_NEEDED),
            found=", ".join(table.columns)[:200],
            remedy="give a .cnr file of CNVkit",
        )
    for name in ("depth", "weight"):
        if name not in table.columns:
            table = table.with_columns(pl.lit("1").alias(name))
    whole = [
        pl.col(name).cast(pl.Float64, strict=False).cast(pl.Int64, strict=False) for name in ("start", "end")
    ]
    reals = [pl.col(name).cast(pl.Float64, strict=False) for name in ("log2", "depth", "weight")]
    table = table.with_columns(*whole, *reals, pl.col("chromosome").str.strip_chars())
    return table.with_columns(pl.col("log2").fill_nan(None), pl.col("depth", "weight").fill_null(0.0))
