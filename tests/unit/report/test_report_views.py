"""HTML and PDF say what report.json says, whatever the names, and the same input gives the same bytes."""

import html
import itertools
import json
import re
from xml.etree import ElementTree as ET

import jsonschema
import pytest
import typst
from report_examples import (
    CHECKS,
    default_tables,
    example_config,
    example_inputs,
    prediction,
    variant,
    verdict,
)

from oncoloom.bundled import bundled_path
from oncoloom.errors import OncoloomError
from oncoloom.files import json_text
from oncoloom.report.html import report_html
from oncoloom.report.model import Report, parse_report, report_json_schema, report_values
from oncoloom.report.page_fit import fit, short_name
from oncoloom.report.page_flow import ChapterEnd, settle
from oncoloom.report.pdf import _chapter_ends, _fonts, pdf_values, printable, report_pdf, typst_source
from oncoloom.report.sections.registry import build_report
from oncoloom.report.sections.stopped import build_stopped

ODD_NAMES = [
    "TOYGENE-" + "X" * 70,
    "=SUM(A1:A9)",
    "@NOW()-7",
    "Ünïcode-遺伝子",
    '<script>alert("1")</script>',
    "a&b</style>",
    "#[panic()]",
    "$x$ *b* _e_ `c` @l",
]


def odd_tables():
    long = "p.AAA100_" + "G" * 60 + "delins" + "ACDE" * 15
    changes = [
        variant(name, long if at == 0 else f"p.A{at}V", driver=at < 6, pos=at)
        for at, name in enumerate(ODD_NAMES)
    ]
    therapies = [prediction(f"{name} + platinum", "pfs", 0.5) for name in ODD_NAMES[:4]]
    return default_tables() | {"variants": changes, "predictions": therapies}


def many_tables():
    genes = [variant(f"GENE{n}", f"p.A{n}V", driver=n < 16, pos=n + 1) for n in range(400)]
    therapies = [
        prediction(f"therapy {n}", kind, 0.02 * n + 0.2) for n in range(25) for kind in ("response", "pfs")
    ]
    seen = [
        verdict(f"S{n}", "small variant", "not assessable", cause=f"cause {n}", covered_fraction=None)
        for n in range(12)
    ]
    tables = default_tables()
    return tables | {
        "variants": genes,
        "predictions": therapies,
        "assessability": tables["assessability"] + seen,
    }


def empty_tables():
    return {"variants": [], "segments": [], "assessability": []}


TABLES = {"usual": default_tables, "odd names": odd_tables, "many": many_tables, "empty": empty_tables}


@pytest.fixture(params=list(TABLES))
def report(request, tmp_path):
    return build_report(example_inputs(tmp_path, tables=TABLES[request.param]()))


def visible(page: str) -> str:
    """The text of a page as a reader sees it: no tags, no style, entities resolved, single spaces."""
    page = re.sub(r"<style>.*?</style>|<title>.*?</title>", " ", page, flags=re.S)
    page = re.sub(r'<span class="sr">.*?</span>', " ", page)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def sentences(report: Report) -> list[str]:
    """What a reader must find in every view."""
    out = [
        report.identity.patient_id,
        report.identity.disease,
        report.findings.heading,
        report.predictions.text,
    ]
    out += [text for row in report.findings.rows for text in (row.name, row.because)]
    out += [text for line in report.seen if line.state != "not detected" for text in (line.text, line.detail)]
    for therapy in report.predictions.therapies:
        out += [therapy.therapy, *therapy.abstentions.values()]
        out += [interval.text for interval in therapy.panels.values()]
    trials = report.randomized_evidence
    if trials is not None and trials.has_page:
        out += [trials.text, trials.page_one]
        for one in trials.comparisons:
            out += [one.heading, one.verdict_lead, one.verdict_text, one.fits, one.not_known, one.citation]
            out += [figure.text for figure in one.figures]
        for row in (*trials.more_comparisons, *trials.further):
            out += [row.trial, row.comparison, row.hazard_ratio, row.citation]
        out += [text for one in trials.none for text in (one.therapies, one.text)]
        out += [text for one in trials.rates for text in (one.trial, one.text, one.citation)]
    out += [item.text for item in report.also]
    out += [text for row in report.variants.rows for text in (row.gene, row.change, row.place, row.normal)]
    out += [figure.text for figure in (*report.methods.digests, *report.methods.glossary)]
    return [" ".join(text.split()) for text in out if text]


def test_report_json_keeps_the_published_schema(report):
    values = json.loads(json_text(report_values(report)))
    jsonschema.Draft202012Validator(report_json_schema()).validate(values)
    assert parse_report(values) == report


def test_html_says_all_that_report_json_says(report):
    text = visible(report_html(report))
    assert [line for line in sentences(report) if line not in text] == []


def test_the_pdf_template_gets_all_that_report_json_says(report):
    values = pdf_values(report)["r"]
    for therapy in values["predictions"]["therapies"]:
        for panel in therapy["panels"].values():
            del panel["ring"]
    expected = report_values(report)
    for one in expected["randomized_evidence"]["comparisons"]:
        for arm in (one["first"], one["second"]):  # drawn, not told
            del arm["follow_up"]
    assert values == expected


def test_pdf_is_made_and_the_same_twice(report, monkeypatch):
    first = report_pdf(report)
    assert first.startswith(b"%PDF-")
    assert report_pdf(report) == first
    assert report_html(report) == report_html(report)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    assert report_pdf(report) != first


def test_page_one_is_one_page(report):
    only = typst_source().split("#page-one()")[0] + "#page-one()"
    data = json.dumps(printable(pdf_values(report)), sort_keys=True)
    pages = typst.compile(
        only.encode(), font_paths=_fonts(), ignore_system_fonts=True, sys_inputs={"data": data}, format="svg"
    )
    assert isinstance(pages, bytes) or len(pages) == 1


def test_the_pages_settle(report):
    """Typst comes to rest (else page numbers are wrong); no break follows a few lines."""
    laid_out = []

    def lay_out(joined):
        laid_out.append(_chapter_ends(data, joined))
        return laid_out[-1]

    data = printable(pdf_values(report))
    data["p"]["joined"] = settle(lay_out)
    _, warnings = typst.compile_with_warnings(
        typst_source().encode(), font_paths=_fonts(), ignore_system_fonts=True,
        sys_inputs={"data": json.dumps(data, sort_keys=True)}, format="pdf",
    )  # fmt: skip
    assert [str(warning) for warning in warnings] == []
    for before, after in itertools.pairwise(laid_out[-1]):
        assert (before.y <= 90) == (after.chapter in data["p"]["joined"])


@pytest.mark.parametrize(("tail_mm", "n_pages"), [(10, 2), (50, 2), (90, 3)])
def test_a_chapter_goes_on_below_a_few_lines(tmp_path, tail_mm, n_pages):
    """The first chapter fills a page and `tail_mm` of its second."""
    chapters = (
        '#set page(margin: (top: 30mm))\n#new-page("A")\n#block(height: 232mm, breakable: false)[]\n'
        f'#block(height: {tail_mm}mm, breakable: false)[]\n#chapter-end("A")\n'
        '#new-page("B")\n#block(height: 100mm, breakable: false)[]\n#chapter-end("B")'
    )
    source = typst_source().split("#page-one()")[0] + chapters
    data = printable(pdf_values(build_report(example_inputs(tmp_path))))

    def set_with(joined):
        data["p"]["joined"] = joined
        options = {
            "font_paths": _fonts(),
            "ignore_system_fonts": True,
            "sys_inputs": {"data": json.dumps(data)},
        }
        ends = typst.query(source.encode(), "<chapter-end>", field="value", **options)
        return [ChapterEnd(**one) for one in json.loads(ends)], typst.compile(
            source.encode(), format="svg", **options
        )

    joined = settle(lambda names: set_with(names)[0])
    ends, pages = set_with(joined)
    assert joined == (["B"] if n_pages == 2 else [])
    assert len(pages) == n_pages
    assert ends[0].y == pytest.approx(30 + tail_mm, abs=1)


def test_the_flow_is_found_however_long_the_chain():
    """Six chapters of 50 mm: each decision waits for the one before it."""
    heights = dict.fromkeys("ABCDEF", 50.0)

    def lay_out(joined):
        ends, y = [], 0.0
        for name, height in heights.items():
            y = (y if name in joined else 0.0) + height
            ends.append(ChapterEnd(name, y))
        return ends

    assert settle(lay_out) == ["B", "D", "F"]
    with pytest.raises(OncoloomError, match="do not settle"):
        settle(lambda joined: [ChapterEnd("A", 100.0 if "B" in joined else 10.0), ChapterEnd("B", 10.0)])


def test_nothing_is_loaded_from_anywhere(report):
    page = report_html(report)
    assert not re.findall(r"""(?:src|href)\s*=\s*["'](?!#)""", page)
    assert not re.findall(r"url\((?!data:)", page)
    assert "http" not in visible(page)
    assert not re.findall(r"https?://(?!www\.w3\.org)", page)
    assert "<script" not in page


def test_every_drawing_is_well_formed_and_named_or_hidden(report):
    drawings = re.findall(r"<svg.*?</svg>", report_html(report), flags=re.S)
    assert len(drawings) > 5
    for drawing in drawings:
        root = ET.fromstring(drawing)
        assert root.get("aria-hidden") == "true" or root.get("aria-label", "").endswith(".")


def test_headings_are_in_reading_order(report):
    levels = [int(level) for level in re.findall(r"<h([123])\b", report_html(report))]
    assert levels[0] == 1
    assert all(later <= earlier + 1 for earlier, later in itertools.pairwise(levels))


def test_markup_in_names_is_text(tmp_path):
    page = report_html(build_report(example_inputs(tmp_path, tables=odd_tables())))
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page
    assert page.count("</style>") == 1


def test_formulas_stay_as_they_are(tmp_path):
    report = build_report(example_inputs(tmp_path, tables=odd_tables()))
    assert {row.gene for row in report.variants.rows} == set(ODD_NAMES)
    assert "=SUM(A1:A9)" in visible(report_html(report))


def test_the_pdf_names_what_its_font_lacks():
    shown = printable({"gene": "Ünïcode-遺", "digest": "sha256:" + "a" * 64, "long": "X" * 30})
    assert shown["gene"] == "Ünïcode-[U+907A]"
    assert shown["digest"] == "sha256:" + "a" * 64
    assert shown["long"].replace("\u200b", "") == "X" * 30
    assert "\u200b" in shown["long"]


def test_the_templates_use_only_letters_that_the_fonts_hold():
    text = typst_source()
    assert printable(text, texts=False) == text


def test_simulated_is_said_on_every_page(tmp_path):
    simulated = report_html(build_report(example_inputs(tmp_path, config=example_config(simulated=True))))
    articles = simulated.split("<article")[1:]
    assert len(articles) >= 6
    assert all("Simulated patient" in article for article in articles)
    real = report_html(build_report(example_inputs(tmp_path, config=example_config(simulated=False))))
    assert "Simulated" not in real
    assert 'content:"Research use only."' in real


def test_a_lifted_stop_is_said_on_every_page(tmp_path):
    checks = [("identity", "overridden", 0.5, 0.8, "Tumor and normal are not of one person."), *CHECKS[1:]]
    override = {"checks": ["identity"], "reason": "marrow transplant 2019, A. Beispiel"}
    report = build_report(example_inputs(tmp_path, checks=checks, override=override, state="warned"))
    articles = report_html(report).split("<article")[1:]
    assert all("marrow transplant 2019, A. Beispiel" in article for article in articles)


def test_stopped_page_holds_checks_and_no_result(tmp_path):
    checks = [
        ("identity", "stop", 0.3667, 0.8, "Tumor and normal are not of one person: 33 of 90 sites agree."),
        *CHECKS[1:],
    ]
    inputs = example_inputs(tmp_path, state="stopped", checks=checks)
    stopped = build_stopped(inputs)
    jsonschema.Draft202012Validator(report_json_schema()).validate(
        json.loads(json_text(report_values(stopped)))
    )
    page = visible(report_html(stopped)) + stopped.model_dump_json()
    for leak in ("EGFR", "L858R", "osimertinib", "TMB", "T-01", "P-OTHER"):
        assert leak not in page
    assert "Not reported" in page
    assert stopped.heading == "Identity check failed: tumor and normal are not from one person"
    assert (stopped.measure.value, stopped.measure.limit) == (36.67, 80.0)
    assert len(stopped.steps) == 3


def test_a_stop_without_a_figure_still_has_its_page(tmp_path):
    checks = [("sex", "stop", "XY", "XX", "The reads say XY.")]
    stopped = build_stopped(example_inputs(tmp_path, state="stopped", checks=checks))
    assert stopped.measure is None
    assert stopped.heading == "Check failed: Sex"
    assert "The reads say XY." in visible(report_html(stopped))


def test_fit_keeps_what_may_not_be_cut(tmp_path):
    report = build_report(example_inputs(tmp_path, tables=many_tables()))
    page = fit(report)
    assert page.dense
    assert page.n_rows >= 5
    assert page.n_rows + page.n_more_rows == len(report.findings.rows)
    left_out = {gene for line in report.seen if line.state == "not assessable" for gene in line.genes}
    assert {gene for line in page.seen if line.state == "not assessable" for gene in line.genes} == left_out


def test_page_one_has_room_for_five_findings(tmp_path):
    genes = ("KRAS", "TP53", "PIK3CA", "APC")
    rows = [variant(gene, "p.G12D", driver=True) for gene in genes]
    report = build_report(example_inputs(tmp_path, tables=default_tables() | {"variants": rows}))
    page = fit(report)
    assert (page.dense, page.n_rows, page.n_more_seen) == (False, 5, 0)


def test_long_names_of_therapies_leave_less_room_on_page_one(tmp_path):
    rows = [variant(gene, "p.G12D", driver=True) for gene in ("KRAS", "TP53", "PIK3CA", "APC")]
    report = build_report(example_inputs(tmp_path, tables=default_tables() | {"variants": rows}))
    shown = [one.therapy for one in report.predictions.therapies]
    assert set(report.predictions.shown_first) <= set(shown)
    long = {name: f"{name} {'with a platinum drug ' * 6}" for name in shown}
    therapies = tuple(
        one.model_copy(update={"therapy": long[one.therapy]}) for one in report.predictions.therapies
    )
    first = tuple(long[name] for name in report.predictions.shown_first)
    named = report.predictions.model_copy(update={"therapies": therapies, "shown_first": first})
    before, after = fit(report), fit(report.model_copy(update={"predictions": named}))
    assert not before.dense
    assert before.n_more_seen == 0
    assert after.dense or after.n_more_seen > 0


def test_short_names_keep_both_ends():
    assert short_name("EGFR p.L858R") == "EGFR p.L858R"
    short = short_name("A" * 50 + "B" * 50, 20)
    assert len(short) == 20
    assert short.startswith("AAA")
    assert short.endswith("BBB")


def test_fonts_travel_with_their_licence():
    folder = bundled_path("resources", "fonts")
    for name in ("Inter-Regular.otf", "Inter-SemiBold.otf", "Inter-Regular.woff2", "Inter-SemiBold.woff2"):
        assert (folder / name).stat().st_size < 150_000
    assert "SIL OPEN FONT LICENSE Version 1.1" in (folder / "OFL.txt").read_text(encoding="utf-8")
    families = {(font.family, font.weight) for font in _fonts().fonts()}
    assert families == {("Inter", 400), ("Inter", 600)}
