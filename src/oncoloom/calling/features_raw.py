"""features_raw.parquet: raw sums for later features, in the declared long table."""

from collections.abc import Sequence

import numpy as np
import polars as pl

from oncoloom.calling.germline_model import Genotypes
from oncoloom.calling.shard import EvidenceShard, ShardHeader
from oncoloom.kernels.arrays import STATISTIC

LEAST_HET_DEPTH = 8
_ALLELES = ("ref", "alt")  # keys 0 and 1 of a heterozygous site
_COLUMNS = ("kind", "role", "sample_id", "chrom", "start", "end", "label", "key", "count")


def features_raw(evidence: EvidenceShard, het: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Coverage bins, counts at heterozygous sites (parts of :func:`het_counts`), repeat lengths.

    The rows are in the order of the table: a genome has tens of millions, which are not to be copied again.
    """
    contigs = pl.Enum(sorted(evidence.candidates.contigs))
    parts, sites = [], pl.concat(het)
    for kind in ("coverage", "het", "repeat"):
        for role, sample in sorted(evidence.header.samples.items()):
            part = _of_role(kind, role, evidence, sites)
            in_order = [pl.col("chrom").cast(contigs).to_physical(), "start", "end", "key"]
            part = part.sort(in_order, maintain_order=True)
            fixed = {"kind": kind, "role": role, "sample_id": sample}
            parts.append(part.with_columns(pl.lit(text).alias(name) for name, text in fixed.items()))
            parts[-1] = parts[-1].select(_COLUMNS)
    return pl.concat(parts, rechunk=False)


def _of_role(kind: str, role: str, evidence: EvidenceShard, het: pl.DataFrame) -> pl.DataFrame:
    """Rows of one kind and sample: chrom, start, end, label, key, count."""
    if kind == "coverage":
        return _coverage(evidence.coverage.filter(role=role))
    if kind == "repeat":
        return _repeats(evidence.repeats.filter(role=role))
    return pl.concat(
        het.select(
            "chrom",
            "start",
            (pl.col("start") + 1).alias("end"),
            "label",
            pl.lit(key, dtype=pl.Int32).alias("key"),
            pl.col(f"{role}_{allele}").cast(pl.Int64).alias("count"),
        )
        for key, allele in enumerate(_ALLELES)
    )


def _coverage(bins: pl.DataFrame) -> pl.DataFrame:
    long = [
        bins.select(
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


def het_counts(candidates: pl.DataFrame, genotypes: Genotypes, header: ShardHeader) -> pl.DataFrame:
    """Counts at heterozygous SNVs of the normal; without a normal, at sites with a fraction of 0.2 to 0.8.

    Columns: chrom, start, label, and a count a sample and allele.

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
    frame = some.select(pl.col("contig").alias("chrom"), pl.col("pos").alias("start"), label)
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
