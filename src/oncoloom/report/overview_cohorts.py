"""Cohort tables as the overview shows them: outcome curves by therapy, response shares, TMB."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from oncoloom.cohort.schema import COHORT_TABLE
from oncoloom.features.schema import SIGNATURE_CAUSES
from oncoloom.report.html import drawn
from oncoloom.report.plots.histogram import tmb_histogram
from oncoloom.report.plots.kaplan_meier import (
    MAX_CURVES,
    MIN_PATIENTS,
    Curve,
    kaplan_meier_plot,
    product_limit,
)
from oncoloom.report.plots.signature_bars import Processes, ProcessGroup, signature_bars
from oncoloom.report.plots.tmb_types import shown_types, tmb_by_type
from oncoloom.report.words import count, percent, percent_figure
from oncoloom.shares import wilson_interval
from oncoloom.tables import read_table

PROJECT = "cohort"
NO_COHORTS = ("predictions", "comparisons")  # tables of the cohorts folder that hold no cohort
MAX_COHORTS = 6
MIN_TMB = 5
LEAST_PROCESSES, MAX_PROCESS_GROUPS = 2, 6
PROCESS_WORDS = {
    "aging": "aging",
    "apobec": "APOBEC enzymes",
    "hr_deficiency": "HR deficiency",
    "tobacco": "tobacco",
    "uv": "ultraviolet light",
    "mismatch_repair": "mismatch repair",
    "polymerase": "polymerase",
    "platinum": "platinum drugs",
    "temozolomide": "temozolomide",
}  # `SIGNATURE_CAUSES` in words that fit beside a row
_BESIDE = (".variants", ".predictions", ".segments")
_TITLES = {"pfs": "Free of progression by therapy", "os": "Alive by therapy"}


@dataclass(frozen=True, slots=True)
class CohortView:
    """One cohort table and what can be drawn of it."""

    name: str
    frame: pl.DataFrame

    @property
    def n(self) -> int:
        """Rows of the table."""
        return len(self.frame)

    def context(self) -> dict[str, Any]:
        """Values of the template."""
        endpoint, curves = outcome_curves(self.frame)
        tmb = self.frame["tmb"].drop_nulls().to_list()
        by_type = tmb_values_by_type(self.frame)
        types = shown_types(by_type)
        groups = process_groups(self.frame)
        left = {
            key: n
            for key, n in (
                ("no outcome", self.n - sum(len(curve.spans) for curve in curves) if curves else 0),
                ("no TMB", self.n - len(tmb) if tmb else 0),
            )
            if n
        }
        return {
            "name": self.name,
            "n": self.n,
            "title": _TITLES.get(endpoint, ""),
            "curves": drawn(kaplan_meier_plot(curves, _TITLES[endpoint])) if curves else "",
            "tmb": drawn(tmb_histogram(tmb)) if len(tmb) >= MIN_TMB else "",
            "processes": drawn(signature_bars(groups, list(SIGNATURE_CAUSES), PROCESS_WORDS))
            if groups
            else "",
            "processes_note": processes_note(self.frame, groups),
            "tmb_types": drawn(tmb_by_type(by_type)) if len(types) > 1 else "",
            "tmb_types_note": _left_types(by_type, [name for name, _ in types]),
            "responses": response_rows(self.frame),
            "note": ", ".join(f"{n:,} {reason}" for reason, n in left.items()),
        }


def _left_types(by_type: dict[str, list[float]], shown: list[str]) -> str:
    """How many patients of how many types are not drawn."""
    rest = [len(own) for name, own in by_type.items() if name not in shown]
    return f"{sum(rest):,} patients of {count(len(rest), 'rarer type')} are not drawn." if rest else ""


def cohort_views(folder: Path) -> list[CohortView]:
    """Cohort tables of a project, the largest first; its own patients' table last."""
    if not folder.is_dir():
        return []
    views = []
    for path in sorted(folder.glob("*.parquet")):
        if path.stem in NO_COHORTS or _stands_beside_a_cohort(path):
            continue
        frame = read_table(path, COHORT_TABLE)
        if frame.is_empty():
            continue
        views.append(CohortView("patients of this project" if path.stem == PROJECT else path.stem, frame))
    views.sort(key=lambda view: (view.name == "patients of this project", -view.n, view.name))
    return views[:MAX_COHORTS]


def _stands_beside_a_cohort(path: Path) -> bool:
    """Whether this is a cohort's variants or predictions, ``NAME.variants.parquet``, and no cohort itself."""
    return path.stem.endswith(_BESIDE) and path.with_name(f"{path.stem.rpartition('.')[0]}.parquet").is_file()


def therapy_of(folder: Path) -> dict[str, str]:
    """Patient of the project to the therapy given or planned."""
    path = folder / f"{PROJECT}.parquet"
    if not path.is_file():
        return {}
    rows = read_table(path, COHORT_TABLE).select("patient_id", "therapy").drop_nulls()
    return dict(zip(rows["patient_id"], rows["therapy"], strict=True))


def tumor_type_of(folder: Path) -> dict[str, str]:
    """Patient of the project to the tumor type."""
    path = folder / f"{PROJECT}.parquet"
    if not path.is_file():
        return {}
    rows = read_table(path, COHORT_TABLE).select("patient_id", "tumor_type").drop_nulls()
    return dict(zip(rows["patient_id"], rows["tumor_type"], strict=True))


def tmb_values_by_type(frame: pl.DataFrame) -> dict[str, list[float]]:
    """Tumor type to TMB of its patients; those without either are left out."""
    known = frame.select("tumor_type", "tmb").drop_nulls()
    return {
        str(name): rows["tmb"].to_list()
        for (name,), rows in known.group_by("tumor_type", maintain_order=True)
    }


def process_groups(frame: pl.DataFrame) -> list[ProcessGroup]:
    """Patients whose signatures could be told, by tumor type; types beyond the sixth largest together."""
    causes = [f"signature_{cause}" for cause in SIGNATURE_CAUSES]
    known = frame.filter(pl.any_horizontal(pl.col(causes).is_not_null()))
    if len(known) < LEAST_PROCESSES:
        return []
    by_type: dict[str, list[Processes]] = {}
    for row in known.select("tumor_type", "signature_state", *causes).iter_rows(named=True):
        shares = {cause: row[f"signature_{cause}"] or 0.0 for cause in SIGNATURE_CAUSES}
        by_type.setdefault(row["tumor_type"] or "all patients", []).append(
            Processes(shares, prior_led=row["signature_state"] == "prior-led")
        )
    ranked = sorted(by_type.items(), key=lambda item: (-len(item[1]), item[0]))
    rest = [one for _, patients in ranked[MAX_PROCESS_GROUPS:] for one in patients]
    groups = [ProcessGroup(name, tuple(patients)) for name, patients in ranked[:MAX_PROCESS_GROUPS]]
    return [*groups, ProcessGroup("other", tuple(rest))] if rest else groups


def processes_note(frame: pl.DataFrame, groups: list[ProcessGroup]) -> str:
    """How many patients have signatures, and why the others have none (the commonest reason)."""
    n = sum(len(group.patients) for group in groups)
    note = f"{n:,} of {len(frame):,} patients have signatures."
    reasons = frame["signature_aging_missing_reason"].drop_nulls().value_counts(sort=True)
    if len(reasons):
        note += f" {reasons['count'][0]:,} have none: {reasons['signature_aging_missing_reason'][0]}."
    return note


def outcome_curves(frame: pl.DataFrame) -> tuple[str, list[Curve]]:
    """Curves by therapy of progression-free, else overall survival; none where too few are known.

    Where no therapy is recorded at all, all patients make one curve.
    """
    if frame["therapy"].is_null().all():
        frame = frame.with_columns(therapy=pl.lit("therapy not recorded"))
    for endpoint in ("pfs", "os"):
        known = frame.filter(
            pl.col(f"{endpoint}_days").is_not_null()
            & pl.col(f"{endpoint}_event").is_not_null()
            & pl.col("therapy").is_not_null()
        )
        curves = [
            product_limit(
                str(name),
                rows[f"{endpoint}_days"].to_list(),
                rows[f"{endpoint}_event"].to_list(),
                rows["entry_days"].to_list(),
            )
            for (name,), rows in known.group_by("therapy", maintain_order=True)
            if len(rows) >= MIN_PATIENTS
        ]
        curves.sort(key=lambda curve: (-len(curve.spans), curve.name))
        if curves:
            return endpoint, curves[:MAX_CURVES]
    return "", []


def response_rows(frame: pl.DataFrame) -> list[dict[str, str]]:
    """Share with a complete or partial response by therapy, 95 % Wilson interval; groups of ten and more."""
    known = frame.filter(pl.col("response").is_not_null() & pl.col("therapy").is_not_null())
    out = []
    for (name,), rows in known.group_by("therapy", maintain_order=True):
        n, k = len(rows), int(rows["response"].sum())
        if n < 10:
            continue
        low, high = wilson_interval(k, n)
        shown = f"{percent(k / n)} ({percent_figure(low)}–{percent_figure(high)})"
        out.append({"therapy": str(name), "n": count(n, "patient"), "share": shown, "order": f"{n:09d}"})
    return sorted(out, key=lambda row: (row["order"], row["therapy"]), reverse=True)
