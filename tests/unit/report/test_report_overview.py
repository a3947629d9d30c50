"""Cohort overview: everybody is counted, those left out are named, links are relative."""

import re

import polars as pl
import pytest
from report_examples import (
    CHECKS,
    default_tables,
    example_inputs,
    feature_row,
    table,
    variant,
    verdict,
)
from test_report_views import visible

from oncoloom.cohort.schema import COHORT_TABLE
from oncoloom.errors import InputError
from oncoloom.report.build import write_report
from oncoloom.report.overview import write_overview
from oncoloom.report.overview_checks import check_rows
from oncoloom.report.overview_cohorts import outcome_curves, response_rows
from oncoloom.report.overview_genes import _column
from oncoloom.tables import write_table

STOP = [("identity", "stop", 0.4, 0.8, "Tumor and normal are not of one person."), *CHECKS[1:]]


def cohort_rows(n, **fields):
    out = []
    for at in range(n):
        row = dict.fromkeys((column.name for column in COHORT_TABLE.columns), None)
        features = feature_row({"tmb": 2.0 + at, "driver_TP53": at % 2})
        features = {name: value for name, value in features.items() if name in row}
        row |= features | {
            "patient_id": f"C{at}", "cohort_name": "luad", "therapy": "drug A" if at % 2 else "drug B",
            "response": int(at % 3 == 0), "pfs_days": 40.0 * (at + 1), "pfs_event": int(at % 4 != 0),
        }  # fmt: skip
        out.append(row | fields)
    return out


@pytest.fixture
def project(tmp_path):
    results = tmp_path / "results"
    tables = default_tables()
    tables["variants"] = [variant("TP53", "p.R213*", driver=True, consequence="stop_gained")]
    tables["assessability"] = [
        verdict("TP53", "small variant", "detected"),
        verdict("MET", "amplification", "detected"),
    ]
    for name, state, checks in (("P 1", "passed", CHECKS), ("P2", "passed", CHECKS), ("P3", "stopped", STOP)):
        inputs = example_inputs(results, patient_id=name, tables=tables, state=state, checks=checks)
        write_report(inputs, results / "patients" / name)
    write_table(table(cohort_rows(40), COHORT_TABLE), COHORT_TABLE, results / "cohort" / "luad.parquet")
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "config.yaml").write_text("project_name: demo\nreport: {simulated: true}\n")
    return tmp_path


def overview_of(project):
    output = project / "results" / "cohort" / "overview.html"
    figures = write_overview(project=project, results=None, config=None, output=output)
    return figures, output.read_text(encoding="utf-8")


def test_everybody_is_counted_and_the_stopped_are_named_with_their_cause(project):
    figures, page = overview_of(project)
    assert figures == {"patients": 3, "reported": 2, "stopped": 1, "cohort_rows": 40}
    text = visible(page)
    assert "3 enrolled, 1 left out, 2 reported" in text
    assert "P3 not reported: Identity check failed: tumor and normal are not from one person." in text
    assert "Simulated patients" in text


def test_links_are_relative_and_lead_to_files(project):
    _, page = overview_of(project)
    links = list(re.findall(r'href="([^#"]+)"', page))
    assert len(links) == 5
    for link in links:
        assert not link.startswith(("/", "http"))
        assert (project / "results" / "cohort" / link.replace("%20", " ")).resolve().is_file()


def test_no_result_of_a_stopped_patient_is_shown(project):
    _, page = overview_of(project)
    assert "Alterations of 2 patients" in page


def test_a_missing_report_is_said(project):
    for name in ("report.json", "report.html", "report.pdf"):
        (project / "results" / "patients" / "P2" / name).unlink()
    figures, page = overview_of(project)
    assert figures["reported"] == 1
    assert "P2 missing: no report was written." in visible(page)


def test_same_input_same_page(project):
    assert overview_of(project)[1] == overview_of(project)[1]


def test_a_cohort_alone_gives_an_overview(tmp_path):
    write_table(table(cohort_rows(30), COHORT_TABLE), COHORT_TABLE, tmp_path / "cohort" / "luad.parquet")
    figures = write_overview(project=None, results=tmp_path, config=None, output=tmp_path / "o.html")
    assert figures == {"patients": 0, "reported": 0, "stopped": 0, "cohort_rows": 30}
    text = visible((tmp_path / "o.html").read_text(encoding="utf-8"))
    assert "altered, kind unknown" in text
    assert "they do not compare" in text


def test_nothing_to_show_is_an_error(tmp_path):
    with pytest.raises(InputError, match="no result to show"):
        write_overview(project=None, results=tmp_path, config=None, output=tmp_path / "o.html")
    assert not (tmp_path / "o.html").exists()


def test_curves_need_therapy_outcome_and_five_patients():
    frame = table(cohort_rows(20), COHORT_TABLE)
    endpoint, curves = outcome_curves(frame)
    assert endpoint == "pfs"
    assert sorted(len(curve.spans) for curve in curves) == [10, 10]
    assert outcome_curves(frame.head(8)) == ("", [])
    no_pfs = frame.with_columns(
        pl.lit(None, dtype=pl.Float64).alias("pfs_days"),
        pl.col("pfs_days").alias("os_days"),
        pl.col("pfs_event").alias("os_event"),
    )
    assert outcome_curves(no_pfs)[0] == "os"


def test_response_shares_are_of_ten_and_more():
    rows = response_rows(table(cohort_rows(24), COHORT_TABLE))
    assert [(row["therapy"], row["n"], row["share"][:4]) for row in rows] == [
        ("drug B", "12 patients", "33 %"),
        ("drug A", "12 patients", "33 %"),
    ]
    assert response_rows(table(cohort_rows(12), COHORT_TABLE)) == []


def test_checks_over_patients():
    verdicts = {
        "a": {"checks": [{"check": "identity", "status": "pass", "value": 0.99, "limit": 0.8}]},
        "b": {"checks": [{"check": "identity", "status": "stop", "value": 0.4, "limit": 0.8}]},
        "c": {"checks": [{"check": "contamination", "status": "warn", "value": 0.031, "limit": 0.02}]},
    }
    identity, contamination = check_rows(verdicts)
    assert (identity.patients, identity.passed, identity.left_out, identity.worst) == (2, 1, 1, "40 %")
    assert identity.rule == "stops < 80 %"
    assert (contamination.warned, contamination.rule) == (1, "warns > 2 %")


def test_tables_beside_a_cohort_are_no_cohorts(project):
    folder = project / "results" / "cohort"
    for name in ("luad.variants", "luad.predictions", "predictions", "comparisons"):
        (folder / f"{name}.parquet").write_bytes(b"never read")
    figures, _ = overview_of(project)
    assert figures["cohort_rows"] == 40


def test_a_cohort_without_any_therapy_is_one_curve():
    frame = table(cohort_rows(20, therapy=None), COHORT_TABLE)
    _, curves = outcome_curves(frame)
    assert [(curve.name, len(curve.spans)) for curve in curves] == [("therapy not recorded", 20)]
    partly = frame.with_columns(
        therapy=pl.when(pl.int_range(pl.len()) < 12).then(pl.lit("drug A")).otherwise(None)
    )
    _, curves = outcome_curves(partly)
    assert [(curve.name, len(curve.spans)) for curve in curves] == [("drug A", 12)]


def test_fusions_and_promoters_are_drawn_as_what_they_are(project):
    """A fusion has a kind of its own in the oncoplot; a promoter change is no missense."""
    tables = default_tables()
    promoter = variant("TERT", None, driver=True, driver_rule="promoter_hotspot")
    tables["variants"] = [promoter | {"consequence": "upstream_gene_variant"}]
    tables["assessability"] = [verdict("ALK", "fusion", "detected")]
    inputs = example_inputs(project / "results", patient_id="P4", tables=tables)
    write_report(inputs, project / "results" / "patients" / "P4")
    column = _column(project / "results" / "features", "P4")
    assert column.seen == {"ALK": frozenset({"fusion"}), "TERT": frozenset({"altered"})}
    _, page = overview_of(project)
    assert "fusion" in visible(page)
    assert "altered, kind unknown or other" in visible(page)
