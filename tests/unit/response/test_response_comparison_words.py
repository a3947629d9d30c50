"""What is said of ten patients of two therapies: as far as the data carry, and why no further."""

import json
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_trial import small_trial
from typer.testing import CliRunner

from oncoloom.cli.main import app
from oncoloom.cohort.schema import COHORT_TABLE
from oncoloom.response.abstention import plain_name
from oncoloom.response.datamodule import to_arrays
from oncoloom.response.declare import declare
from oncoloom.response.effects.anchoring import TrialBeside, TrialSearch, anchored_columns
from oncoloom.response.effects.calibration_by_trial import BenefitGroup
from oncoloom.response.effects.comparing import compare_all, compare_cohort
from oncoloom.response.effects.comparison import Average, Comparison
from oncoloom.response.effects.missing_modifiers import lost_variance, parts_covariance
from oncoloom.response.effects.patient_rows import PatientDifference, average_columns, patient_columns
from oncoloom.response.effects.schema import COMPARISONS_TABLE
from oncoloom.response.effects.sentences import sentence
from oncoloom.response.model_store import save_model
from oncoloom.tables import read_table, write_table

GROUP = BenefitGroup(100, 40, 45, -0.22, -0.20, -0.30, -0.10, 0.0)
KNOWN = Comparison(
    first="A", second="B", endpoint="os", horizon_days=365, source="randomized", adjusted_for=(),
    share_inside=None, reason_apart=None, n=(150, 150), events=(90, 100), unadjusted=None,
    average=Average(0.4, 0.5, -0.10, 0.04, -0.178, -0.022), thirds=(GROUP, replace(GROUP, upper_limit=1.0)),
    gate_z=2.5, rho=0.8, modifiers=("pdl1_tps", "btmb"), lost_covariance=((0.01, 0.002), (0.002, 0.004)),
)  # fmt: skip
CLEAR = PatientDifference(-0.30, 0.05, None, ())

PATIENTS = {
    "clear benefit": (KNOWN, CLEAR, "personal"),
    "no benefit, like the average": (KNOWN, replace(CLEAR, middle=-0.11), "average only"),
    "outside the overlap": (
        KNOWN, replace(CLEAR, reason_apart="no overlap: 97 % of such patients got A"), "apart"
    ),
    "modifiers missing": (KNOWN, replace(CLEAR, spread=0.15, missing=("pdl1_tps", "btmb")), "average only"),
    "tumor type unseen": (
        KNOWN, replace(CLEAR, reason_apart="trained on NSCLC only, this patient has Sarcoma"), "apart"
    ),
    "small group": (replace(KNOWN, thirds=(replace(GROUP, events_first=12),)), CLEAR, "groups"),
    "few events in an arm": (replace(KNOWN, events=(19, 60)), CLEAR, "apart"),
    "no modifier declared": (replace(KNOWN, modifiers=(), gate_z=None), CLEAR, "average only"),
    "differences not seen in held-out patients": (replace(KNOWN, gate_z=0.9), CLEAR, "average only"),
    "unreliable differences": (replace(KNOWN, rho=0.3), CLEAR, "average only"),
}  # fmt: skip


@pytest.mark.parametrize(
    ("rho", "shown"), [(0.4996, "0.4996"), (0.498, "0.498"), (0.3, "0.30"), (0.7004, "0.7004")]
)
def test_a_reliability_is_printed_on_its_side_of_the_limit(rho, shown):
    known, patient, _ = PATIENTS["clear benefit"]
    row = row_of(replace(known, rho=rho), patient)
    assert f"reliability {shown}" in row["reason"]
    assert row["wording"] == ("personal" if rho > 0.7 else "average only")


def row_of(known, patient, sign=1.0):
    return {
        "endpoint": "os", "horizon_days": 365, "first": "A", "second": "B", "source": known.source,
        "adjusted_for": None, "probability_first": 0.3, "probability_second": 0.6, "abstained": False,
        "trial": None, "group_n": None, **average_columns(known, sign),
        **patient_columns(known, sign, patient),
    }  # fmt: skip


@pytest.mark.parametrize("case", PATIENTS)
def test_a_personal_difference_is_said_only_where_the_data_carry_it(case):
    known, patient, form = PATIENTS[case]
    row = row_of(known, patient)
    text = sentence(row)
    assert row["wording"] == form
    assert "recommend" not in text
    assert ("predicted for this patient" in text) == (form == "personal")
    assert ("on average 10 more" in text) == (form != "apart")
    assert ("20 more of 100 (95 % interval 10 more to 30 more)" in text) == (form in ("groups", "personal"))
    if form == "apart":
        assert row.get("difference") is None
        assert "not comparable" in text
    if form != "personal":
        assert row["reason"] in text


def test_what_is_missing_is_named():
    known, patient, _ = PATIENTS["modifiers missing"]
    assert "not known: PD-L1, blood TMB" in sentence(row_of(known, patient))


def test_an_abstention_says_only_its_reason():
    text = sentence(row_of(*PATIENTS["tumor type unseen"][:2]) | {"abstained": True})
    assert text == "alive at 12 months: no statement, trained on NSCLC only, this patient has Sarcoma"


@pytest.mark.parametrize(
    ("endpoint", "value", "words"),
    [
        ("os", -0.123, "12 more"), ("os", 0.03, "3 fewer"), ("pfs", 0.004, "no more or fewer"),
        ("response", 0.12, "12 more"),
    ],
)  # fmt: skip
def test_more_is_better_for_the_first_therapy(endpoint, value, words):
    row = row_of(*PATIENTS["unreliable differences"][:2]) | {
        "endpoint": endpoint,
        "average_difference": value,
    }
    assert f"on average {words} of 100 patients with A than with B" in sentence(row)


@given(st.integers(0, 1000))
def test_lost_variance_is_that_of_the_summed_parts(seed):
    rng = np.random.default_rng(seed)
    parts = rng.normal(size=(30, 3)) @ rng.normal(size=(3, 3))
    known = np.ones((30, 3), dtype=bool)
    missing = rng.random(3) < 0.5
    found = lost_variance(parts_covariance(parts, known), missing)
    assert found == pytest.approx(parts[:, missing].sum(axis=1).var(ddof=1) if missing.any() else 0.0)


def test_parts_of_modifiers_count_where_both_are_known():
    parts = np.array([[1.0, 2.0], [3.0, 9.0], [5.0, 4.0]])
    known = np.array([[True, True], [True, False], [True, True]])
    assert parts_covariance(parts, known)[0][1] == pytest.approx(np.cov([1, 5], [2, 4])[0, 1])
    assert parts_covariance(parts, known)[0][0] == pytest.approx(4.0)


SQUAMOUS = {"oncotree_code": "LUSC", "prior_lines": 1}


def test_the_trial_that_fits_stands_beside_in_the_order_asked():
    one = TrialSearch().find(SQUAMOUS, "nivolumab", "docetaxel", "os", 365)
    other = TrialSearch().find(SQUAMOUS, "docetaxel", "nivolumab", "os", 365)
    assert (one.name, one.transport_sd) == ("CheckMate 017", 0.03)
    assert one.difference == pytest.approx(-0.18, abs=0.01)  # published survival 42 and 24 %
    assert one.lower < one.difference < one.upper < 0
    assert (other.difference, other.lower) == pytest.approx((-one.difference, -one.upper))
    assert TrialSearch().find(SQUAMOUS, "nivolumab", "docetaxel", "pfs", 183).name == "CheckMate 017"


@pytest.mark.parametrize(
    ("row", "therapies", "endpoint", "day", "words"),
    [
        (SQUAMOUS, ("nivolumab", "docetaxel"), "response", None, "curves are of survival"),
        (SQUAMOUS, ("nivolumab", "docetaxel"), "os", 4000, "followed that long"),
        (SQUAMOUS, ("compound 7", "docetaxel"), "os", 365, "not known to the embedded trials (compound 7)"),
        ({"oncotree_code": None}, ("nivolumab", "docetaxel"), "os", 365, "tumor type is not known"),
        ({"oncotree_code": "HGSOC"}, ("nivolumab", "docetaxel"), "os", 365, "no randomised comparison"),
        ({"oncotree_code": "XYZ"}, ("nivolumab", "docetaxel"), "os", 365, "no such OncoTree code (XYZ)"),
    ],
)
def test_why_no_trial_stands_beside(row, therapies, endpoint, day, words):
    assert words in TrialSearch().find(row, *therapies, endpoint, day)


TRIAL = TrialBeside(
    "T", "1", "fits, same drugs", -0.16, -0.16 - 1.959964 * 0.04, -0.16 + 1.959964 * 0.04, 0.03
)


def test_average_and_trial_are_combined_by_precision():
    found = anchored_columns(TRIAL, (-0.10, 0.05))
    weight = 0.05**2 / (0.05**2 + 0.04**2 + 0.03**2)
    assert found["trial_verdict"] == "combined"
    assert found["trial_weight"] == pytest.approx(weight)
    assert found["anchored_difference"] == pytest.approx(-0.10 - 0.06 * weight)
    assert found["anchored_difference_lo95"] < -0.16 * weight - 0.10 * (1 - weight)


def test_a_disagreement_is_said_and_nothing_is_combined():
    found = anchored_columns(TRIAL, (0.10, 0.04))
    assert found["trial_verdict"] == "disagree"
    assert "anchored_difference" not in found
    row = row_of(KNOWN, CLEAR) | found
    assert "the trial outranks the model" in sentence(row)


def test_without_an_average_the_trial_stands_alone():
    found = anchored_columns(TRIAL, None)
    assert found["trial_verdict"] == "beside"
    assert "16 more" in sentence(row_of(*PATIENTS["outside the overlap"][:2]) | found)
    assert anchored_columns("none", None) == {"trial_verdict": "none", "trial_note": "none"}


def test_a_missing_modifier_widens_the_interval(outcome):
    frame = small_trial(40, seed=21)
    pair = {"first": "nivolumab", "second": "docetaxel", "model_version": "v"}
    known = outcome.model.effects.find("nivolumab", "docetaxel", "response", None)
    assert known.modifiers == ("tmb",)
    assert known.lost_covariance[0][0] > 0
    average = frame.with_columns(tmb=pl.lit(float(np.exp(1.8 + 0.32))))  # near training's mean
    blank = frame.with_columns(tmb=pl.lit(None, dtype=pl.Float64))
    widths = [
        compare_cohort(outcome.model, one, **pair)
        .filter((pl.col("endpoint") == "response") & ~pl.col("abstained"))
        .select((pl.col("difference_hi90") - pl.col("difference_lo90")).mean())
        .item()
        for one in (average, blank)
    ]
    assert widths[1] > widths[0]
    told = compare_cohort(outcome.model, blank, **pair).filter(pl.col("wording") == "average only")
    assert (
        told.filter(pl.col("reason").str.contains("features do not change|this patient does not"))
        .filter(~pl.col("reason").str.contains("not known: TMB"))
        .is_empty()
    )


def test_all_pairs_and_categories_never_seen(outcome):
    frame = small_trial(12, seed=5).with_columns(
        tumor_type=pl.when(pl.int_range(pl.len()) == 3).then(pl.lit("Sarcoma")).otherwise("tumor_type")
    )
    whole = compare_all(outcome.model, frame, model_version="v")
    assert set(whole.select("first", "second").unique().iter_rows()) == {("docetaxel", "nivolumab")}
    again = compare_cohort(outcome.model, frame, first="docetaxel", second="nivolumab", model_version="v")
    assert whole.equals(again)
    for row in whole.to_dicts():
        if row["wording"] in ("average only", "apart"):
            assert "predicted for this patient" not in sentence(row)
    assert compare_all(outcome.model, frame.clear(), model_version="v").is_empty()


def test_a_trial_of_a_pd1_inhibitor_stands_beside_a_pdl1_inhibitor_with_more_error():
    one = TrialSearch().find(SQUAMOUS, "atezolizumab", "docetaxel", "os", 365)
    assert (one.name, one.transport_sd) == ("CheckMate 017", 0.10)
    assert "same group" in one.fit
    assert isinstance(TrialSearch().find(SQUAMOUS, "ipilimumab", "docetaxel", "os", 365), str)


def test_a_marker_that_others_may_not_test_is_not_essential():
    frame = small_trial(60, seed=1).with_columns(
        ecog=(pl.int_range(pl.len()) % 3).cast(pl.Float64),
        pdl1_stratum=pl.when(pl.int_range(pl.len()) % 2 == 0).then(pl.lit("high")).otherwise(pl.lit("low")),
    )
    found = declare(to_arrays(frame), ("age_years", "pdl1_stratum", "ecog", "nlr"), ())
    assert found.essential == ("age_years", "ecog", "nlr")
    assert plain_name("pdl1_high") == "PD-L1 high"


def test_the_command_tells_all_pairs_or_two_therapies(outcome, tmp_path):
    save_model(outcome.model, tmp_path)
    frame = small_trial(8, seed=5)
    write_table(frame, COHORT_TABLE, tmp_path / "c.parquet")
    paths = ["--model", str(tmp_path), "--cohort", str(tmp_path / "c.parquet")]
    table = tmp_path / "comparisons.parquet"
    done = CliRunner().invoke(app, ["compare", *paths, "--output", str(table)])
    assert done.exit_code == 0, done.output
    assert "compared 1 pair of therapies for 8 patients" in done.output
    assert read_table(table, COMPARISONS_TABLE).height == 8 * 3
    one = [*paths, "--therapies", "nivolumab", "docetaxel", "--patient", "T0003"]
    told = CliRunner().invoke(app, ["compare", *one])
    assert told.output.startswith("T0003: with a response: ")
    assert {"trial_verdict", "wording"} <= set(
        json.loads(CliRunner().invoke(app, ["compare", *one, "--json"]).output)[0]
    )
