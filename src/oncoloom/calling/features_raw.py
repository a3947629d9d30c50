"""features_raw.parquet: raw sums for later features, in the declared long table."""

import numpy as np
import polars as pl

from oncoloom.calling.call_set import CallSet
from oncoloom.calling.schema import FEATURES_RAW_TABLE
from oncoloom.calling.shard import EvidenceShard
from oncoloom.kernels.arrays import STATISTIC

LEAST_HET_DEPTH = 8
_COLUMNS = ("kind", "role", "sample_id", "chrom", "start", "end", "label", "key", "count")


def features_raw(evidence: EvidenceShard, calls: CallSet) -> pl.DataFrame:
    """Coverage bins, counts at heterozygous sites, repeat lengths."""
    names = pl.DataFrame(
        {"role": list(evidence.header.samples), "sample_id": list(evidence.header.samples.values())}
    )
    parts = [_coverage(evidence.coverage), _het(evidence, calls), _repeats(evidence.repeats)]
    frame = pl.concat([part.select([name for name in _COLUMNS if name != "sample_id"]) for part in parts])
    return frame.join(names, on="role", how="left").select(_COLUMNS)


def _coverage(bins: pl.DataFrame) -> pl.DataFrame:
    long = [
        bins.select(
            pl.lit("coverage").alias("kind"),
            "role",
            pl.col("contig").alias("chrom"),
            "start",
            "end",
            pl.lit(None, dtype=pl.String).alias("label"),
            pl.lit(key, dtype=pl.Int32).alias("key"),
            pl.col(column).alias("count"),
        )
        for key, column in enumerate(("depth", "callable", "gc"))
    ]
    return pl.concat(long)


def _het(evidence: EvidenceShard, calls: CallSet) -> pl.DataFrame:
    """Heterozygous SNVs of the normal; without a normal, sites with a fraction of 0.2 to 0.8."""
    is_snv = calls.is_snv
    if evidence.header.mode == "tumor_only":
        ref, alt = calls.tumor[:, STATISTIC["ref"]], calls.tumor[:, STATISTIC["alt"]]
        fraction = alt / np.maximum(ref + alt, 1)
        chosen = is_snv & (ref + alt >= LEAST_HET_DEPTH) & (fraction > 0.2) & (fraction < 0.8)
    else:
        depth = calls.normal[:, STATISTIC["ref"]] + calls.normal[:, STATISTIC["alt"]]
        chosen = is_snv & (calls.genotypes.genotype == 1) & (depth >= LEAST_HET_DEPTH)
    rows = []
    for c in np.flatnonzero(chosen).tolist():
        for role in evidence.header.samples:
            counts = calls.tumor if role == "tumor" else calls.normal
            for key, name in enumerate(("ref", "alt")):
                rows.append(
                    (
                        "het",
                        role,
                        calls.contig[c],
                        int(calls.pos[c]),
                        int(calls.pos[c]) + 1,
                        f"{calls.ref[c]}>{calls.alt[c]}",
                        key,
                        int(counts[c, STATISTIC[name]]),
                    )
                )
    schema = {name: FEATURES_RAW_TABLE.column(name).dtype for name in _COLUMNS if name != "sample_id"}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _repeats(repeats: pl.DataFrame) -> pl.DataFrame:
    return repeats.select(
        pl.lit("repeat").alias("kind"),
        "role",
        pl.col("contig").alias("chrom"),
        "start",
        "end",
        pl.col("unit").alias("label"),
        pl.col("length").alias("key"),
        "count",
    )
