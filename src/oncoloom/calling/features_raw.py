"""features_raw.parquet: raw sums for later features, in the declared long table."""

from collections.abc import Iterator, Sequence

import numpy as np
import polars as pl

from oncoloom.calling.germline_model import Genotypes
from oncoloom.calling.shard import EvidenceShard, ShardHeader
from oncoloom.calling.shard_tables import merged_bins
from oncoloom.calling.table_store import TableKind, TableStore
from oncoloom.calling.tile_sums import coverage_bin_bp
from oncoloom.kernels.arrays import STATISTIC

LEAST_HET_DEPTH = 8
_ALLELES = ("ref", "alt")  # keys 0 and 1 of a heterozygous site
_BIN_SUMS = ("depth", "callable", "gc", "doubtful")  # keys of a bin
_OFF_TARGET_SUMS = ("fragments", "bases", "gc", "doubtful")
_COLUMNS = ("kind", "role", "sample_id", "chrom", "start", "end", "label", "key", "count")
_COUNTS = tuple(f"{role}_{allele}" for role in ("tumor", "normal") for allele in _ALLELES)
HETS = TableKind(
    "het",
    pl.Schema(
        {
            "contig": pl.String(),
            "start": pl.Int64(),
            "label": pl.String(),
            **dict.fromkeys(_COUNTS, pl.Int32()),
        }
    ),
    ("start", "label"),
    by_name=True,
)


def features_raw(evidence: EvidenceShard, hets: TableStore) -> Iterator[pl.DataFrame]:
    """Bins of targets, counts at heterozygous sites, off-target bins, repeat lengths, in the table's order.

    A genome has tens of millions of rows: they come in parts.
    """
    for kind in ("coverage", "het", "off_target", "repeat"):
        for role, sample in sorted(evidence.header.samples.items()):
            fixed = {"kind": kind, "role": role, "sample_id": sample}
            for part in _of_role(kind, role, evidence, hets):
                yield part.with_columns(pl.lit(text).alias(name) for name, text in fixed.items()).select(
                    _COLUMNS
                )


def _of_role(kind: str, role: str, evidence: EvidenceShard, hets: TableStore) -> Iterator[pl.DataFrame]:
    """Rows of one kind and sample: chrom, start, end, label, key, count."""
    mine = pl.col("role") == role
    if kind == "coverage":
        bin_bp = coverage_bin_bp(evidence.header.assay_bp)
        for part in merged_bins(evidence.coverage, bin_bp):
            yield _bins(part.filter(mine), _BIN_SUMS)
    elif kind == "off_target":
        for part in evidence.off_target.parts():
            yield _bins(part.filter(mine), _OFF_TARGET_SUMS)
    elif kind == "repeat":
        for part in evidence.repeats.parts():
            yield _repeats(part.filter(mine))
    else:
        for part in hets.parts():
            ends = part.with_columns((pl.col("start") + 1).alias("end"))
            yield _long(ends, pl.col("label"), [f"{role}_{allele}" for allele in _ALLELES])


def _bins(rows: pl.DataFrame, counts: Sequence[str]) -> pl.DataFrame:
    """A row a bin and count; that of doubtful reads, the last, only where there are some."""
    long = _long(rows, pl.lit(None, dtype=pl.String), counts)
    return long.filter((pl.col("key") < len(counts) - 1) | (pl.col("count") > 0))


def _long(rows: pl.DataFrame, label: pl.Expr, counts: Sequence[str]) -> pl.DataFrame:
    """A row a count, its key the place among `counts`; `rows` are in the table's order."""
    k = len(counts)
    wide = rows.select(
        pl.col("contig").alias("chrom"),
        "start",
        "end",
        label.alias("label"),
        pl.concat_arr(pl.col(column).cast(pl.Int64) for column in counts).alias("count"),
    )
    key = pl.Series("key", np.tile(np.arange(k, dtype=np.int32), len(rows)), dtype=pl.Int32)
    return wide.explode("count").insert_column(4, key)


def het_counts(candidates: pl.DataFrame, genotypes: Genotypes, header: ShardHeader) -> pl.DataFrame:
    """Counts at heterozygous SNVs of the normal; without a normal, at sites with a fraction of 0.2 to 0.8.

    Rows of `HETS`.

    Parameters
    ----------
    candidates
        `candidate_store.CANDIDATE_SCHEMA`; their genotypes beside.
    """
    is_snv = candidates["ref"].str.len_bytes() == 1
    is_snv &= candidates["alt"].str.len_bytes() == 1
    tumor, normal = (candidates[role].to_numpy() for role in ("tumor", "normal"))
    if header.mode == "tumor_only":
        ref, alt = tumor[:, STATISTIC["ref"]], tumor[:, STATISTIC["alt"]]
        fraction = alt / np.maximum(ref + alt, 1)
        chosen = (ref + alt >= LEAST_HET_DEPTH) & (fraction > 0.2) & (fraction < 0.8)
    else:
        depth = normal[:, STATISTIC["ref"]] + normal[:, STATISTIC["alt"]]
        chosen = (genotypes.genotype == 1) & ~genotypes.shared & (depth >= LEAST_HET_DEPTH)
    site = np.flatnonzero(chosen & is_snv.to_numpy())
    some = candidates[site]
    counts = {
        f"{role}_{allele}": pl.Series(values[site, STATISTIC[allele]])
        for role, values in (("tumor", tumor), ("normal", normal))
        for allele in _ALLELES
    }
    label = pl.concat_str("ref", "alt", separator=">").alias("label")
    frame = some.select("contig", pl.col("pos").alias("start"), label)
    return frame.with_columns(**counts)


def _repeats(repeats: pl.DataFrame) -> pl.DataFrame:
    return repeats.select(
        pl.col("contig").alias("chrom"),
        "start",
        "end",
        pl.col("unit").alias("label"),
        pl.col("length").alias("key"),
        "count",
    )
