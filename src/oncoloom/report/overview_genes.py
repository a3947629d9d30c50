"""What the oncoplot of the overview shows: patients of the project, or a cohort where there are none."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from oncoloom.features.contracts import ASSESSABILITY_TABLE, VARIANTS_TABLE
from oncoloom.features.schema import DRIVER_GENES, FEATURES_TABLE
from oncoloom.report.overview_cohorts import CohortView
from oncoloom.report.plots.oncoplot import MAX_COLUMNS, Column, Group, oncoplot, shares
from oncoloom.report.sections.passed import passed
from oncoloom.report.svg import Drawing
from oncoloom.report.words import count
from oncoloom.tables import read_table

MAX_GENES = 14
_TRUNCATING = (
    "frameshift",
    "stop_gained",
    "splice_acceptor",
    "splice_donor",
    "start_lost",
    "stop_lost",
    "transcript_ablation",
)
NO_THERAPY = "therapy not recorded"
# Classes whose verdict is drawn; small variants, promoters and skipped exons are drawn from their variant.
KIND_OF_CLASS = {"amplification": "amplified", "deep deletion": "deep deletion", "fusion": "fusion"}


@dataclass(frozen=True, slots=True)
class Alterations:
    """The oncoplot and the sentence below it."""

    drawing: Drawing
    note: str


def alterations(
    features: Path, patients: list[str], therapies: dict[str, str], cohorts: list[CohortView]
) -> Alterations | None:
    """The oncoplot of the project's patients, else of the first cohort with driver flags, else None."""
    columns = {name: _column(features, name) for name in patients if (features / f"{name}.parquet").is_file()}
    if columns:
        groups = _grouped(columns, therapies)
        source = "Patients of this project who were reported."
    else:
        found = next((view for view in cohorts if _has_drivers(view.frame)), None)
        if found is None:
            return None
        groups = _cohort_groups(found.frame)
        source = f"Driver flags of cohort {found.name}; the kind of alteration is not in the table."
    genes = _top_genes(groups)
    if not genes:
        return None
    note = "" if not columns else f" {count(len(columns), 'patient')}."
    n = sum(len(group.columns) for group in groups)
    if n > MAX_COLUMNS:
        note += f" Of {n:,} patients, {MAX_COLUMNS} evenly spaced ones are drawn; shares count all."
    return Alterations(oncoplot(groups, genes), source + note)


def _column(features: Path, patient_id: str) -> Column:
    row = read_table(features / f"{patient_id}.parquet", FEATURES_TABLE).row(0, named=True)
    folder = features / patient_id
    seen: dict[str, set[str]] = {}
    for verdict in read_table(folder / "assessability.parquet", ASSESSABILITY_TABLE).iter_rows(named=True):
        kind = _kind_of_verdict(verdict)
        if kind:
            seen.setdefault(verdict["gene"], set()).add(kind)
    drivers = passed(read_table(folder / "variants.parquet", VARIANTS_TABLE)).filter(pl.col("driver"))
    for variant in drivers.iter_rows(named=True):
        if variant["gene"]:
            seen.setdefault(variant["gene"], set()).add(_kind_of_variant(variant["consequence"]))
    for kinds in seen.values():
        if len(kinds) > 1:
            kinds.discard("not assessable")
    return Column(row["tmb"], {gene: frozenset(kinds) for gene, kinds in seen.items()})


def _kind_of_verdict(row: dict[str, Any]) -> str | None:
    if row["state"] == "detected":
        return KIND_OF_CLASS.get(row["alteration_class"])
    if row["alteration_class"] == "small variant" and row["state"] in ("not assessable", "not tested"):
        return "not assessable"
    return None


def _kind_of_variant(consequence: str | None) -> str:
    if consequence is None or "upstream" in consequence:  # a promoter's change is neither
        return "altered"
    return "truncating" if any(term in consequence for term in _TRUNCATING) else "missense"


def _grouped(columns: dict[str, Column], therapies: dict[str, str]) -> list[Group]:
    by_therapy: dict[str, list[Column]] = {}
    for name, column in columns.items():
        by_therapy.setdefault(therapies.get(name, NO_THERAPY) if therapies else "all patients", []).append(
            column
        )
    return _ordered(by_therapy)


def _ordered(by_therapy: dict[str, list[Column]]) -> list[Group]:
    """Largest group first; inside a group patients with the same alterations stand together."""
    named = sorted(by_therapy.items(), key=lambda item: (-len(item[1]), item[0]))
    if len(named) > 4:
        rest = [column for _, columns in named[3:] for column in columns]
        named = [*named[:3], ("other therapies", rest)]
    ranks = _top_genes([Group(name, tuple(columns)) for name, columns in named])
    return [
        Group(name, tuple(sorted(columns, key=lambda column: _pattern(column, ranks))))
        for name, columns in named
    ]


def _pattern(column: Column, genes: list[str]) -> tuple[tuple[bool, ...], float]:
    altered = tuple(not (column.seen.get(gene, frozenset()) - {"not assessable"}) for gene in genes)
    return altered, -(column.tmb or 0.0)


def _top_genes(groups: list[Group]) -> list[str]:
    altered: Counter[str] = Counter()
    genes = sorted({gene for group in groups for column in group.columns for gene in column.seen})
    for gene in genes:
        n, _ = shares(groups, gene)
        if n:
            altered[gene] = n
    return [gene for gene, _ in sorted(altered.items(), key=lambda item: (-item[1], item[0]))[:MAX_GENES]]


def _has_drivers(frame: pl.DataFrame) -> bool:
    return any(frame[f"driver_{gene}"].is_not_null().any() for gene in DRIVER_GENES)


def _cohort_groups(frame: pl.DataFrame) -> list[Group]:
    by_therapy: dict[str, list[Column]] = {}
    for row in frame.iter_rows(named=True):
        seen = {}
        for gene in DRIVER_GENES:
            flag = row[f"driver_{gene}"]
            if flag is None or flag:
                seen[gene] = frozenset({"not assessable" if flag is None else "altered"})
        by_therapy.setdefault(row["therapy"] or NO_THERAPY, []).append(Column(row["tmb"], seen))
    return _ordered(by_therapy)
