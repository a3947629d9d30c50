"""How the embedded tables of randomized trials were made from their public sources.

    python resources/trials/derive.py CLINICAL_FOLDER KNOWLEDGE_FOLDER

CLINICAL_FOLDER holds `kmdata/`, KNOWLEDGE_FOLDER `oncoref/` and `oncotree/`, laid out as `SOURCE.md` says.
The same input gives the same bytes. `comparisons.tsv`, `therapies.tsv` and `rate_tumor_types.tsv` are written
by hand; only their digests are taken here.
"""

import gzip
import hashlib
import sys
from pathlib import Path

import polars as pl

HERE = Path(__file__).resolve().parent
PUBLICATION = ("pubmed_id", "journal", "year", "title")


def read(path: Path, separator: str) -> pl.DataFrame:
    """A table with every column as text."""
    return pl.read_csv(
        path, separator=separator, infer_schema_length=0, quote_char='"' if separator == "," else None
    )


def write(frame: pl.DataFrame, name: str) -> None:
    """Write a tab-separated table beside this script, gzipped without name and time where it ends in .gz."""
    text = frame.write_csv(separator="\t", quote_style="never").encode()
    (HERE / name).write_bytes(gzip.compress(text, 9, mtime=0) if name.endswith(".gz") else text)


def derive_curves(kmdata: Path) -> None:
    """A row per patient and curve, times as the source prints them, sorted by curve, arm, time, event."""
    rows = read(kmdata / "survival.csv.gz", ",")
    assert rows.columns == ["curve", "arm", "time_months", "event"]
    months = pl.col("time_months").cast(pl.Float64)
    write(rows.sort("curve", "arm", months, "event"), "curves.tsv.gz")


def derive_publications(kmdata: Path) -> None:
    """A row per publication: PubMed number, journal, year, title; and how well each curve could be read."""
    trials = read(kmdata / "trials.csv", ",")
    clean = [pl.col(name).str.replace_all(r"\s+", " ").str.strip_chars() for name in PUBLICATION]
    write(trials.select(clean).unique("pubmed_id").sort("pubmed_id"), "publications.tsv")
    quality = pl.col("reconstruction_quality_pct").alias("reconstruction_quality")
    write(trials.select("curve", quality).sort("curve"), "reading_quality.tsv")


def derive_response_rates(oncoref: Path) -> None:
    """Verified primary response rates of checkpoint inhibitors, one row each, with their OncoTree code."""
    rows = read(oncoref / "ici_trial_estimates.tsv", "\t")
    codes = read(HERE / "rate_tumor_types.tsv", "\t")
    kept = rows.filter(
        (pl.col("metric") == "ORR")
        & (pl.col("role") == "primary")
        & (pl.col("source_verified") == "True")
        & (pl.col("value_status") == "numeric")
        & (pl.col("metric_n") != "")  # without the number of patients a rate says nothing
    )
    table = kept.join(codes, on="cancer_code", how="inner").select(
        "estimate_id",
        "tumor_type",
        "biomarkers",
        "regimen",
        "drug",
        pl.col("trial_name").alias("trial"),
        pl.col("trial_nct").alias("registration"),
        pl.col("ref").alias("citation"),
        pl.col("source_population_label").alias("population"),
        pl.col("metric_n").alias("n"),
        "responders",
        pl.col("value").alias("response_percent"),
        pl.col("ci_low").alias("lower_percent"),
        pl.col("ci_high").alias("upper_percent"),
        pl.col("ci_basis").alias("interval_basis"),
    )
    write(table.fill_null("").sort("tumor_type", "regimen", "estimate_id"), "response_rates.tsv")


def derive_parents(oncotree: Path) -> None:
    """Code, name and parent of every node of OncoTree, organs included (they are parents, not diagnoses)."""
    tree = read(oncotree / "oncotree_2025_10_03.tsv", "\t")
    text = (
        tree.select("code", "name", "parent")
        .fill_null("")
        .sort("code")
        .write_csv(separator="\t", quote_style="never")
    )
    (HERE.parent / "oncotree" / "parents.tsv").write_text(text, encoding="utf-8")


def write_digests(folder: Path) -> None:
    """SHA-256 of each table of a folder."""
    names = sorted(path.name for path in folder.iterdir() if path.suffix in (".gz", ".tsv"))
    lines = [f"{hashlib.sha256((folder / name).read_bytes()).hexdigest()}  {name}\n" for name in names]
    (folder / "DIGESTS").write_text("".join(lines), encoding="utf-8")


if __name__ == "__main__":
    clinical, knowledge = Path(sys.argv[1]), Path(sys.argv[2])
    derive_curves(clinical / "kmdata")
    derive_publications(clinical / "kmdata")
    derive_response_rates(knowledge / "oncoref")
    derive_parents(knowledge / "oncotree")
    write_digests(HERE)
    write_digests(HERE.parent / "oncotree")
