"""How the embedded facts were derived from their public sources.

Run as ``python resources/derive.py KNOWLEDGE_FOLDER`` on a folder laid out like the sources that each
``SOURCE.md`` names. The same input gives the same bytes; `oncoloom resources verify` checks the digests.
"""

import gzip
import hashlib
import sys
from pathlib import Path

import polars as pl

HERE = Path(__file__).resolve().parent
# An IntOGen role is per cohort: a gene is an oncogene or suppressor when this share of its cohorts says so.
ONCOGENE_SHARE, SUPPRESSOR_SHARE = 0.5, 0.4
# Codes of oncoref's burden table that are another one in OncoTree, beside those of the response rates.
BURDEN_TYPES = {
    "SKCM": "SKCM|MEL", "LAML": "AML", "OV": "HGSOC", "UVM": "UM", "THCA": "THPA", "CRC": "COADREAD",
    "BRCA": "BRCA|IDC",
}  # fmt: skip
# Two lists by two papers, or three lists: what one list or one paper alone holds is not taken over.
LEAST_LISTS, LEAST_PAPERS, SUFFICIENT_LISTS = 2, 2, 3


def read(path: Path) -> pl.DataFrame:
    """A tab-separated table with every column as text."""
    return pl.read_csv(path, separator="\t", infer_schema_length=0, quote_char=None)


def write(frame: pl.DataFrame, path: Path) -> None:
    """Write a tab-separated table, gzipped without name and time."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = frame.write_csv(separator="\t", quote_style="never").encode()
    path.write_bytes(gzip.compress(text, 9, mtime=0))


def derive_symbols(source: Path) -> None:
    """Approved HGNC symbols, and the names that resolve to them."""
    table = read(source / "hgnc" / "hgnc_all.tsv.gz").filter(pl.col("status") == "Approved")
    write(
        table.select("symbol", "hgnc_id", "entrez_id").sort("symbol"),
        HERE / "genes" / "hgnc_symbols.tsv.gz",
    )
    aliases = read(source / "hgnc" / "alias_index.tsv.gz")
    write(
        aliases.select("query", pl.col("hgnc_symbol").alias("symbol"), "kind")
        .unique()
        .sort("query", "kind", "symbol"),
        HERE / "genes" / "hgnc_aliases.tsv.gz",
    )


def derive_hotspots(source: Path) -> None:
    """Recurrent residues, in-frame indel stretches and splice sites; 3D clusters are left out as weaker."""
    table = read(source / "hotspots" / "genome_nexus_hotspots_v2_and_3d.tsv.gz").filter(
        pl.col("type") != "3d"
    )
    span = pl.col("amino_acid_position").str.extract_all(r"\d+")
    kept = table.select(
        pl.col("hugo_symbol").alias("gene"),
        pl.col("type").str.replace_all(" ", "_").str.replace_all("-", "_"),
        span.list.first().alias("first_residue"),
        span.list.last().alias("last_residue"),
        pl.when(pl.col("type") == "single residue")
        .then(pl.col("residue").str.slice(0, 1))
        .otherwise(pl.lit(""))
        .alias("reference_amino_acid"),
        pl.col("variant_amino_acid").str.replace_all(r":\d+", "").alias("changes"),
        pl.col("tumor_count").alias("n_tumors"),
        pl.col("variant_amino_acid")
        .str.extract_all(r":\d+")
        .list.join("")
        .str.strip_prefix(":")
        .str.replace_all(":", "|")
        .alias("tumors_by_change"),
        pl.col("transcript_id").alias("transcript"),
    )
    key = ["gene", "type", "first_residue", "last_residue"]
    write(
        kept.unique(key, keep="first", maintain_order=True).sort(
            pl.col("gene"), pl.col("type"), pl.col("first_residue").cast(pl.Int64), pl.col("last_residue")
        ),
        HERE / "hotspots" / "cancer_hotspots.tsv.gz",
    )


def derive_drivers(source: Path) -> None:
    """Role of each IntOGen driver gene over its cohorts; columns that quote other catalogues are dropped."""
    table = read(source / "driver_genes" / "intogen_2023-05-31_Compendium_Cancer_Genes.tsv.gz")
    role = pl.col("ROLE")
    counts = (
        table.group_by("SYMBOL")
        .agg(
            pl.col("TRANSCRIPT").first().alias("transcript"),
            (role == "Act").sum().alias("n_activating"),
            (role == "LoF").sum().alias("n_loss_of_function"),
            pl.len().alias("n_cohorts"),
            pl.col("CANCER_TYPE").unique().sort().str.join("|").alias("cancer_types"),
        )
        .sort("SYMBOL")
        .rename({"SYMBOL": "gene"})
        .with_columns(
            (pl.col("n_activating") / pl.col("n_cohorts") >= ONCOGENE_SHARE).cast(pl.Int8).alias("oncogene"),
            (pl.col("n_loss_of_function") / pl.col("n_cohorts") >= SUPPRESSOR_SHARE)
            .cast(pl.Int8)
            .alias("tumor_suppressor"),
        )
    )
    write(counts, HERE / "driver_genes" / "driver_genes.tsv.gz")


def derive_fusions(source: Path) -> None:
    """Gene pairs of recurrent fusions with tumor types and papers; rearrangements without a pair left out."""
    table = read(source / "oncoref" / "fusions_by_cancer.tsv").filter(
        (pl.col("mechanism") == "fusion_transcript") & (pl.col("gene_3prime").fill_null("") != "")
    )
    pairs = (
        table.group_by(
            pl.col("gene_5prime").fill_null("").str.strip_chars(), pl.col("gene_3prime").str.strip_chars()
        )
        .agg(
            pl.col("cancer_code").unique().sort().str.join("|").alias("tumor_types"),
            pl.col("pmid").str.replace("PMID:", "").unique().sort().str.join("|").alias("pubmed"),
        )
        .sort("gene_3prime", "gene_5prime")
    )
    write(pairs, HERE / "fusions" / "known_fusions.tsv.gz")


def derive_curated_changes(source: Path) -> None:
    """Missense changes that two curated lists hold by two papers together, or three lists.

    Changes common in the population stay out (`polymorphisms.tsv`): lists of drug response hold some.
    """
    known = read(HERE / "curated_changes" / "polymorphisms.tsv").select("gene", "change")
    listed = pl.concat([_docm(source), _civic(source), _cgi(source), _bailey(source)])
    listed = listed.filter(
        pl.col("change").str.contains(r"^[A-Z]\d+[A-Z]$"), pl.col("pubmed").str.contains(r"^\d+$")
    )
    joined = (
        listed.group_by("gene", "change")
        .agg(
            pl.col("list").unique().sort().str.join("|").alias("lists"),
            pl.col("list").n_unique().alias("n_lists"),
            pl.col("pubmed").unique().sort().str.join("|").alias("pubmed"),
            pl.col("pubmed").n_unique().alias("n_papers"),
        )
        .filter(
            (pl.col("n_lists") >= LEAST_LISTS) & (pl.col("n_papers") >= LEAST_PAPERS)
            | (pl.col("n_lists") >= SUFFICIENT_LISTS)
        )
        .join(known, on=["gene", "change"], how="anti")
        .sort("gene", pl.col("change").str.extract(r"(\d+)").cast(pl.Int64), "change")
        .select("gene", "change", "lists", "n_papers", "pubmed")
    )
    write(joined, HERE / "curated_changes" / "curated_changes.tsv.gz")


def _docm(source: Path) -> pl.DataFrame:
    table = read(source / "docm" / "docm_variants.GRCh37.tsv.gz").filter(
        pl.col("mutation_type") == "missense"
    )
    return table.select(
        "gene",
        pl.col("amino_acid").str.strip_prefix("p.").alias("change"),
        pl.lit("DoCM").alias("list"),
        pl.col("pubmed_sources").str.split(",").alias("pubmed"),
    ).explode("pubmed")


def _civic(source: Path) -> pl.DataFrame:
    """Somatic evidence that supports, of single changes; flagged rows stay out."""
    table = read(source / "civic" / "2026-05" / "2026-05-AcceptedClinicalEvidenceSummaries.tsv.gz").filter(
        pl.col("variant_origin") == "Somatic",
        pl.col("evidence_direction") == "Supports",
        pl.col("is_flagged") != "true",
        pl.col("source_type") == "PubMed",
        pl.col("molecular_profile").str.contains(r"^[A-Z0-9]+ [A-Z]\d+[A-Z]$"),
    )
    parts = pl.col("molecular_profile").str.split(" ")
    return table.select(
        parts.list.first().alias("gene"),
        parts.list.last().alias("change"),
        pl.lit("CIViC").alias("list"),
        pl.col("citation_id").alias("pubmed"),
    )


def _cgi(source: Path) -> pl.DataFrame:
    table = read(source / "cgi" / "cgi_biomarkers_per_variant_2017.tsv.gz").filter(
        pl.col("individual_mutation").is_not_null()
    )
    parts = pl.col("individual_mutation").str.split(":")
    return (
        table.select(
            parts.list.first().alias("gene"),
            parts.list.last().alias("change"),
            pl.lit("CGI").alias("list"),
            pl.col("Source").str.extract_all(r"PMID:\d+").alias("pubmed"),
        )
        .explode("pubmed")
        .with_columns(pl.col("pubmed").str.strip_prefix("PMID:"))
    )


def _bailey(source: Path) -> pl.DataFrame:
    table = read(source / "oncoref" / "driver_variants_bailey2018.tsv")
    return table.select(
        pl.col("gene_symbol").alias("gene"),
        pl.col("protein_change").str.strip_prefix("p.").alias("change"),
        pl.lit("Bailey 2018").alias("list"),
        pl.col("pmid").str.strip_prefix("PMID:").alias("pubmed"),
    )


def derive_burden(source: Path) -> None:
    """Published medians of the mutational burden by tumor type (OncoTree), with what was counted.

    Kept: medians that the source marks as of high or medium confidence, of a tumor type as a whole.
    """
    table = read(source / "oncoref" / "tmb_by_cancer.tsv").filter(
        pl.col("median_tmb_mut_mb").cast(pl.Float64, strict=False).is_not_null(),
        pl.col("confidence").is_in(["high", "medium"]),
    )
    mapped = read(HERE / "trials" / "rate_tumor_types.tsv").filter(pl.col("biomarkers").fill_null("") == "")
    types = dict(mapped.select("cancer_code", "tumor_type").iter_rows()) | BURDEN_TYPES
    codes = set(read(HERE / "oncotree" / "codes.tsv")["code"])
    own = pl.col("cancer_code").replace_strict(types, default=pl.col("cancer_code")).str.split("|")
    said = pl.concat_str("notes", "source", separator=" ")
    rows = (
        table.select(
            own.alias("tumor_type"),
            pl.col("median_tmb_mut_mb").alias("median"),
            pl.col("n_samples").fill_null(""),
            pl.when(said.str.contains("panel|Fabrizio"))
            .then(pl.lit("panel"))
            .when(said.str.contains("WGS|genome|WES|xome|Lawrence|TCGA|Grobner|nonsynonymous"))
            .then(pl.lit("exome or genome"))
            .otherwise(pl.lit("not stated"))
            .alias("assay"),
            "source",
            pl.col("pmid_doi").alias("reference"),
        )
        .explode("tumor_type")
        .filter(pl.col("tumor_type").is_in(codes))
        .unique("tumor_type", keep="first", maintain_order=True)
        .sort("tumor_type")
    )
    target = HERE / "burden" / "published_medians.tsv"
    target.write_bytes(rows.write_csv(separator="\t", quote_style="never").encode())


def copy_models_and_bands(source: Path) -> None:
    """Gene models and cytobands as they are, recompressed without a time stamp."""
    for build in ("hg19", "hg38"):
        models = gzip.decompress((source / "genemodels" / f"cancer_genes.{build}.gff3.gz").read_bytes())
        target = HERE / "genes" / f"cancer_genes.{build}.gff3.gz"
        target.write_bytes(gzip.compress(models, 9, mtime=0))
        bands = (source / "tracks" / f"cytoBandIdeo.{build}.txt").read_bytes()
        (HERE / "cytobands" / f"cytobands.{build}.tsv.gz").write_bytes(gzip.compress(bands, 9, mtime=0))


def write_digests() -> None:
    """A DIGESTS file a folder: SHA-256 and bytes of each data file."""
    for folder in ("genes", "hotspots", "driver_genes", "cytobands", "fusions", "curated_changes", "burden"):
        names = sorted(p.name for p in (HERE / folder).iterdir() if p.suffix in (".gz", ".tsv"))
        lines = [
            f"{hashlib.sha256((HERE / folder / name).read_bytes()).hexdigest()}  {name}\n" for name in names
        ]
        (HERE / folder / "DIGESTS").write_text("".join(lines), encoding="utf-8")


if __name__ == "__main__":
    knowledge = Path(sys.argv[1])
    derive_symbols(knowledge)
    derive_hotspots(knowledge)
    derive_drivers(knowledge)
    derive_fusions(knowledge)
    derive_curated_changes(knowledge)
    derive_burden(knowledge)
    copy_models_and_bands(knowledge)
    write_digests()
