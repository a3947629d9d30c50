"""Tables of one sample's mutational spectrum and signatures."""

import polars as pl

from oncoloom.tables import Column, TableSchema

_TEXT, _FLOAT = pl.String(), pl.Float64()

SPECTRUM_TABLE = TableSchema(
    name="spectrum",
    version=1,
    description="Somatic mutations by channel: SBS-96 and ID-83. No rows where the variants could not be counted.",
    columns=(
        Column("patient_id", _TEXT, "Patient"),
        Column("sample_id", _TEXT, "Tumor sample"),
        Column("catalogue", _TEXT, "Kind of channels", allowed=("SBS96", "ID83")),
        Column("channel", _TEXT, "Channel, e.g. A[C>T]G or 1:Del:T:5"),
        Column("mutations", pl.Int32(), "Mutations counted", "mutations", legal=(0, 100_000_000)),
    ),
    sort_by=("patient_id", "sample_id", "catalogue", "channel"),
)  # fmt: skip

SIGNATURES_TABLE = TableSchema(
    name="signatures",
    version=1,
    description="Signatures present in a tumor. No rows where there are too few mutations, no matrix or no prior.",
    columns=(
        Column("patient_id", _TEXT, "Patient"),
        Column("sample_id", _TEXT, "Tumor sample"),
        Column("signature", _TEXT, "Signature, as the matrix names it"),
        Column("mutations", _FLOAT, "Mutations it explains", "mutations", legal=(0, 1e9)),
        Column("share", _FLOAT, "Share of all explained mutations", "fraction", legal=(0, 1)),
        Column("share_lower", _FLOAT, "Lower 95 % sampling limit of the share, given the chosen signatures", "fraction", legal=(0, 1)),
        Column("share_upper", _FLOAT, "Upper 95 % sampling limit of the share", "fraction", legal=(0, 1)),
        Column("support", _FLOAT, "Share of resampled spectra in which the selection chooses it", "fraction", legal=(0, 1)),
        Column("state", _TEXT, "prior-led below 200 mutations", allowed=("measured", "prior-led")),
        Column("possible_artefact", pl.Boolean(), "Flagged by COSMIC as a possible sequencing artefact"),
    ),
    sort_by=("patient_id", "sample_id", "signature"),
)  # fmt: skip
