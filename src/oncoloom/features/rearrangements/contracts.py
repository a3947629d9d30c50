"""Tables of imported fusions and expression."""

import polars as pl

from oncoloom.tables import Column, TableSchema

_TEXT, _INT = pl.String(), pl.Int64()

FUSIONS_TABLE = TableSchema(
    name="fusions",
    version=1,
    description="Fusions of one tumor as another tool called them, partners in the order of transcription.",
    columns=(
        Column("gene_5prime", _TEXT, "HGNC symbol of the 5' partner", nullable=True),
        Column("gene_3prime", _TEXT, "HGNC symbol of the 3' partner", nullable=True),
        Column("breakpoint_5prime", _TEXT, "contig:position, 1-based, of the last base of the 5' partner", nullable=True),
        Column("breakpoint_3prime", _TEXT, "contig:position, 1-based, of the first base of the 3' partner", nullable=True),
        Column("frame", _TEXT, "Whether the 3' partner is read in its frame", allowed=("in frame", "out of frame", "unknown")),
        Column("support", _INT, "Reads or fragments across the junction", "fragments", nullable=True, legal=(0, 10_000_000)),
        Column("material", _TEXT, "What was sequenced", allowed=("rna", "dna")),
        Column("caller", _TEXT, "The tool of the file"),
        Column("driver_gene", _TEXT, "The gene that it activates, where it is a driver", nullable=True),
        Column("driver_rule", _TEXT, "Id of the rule that makes it a driver", nullable=True),
        Column("driver_evidence", _TEXT, "Row of the embedded tables that the rule rests on", nullable=True),
        Column("driver_reason", _TEXT, "Why it is a driver, or why not", nullable=True),
    ),
    sort_by=("gene_3prime", "gene_5prime", "breakpoint_5prime", "breakpoint_3prime"),
)  # fmt: skip

EXPRESSION_TABLE = TableSchema(
    name="expression",
    version=1,
    description="Expression of one tumor's genes.",
    columns=(
        Column("gene", _TEXT, "HGNC symbol"),
        Column("tpm", pl.Float64(), "Transcripts per million", "TPM", legal=(0, 1e6)),
    ),
    sort_by=("gene",),
)
