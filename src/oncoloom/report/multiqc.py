"""Quality figures of a run as MultiQC reads them: custom content, one `*_mqc.tsv` a section.

MultiQC takes tab-separated files whose comment header is YAML (docs.seqera.io/multiqc, "Custom content"). A
stopped patient is in the tables of checks and samples: its figures are why it stopped.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl
import yaml

from oncoloom.errors import InputError
from oncoloom.features.contracts import ASSESSABILITY_TABLE, COVERAGE_TABLE
from oncoloom.files import read_json, write_text
from oncoloom.tables import read_table

Cell = float | int | str | None
_ONE_HUE = [[0, "#ffffff"], [1, "#1f4e79"]]  # more is darker, readable in print and by color-blind people
PERCENT = {"suffix": " %", "format": "{:,.1f}", "min": 0, "max": 100}


@dataclass(frozen=True, slots=True)
class Section:
    """One section: its id, title, what it says, columns (name to MultiQC's settings), rows by sample."""

    section_id: str
    title: str
    description: str
    plot_type: str
    columns: Mapping[str, dict[str, Any]]
    rows: list[tuple[str, list[Cell]]] = field(default_factory=list)
    settings: Mapping[str, Any] = field(default_factory=dict)

    def text(self) -> str:
        """The file: a YAML header in comments, then the table."""
        head: dict[str, Any] = {
            "id": self.section_id,
            "section_name": self.title,
            "description": self.description,
            "plot_type": self.plot_type,
            "parent_id": "oncoloom",
            "parent_name": "oncoloom",
            "parent_description": "Sample checks and coverage as the pipeline judged them.",
            "pconfig": {"id": f"{self.section_id}_plot", "title": f"oncoloom: {self.title}", **self.settings},
        }
        if self.plot_type == "table":
            head["headers"] = {name: dict(settings) for name, settings in self.columns.items()}
        lines = [f"# {line}" for line in yaml.safe_dump(head, sort_keys=False, width=400).splitlines()]
        lines.append("\t".join(["Sample", *self.columns]))
        lines += ["\t".join([name, *(_cell(value) for value in cells)]) for name, cells in self.rows]
        return "\n".join(lines) + "\n"


def _cell(value: Cell) -> str:
    if value is None:
        return ""
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def write_multiqc(results: Path, output: Path) -> list[Path]:
    """Write the sections of every patient of a results folder; returns the files.

    Raises
    ------
    InputError
        If the folder has no calls, or a file of it is broken.
    """
    patients = sorted(path.parent.name for path in Path(results).glob("calls/*/qc.json"))
    if not patients:
        raise InputError(
            "no calls in this folder", path=results, expected="calls/PATIENT/qc.json", remedy="oncoloom run"
        )
    sections = [
        _samples(results, patients),
        _checks(results, patients),
        _gene_depth(results, patients),
        _gene_callable(results, patients),
        _targets(results, patients),
    ]
    written = []
    for section in sections:
        if section.rows:
            path = Path(output) / f"{section.section_id}_mqc.tsv"
            write_text(path, section.text())
            written.append(path)
    return written


def _samples(results: Path, patients: Sequence[str]) -> Section:
    section = Section(
        "oncoloom_samples",
        "Samples",
        "Reads, duplicates, insert size and depth of every sample.",
        "table",
        {
            "reads": {"title": "Reads", "format": "{:,.0f}"},
            "used": {"title": "Used", "description": "Reads that evidence was counted from", **PERCENT},
            "duplicates": {"title": "Duplicates", "description": "Of mapped primary reads", **PERCENT},
            "mapped": {"title": "Mapped", **PERCENT},
            "insert": {
                "title": "Insert",
                "description": "Median insert size",
                "suffix": " bp",
                "format": "{:,.0f}",
            },
            "depth": {"title": "Depth", "description": "Mean fragments", "suffix": " x", "format": "{:,.1f}"},
        },
    )
    for patient in patients:
        qc = read_json(results / "calls" / patient / "qc.json")
        for sample in [*qc["tumors"], *([qc["normal"]] if qc.get("normal") else [])]:
            share = 100 * sample["used"] / sample["reads"] if sample["reads"] else None
            duplicates, mapped = 100 * sample["duplicate_fraction"], 100 * sample["mapped_fraction"]
            cells = [
                sample["reads"],
                share,
                duplicates,
                mapped,
                sample["median_insert_size"],
                sample["mean_depth"],
            ]
            section.rows.append((sample["sample"], cells))
    return section


def _checks(results: Path, patients: Sequence[str]) -> Section:
    section = Section(
        "oncoloom_checks",
        "Patients",
        "Verdict of the sample checks: swap, foreign DNA, tumor in the normal, callable bases.",
        "table",
        {
            "state": {
                "title": "Checks",
                "cond_formatting_rules": {
                    "pass": [{"s_eq": "passed"}],
                    "warn": [{"s_eq": "warned"}],
                    "fail": [{"s_eq": "stopped"}],
                },
            },
            "concordance": {
                "title": "Same person",
                "description": "Genotypes that tumor and normal share",
                **PERCENT,
            },
            "sites": {"title": "Sites", "description": "Genotypes compared", "format": "{:,.0f}"},
            "contamination": {"title": "Foreign DNA", "description": "In the tumor", **PERCENT},
            "contamination_normal": {"title": "Foreign DNA, normal", **PERCENT},
            "tumor_in_normal": {"title": "Tumor in normal", **PERCENT},
            "sex": {"title": "Sex by depth"},
            "callable": {"title": "Callable", "description": "Of the assay's bases", **PERCENT},
        },
    )
    for patient in patients:
        qc = read_json(results / "calls" / patient / "qc.json")
        verdict = results / "qc" / f"{patient}.json"
        concordance = qc.get("concordance") or {}
        cells: list[Cell] = [
            read_json(verdict)["state"] if verdict.is_file() else None,
            _percent(concordance.get("fraction")),
            concordance.get("sites"),
            _percent((qc.get("contamination") or {}).get("fraction")),
            _percent((qc.get("contamination_normal") or {}).get("fraction")),
            _percent((qc.get("tumor_in_normal") or {}).get("fraction")),
            qc.get("inferred_sex"),
            _percent(qc["callable_bp"] / qc["target_bp"] if qc["target_bp"] else None),
        ]
        section.rows.append((patient, cells))
    return section


def _percent(fraction: float | None) -> float | None:
    return None if fraction is None else 100 * fraction


def _gene_depth(results: Path, patients: Sequence[str]) -> Section:
    """Mean tumor depth of every gene's coding bases, genes as columns."""
    depths = {}
    for patient in patients:
        table = _coverage(results, patient)
        if table is not None:
            chosen = table.filter((pl.col("kind") == "gene") & (pl.col("role") == "tumor"))
            depths[patient] = dict(chosen.select("name", "mean_depth").iter_rows())
    return _heatmap(
        "oncoloom_gene_depth",
        "Depth of genes",
        "Mean fragments of the tumor over the coding bases; empty where the assay has no bin.",
        depths,
        {"zlab": "fragments", "min": 0},
    )


def _gene_callable(results: Path, patients: Sequence[str]) -> Section:
    """Callable share of every gene's coding bases, genes as columns."""
    shares = {}
    for patient in patients:
        path = results / "features" / patient / "assessability.parquet"
        if path.is_file():
            small = read_table(path, ASSESSABILITY_TABLE).filter(
                pl.col("alteration_class") == "small variant"
            )
            shares[patient] = {
                gene: _percent(share) for gene, share in small.select("gene", "covered_fraction").iter_rows()
            }
    return _heatmap(
        "oncoloom_gene_callable",
        "Callable share of genes",
        "Percent of the coding bases of genes that therapies ask about with enough depth in all samples.",
        shares,
        {"zlab": "%", "min": 0, "max": 100},
    )


def _heatmap(
    section_id: str,
    title: str,
    description: str,
    values: Mapping[str, Mapping[str, float | None]],
    settings: Mapping[str, Any],
) -> Section:
    names = sorted({gene for genes in values.values() for gene, value in genes.items() if value is not None})
    section = Section(
        section_id,
        title,
        description,
        "heatmap",
        {name: {} for name in names},
        settings={
            "square": False,
            "cluster_rows": False,
            "cluster_cols": False,
            "colstops": _ONE_HUE,
            **settings,
        },
    )
    for patient, genes in values.items():
        if any(genes.get(name) is not None for name in names):
            section.rows.append((patient, [genes.get(name) for name in names]))
    return section


def _targets(results: Path, patients: Sequence[str]) -> Section:
    section = Section(
        "oncoloom_targets",
        "Coverage of targets",
        "Targets of the assay by their mean depth in the tumor, and those that are fully callable.",
        "table",
        {
            "targets": {"title": "Targets", "format": "{:,.0f}"},
            "median": {"title": "Median depth", "suffix": " x", "format": "{:,.0f}"},
            "low": {"title": "5th percentile", "suffix": " x", "format": "{:,.0f}"},
            "at_100": {
                "title": "At 100 x",
                "description": "Targets with a mean depth of 100 or more",
                **PERCENT,
            },
            "callable": {"title": "Fully callable", **PERCENT},
        },
    )
    for patient in patients:
        table = _coverage(results, patient)
        if table is None:
            continue
        own = table.filter((pl.col("kind") == "target") & (pl.col("role") == "tumor"))
        depth = own["mean_depth"].drop_nulls()
        if not own.height or not len(depth):
            continue
        full = own["callable_fraction"].drop_nulls()
        cells: list[Cell] = [
            own.height,
            _number(depth.median()),
            _number(depth.quantile(0.05)),
            100 * float((depth >= 100).sum()) / own.height,
            100 * float((full >= 1).sum()) / own.height if len(full) else None,
        ]
        section.rows.append((patient, cells))
    return section


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


def _coverage(results: Path, patient: str) -> pl.DataFrame | None:
    path = results / "features" / patient / "coverage.parquet"
    return read_table(path, COVERAGE_TABLE) if path.is_file() else None
