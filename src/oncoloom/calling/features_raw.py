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
        het = (calls.genotypes.genotype == 1) & ~calls.genotypes.shared
        chosen = is_snv & het & (depth >= LEAST_HET_DEPTH)
    site = np.flatnonzero(chosen)
    roles, names = list(evidence.header.samples), ("ref", "alt")
    counts = np.stack(
        [
            (calls.tumor if role == "tumor" else calls.normal)[site, STATISTIC[name]]
            for role in roles
            for name in names
        ],
        axis=1,
    )
    each = len(roles) * len(names)  # rows of a site: role by role, ref before alt
    pos = np.repeat(calls.pos[site], each)
    changes = [f"{calls.ref[c]}>{calls.alt[c]}" for c in site.tolist()]
    columns = {
        "kind": ["het"] * len(pos),
        "role": np.tile(np.repeat(roles, len(names)), len(site)).tolist(),
        "chrom": [calls.contig[c] for c in site.tolist() for _ in range(each)],
        "start": pos,
        "end": pos + 1,
        "label": [change for change in changes for _ in range(each)],
        "key": np.tile(np.arange(len(names)), len(roles) * len(site)),
        "count": counts.reshape(-1),
    }
    schema = {name: FEATURES_RAW_TABLE.column(name).dtype for name in _COLUMNS if name != "sample_id"}
    return pl.DataFrame(columns).cast(schema).select(list(schema))  # type: ignore[arg-type]


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
