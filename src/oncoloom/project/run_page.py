"""run.json and run.html: promised and produced files, the page without scripts and without network."""

import posixpath
from html import escape
from urllib.parse import quote

from oncoloom.files import write_json, write_text
from oncoloom.logs import counted
from oncoloom.project.cohort_lookups import CohortLookups
from oncoloom.project.completeness import Completeness, PatientState

_STYLE = """
body{font:15px/1.45 system-ui,sans-serif;color:#1d2430;background:#fff}
body{max-width:64rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.5rem;margin:0 0 .25rem}h2{font-size:1.1rem;margin:2rem 0 .5rem}p{margin:.25rem 0}
table{border-collapse:collapse;width:100%}
th,td{text-align:left;padding:.35rem .75rem .35rem 0;vertical-align:top}
th{border-bottom:2px solid #1d2430;font-weight:600}td{border-bottom:1px solid #d9dde3}
.reported,.done{color:#1b6e3c}.stopped{color:#8a5300}.incomplete{color:#a11d1d;font-weight:600}
code{font:13px ui-monospace,monospace}.note{color:#566070}
.patients td:nth-child(-n+4){white-space:nowrap}
"""
_WORDS = {
    "reported": "reported",
    "done": "done",
    "stopped": "stopped by a check",
    "incomplete": "incomplete",
}


def write_completeness(result: Completeness, lookups: CohortLookups) -> None:
    """Write run.json and run.html into the results."""
    folder = lookups.project.folder
    write_json(folder / lookups.layout.run_json, result.as_dict())
    write_text(folder / lookups.layout.run_html, run_page(result, lookups))


def run_page(result: Completeness, lookups: CohortLookups) -> str:
    """The page for one run."""
    name = escape(lookups.config.project_name)
    simulated = '<p class="note">Simulated patients.</p>' if lookups.config.report.simulated else ""
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f"<title>Run of {name}</title><style>{_STYLE}</style></head><body>\n"
        f"<h1>Run of {name}</h1>\n<p>{escape(headline(result))}</p>{simulated}\n"
        f"{_patients(result, lookups)}{_project(result, lookups)}{_failures(result)}"
        '<p class="note">Research use only, not a medical device.</p>\n</body></html>\n'
    )


def headline(result: Completeness) -> str:
    """One sentence on how the run ended."""
    total = len(result.patients)
    words = []
    for state in ("reported", "done", "stopped", "incomplete"):
        n = sum(one.state == state for one in result.patients)
        if n:
            words.append(f"{n} {_WORDS[state]}")
    text = f"{counted(total, 'patient')}: {', '.join(words)}" if total else "No patients"
    files = len(result.missing)
    return f"{text}; {counted(files, 'file')} of the project missing" if files else text


def _patients(result: Completeness, lookups: CohortLookups) -> str:
    if not result.patients:
        return ""
    rows = "".join(_row(one, lookups) for one in result.patients)
    return (
        "<h2>Patients</h2>\n<table class=patients>"
        "<tr><th>Patient</th><th>Entry</th><th>State</th><th>Files</th>"
        f"<th>What to know</th></tr>\n{rows}</table>\n"
    )


def _row(one: PatientState, lookups: CohortLookups) -> str:
    name = escape(one.patient_id)
    page = {"reported": "report.html", "stopped": "stopped.html"}.get(one.state)
    if page and "html" in lookups.config.report.formats:
        name = f'<a href="patients/{name}/{page}">{name}</a>'
    if one.missing:
        note = "<br>".join(f"<code>{escape(path)}</code>" for path in one.missing)
    else:
        note = "<br>".join(escape(text) for text in (one.why_stopped, *one.warnings) if text)
    produced = len(one.promised) - len(one.missing)
    return (
        f"<tr><td>{name}</td><td>{one.entry}</td><td class={one.state}>{_WORDS[one.state]}</td>"
        f"<td>{produced} of {len(one.promised)}</td><td>{note}</td></tr>\n"
    )


def _project(result: Completeness, lookups: CohortLookups) -> str:
    if not result.promised:
        return ""
    rows = "".join(
        f"<tr><td>{_file(path, result, lookups)}</td>"
        + (
            "<td class=incomplete>missing</td></tr>\n"
            if path in result.missing
            else "<td class=done>produced</td></tr>\n"
        )
        for path in result.promised
    )
    return f"<h2>Project</h2>\n<table><tr><th>File</th><th>State</th></tr>\n{rows}</table>\n"


def _file(path: str, result: Completeness, lookups: CohortLookups) -> str:
    """The path; a page that was made can be opened from here."""
    name = f"<code>{escape(path)}</code>"
    if path in result.missing or not path.endswith(".html"):
        return name
    place = posixpath.relpath(path, posixpath.dirname(str(lookups.layout.run_html)))
    return f'<a href="{escape(quote(place))}">{name}</a>'


def _failures(result: Completeness) -> str:
    if not result.failed:
        return ""
    rows = "".join(
        f"<tr><td>{escape(job.rule)}</td><td>{escape(job.about)}</td>"
        f"<td><code>{escape(job.log or '')}</code></td></tr>\n"
        for job in result.failed
    )
    return (
        "<h2>Failed jobs</h2>\n<table><tr><th>Step</th><th>For</th><th>Log</th></tr>\n" + rows + "</table>\n"
    )
