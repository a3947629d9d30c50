"""HTML view: one file, nothing loaded from anywhere, readable without script."""

from base64 import b64encode
from functools import cache
from types import SimpleNamespace
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from oncoloom.bundled import bundled_path
from oncoloom.report.difference_model import TreatmentDifferences
from oncoloom.report.layout import common_values, has_ring, page_values, plot_alt
from oncoloom.report.marks import mark, mark_names
from oncoloom.report.model import Panel, Report, Stopped
from oncoloom.report.plots.burden_strip import burden_strip, is_drawn
from oncoloom.report.plots.compared import compared_plots
from oncoloom.report.plots.copy_number import copy_number_plot
from oncoloom.report.plots.intervals import PLOT_SIZES, interval_row, measure_plot, percent_axis
from oncoloom.report.plots.lollipop import lollipop
from oncoloom.report.plots.microsatellites import microsatellite_plot
from oncoloom.report.plots.pileup import LEGEND, pileup_strip
from oncoloom.report.plots.spectrum import spectrum_plot
from oncoloom.report.plots.state_rule import state_rule
from oncoloom.report.plots.trial import difference_plot, trial_plot
from oncoloom.report.svg import DARK, PALETTE, Drawing, class_rules
from oncoloom.report.trial_model import TrialComparison


def report_html(report: Report | Stopped) -> str:
    """The page of a report or of a stopped patient."""
    if isinstance(report, Stopped):
        return _stopped_html(report)
    return render("report.html.j2", **_report_context(report))


def render(template: str, *, notice: str, **context: Any) -> str:
    """A template of resources/report with style sheet, marks and foot of printed pages."""
    page = _environment().get_template(template)
    return page.render(
        css=page_css(), page_notice=printed_notice(notice), marks=_mark_markup(), **context, notice=notice
    )


def printed_notice(notice: str) -> Markup:
    """The foot of every printed page: notice and page number; `notice` is our own fixed text."""
    look = "font:9pt Inter,sans-serif;color:#5b6570;vertical-align:top;padding-top:3mm"
    return Markup(
        f'@page{{@bottom-left{{content:"{notice}";{look}}}'
        f'@bottom-right{{content:counter(page) " of " counter(pages);{look}}}}}'
    )


def drawn(drawing: Drawing) -> Markup:
    """A drawing for the page; its texts are escaped already."""
    return Markup(drawing.inline())


@cache
def page_css() -> Markup:
    """Style sheet with the fonts inside."""
    fonts = "".join(
        f"@font-face{{font-family:Inter;font-weight:{weight};font-style:normal;font-display:block;"
        f'src:url(data:font/woff2;base64,{_base64("resources", "fonts", name)}) format("woff2")}}'
        for weight, name in ((400, "Inter-Regular.woff2"), (600, "Inter-SemiBold.woff2"))
    )
    sheet = bundled_path("resources", "report", "report.css").read_text(encoding="utf-8")
    colors = f":root{{{_variables(PALETTE)};color-scheme:light dark}}"
    dark = f"@media screen and (prefers-color-scheme:dark){{:root{{{_variables(DARK)}}}}}"
    return Markup(fonts + colors + dark + class_rules("var(--{name})") + sheet)


def _variables(palette: dict[str, str]) -> str:
    return ";".join(f"--{name}:{code}" for name, code in palette.items())


def _base64(*parts: str) -> str:
    return b64encode(bundled_path(*parts).read_bytes()).decode("ascii")


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(bundled_path("resources", "report")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def _mark_markup() -> dict[str, Markup]:
    return {name: drawn(mark(name)) for name in mark_names()}


def _stopped_html(report: Stopped) -> str:
    return render(
        "stopped.html.j2",
        r=report,
        title=f"Not reported: {report.identity.patient_id}",
        measure=drawn(measure_plot(report.measure)) if report.measure else "",
        rule=drawn(state_rule("stopped")),
        override=None,
        **common_values(report),
    )


def _report_context(report: Report) -> dict[str, Any]:
    values = page_values(report)
    predictions = values.pop("predictions")
    panels = {panel.id: panel for panel in report.predictions.panels}
    therapies = {therapy.therapy: _therapy(therapy) for therapy in report.predictions.therapies}
    rows = report.findings.rows

    def plot(therapy: Any, panel: str, size: str = "page one") -> Markup:
        return _plot(therapy.source, panels[panel], size)

    return {
        **values,
        "r": _with_texts(report, values, therapies),
        "title": f"Treatment report: {report.identity.patient_id}",
        "rule": drawn(state_rule(report.state)),
        "override": report.override,
        "page_one_rows": list(zip(values["short_names"], rows, strict=True))[: values["n_rows"]],
        "more_names": values["short_names"][values["n_rows"] :],
        "shown": [therapies[name] for name in predictions["shown"]],
        "any_shown": predictions["any_shown"],
        "main_title": predictions["main_title"],
        "panel_pairs": [[panels[name] for name in pair] for pair in predictions["pairs"]],
        "predicted_ids": predictions["predicted"],
        "abstain_groups": predictions["abstain_groups"],
        "n_abstained": predictions["n_abstained"],
        "further": [therapy for therapy in therapies.values() if therapy.further],
        "plot": plot,
        "axis": drawn(percent_axis()),
        "strips": [
            {
                "name": one.name,
                "locus": one.strip.locus,
                "verdict": one.strip.verdict,
                "drawing": drawn(pileup_strip(one.strip)),
            }
            for one in report.strips.rows
        ],
        "strip_legend": LEGEND,
        "trials": [
            {"of": one, "curves": drawn(trial_plot(one)), "differences": _differences(one)}
            for one in (report.randomized_evidence.comparisons if report.randomized_evidence else ())
        ],
        "compared": _compared(report.treatment_differences),
        "burden_plot": drawn(burden_strip(report.burden))
        if report.burden and is_drawn(report.burden)
        else "",
        "changes": [(one.gene, drawn(lollipop(one))) for one in report.changes.rows],
        "spectrum_plot": drawn(spectrum_plot(report.processes))
        if report.processes and report.processes.available
        else "",
        "msi_plot": drawn(microsatellite_plot(report.microsatellites)) if report.microsatellites else "",
        "genome_plot": drawn(copy_number_plot(report.genome)) if report.genome.available else "",
    }


def _differences(one: TrialComparison) -> Markup:
    return drawn(difference_plot(one)) if one.differences else Markup("")


def _compared(told: TreatmentDifferences | None) -> list[dict[str, Any]]:
    """Pairs with their outcomes, each with its drawing where it has one."""
    if told is None:
        return []
    return [
        {
            "heading": pair.heading,
            "outcomes": [
                (one, drawn(drawing) if drawing else "")
                for one, drawing in zip(pair.outcomes, drawings, strict=True)
            ],
        }
        for pair, drawings in zip(told.pairs, compared_plots(told), strict=True)
    ]


def _therapy(therapy: Any) -> SimpleNamespace:
    panels = {
        name: SimpleNamespace(**interval.model_dump(), ring=has_ring(interval))
        for name, interval in therapy.panels.items()
    }
    return SimpleNamespace(
        source=therapy,
        therapy=therapy.therapy,
        received=therapy.received,
        panels=panels,
        abstentions=therapy.abstentions,
        further=therapy.further,
    )


def _plot(therapy: Any, panel: Panel, size: str) -> Markup:
    height, y = PLOT_SIZES[size]
    return drawn(interval_row(therapy.panels[panel.id], alt=plot_alt(therapy, panel), height=height, y=y))


def _with_texts(report: Report, values: dict[str, Any], therapies: dict[str, Any]) -> SimpleNamespace:
    """The report with the shared texts of the layout beside its rows, as the template reads them."""
    fields = {name: getattr(report, name) for name in type(report).model_fields}
    fields["also"] = [
        SimpleNamespace(**item.model_dump(), place=place)
        for item, place in zip(report.also, values["also_places"], strict=True)
    ]
    fields["genes"] = [
        SimpleNamespace(**gene.model_dump(), covered_text=text["covered"], limit_text=text["limit"])
        for gene, text in zip(report.genes, values["gene_texts"], strict=True)
    ]
    variants = {name: getattr(report.variants, name) for name in type(report.variants).model_fields}
    variants["rows"] = [
        SimpleNamespace(**row.model_dump(), af_text=text["af"], tumor_text=text["tumor"])
        for row, text in zip(report.variants.rows, values["variant_texts"], strict=True)
    ]
    fields["variants"] = SimpleNamespace(**variants)
    predictions = {name: getattr(report.predictions, name) for name in type(report.predictions).model_fields}
    predictions["therapies"] = list(therapies.values())
    fields["predictions"] = SimpleNamespace(**predictions)
    return SimpleNamespace(**fields)
