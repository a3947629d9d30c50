"""PDF view: the same report.json set by typst with our own fonts; same input, same bytes on every machine."""

import json
import os
from functools import cache
from pathlib import Path
from typing import Any, Literal

from oncoloom.bundled import bundled_path
from oncoloom.errors import OncoloomError
from oncoloom.report.difference_model import TreatmentDifferences
from oncoloom.report.layout import has_ring, page_values, plot_alt
from oncoloom.report.marks import mark, mark_names
from oncoloom.report.model import Report, report_values
from oncoloom.report.page_flow import ChapterEnd, settle
from oncoloom.report.plots.burden_strip import burden_strip, is_drawn
from oncoloom.report.plots.compared import compared_plots
from oncoloom.report.plots.copy_number import copy_number_plot
from oncoloom.report.plots.intervals import PLOT_SIZES, interval_row, percent_axis
from oncoloom.report.plots.lollipop import lollipop
from oncoloom.report.plots.microsatellites import microsatellite_plot
from oncoloom.report.plots.pileup import LEGEND, pileup_strip
from oncoloom.report.plots.spectrum import spectrum_plot
from oncoloom.report.plots.state_rule import state_rule
from oncoloom.report.plots.trial import difference_plot, trial_plot
from oncoloom.report.svg import Drawing

_SOURCES = ("report.typ", "page_one.typ", "later_pages.typ")
_EPOCH_2026 = 1_767_225_600  # a fixed date of making; the report's own date is in its text
PAGE_PX, PANEL_PX, HALF_PX = 658.0, 209.0, 204.0
RANGE_WORD, LONG_WORD, BREAK_EVERY, ZERO_WIDTH_SPACE = 15, 24, 8, "\u200b"


def report_pdf(report: Report) -> bytes:
    """The PDF of a report.

    Raises
    ------
    OncoloomError
        If typst refuses the document.
    """
    data = printable(pdf_values(report))
    data["p"]["joined"] = settle(lambda joined: _chapter_ends(data, joined))
    pdf: bytes = _typst("compile", data, format="pdf", timestamp=_timestamp())
    return pdf


def _chapter_ends(data: dict[str, Any], joined: list[str]) -> list[ChapterEnd]:
    """Where each chapter ends when those named go on below the one before."""
    found = _typst(
        "query", {**data, "p": {**data["p"], "joined": joined}}, selector="<chapter-end>", field="value"
    )
    return [ChapterEnd(**one) for one in json.loads(found)]


def _typst(action: Literal["compile", "query"], data: dict[str, Any], **options: Any) -> Any:
    """Let typst compile or query the template with `data`."""
    import typst

    try:
        return getattr(typst, action)(
            typst_source().encode("utf-8"),
            font_paths=_fonts(),
            ignore_system_fonts=True,
            sys_inputs={"data": json.dumps(data, ensure_ascii=False, sort_keys=True)},
            **options,
        )
    except RuntimeError as error:  # typst.TypstError, and what a query raises
        raise OncoloomError("the PDF could not be set", found=str(error).split("\n")[0]) from error


def _timestamp() -> int:
    return int(os.environ.get("SOURCE_DATE_EPOCH", _EPOCH_2026))


@cache
def _fonts() -> Any:
    """Our fonts alone: neither the machine's nor those inside typst."""
    import typst

    return typst.Fonts(
        include_system_fonts=False,
        include_embedded_fonts=False,
        font_paths=[str(bundled_path("resources", "fonts"))],
    )


def typst_source() -> str:
    """The template as one source."""
    return "\n".join(
        bundled_path("resources", "report", name).read_text(encoding="utf-8") for name in _SOURCES
    )


def pdf_values(report: Report) -> dict[str, Any]:
    """What the template reads: the report, the page's choices, the drawings."""
    values = report_values(report)
    for therapy, source in zip(values["predictions"]["therapies"], report.predictions.therapies, strict=True):
        for name, interval in source.panels.items():
            therapy["panels"][name]["ring"] = has_ring(interval)
    page = page_values(report)
    page["strip_legend"] = LEGEND
    # What is drawn needs not be carried as figures, too.
    values["strips"]["rows"] = [
        {"name": one.name, "locus": one.strip.locus, "verdict": one.strip.verdict}
        for one in report.strips.rows
    ]
    if report.randomized_evidence is not None:
        for one in values["randomized_evidence"]["comparisons"]:
            for arm in (one["first"], one["second"]):
                del arm["follow_up"]
    page["title"] = f"Treatment report: {report.identity.patient_id}"
    drawings = _drawings(report)
    return {
        "r": values,
        "p": page,
        "svg": {name: drawing.standalone(width) for name, (drawing, width) in drawings.items()},
        "alt": {name: drawing.alt for name, (drawing, _) in drawings.items() if drawing.alt},
    }


def _drawings(report: Report) -> dict[str, tuple[Drawing, float | None]]:
    """Drawings by name, each with the width in px that a stretching one is fixed to."""
    out: dict[str, tuple[Drawing, float | None]] = {
        f"mark {name}": (mark(name), None) for name in mark_names()
    }
    out["state rule"] = state_rule(report.state), PAGE_PX
    out["axis"] = percent_axis(), PANEL_PX
    out["axis half"] = percent_axis(), HALF_PX
    if report.genome.available:
        out["genome"] = copy_number_plot(report.genome), None
    if report.burden and is_drawn(report.burden):
        out["burden"] = burden_strip(report.burden), None
    if report.processes and report.processes.available:
        out["spectrum"] = spectrum_plot(report.processes), None
    if report.microsatellites:
        out["microsatellites"] = microsatellite_plot(report.microsatellites), None
    for number, changed in enumerate(report.changes.rows):
        out[f"changes {number}"] = lollipop(changed), None
    for number, one in enumerate(report.strips.rows):
        out[f"strip {number}"] = pileup_strip(one.strip), None
    trials = report.randomized_evidence.comparisons if report.randomized_evidence else ()
    for number, comparison in enumerate(trials):
        out[f"trial {number}"] = trial_plot(comparison), None
        if comparison.differences:
            out[f"trial {number} differences"] = difference_plot(comparison), None
    if report.treatment_differences is not None:
        for pair, drawings in enumerate(compared_plots(_as_printed(report.treatment_differences))):
            for number, drawing in enumerate(drawings):
                if drawing is not None:
                    out[f"compared {pair} {number}"] = drawing, None
    panels = {panel.id: panel for panel in report.predictions.panels}
    for therapy in report.predictions.therapies:
        for name, interval in therapy.panels.items():
            alt = plot_alt(therapy, panels[name])
            for size, (height, y) in PLOT_SIZES.items():
                drawing = interval_row(interval, alt=alt, height=height, y=y)
                out[f"{size} {name} {therapy.therapy}"] = drawing, HALF_PX if size == "panel" else PANEL_PX
    return out


def _as_printed(told: TreatmentDifferences) -> TreatmentDifferences:
    """Names as :func:`printable` writes them, so that a drawing leaves the room they need."""
    return TreatmentDifferences.model_validate(printable(told.model_dump(mode="json"), texts=False))


@cache
def _covered() -> frozenset[int]:
    """Character codes that the fonts hold, from resources/fonts/coverage.txt."""
    path: Path = bundled_path("resources", "fonts", "coverage.txt")
    codes: set[int] = {0x09, 0x0A}
    for line in path.read_text(encoding="ascii").split():
        low, _, high = line.partition("-")
        codes.update(range(int(low, 16), int(high, 16) + 1))
    return frozenset(codes)


def printable(value: Any, *, texts: bool = True) -> Any:
    """`value` as the PDF can print it.

    Every character that the fonts lack is named by its code point, e.g. ``[U+5C71]``: the HTML view shows it
    by the reader's own fonts, a PDF must not hold empty boxes. Long words get places to break at, but for
    digests (they are copied) and drawings (`texts` false).
    """
    if isinstance(value, str):
        shown = value if value.isascii() else "".join(_printable_character(letter) for letter in value)
        return " ".join(_breakable(word) for word in shown.split(" ")) if texts else shown
    if isinstance(value, list):
        return [printable(item, texts=texts) for item in value]
    if isinstance(value, dict):
        return {printable(key): printable(item, texts=texts and key != "svg") for key, item in value.items()}
    return value


def _breakable(word: str) -> str:
    """Places to break at: before an underscore (HGVS ranges), in a long word after every eight letters."""
    if word.startswith("sha256:"):
        return word
    if len(word) <= LONG_WORD:
        is_long_range = len(word) > RANGE_WORD and word.startswith(("c.", "p."))
        return word.replace("_", f"{ZERO_WIDTH_SPACE}_") if is_long_range else word
    return ZERO_WIDTH_SPACE.join(word[at : at + BREAK_EVERY] for at in range(0, len(word), BREAK_EVERY))


def _printable_character(character: str) -> str:
    return character if ord(character) in _covered() else f"[U+{ord(character):04X}]"
