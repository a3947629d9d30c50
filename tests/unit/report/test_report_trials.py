"""Randomised trials beside the model: which are shown, what is said, and that nothing is said in silence."""

import json
from dataclasses import replace

import polars as pl
import pytest
from report_examples import (
    default_tables,
    example_config,
    example_inputs,
    prediction,
    variant,
    verdict,
    write_inputs,
)
from test_report_command import build

from oncoloom.cohort.assemble import write_cohort
from oncoloom.cohort.importing import import_csv
from oncoloom.cohort.mapping import load_mapping
from oncoloom.knowledge.trials.agreement import Z90
from oncoloom.knowledge.trials.survival import Z95
from oncoloom.report.html import report_html
from oncoloom.report.inputs import read_inputs
from oncoloom.report.plots.trial import difference_plot, trial_plot
from oncoloom.report.sections.patient_biomarkers import patient_biomarkers
from oncoloom.report.sections.registry import build_report
from oncoloom.response.effects.schema import COMPARISONS_TABLE
from oncoloom.tables import write_table

SQUAMOUS = ("male", "LUSC")


def evidence(tmp_path, rows, *, sheet=("female", "LUAD"), variants=None):
    tables = default_tables() | {"predictions": rows}
    if variants is not None:
        tables["variants"] = variants
    return build_report(example_inputs(tmp_path, tables=tables, sheet=sheet)).randomized_evidence


def pair(first, second, *events, endpoint="os"):
    return [
        prediction(name, endpoint, event, received=name == first)
        for name, event in zip((first, second), events, strict=True)
    ]


def test_a_trial_of_the_same_therapies_stands_beside_the_model(tmp_path):
    rows = pair("osimertinib", "platinum + pemetrexed", 0.45, 0.80, endpoint="pfs")
    t790m = [variant("EGFR", "p.L858R", driver=True), variant("EGFR", "p.T790M", driver=True, pos=55181378)]
    found = evidence(tmp_path, rows, variants=t790m)
    one = found.comparisons[0]
    assert (one.trial, one.fit, one.therapies_match) == ("AURA3", "fits", "same drugs")
    assert (one.first.therapy, one.first.n) == ("osimertinib", 279)
    assert one.verdict == "agree"
    assert [row.value for row in one.differences] == [pytest.approx(35), pytest.approx(34.7, abs=0.1)]
    assert found.page_one.startswith("The gap between the two predictions agrees with AURA3")


def test_the_order_is_that_of_the_predictions_not_of_the_trial(tmp_path):
    one = evidence(tmp_path, pair("docetaxel", "nivolumab", 0.76, 0.58), sheet=SQUAMOUS).comparisons[0]
    assert (one.trial, one.first.therapy, one.second.therapy) == ("CheckMate 017", "docetaxel", "nivolumab")
    assert one.differences[1].value == pytest.approx(-18, abs=1)
    assert "1.70" in next(figure.text for figure in one.figures if figure.label == "Hazard ratio")


def test_a_model_that_contradicts_the_trial_is_told_on_page_one(tmp_path):
    rows = pair("nivolumab", "docetaxel", 0.85, 0.35)
    found = evidence(tmp_path, rows, sheet=SQUAMOUS)
    assert found.comparisons[0].verdict == "disagree"
    assert found.page_one == (
        "The gap between the two predictions disagrees with CheckMate 017 (nivolumab against docetaxel). "
        "The trial outranks the model."
    )
    page = report_html(
        build_report(
            example_inputs(tmp_path, tables=default_tables() | {"predictions": rows}, sheet=SQUAMOUS)
        )
    )
    one = page.split('id="predictions"')[0]
    assert "The trial outranks the model." in one


def test_ovarian_cancer_has_no_randomised_comparison(tmp_path):
    found = evidence(tmp_path, pair("paclitaxel", "carboplatin", 0.5, 0.6), sheet=("female", "HGSOC"))
    assert found.comparisons == found.further == ()
    assert [one.text for one in found.none] == ["No randomised comparison in the embedded set."]


def test_a_trial_that_left_the_patient_out_is_named_with_its_reason(tmp_path):
    found = evidence(tmp_path, pair("pembrolizumab", "platinum + pemetrexed", 0.5, 0.6))
    assert (
        "KEYNOTE-024 compares them, but: trial: not EGFR mutated; patient: EGFR mutated."
        in found.none[0].text
    )


def test_an_unknown_tumor_type_is_not_matched(tmp_path):
    found = evidence(tmp_path, pair("nivolumab", "docetaxel", 0.5, 0.6), sheet=("male", "UNKNOWN"))
    assert found.text.startswith("Randomised trials were not looked up: the tumor type is not known.")
    assert not found.has_page


def test_an_abstention_leaves_the_trial_alone(tmp_path):
    rows = pair("nivolumab", "docetaxel", 0.5, 0.6)
    rows[1] |= {"abstained": True, "reason": "too few similar patients"}
    one = evidence(tmp_path, rows, sheet=SQUAMOUS).comparisons[0]
    assert one.verdict == "not compared"
    assert one.model_second is None
    assert [row.label for row in one.differences] == ["Trial, 95 %"]


def test_without_a_model_trials_of_the_biomarkers_are_listed(tmp_path):
    tables = {name: rows for name, rows in default_tables().items() if name != "predictions"}
    found = build_report(example_inputs(tmp_path, tables=tables)).randomized_evidence
    assert found.comparisons == found.none == ()
    assert {"LUX-Lung 3", "ENSURE"} <= {row.trial for row in found.further}


def test_published_response_rates_stand_beside_immunotherapy_only(tmp_path):
    rows = pair("nivolumab", "docetaxel", 0.2, 0.1, endpoint="response")
    found = evidence(tmp_path, rows, sheet=SQUAMOUS)
    assert [(one.therapy, one.text) for one in found.rates] == [("nivolumab", "20 % (14–28) of 135")]
    assert found.rates[0].citation == "PMID:26028407, NCT01642004"


def test_the_drawings_say_what_they_show(tmp_path):
    one = evidence(tmp_path, pair("nivolumab", "docetaxel", 0.58, 0.76), sheet=SQUAMOUS).comparisons[0]
    curves, differences = trial_plot(one), difference_plot(one)
    assert curves.alt == "CheckMate 017, share alive: at 12 months nivolumab 42 %, docetaxel 24 %."
    assert differences.alt.startswith(
        "Difference at 12 months, nivolumab against docetaxel: Two predictions, 90 %: +18"
    )
    assert ">135<" in curves.inline()  # at risk
    assert ">model<" in curves.inline()
    assert ">docetaxel better<" in differences.inline()


def clinic(tmp_path, **cells):
    """A cohort table of the example patient, as the plain mapping makes it."""
    path = tmp_path / "clinic.csv"
    path.write_text(
        ",".join(["patient_id", *cells]) + "\n" + ",".join(["P-7F3A", *map(str, cells.values())]) + "\n"
    )
    write_cohort(import_csv([path], load_mapping("plain")), tmp_path / "cohort.parquet")
    return tmp_path / "cohort.parquet"


def test_what_the_clinic_knows_decides_which_trials_fit(tmp_path):
    rows = pair("pembrolizumab", "platinum chemotherapy", 0.3, 0.45)
    tables = default_tables() | {"predictions": rows, "variants": []}
    tables["assessability"] = [verdict("EGFR", "small variant", "not detected")]
    paths = write_inputs(tmp_path, tables=tables)
    for tps, lines, fit in ((60, 0, "fits"), (60, 1, "fits in part")):
        inputs = read_inputs(
            "P-7F3A",
            **{name: paths[name] for name in ("qc", "features", "calls", "predictions", "patients")},
            config=example_config(),
            metrics=None,
            cohort=clinic(tmp_path, pdl1_tps=tps, prior_lines=lines),
        )
        found = build_report(inputs).randomized_evidence
        assert (found.comparisons[0].trial, found.comparisons[0].fit) == ("KEYNOTE-024", fit)
        assert "PD-L1 60 %" in found.text
    assert found.text.split(".")[0].endswith("second line")


def test_receptors_of_the_clinic_count_and_an_absent_estrogen_receptor_says_nothing(tmp_path):
    paths = write_inputs(tmp_path, sheet=("female", "BRCA"))
    inputs = read_inputs(
        "P-7F3A",
        **{name: paths[name] for name in ("qc", "features", "calls", "predictions", "patients")},
        config=example_config(),
        metrics=None,
        cohort=clinic(tmp_path, her2_status="positive", er_status="negative"),
    )
    states = patient_biomarkers(inputs).states
    assert states["HER2"] == "positive"
    assert "HR" not in states
    further = build_report(inputs).randomized_evidence
    assert {row.trial for row in further.further} & {"CLEOPATRA", "ALTTO", "BOLERO-1"}
    assert further.n_further_left_out > 0


def compared(**cells):
    """A row of `oncoloom compare`: docetaxel first, events."""
    row = dict.fromkeys((column.name for column in COMPARISONS_TABLE.columns), None)
    return row | {
        "patient_id": "P-7F3A",
        "first": "docetaxel",
        "second": "nivolumab",
        "endpoint": "os",
        "horizon_days": 365,
        "source": "randomized",
        "probability_first": 0.76,
        "probability_second": 0.58,
        "wording": "average only",
        "reason": "individual differences are unreliable",
        "difference": 0.30,
        "difference_lo90": 0.20,
        "difference_hi90": 0.45,
        "average_difference": 0.12,
        "average_difference_lo95": 0.02,
        "average_difference_hi95": 0.22,
        "trial_verdict": "none",
        "trial_note": "not looked up",
        "abstained": False,
        "model_version": "sha256:" + "0" * 64,
        "cohort_digest": "sha256:" + "1" * 64,
        **cells,
    }


@pytest.mark.parametrize(
    ("wording", "label", "value", "lower"),
    [
        ("average only", "Model average, 90 %", 12, 12 - 10 * Z90 / Z95),
        ("groups", "Model average, 90 %", 12, 12 - 10 * Z90 / Z95),
        ("personal", "This patient, 90 %", 30, 20),
    ],
)
def test_the_table_of_differences_is_told_as_far_as_it_goes(tmp_path, wording, label, value, lower):
    inputs = squamous_inputs(tmp_path, compared(wording=wording))
    one = build_report(inputs).randomized_evidence.comparisons[0]
    model, trial = one.differences
    assert (one.first.therapy, model.label) == ("nivolumab", label)
    assert (model.value, model.lower) == (pytest.approx(value), pytest.approx(lower, abs=1e-3))
    assert trial.value == pytest.approx(18, abs=1)


def test_predictions_that_must_stand_apart_are_not_compared_with_a_trial(tmp_path):
    reason = "nobody declared what was adjusted for"
    inputs = squamous_inputs(tmp_path, compared(wording="apart", reason=reason, difference=None))
    one = build_report(inputs).randomized_evidence.comparisons[0]
    assert one.verdict == "not compared"
    assert one.verdict_text == f"the two predictions stand apart, {reason}."
    assert [row.label for row in one.differences] == ["Trial, 95 %"]


def squamous_inputs(tmp_path, row):
    rows = pair("nivolumab", "docetaxel", 0.58, 0.76)
    inputs = example_inputs(tmp_path, tables=default_tables() | {"predictions": rows}, sheet=SQUAMOUS)
    return replace(inputs, comparisons=pl.DataFrame([row], schema=COMPARISONS_TABLE.polars_schema()))


def test_the_command_takes_what_the_clinic_knows_and_what_was_compared(tmp_path):
    rows = pair("nivolumab", "docetaxel", 0.58, 0.76)
    paths = write_inputs(tmp_path, tables=default_tables() | {"predictions": rows}, sheet=SQUAMOUS)
    table = pl.DataFrame([compared()], schema=COMPARISONS_TABLE.polars_schema())
    write_table(table, COMPARISONS_TABLE, tmp_path / "comparisons.parquet")
    further = {"cohort": clinic(tmp_path, prior_lines=1), "comparisons": tmp_path / "comparisons.parquet"}
    assert build(paths | further, tmp_path / "out").exit_code == 0
    told = json.loads((tmp_path / "out" / "report.json").read_text(encoding="utf-8"))["randomized_evidence"]
    assert told["comparisons"][0]["differences"][0]["label"] == "Model average, 90 %"
    assert told["text"].split(".")[0].endswith("second line")
