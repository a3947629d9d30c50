"""The rows of a MAF as columns of the variants table; faults and oddities counted."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from oncoloom.cohort.maf_alleles import read_alleles
from oncoloom.cohort.maf_build import one_build
from oncoloom.cohort.maf_cells import MafCells, by_value
from oncoloom.cohort.maf_counts import is_percent, read_counts
from oncoloom.cohort.maf_drivers import judge_drivers
from oncoloom.cohort.maf_fields import TCGA_NORMAL
from oncoloom.cohort.maf_genes import read_genes
from oncoloom.cohort.maf_places import read_places
from oncoloom.features.contracts import VARIANTS_TABLE
from oncoloom.reference_data.consequence_terms import consequence_of_maf_class
from oncoloom.reference_data.protein_change import parse_protein_change

_NO_VARIANT = ["wildtype", "none"]
_UNKNOWN_ORIGIN = ["unknown", "post-transcriptional modification"]
_FIXED = ("cancer_cell_fraction", "posterior")


@dataclass(slots=True)
class MafColumns:
    """`frame`: the variants table of the rows that are variants, and `row`, their index in the text."""

    frame: pl.DataFrame
    renamed: Counter[str]


def read_columns(cells: MafCells, path: Path, declared_build: str | None) -> MafColumns:
    """Read all fields, column by column; faults are in `cells.faults` afterwards, the frame is then void."""
    percent = is_percent(cells)
    samples = cells.cells("sample")
    cells.fault(samples.is_null(), "sample", "a sample name")
    cells.alive = cells.alive & samples.is_not_null()
    cells.leave_out(samples.str.contains(TCGA_NORMAL), "no tumor (TCGA barcode of a normal)")
    status = cells.raw("status").str.to_lowercase()
    cells.leave_out(status.is_in(_NO_VARIANT), "no variant (Mutation_Status)")
    build = one_build(cells, declared_build, path)
    alleles = read_alleles(cells)
    places = read_places(cells, alleles, build)
    genes, renamed = read_genes(cells)
    frame = pl.DataFrame(
        [
            pl.int_range(0, cells.height, eager=True).alias("row"),
            samples.alias("patient_id"),
            samples.alias("sample_id"),
            *places,
            *alleles,
            genes.alias("gene"),
            cells.cells("transcript"),
            _consequences(cells).alias("consequence"),
            cells.cells("hgvs_c"),
            *_proteins(cells),
            *read_counts(cells, percent=percent),
            _origins(cells, status).alias("origin"),
            _filters(cells).alias("filters"),
        ]
    )
    facts = pl.DataFrame(
        [build.alias("build"), cells.cells("hgvs_p").fill_null("").alias("protein"), cells.raw("class")]
    )
    keep = cells.alive
    frame, notes = judge_drivers(frame.filter(keep), facts.filter(keep))
    cells.notes += notes
    names = VARIANTS_TABLE.polars_schema()
    frame = frame.with_columns(pl.lit("MAF").alias("caller"))
    return MafColumns(
        frame.select(
            "row",
            *(
                (pl.col(name) if name in frame.columns else pl.lit(None)).cast(dtype).alias(name)
                for name, dtype in names.items()
            ),
        ),
        renamed,
    )


def _filters(cells: MafCells) -> pl.Series:
    text = cells.cells("filter").str.replace_all(",", ";").str.strip_chars(";")
    passed = (text.str.to_uppercase() == "PASS").fill_null(value=False)
    return text.set(passed, "PASS").fill_null("not filtered")


def _consequences(cells: MafCells) -> pl.Series:
    classes = cells.cells("class").fill_null("")
    terms = by_value(classes, _consequence, pl.String())
    unknown = classes.filter(cells.alive & terms.is_null())
    for name, n in unknown.value_counts(sort=True).iter_rows():
        cells.counts[f"Variant_Classification {name or 'empty'} not known, consequence null"] += n
    return terms


def _consequence(class_name: str) -> str | None:
    return "inframe_insertion" if class_name.upper() == "ITD" else consequence_of_maf_class(class_name)


def _proteins(cells: MafCells) -> list[pl.Series]:
    text = cells.cells("hgvs_p")
    short = by_value(text, lambda one: parse_protein_change(one).short, pl.String())
    long = by_value(text, lambda one: parse_protein_change(one).long, pl.String())
    cells.count(text.is_not_null() & short.is_null(), "protein change not usable, set to null")
    return [long.set(short.is_null(), None).alias("hgvs_p"), short.alias("hgvs_p_short")]


def _origins(cells: MafCells, status: pl.Series) -> pl.Series:
    germline = status.str.contains("germline", literal=True)
    cells.count(germline, "germline rows, kept and not counted as somatic")
    cells.count(status.is_in(_UNKNOWN_ORIGIN), "rows of unknown status, counted as somatic")
    return pl.select(
        pl.when(germline)
        .then(pl.lit("germline"))
        .when(status.is_in(_UNKNOWN_ORIGIN))
        .then(pl.lit("unknown"))
        .otherwise(pl.lit("somatic"))
    ).to_series()
