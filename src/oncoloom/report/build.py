"""Writing a patient's report folder: report.json and its views, or the page of a stopped patient."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from oncoloom.files import atomic_path, json_text, write_text
from oncoloom.report.html import report_html
from oncoloom.report.inputs import ReportInputs
from oncoloom.report.model import Report, Stopped, report_values
from oncoloom.report.pdf import report_pdf
from oncoloom.report.sections.registry import build_report
from oncoloom.report.sections.stopped import build_stopped

REPORT_FILES = ("report.json", "report.html", "report.pdf")
STOPPED_FILES = ("stopped.json", "stopped.html")


@dataclass(frozen=True, slots=True)
class Written:
    """What was written: the model and its files."""

    report: Report | Stopped
    files: tuple[Path, ...]


def write_report(inputs: ReportInputs, output: Path) -> Written:
    """Make all views in memory, then write them into the folder `output`; files of the other kind go.

    Nothing is written when any view fails. Each file is renamed into place; report.json comes last, so that
    a folder with a report.json is whole.

    Raises
    ------
    OncoloomError
        If the folder cannot be written or a view cannot be made.
    """
    report = build_stopped(inputs) if inputs.stopped else build_report(inputs)
    views = _views(report, inputs)
    for name in (*REPORT_FILES, *STOPPED_FILES):
        if name not in views:
            (output / name).unlink(missing_ok=True)
    for name, content in views.items():
        if isinstance(content, bytes):
            with atomic_path(output / name) as temporary:
                temporary.write_bytes(content)
        else:
            write_text(output / name, content)
    return Written(report, tuple(output / name for name in views))


def _views(report: Report | Stopped, inputs: ReportInputs) -> dict[str, str | bytes]:
    """File name to content, report.json last."""
    views: dict[str, str | bytes] = {}
    if isinstance(report, Stopped):
        views["stopped.html"] = report_html(report)
        views["stopped.json"] = json_text(report_values(report))
        return views
    if "html" in inputs.config.report.formats:
        views["report.html"] = report_html(report)
    if "pdf" in inputs.config.report.formats:
        views["report.pdf"] = report_pdf(report)
    views["report.json"] = json_text(report_values(report))
    return views


def summary(written: Written) -> dict[str, Any]:
    """Figures of one report, for `--json`."""
    report = written.report
    common = {
        "patient_id": report.identity.patient_id,
        "kind": report.kind,
        "files": [str(path) for path in written.files],
    }
    if isinstance(report, Stopped):
        return {**common, "heading": report.heading}
    return {
        **common,
        "findings": len(report.findings.rows),
        "variants": len(report.variants.rows),
        "warnings": len(report.warnings) + len(report.more_warnings),
        "therapies": len(report.predictions.therapies),
    }
