"""What one pass over the reads leaves for later features, as one long table of raw sums."""

import polars as pl

from oncoloom.tables import Column, TableSchema

FEATURES_RAW_TABLE = TableSchema(
    name="features_raw",
    version=2,
    description=(
        "Raw sums of one pass over the reads. `coverage`: a bin's summed fragment depth (key 0), callable bases "
        "(key 1), G+C bases of the reference (key 2) and bases of reads that may lie elsewhere (key 3, where there "
        "are some). `off_target`: fragments that begin in a bin between the targets (key 0), its bases that the "
        "reference names (key 1), G+C bases (key 2) and fragments that may lie elsewhere (key 3). `het`: fragments with the reference (key 0) and the "
        "alternative allele (key 1) at a germline heterozygous site, label REF>ALT. `repeat`: fragments that span a "
        "microsatellite, by length in bases (key), label = repeat unit."
    ),
    columns=(
        Column("kind", pl.String(), "What is counted", allowed=("coverage", "het", "off_target", "repeat")),
        Column("role", pl.String(), "Sample", allowed=("tumor", "normal")),
        Column("sample_id", pl.String(), "Sample name as in the VCF"),
        Column("chrom", pl.String(), "Contig"),
        Column("start", pl.Int64(), "0-based start", "bp"),
        Column("end", pl.Int64(), "End, exclusive", "bp"),
        Column("label", pl.String(), "Alleles or repeat unit", nullable=True),
        Column("key", pl.Int32(), "Meaning depends on kind"),
        Column("count", pl.Int64(), "Sum"),
    ),
    sort_by=("kind", "role", "sample_id", "chrom", "start", "end", "key"),
)
