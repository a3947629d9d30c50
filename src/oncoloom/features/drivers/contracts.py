"""Table of the drivers of one tumor, whatever their class, each with why it is called one."""

import polars as pl

from oncoloom.tables import Column, TableSchema

_TEXT, _INT, _FLOAT = pl.String(), pl.Int32(), pl.Float64()

DRIVERS_TABLE = TableSchema(
    name="drivers",
    version=1,
    description="Every driver of the tumor: small variants, copy numbers, fusions; `pos` is 1-based as in VCF.",
    columns=(
        Column("patient_id", _TEXT, "Patient"),
        Column("sample_id", _TEXT, "Tumor sample"),
        Column("gene", _TEXT, "HGNC symbol of the driven gene"),
        Column("alteration_class", _TEXT, "Kind of alteration", allowed=("small variant", "promoter", "exon skipping", "amplification", "deep deletion", "fusion")),
        Column("change", _TEXT, "Protein or coding change, or the two genes of a fusion", nullable=True),
        Column("chrom", _TEXT, "Contig", nullable=True),
        Column("pos", pl.Int64(), "First base of `ref`, or of a gene whose copies count", nullable=True),
        Column("ref", _TEXT, "Reference allele of a small variant", nullable=True),
        Column("alt", _TEXT, "Alternative allele of a small variant", nullable=True),
        Column("origin", _TEXT, "Where it arose", allowed=("somatic", "germline", "unknown")),
        Column("rule", _TEXT, "Id of the rule of docs/methods/drivers.md"),
        Column("reason", _TEXT, "Why it is called a driver, in words, with the figures"),
        Column("other_copy", _TEXT, "What is known of the gene's other copy", nullable=True),
        Column("doubt", _TEXT, "Why the call is uncertain; null where nothing speaks against it", nullable=True),
        Column("evidence", _TEXT, "Rows of the embedded tables that the rule rests on"),
        Column("n_tumors", _INT, "Tumors of the hotspot list with this residue or stretch changed", "tumors", nullable=True, legal=(0, 1e7)),
        Column("copies", _FLOAT, "Copies of the gene; null without a purity", "copies", nullable=True, legal=(0, 1e4)),
        Column("copies_lower", _FLOAT, "Lower 95 % limit of copies", "copies", nullable=True, legal=(0, 1e4)),
        Column("copies_upper", _FLOAT, "Upper 95 % limit of copies", "copies", nullable=True, legal=(0, 1e4)),
        Column("log2", _FLOAT, "Log2 copy ratio of the gene", nullable=True),
        Column("n_bins", _INT, "Bins that its copies rest on", "bins", nullable=True, legal=(0, 1e7)),
        Column("support", pl.Int64(), "Fragments across a fusion's junction", "fragments", nullable=True, legal=(0, 1e7)),
    ),
    sort_by=("patient_id", "sample_id", "alteration_class", "gene", "chrom", "pos", "alt"),
)  # fmt: skip
