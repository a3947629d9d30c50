"""What the sections say: nothing invented, nothing merged that differs, causes with their figures."""

import json

import pytest
from report_examples import (
    CHECKS,
    FIGURES,
    PATIENT,
    default_tables,
    example_config,
    example_inputs,
    feature_row,
    prediction,
    variant,
    verdict,
    write_inputs,
)

from oncoloom.config import parse_config
from oncoloom.report.inputs import read_inputs
from oncoloom.report.sections.predictions import abstention
from oncoloom.report.sections.registry import SECTIONS, build_report
from oncoloom.report.sections.rests_on import rests_on


def report_of(tmp_path, **fields):
    return build_report(example_inputs(tmp_path, **fields))


def test_every_field_of_the_report_has_a_section(tmp_path):
    report = report_of(tmp_path)
    fixed = {"kind", "schema_version", "oncoloom_version", "state", "simulated", "report_date"}
    assert {section.field for section in SECTIONS} == set(type(report).model_fields) - fixed


def test_findings_carry_counts_interval_and_rule_but_no_invented_tier(tmp_path):
    first, second, third = report_of(tmp_path).findings.rows
    assert first.name == "EGFR p.L858R"
    assert first.detail == "AF 0.31 (0.25–0.38) · 66 of 212"
    assert first.why == "hotspot L858"
    assert second.name == "TP53 p.R273H"
    assert (third.name, third.copies) == ("MET amplification", 9.0)
    for row in (first, second, third):
        assert row.tier is None
        assert [therapy.direction for therapy in row.therapies] == ["not looked up"]


def test_a_marked_hotspot_stays_listed_with_its_reason(tmp_path):
    (line,) = report_of(tmp_path).findings.filtered_hotspots
    assert line.lead == "BRAF p.V600E"
    assert line.text == "3 of 240 fragments, marked by strand bias, weak evidence."


def test_the_same_gene_twice_is_two_findings(tmp_path):
    changes = [
        variant("PIK3CA", change, driver=True, pos=pos) for pos, change in ((1, "p.E545K"), (2, "p.H1047R"))
    ]
    rows = report_of(tmp_path, tables=default_tables() | {"variants": changes}).findings.rows
    assert [row.name for row in rows][:2] == ["PIK3CA p.E545K", "PIK3CA p.H1047R"]


def test_germline_variants_are_not_reported_without_consent(tmp_path):
    hidden = variant("BRCA2", "p.S1982fs", driver=True, origin="germline", hotspot="BRCA2 S1982")
    report = report_of(tmp_path, tables=default_tables() | {"variants": [hidden]})
    assert "S1982" not in report.model_dump_json()
    assert next(item.text for item in report.also if item.label == "Germline").startswith("no consent")


def test_nothing_found_says_none_found(tmp_path):
    tables = {"variants": [], "assessability": [verdict("BRAF", "small variant", "not detected")]}
    findings = report_of(tmp_path, tables=tables).findings
    assert (findings.heading, findings.text) == ("No finding to act on", "Somatic variants: none found.")


def test_without_gene_models_nothing_could_be_assessed(tmp_path):
    findings = report_of(tmp_path, tables={"variants": []}, config=parse_config({})).findings
    assert findings.heading == "Nothing actionable could be assessed"
    assert findings.text.startswith("No gene models were given")


def test_outside_cancer_genes_nothing_could_be_assessed(tmp_path):
    cause = "No coding base of this gene lies in the assayed region"
    tables = {
        "assessability": [
            verdict("BRAF", "small variant", "not assessable", cause=cause, covered_fraction=None)
        ]
    }
    findings = report_of(tmp_path, tables=tables).findings
    assert findings.heading == "Nothing actionable could be assessed"
    assert findings.text.startswith(cause)


def test_verdicts_are_never_merged(tmp_path):
    seen = report_of(tmp_path).seen
    states = [line.state for line in seen]
    assert states == sorted(states, key=["not detected", "not assessable", "not tested"].index)
    by_state = {state: " ".join(line.text for line in seen if line.state == state) for state in set(states)}
    assert "ERBB2: amplification" not in by_state["not assessable"]
    assert "ERBB2: small variants" in by_state["not assessable"]
    assert "ALK" in by_state["not tested"]
    assert "ALK" not in by_state["not detected"] + by_state["not assessable"]
    assert all(line.detail for line in seen)


def test_not_detected_has_its_limit(tmp_path):
    lines = [line for line in report_of(tmp_path).seen if line.state == "not detected"]
    assert [line.detail for line in lines] == ["Limit: AF 0.05", "Limit: 6 copies"]


def test_genes_short_of_coverage_share_a_line_with_their_figures(tmp_path):
    rows = [
        verdict(gene, "small variant", "not assessable", cause=f"{gene} is thin", covered_fraction=share)
        for gene, share in (("ERBB2", 0.62), ("ROS1", 0.71))
    ]
    (line,) = report_of(tmp_path, tables={"assessability": rows}).seen
    assert line.text == "ERBB2 62 %, ROS1 71 %: small variants."
    assert line.detail == "Share of coding bases covered enough; 95 % needed"


def test_classes_that_no_gene_was_tested_for_share_a_line(tmp_path):
    genes = [f"G{n}" for n in range(8)] + ["ALK", "MET", "NTRK1", "NTRK2", "NTRK3"]
    rows = [
        verdict(gene, kind, "not tested", cause=f"No {kind} data")
        for gene in genes
        for kind in ("fusion", "expression")
    ]
    (line,) = report_of(tmp_path, tables={"assessability": rows}).seen
    assert line.text == "Fusions (ALK, NTRK1–3 and others), expression: all 13 genes."
    assert line.detail == "No fusion data; no expression data"


def test_warnings_are_the_worst_first_and_three(tmp_path):
    checks = [
        ("sex", "warn", "XY", "XX", "The reads say XY."),
        ("tumor_duplicates", "warn", 0.6, 0.5, "60% of the tumor reads are duplicates."),
        ("tumor_depth", "warn", 20, 60, "The tumor has a mean depth of 20 fragments."),
        ("contamination", "warn", 0.031, 0.02, "About 3.1% foreign DNA."),
        ("identity", "overridden", 0.5, 0.8, "Tumor and normal are not of one person."),
    ]
    override = {"checks": ["identity"], "reason": "marrow transplant 2019"}
    feature = feature_row(FIGURES | {"purity": 0.18})
    report = report_of(tmp_path, checks=checks, override=override, feature=feature, state="warned")
    assert [line.lead for line in report.warnings] == [
        "Stop lifted: marrow transplant 2019.",
        "About 3.1 % foreign DNA.",
        "Low tumor purity, 18 %.",
    ]
    assert [line.lead[:12] for line in report.more_warnings] == [
        "The tumor ha",
        "60 % of the ",
        "The reads sa",
    ]
    assert report.override is not None
    assert report.override.reason == "marrow transplant 2019"


def test_no_warning_where_all_passed(tmp_path):
    report = report_of(tmp_path)
    assert report.warnings == ()
    assert [check.status for check in report.checks] == ["pass"] * len(CHECKS)


def test_a_survival_prediction_is_shown_as_the_good_outcome(tmp_path):
    therapy = report_of(tmp_path).predictions.therapies[0]
    interval = therapy.panels["pfs"]
    assert therapy.therapy == "osimertinib"
    assert interval.text == "58 % (44–71)"
    assert interval.lo90 < interval.lo50 < interval.estimate < interval.hi50 < interval.hi90
    assert interval.observed_text == "61 % of 212 similar"


def test_an_abstention_is_a_sentence_and_shows_no_probability(tmp_path):
    report = report_of(tmp_path)
    therapy = next(one for one in report.predictions.therapies if not one.panels)
    assert set(therapy.abstentions.values()) == {
        "No prediction: fewer than 10 similar patients received it, 30 are needed."
    }


@pytest.mark.parametrize(
    ("reason", "sentence"),
    [
        ("Fewer than 10 similar patients", "No prediction: fewer than 10 similar patients."),
        (
            "MET at 9 copies is outside the training range, 2 to 6.",
            "No prediction: MET at 9 copies is outside the training range, 2 to 6.",
        ),
        ("No prediction: too old", "No prediction: too old."),
        (None, "No prediction: the model abstained without a recorded cause."),
    ],
)
def test_abstention_sentences(reason, sentence):
    assert abstention(reason) == sentence


def test_the_observed_share_of_fewer_than_ten_is_hidden(tmp_path):
    rows = [prediction("docetaxel", "pfs", 0.8, n_similar=7, observed_similar=0.5)]
    (therapy,) = report_of(tmp_path, tables=default_tables() | {"predictions": rows}).predictions.therapies
    assert therapy.panels["pfs"].observed_text == "fewer than 10 similar"


def test_the_given_therapy_is_always_on_page_one(tmp_path):
    rows = [prediction(f"T{n}", "pfs", 0.1 * n, received=n == 9) for n in range(10)]
    predictions = report_of(tmp_path, tables=default_tables() | {"predictions": rows}).predictions
    assert predictions.shown_first == ("T0", "T1", "T2", "T9")
    assert predictions.more.startswith("6 more therapies, under Predictions: T3, T4")


def test_the_horizon_nearest_to_twelve_months_is_shown(tmp_path):
    rows = [prediction("T", "pfs", 0.2, horizon_days=days) for days in (183, 365, 730)]
    predictions = report_of(tmp_path, tables=default_tables() | {"predictions": rows}).predictions
    assert [panel.title for panel in predictions.panels] == ["Free of progression at 12 months"]


def test_without_a_model_the_report_says_so(tmp_path):
    tables = {name: rows for name, rows in default_tables().items() if name != "predictions"}
    predictions = report_of(tmp_path, tables=tables).predictions
    assert not predictions.available
    assert predictions.text == "No prediction: no model was trained or given."


def test_missing_figures_give_their_reason(tmp_path):
    also = {item.label: item for item in report_of(tmp_path, feature=feature_row({})).also}
    assert also["TMB"].text == "not given: not tested on this assay"
    assert also["TMB"].value is None
    assert also["HRD"].missing_reason == "not tested on this assay"


def test_figures_carry_intervals(tmp_path):
    also = {item.label: item.text for item in report_of(tmp_path).also}
    assert also["TMB"] == "3.1/Mb (2.0–4.6)"
    assert also["MSI"] == "stable, score 0.02 (0.01–0.06), 150 loci"
    assert also["Purity"] == "62 %, ploidy 2.3"


def test_an_indeterminate_state_keeps_its_score_and_interval(tmp_path):
    quiet = FIGURES | {"msi_score": 0.0, "msi_n_loci": 109, "msi_status": "indeterminate"}
    also = {item.label: item.text for item in report_of(tmp_path, feature=feature_row(quiet)).also}
    assert also["MSI"] == "indeterminate, score 0.00 (0.00–0.03), 109 loci"
    told = quiet | {"msi_score_lower": 0.0, "msi_score_upper": 0.05}
    also = {item.label: item.text for item in report_of(tmp_path, feature=feature_row(told)).also}
    assert also["MSI"] == "indeterminate, score 0.00 (0.00–0.05), 109 loci"


def test_the_copy_number_plot_is_told_in_a_sentence(tmp_path):
    alt = report_of(tmp_path).genome.alt
    assert (
        "above (MET at 9 copies, EGFR at 6 copies), 1 segment below (chromosome 3 at 1 copy) the normal level"
        in alt
    )
    assert alt.endswith("; MET marked.")


def test_filtered_candidates_are_counted_by_reason(tmp_path):
    variants = report_of(tmp_path).variants
    assert variants.heading == "3 somatic variants passed"
    assert variants.filtered == {"strand_bias": 1, "weak_evidence": 1}
    assert [row.driver for row in variants.rows] == [True, True, False]


def test_unfiltered_variants_of_other_callers_say_so(tmp_path):
    tables = default_tables() | {
        "variants": [variant("EGFR", "p.L858R", driver=True, filters="not filtered")]
    }
    report = report_of(tmp_path, tables=tables)
    assert report.findings.rows[0].detail.endswith("not filtered")
    assert report.variants.heading == "1 somatic variant passed or never filtered"


def test_without_a_normal_no_variant_is_called_somatic(tmp_path):
    tables = default_tables() | {
        "assessability": [],
        "variants": [variant(None, None, origin="unknown"), variant(None, None, pos=9, origin="unknown")],
    }
    segments_free = feature_row(FIGURES)
    report = report_of(tmp_path, tables=tables | {"segments": []}, feature=segments_free)
    assert report.variants.heading == "2 variants passed, 2 of unknown origin"
    assert "2 variants were found" in report.findings.text
    assert "somatic variant" not in report.findings.text
    (line,) = report.warnings
    assert line.lead == "No matched normal."
    assert line.text.startswith("2 of 2 variants may be germline or somatic")


def test_segments_without_purity_are_relative(tmp_path):
    from report_examples import segments

    figures = {name: value for name, value in FIGURES.items() if name not in ("purity", "ploidy")}
    tables = default_tables() | {"segments": segments(copies=False)}
    genome = report_of(tmp_path, tables=tables, feature=feature_row(figures)).genome
    assert genome.unit == "log2"
    assert genome.text == "Purity: not tested on this assay"
    assert genome.alt.startswith("Copy number: 3 segments above (MET at log2 +1.4, EGFR at log2 +0.9), ")


def test_the_simplest_model_not_beaten_is_named():
    metrics = {
        "endpoint": "response",
        "simplest_not_beaten": "linear_multitask",
        "out_of_fold": {
            "response": {"n": 534, "n_events": 180, "roc_auc": 0.724, "roc_auc_ci95": [0.673, 0.778]}
        },
        "cohorts": {
            "test": {"endpoints": {"response": {"n": 100, "roc_auc": 0.7, "roc_auc_ci95": [0.6, 0.8]}}}
        },
    }
    text = rests_on(metrics, "sha256:8d10e4b2ff")
    assert text.startswith("Model 8d10e4b2 (linear multitask, the simplest that was not beaten).")
    assert "180 responses of 534 patients, ROC AUC 0.72 (0.67–0.78)" in text
    assert "Held-out cohorts: test ROC AUC 0.70 (0.60–0.80), 100 patients." in text
    assert text.endswith("A prediction is never a recommendation.")


def test_no_sentence_recommends_a_therapy(tmp_path):
    text = build_report(example_inputs(tmp_path, config=example_config())).model_dump_json()
    assert "recommend" not in text.replace("A prediction is never a recommendation.", "")


def test_what_the_feature_step_left_out_and_noted_is_told(tmp_path):
    paths = write_inputs(tmp_path)
    tally = {
        "variants": {"kept": 3, "filtered": {"germline calls without an effect": 84}},
        "copy_number": {"kept": 10, "filtered": {}},
        "notes": ["purity unknown: copies judged by log2 alone"],
    }
    (tmp_path / "features" / PATIENT / "tally.json").write_text(json.dumps(tally))
    options = {name: paths.get(name) for name in ("qc", "features", "calls", "predictions", "patients")}
    report = build_report(read_inputs(PATIENT, **options, config=example_config(), metrics=None))
    assert report.variants.counted == {"germline calls without an effect": 84}
    assert report.genome.notes == ("Purity unknown: copies judged by log2 alone.",)
