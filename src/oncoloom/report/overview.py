"""The cohort overview: alterations, outcomes by therapy, checks with those left out, links to reports."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from oncoloom import __version__
from oncoloom.config import ProjectConfig, load_config
from oncoloom.errors import InputError
from oncoloom.files import read_json, write_text
from oncoloom.report.html import drawn, render
from oncoloom.report.overview_checks import check_rows
from oncoloom.report.overview_cohorts import CohortView, cohort_views, therapy_of, tumor_type_of
from oncoloom.report.overview_copies import copies_picture
from oncoloom.report.overview_genes import alterations
from oncoloom.report.plots.state_rule import state_rule
from oncoloom.report.words import count


@dataclass(frozen=True, slots=True)
class PatientLine:
    """One patient of the project: what came out, and where to read it (relative to the overview)."""

    patient_id: str
    state: str
    text: str
    warnings: str
    link: str | None
    pdf: str | None


def write_overview(
    *, project: Path | None, results: Path | None, config: Path | None, output: Path
) -> dict[str, Any]:
    """Write overview.html from a project's results.

    Parameters
    ----------
    project, results
        One of the two: the project folder (its config says where results lie) or the results folder.

    Returns
    -------
    Figures for `--json`: patients, reported, stopped, cohort_rows.

    Raises
    ------
    InputError
        If there is nothing to show.
    """
    settings, folder = _settings(project, results, config)
    verdicts = _verdicts(folder)
    reports = {name: _report_of(folder, name) for name in verdicts}
    cohorts = cohort_views(folder / "cohort")
    if not verdicts and not cohorts:
        raise InputError("no result to show", path=folder, expected="qc/*.json or cohort/*.parquet")
    lines = [_line(name, verdicts[name], reports[name], folder, output) for name in sorted(verdicts)]
    foot = "Simulated patients. Research use only." if settings.report.simulated else "Research use only."
    page = render("overview.html.j2", notice=foot, **_context(settings, folder, verdicts, lines, cohorts))
    write_text(output, page)
    return {
        "patients": len(verdicts),
        "reported": sum(line.state == "reported" for line in lines),
        "stopped": sum(line.state == "stopped" for line in lines),
        "cohort_rows": sum(cohort.n for cohort in cohorts),
    }


def _settings(project: Path | None, results: Path | None, config: Path | None) -> tuple[ProjectConfig, Path]:
    if project is not None and config is None:
        for candidate in (project / "config" / "config.yaml", project / "config.yaml"):
            if candidate.is_file():
                config = candidate
                break
    settings = load_config(config) if config else ProjectConfig()
    folder = results if results is not None else (project or Path()) / settings.results
    if not folder.is_dir():
        raise InputError("no results folder", path=folder, remedy="oncoloom run")
    return settings, folder


def _verdicts(folder: Path) -> dict[str, dict[str, Any]]:
    """Patient to verdict of its checks."""
    out = {}
    for path in sorted((folder / "qc").glob("*.json")):
        raw = read_json(path)
        if isinstance(raw, dict) and "patient_id" in raw and "state" in raw:
            out[str(raw["patient_id"])] = {"checks": [], **raw}
    return out


def _report_of(folder: Path, patient_id: str) -> dict[str, Any] | None:
    for name in ("report.json", "stopped.json"):
        path = folder / "patients" / patient_id / name
        if path.is_file():
            raw = read_json(path)
            return raw if isinstance(raw, dict) else None
    return None


def _line(
    name: str, verdict: dict[str, Any], report: dict[str, Any] | None, folder: Path, output: Path
) -> PatientLine:
    if report is None:
        return PatientLine(name, "missing", "no report was written", "", None, None)
    stopped = report["kind"] == "stopped"
    text = report["heading"] if stopped else _said(report)
    view = folder / "patients" / name / ("stopped.html" if stopped else "report.html")
    state = "stopped" if stopped or verdict["state"] == "stopped" else "reported"
    return PatientLine(
        name,
        state,
        text,
        "" if stopped else _warned(report),
        _link(view, output),
        _link(view.with_suffix(".pdf"), output),
    )


def _said(report: dict[str, Any]) -> str:
    findings = [row["name"] for row in report["findings"]["rows"]]
    said = ", ".join(findings[:4]) + (f" and {len(findings) - 4} more" if len(findings) > 4 else "")
    return f"{said or report['findings']['heading']} · {report['variants']['heading']}"


def _warned(report: dict[str, Any]) -> str:
    lines = [*report["warnings"], *report["more_warnings"]]
    return " ".join(line["lead"] for line in lines)


def _link(target: Path, output: Path) -> str | None:
    if not target.is_file():
        return None
    return Path(os.path.relpath(target, output.parent)).as_posix()


def _context(
    settings: ProjectConfig,
    folder: Path,
    verdicts: dict[str, dict[str, Any]],
    lines: list[PatientLine],
    cohorts: list[CohortView],
) -> dict[str, Any]:
    shown = [line.patient_id for line in lines if line.state == "reported"]
    picture = alterations(folder / "features", shown, therapy_of(folder / "cohort"), cohorts)
    copies = copies_picture(
        folder / "features", shown, tumor_type_of(folder / "cohort"), cohorts, folder / "cohort"
    )
    left_out = [line for line in lines if line.state != "reported"]
    cohort_rows = sum(cohort.n for cohort in cohorts)
    heading = " · ".join(
        part
        for part in (
            settings.project_name,
            count(len(verdicts), "patient") if verdicts else "",
            f"{cohort_rows:,} cohort rows" if cohort_rows else "",
        )
        if part
    )
    return {
        "title": f"Cohort overview: {settings.project_name}",
        "heading": heading,
        "simulated": settings.report.simulated,
        "version": __version__,
        "rule": drawn(state_rule("plain")),
        "lines": lines,
        "left_out": left_out,
        "n_reported": len(shown),
        "oncoplot": drawn(picture.drawing) if picture else "",
        "oncoplot_note": picture.note if picture else "",
        "copies": drawn(copies.drawing) if copies else "",
        "copies_note": copies.note if copies else "",
        "cohorts": [cohort.context() for cohort in cohorts],
        "checks": check_rows(verdicts),
    }
