"""Tables of microsatellites: of one sample, and of a baseline of normals."""

import polars as pl

from oncoloom.tables import Column, TableSchema

_TEXT, _INT, _FLOAT = pl.String(), pl.Int32(), pl.Float64()

MSI_LOCI_TABLE = TableSchema(
    name="msi_loci",
    version=1,
    description="Microsatellites that could be assessed, tumor against normal or against a baseline of normals.",
    columns=(
        Column("patient_id", _TEXT, "Patient"),
        Column("sample_id", _TEXT, "Tumor sample"),
        Column("chrom", _TEXT, "Contig"),
        Column("start", pl.Int64(), "0-based start", "bp", legal=(0, 1e10)),
        Column("end", pl.Int64(), "End, exclusive", "bp", legal=(0, 1e10)),
        Column("unit", _TEXT, "Repeat unit"),
        Column("tumor_fragments", _INT, "Tumor fragments that tell a length", "fragments", legal=(0, 1e8)),
        Column("normal_fragments", _INT, "Normal fragments that tell a length", "fragments", legal=(0, 1e8)),
        Column("p_value", _FLOAT, "G-test that both share one length distribution; null without a normal", nullable=True, legal=(0, 1)),
        Column("new_share", _FLOAT, "Tumor fragments on lengths new to the normal, or to normals", "fraction", legal=(0, 1)),
        Column("shift_z", _FLOAT, "Shift of the mean length in standard errors; null without a normal", nullable=True),
        Column("unstable", pl.Boolean(), "Called unstable"),
    ),
    sort_by=("patient_id", "sample_id", "chrom", "start", "end"),
)  # fmt: skip

BASELINE_TABLE = TableSchema(
    name="msi_baseline",
    version=1,
    description="Microsatellite × repeat length over normal samples.",
    columns=(
        Column("chrom", pl.String(), "Contig"),
        Column("start", pl.Int64(), "0-based start", "bp"),
        Column("end", pl.Int64(), "End, exclusive", "bp"),
        Column("unit", pl.String(), "Repeat unit"),
        Column("n_normals", pl.Int32(), "Normals with enough fragments", "samples", legal=(1, 10_000_000)),
        Column("median_fragments", pl.Float64(), "Median fragments of those normals", "fragments", legal=(1, 1e8)),
        Column("share", pl.List(pl.Float64()), "Share of fragments by length − length of their allele, −15 … +15"),
        Column("alleles", pl.List(pl.Int32()), "Lengths of alleles − reference length that normals carry"),
        Column("deviation_mean", pl.Float64(), "Mean share of a normal's fragments off its own best shape", "fraction", legal=(0, 1)),
        Column("deviation_sd", pl.Float64(), "Standard deviation of that share", "fraction", legal=(0, 1)),
        Column("unstable_normals", pl.Float64(), "Share of normals that would be called unstable", "fraction", legal=(0, 1)),
        Column("held_out_unstable", pl.Int32(), "Normals called unstable by limits that have not seen them", "samples", legal=(0, 10_000_000)),
        Column("held_out_tested", pl.Int32(), "Normals tested so", "samples", legal=(0, 10_000_000)),
    ),
    sort_by=("chrom", "start", "end"),
)  # fmt: skip
