import json

import pytest
from typer.testing import CliRunner

from oncoloom.cli.main import app
from oncoloom.knowledge.trials.agreement import ModelDifference, agreement_words, compare, transport_sd
from oncoloom.knowledge.trials.biomarkers import read_biomarkers
from oncoloom.knowledge.trials.evidence import TRIAL_EVIDENCE_TABLE
from oncoloom.knowledge.trials.matching import find_trials, make_query
from oncoloom.knowledge.trials.response_rates import COMPUTED, rates_for, response_rates
from oncoloom.knowledge.trials.survival import Estimate
from oncoloom.knowledge.trials.therapies import read_therapy
from oncoloom.tables import read_table

runner = CliRunner()


def run(*words):
    return runner.invoke(app, ["knowledge", "trials", *words])


def test_model_and_trial_agree_or_not():
    trial = Estimate(0.18, 0.07, 0.29)
    inside, near, far = (ModelDifference(v, v - 0.1, v + 0.1) for v in (0.10, 0.05, -0.25))
    assert [compare(one, trial, 0.03) for one in (inside, near, far)] == ["agree", "compatible", "disagree"]
    assert compare(ModelDifference(-0.05, -0.10, 0.0), trial, 0.03) == "disagree"
    assert compare(ModelDifference(-0.05, -0.10, 0.0), trial, 0.15) == "compatible"
    assert "outranks" in agreement_words("disagree", "the model's average difference")[1]
    for verdict in ("agree", "compatible", "disagree"):
        assert agreement_words(verdict, "the gap")[0].startswith("The gap ")


def test_the_step_to_another_population_grows_with_what_does_not_fit():
    def first(*question):
        return find_trials(make_query(*question)).matches[0]

    known = read_biomarkers(["PD-L1 60"])
    same = first("LUSC", known, ["nivolumab", "docetaxel"], "2")
    alike = first("LUSC", known, ["PD-1 inhibitor", "docetaxel"], "2")
    other = first("LUSC", known, ["nivolumab", "docetaxel"], "1")
    assert [transport_sd(one) for one in (same, alike, other)] == [0.03, 0.05, 0.10]


def test_response_rates_stand_in_the_nearest_type_that_has_any():
    nothing = read_biomarkers([])
    nivolumab = read_therapy("PD-1 inhibitor")
    found = rates_for("LUSC", nivolumab, nothing)
    assert [(rate.trial, rate.n, rate.share) for rate in found] == [("CheckMate 017", 135, 0.20)]
    assert found[0].citation == "PMID:26028407"
    assert found[0].interval_basis == "as published"
    (lung,) = rates_for("LUAD", nivolumab, nothing)
    assert lung.interval_basis == COMPUTED
    assert lung.lower < lung.share < lung.upper
    assert rates_for("LUAD", read_therapy("docetaxel"), nothing) == ()
    stable = rates_for("COAD", nivolumab, read_biomarkers(["MSS"]))
    assert all(
        "MSI" not in condition.text or condition.value == "stable"
        for r in stable
        for condition in r.conditions
    )
    assert rates_for("GB", read_therapy("nivolumab + ipilimumab"), nothing) == ()


def test_all_response_rates_are_shares_inside_their_interval():
    assert len(response_rates()) >= 90
    for rate in response_rates():
        assert 0 <= rate.lower <= rate.share <= rate.upper <= 1, rate.estimate_id
        assert rate.n > 0
        assert rate.citation


def test_command_prints_the_trial_with_its_figures():
    shown = run("--tumor-type", "NSCLC", "--line", "2", "--therapies", "nivolumab", "docetaxel")
    assert shown.exit_code == 0, shown.output
    assert "CheckMate 017" in shown.output
    assert "hazard ratio 0.59 (0.44–0.78)" in shown.output
    assert "The hazard ratio changes over time" in shown.output
    assert "PubMed 26028407, NCT01642004" in shown.output


def test_command_says_when_there_is_none():
    shown = run("--tumor-type", "HGSOC")
    assert shown.exit_code == 0
    assert "no randomised comparison in the embedded set" in shown.output
    values = json.loads(run("--tumor-type", "HGSOC", "--json").output)
    assert values["verdict"] == "no randomised comparison in the embedded set"
    assert values["matches"] == []


def test_json_has_the_columns_of_the_table(tmp_path):
    output = tmp_path / "trial_evidence.parquet"
    words = ("--tumor-type", "LUAD", "--biomarker", "EGFR T790M", "--therapies", "osimertinib")
    values = json.loads(run(*words, "--json", "--output", str(output)).output)
    row = values["matches"][0]
    assert list(row) == [column.name for column in TRIAL_EVIDENCE_TABLE.columns]
    assert row["trial"] == "AURA3"
    assert row["hazard_ratio"] == pytest.approx(0.37, abs=0.005)
    table = read_table(output, TRIAL_EVIDENCE_TABLE)
    assert table["curve"][0] == "AURA3_1A"
    assert table.height == values["n_matches"]


def test_wrong_use_is_told():
    shown = run("--tumor-type", "NOSUCH")
    assert shown.exit_code == 2
    assert "OncoTree" in shown.output
