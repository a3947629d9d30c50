"""Which variants a report may speak of, and how it names them."""

from typing import Any

import polars as pl


def somatic(variants: pl.DataFrame) -> pl.DataFrame:
    """Variants that are not germline: germline findings need consent, which no input records yet."""
    return variants.filter(pl.col("origin") != "germline")


def passed(variants: pl.DataFrame) -> pl.DataFrame:
    """Somatic variants that passed; those of a file that was never filtered count as unfiltered, and stay."""
    return somatic(variants).filter(pl.col("filters").is_in(["PASS", "not filtered"]))


def n_of_unknown_origin(variants: pl.DataFrame) -> int:
    """Variants that passed of which no normal tells whether they are somatic: they are not called somatic."""
    return passed(variants).filter(pl.col("origin") == "unknown").height


def change_of(row: dict[str, Any]) -> str:
    """The shortest true name of a change: protein, coding, consequence, or place."""
    for key in ("hgvs_p_short", "hgvs_c"):
        if row[key]:
            return str(row[key])
    if row["consequence"]:
        return str(row["consequence"]).split("&")[0].replace("_", " ")
    return place_of(row)


def place_of(row: dict[str, Any]) -> str:
    """``7:55,191,822 T>G``, or empty where the source gave no place."""
    if row["chrom"] is None or row["pos"] is None:
        return ""
    alleles = f" {_short(row['ref'])}>{_short(row['alt'])}" if row["ref"] and row["alt"] else ""
    return f"{row['chrom']}:{row['pos']:,}{alleles}"


def _short(allele: str) -> str:
    return allele if len(allele) <= 8 else f"{allele[:4]}…({len(allele)})"


def counts(alt: int | None, depth: int | None) -> str:
    """Fragments with an allele of all: ``66 of 212``."""
    if depth is None:
        return "not given"
    return f"{alt if alt is not None else '?'} of {depth:,}"
