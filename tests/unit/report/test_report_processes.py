"""Spectrum, signatures and microsatellites of a report: drawn where they are, said where they are not."""

from html import escape

import pytest
from report_examples import FIGURES, PATIENT, default_tables, example_inputs, feature_row

from oncoloom.features.schema import FEATURES
from oncoloom.features.signatures.channels import SBS96
from oncoloom.report.html import report_html
from oncoloom.report.pdf import pdf_values, report_pdf
from oncoloom.report.plots.microsatellites import microsatellite_plot
from oncoloom.report.plots.spectrum import spectrum_plot
from oncoloom.report.sections.processes import build_microsatellites, build_processes
from oncoloom.report.sections.registry import build_report

OWN = {"patient_id": PATIENT, "sample_id": PATIENT}


def _spectrum():
    return [
        OWN | {"catalogue": "SBS96", "channel": name, "mutations": 120 if name == "T[C>T]C" else 2}
        for name in SBS96
    ]


def _signatures():
    names = ("signature", "share", "share_lower", "share_upper", "support", "possible_artefact")
    rows = [("SBS7a", 0.7, 0.6, 0.8, 1.0, False), ("SBS5", 0.299, 0.2, 0.4, 0.62, False)]
    rows.append(("SBS45", 0.001, 0.0, 0.01, 0.2, True))
    return [
        OWN | dict(zip(names, row, strict=True)) | {"mutations": 310 * row[1], "state": "measured"}
        for row in rows
    ]


def _loci(n=100, k=10):
    return [
        OWN
        | {"chrom": "1", "start": 100 * i, "end": 100 * i + 15, "unit": "A", "tumor_fragments": 80}
        | {"normal_fragments": 60, "p_value": 0.5, "shift_z": 0.1, "new_share": 0.31 if i < k else 0.02}
        | {"unstable": i < k}
        for i in range(n)
    ]


def _inputs(tmp_path, **tables):
    row = FIGURES | {"n_sbs": 310, "msi_score": 0.1, "msi_score_lower": 0.055, "msi_score_upper": 0.174}
    row |= {"msi_n_loci": 100, "msi_status": "MSI-H"}
    assert {spec.name for spec in FEATURES} >= set(row)
    made = (
        default_tables()
        | {"spectrum": _spectrum(), "signatures": _signatures(), "msi_loci": _loci()}
        | tables
    )
    return example_inputs(tmp_path, tables=made, feature=feature_row(row))


def test_the_spectrum_is_drawn_and_told(tmp_path):
    found = build_processes(_inputs(tmp_path))
    assert found.counts[SBS96.index("T[C>T]C")] == 120
    assert sum(found.counts) == 310
    assert "most are C>T" in found.alt
    assert "T[C>T]C with 120" in found.alt
    assert [one.signature for one in found.exposures] == ["SBS7a", "SBS5"]  # a thousandth is not shown
    assert [one.remark for one in found.exposures] == ["", "uncertain"]
    drawing = spectrum_plot(found)
    assert drawing.inline().count("<rect") == 6 + 96
    assert ">150<" in drawing.inline()  # the axis ends above the highest bar


def test_without_a_spectrum_the_reason_stands_there(tmp_path):
    inputs = _inputs(tmp_path, spectrum=[], signatures=[])
    found = build_processes(inputs)
    assert not found.available
    assert found.text.startswith("No spectrum: ")
    few = build_processes(_inputs(tmp_path, signatures=[]))
    assert few.available
    assert few.signatures_text.startswith("No signatures: ")


def test_microsatellites_are_drawn_by_locus(tmp_path):
    found = build_microsatellites(_inputs(tmp_path))
    assert (sum(found.stable_by_share), sum(found.unstable_by_share)) == (90, 10)
    assert found.unstable_by_share[15] == 10
    assert found.line == pytest.approx(0.015)
    assert "10 of 100 loci unstable" in found.text
    assert "score 10 %" in found.alt
    assert microsatellite_plot(found).inline().count("f-vermillion") == 1
    assert build_microsatellites(_inputs(tmp_path, msi_loci=[])) is None


def test_both_views_carry_the_page(tmp_path):
    report = build_report(_inputs(tmp_path))
    html = report_html(report)
    assert "Mutational processes" in html
    assert "70 % (60–80)" in html
    assert html.count(escape(report.processes.alt)) == 1
    values = pdf_values(report)
    assert {"spectrum", "microsatellites"} <= set(values["svg"])
    assert values["alt"]["microsatellites"] == report.microsatellites.alt
    assert report_pdf(report).startswith(b"%PDF")
    plain = build_report(example_inputs(tmp_path / "plain"))
    assert "Mutational processes" not in report_html(plain)
