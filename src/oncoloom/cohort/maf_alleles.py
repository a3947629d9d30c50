"""Alleles of MAF rows: case, the ways to write an empty one, which of two is the variant's, its class."""

import polars as pl

from oncoloom.cohort.maf_cells import MafCells

_CLASSES = {"SNP": "snv", "SNV": "snv", "DNP": "mnv", "TNP": "mnv", "ONP": "mnv", "MNP": "mnv"} | {
    "INS": "insertion", "DEL": "deletion"
}  # fmt: skip
_ALLELE = r"^([ACGTN]+|-)$"


def read_alleles(cells: MafCells) -> pl.DataFrame:
    """Columns `ref`, `alt`, `variant_class` of all rows; rows without a variant are left out.

    Of Tumor_Seq_Allele1 and 2 the second is used unless it is the reference or missing. Any number of dashes
    is the empty allele (older MAFs write one for every base), so is a missing reference of an insertion or a
    missing alternate of a deletion.
    """
    given = {name: _upper(cells, name) for name in ("ref", "alt", "alt_1")}
    frame = pl.DataFrame(given).with_columns(_classes(cells))
    differs = (pl.col("alt_1") != "") & (pl.col("alt_1") != pl.col("ref"))
    first_only = (pl.col("alt") == "") | (pl.col("alt") == pl.col("ref"))
    two = frame.select(differs & ~first_only & (pl.col("alt_1") != pl.col("alt"))).to_series()
    frame = frame.with_columns(
        alt=pl.when(differs & first_only).then(pl.col("alt_1")).otherwise(pl.col("alt"))
    )
    frame = _fill_empty(cells, frame)
    cells.count(two, "two alternate alleles in a row, Tumor_Seq_Allele2 is used")
    for name in ("ref", "alt"):
        bad = (frame[name] != "") & ~frame[name].str.contains(_ALLELE)
        cells.fault(bad, name, "bases, or - for none")
    same = (frame["ref"] != "") & (frame["ref"] == frame["alt"])
    cells.leave_out(same, "no variant (both alleles are the reference)")
    empty = pl.col("ref", "alt")
    frame = frame.with_columns(pl.when(empty != "").then(empty))
    return frame.select("ref", "alt", _variant_class().alias("variant_class"))


def _upper(cells: MafCells, name: str) -> pl.Series:
    return cells.cells(name).fill_null("").str.to_uppercase().str.replace(r"^-+$", "-")


def _classes(cells: MafCells) -> pl.Series:
    types = cells.cells("type").str.to_uppercase()
    return types.replace_strict(_CLASSES, default=None, return_dtype=pl.String).alias("known")


def _fill_empty(cells: MafCells, frame: pl.DataFrame) -> pl.DataFrame:
    ref, alt = pl.col("ref"), pl.col("alt")
    inserted = (pl.col("known") == "insertion") & (ref == "") & (alt != "")
    deleted = (pl.col("known") == "deletion") & (alt == "") & (ref != "")
    mask = frame.select((inserted | deleted).fill_null(value=False)).to_series()
    cells.count(mask, "missing allele of an insertion or deletion read as the empty one")
    return frame.with_columns(
        ref=pl.when(inserted).then(pl.lit("-")).otherwise(ref),
        alt=pl.when(deleted).then(pl.lit("-")).otherwise(alt),
    )


def _variant_class() -> pl.Expr:
    ref, alt = pl.col("ref"), pl.col("alt")
    same_length = ref.str.len_bytes() == alt.str.len_bytes()
    return (
        pl.when((pl.col("known") == "snv") & same_length & (ref.str.len_bytes() > 1))
        .then(pl.lit("mnv"))
        .when(pl.col("known").is_not_null())
        .then(pl.col("known"))
        .when(ref.is_null() | alt.is_null())
        .then(pl.lit("unknown"))
        .when(ref == "-")
        .then(pl.lit("insertion"))
        .when(alt == "-")
        .then(pl.lit("deletion"))
        .when(same_length & (ref.str.len_bytes() == 1))
        .then(pl.lit("snv"))
        .when(same_length)
        .then(pl.lit("mnv"))
        .otherwise(pl.lit("complex"))
    )
