"""The validation report: paired figures, subgroups with minimum sizes, refits, the page made of its JSON."""

import json

import numpy as np
import polars as pl
import pytest
from naive_survival import naive_auc, naive_concordance
from small_trial import small_trial

from oncoloom.cohort.schema import COHORT_TABLE
from oncoloom.errors import ModelContractError
from oncoloom.response.baselines.fitted import load_baselines, save_baselines
from oncoloom.response.baselines.loris import lung_loris_logit
from oncoloom.response.cox import fit_cox
from oncoloom.response.datamodule import to_arrays
from oncoloom.response.model_card import render_card
from oncoloom.response.model_store import load_model, save_model
from oncoloom.response.predicting import predict_cohort
from oncoloom.response.scorer import cohort_from_columns
from oncoloom.response.timegrid import mortality
from oncoloom.response.validation.decision_curves import THRESHOLDS, decision_curve
from oncoloom.response.validation.judged import judge_cohort
from oncoloom.response.validation.page import render_page
from oncoloom.response.validation.paired import compare
from oncoloom.response.validation.perturb import perturbations
from oncoloom.response.validation.report import empty_report, validate_to_folder
from oncoloom.response.validation.tripod import ITEMS
from oncoloom.tables import write_table


@pytest.fixture(scope="module")
def folder(outcome, tmp_path_factory):
    place = tmp_path_factory.mktemp("kept")
    save_model(outcome.model, place)
    save_baselines(outcome.baselines, place / "model")
    return place


@pytest.fixture(scope="module")
def report(outcome, folder, tmp_path_factory):
    place = tmp_path_factory.mktemp("report")
    evidence = {"model_version": load_model(folder)[1], **outcome.metrics}
    (folder / "model" / "evidence.json").write_text(json.dumps(evidence))
    write_table(small_trial(90, seed=21, name="other"), COHORT_TABLE, place / "other.parquet")
    untreated = small_trial(60, seed=5, name="none").with_columns(pl.lit(None, pl.String).alias("therapy"))
    write_table(untreated, COHORT_TABLE, place / "none.parquet")
    made = validate_to_folder(
        folder, [place / "other.parquet"], place / "v", untreated=[place / "none.parquet"]
    )
    return made, place / "v"


def test_paired_figures_equal_counting_pairs():
    rng = np.random.default_rng(3)
    n = 40
    event = (rng.random(n) < 0.4).astype(float)
    time, model = rng.integers(1, 30, n).astype(float), rng.normal(size=n)
    other = np.where(rng.random(n) < 0.2, np.nan, np.round(model + rng.normal(size=n)))
    known = np.isfinite(other)
    for survival in (False, True):
        (row,) = compare(time, event, model, {"other": other}, survival=survival)

        def naive(score, survival=survival):
            if survival:
                return float(naive_concordance(*(v[known].tolist() for v in (time, event, score))))
            return float(naive_auc(score[known].tolist(), event[known].tolist()))

        assert row["n"] == known.sum()
        assert row["value"] == pytest.approx(naive(other))
        assert row["difference"] == pytest.approx(naive(model) - naive(other))
        low, high = row["difference_ci95"]
        assert low < row["difference"] < high


def test_a_score_against_itself_differs_by_nothing():
    event = np.array([0.0, 1, 0, 1, 1, 0] * 5)
    score = np.arange(30.0) % 7
    (row,) = compare(event, event, score, {"same": score}, survival=False)
    assert row["difference"] == 0
    assert row["difference_ci95"] == (0.0, 0.0)


def test_net_benefit_by_its_definition():
    event = np.array([1.0, 1, 0, 0, 0, 1, 0, 0, 1, 0])
    probability = np.linspace(0.05, 0.95, 10)
    curve = decision_curve({"model": probability}, np.zeros(10), event, None)
    for t, value, everyone in zip(THRESHOLDS, curve["models"]["model"], curve["treat_all"], strict=True):
        acted = probability >= t
        hits, misses = (acted & (event > 0)).sum(), (acted & (event == 0)).sum()
        assert value == pytest.approx(hits / 10 - misses / 10 * t / (1 - t))
        assert everyone == pytest.approx(0.4 - 0.6 * t / (1 - t))
    # nobody censored before the day: Kaplan-Meier's share is the plain one
    survival = decision_curve({"model": probability}, np.where(event > 0, 5.0, 99.0), event, 50)
    assert survival["models"]["model"] == pytest.approx(curve["models"]["model"])


def test_cox_is_the_root_of_its_score():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(200, 2))
    time = np.ceil(10 * rng.exponential(np.exp(-x @ [0.7, -0.4])))
    event = (rng.random(200) < 0.8).astype(float)
    fit = fit_cox(x, time, event)
    score = np.zeros(2)
    for i in np.flatnonzero(event):  # Breslow's score, patient by patient
        at_risk = x[time >= time[i]]
        weight = np.exp(at_risk @ fit.coefficients)
        score += x[i] - weight @ at_risk / weight.sum()
    assert np.abs(score).max() < 1e-6
    assert np.abs(fit.coefficients - [0.7, -0.4]).max() < 0.25
    ratio, low, high = fit.hazard_ratio(0)
    assert low < ratio < high
    assert fit_cox(np.ones((5, 1)), np.arange(5.0), np.ones(5)) is None  # a constant has no effect
    # an outlier makes full Newton steps overshoot: the answer is the maximum or none, never in between
    wild = np.column_stack([x, np.where(np.arange(200) == 3, 40.0, rng.exponential(size=200))])
    again = fit_cox(wild, time, event)
    assert again is not None
    assert np.abs(again.coefficients[:2] - fit.coefficients).max() < 0.1
    assert fit_cox(x, time, np.zeros(200)) is None


@pytest.mark.parametrize("seed", [2, 4, 6])
def test_cox_settles_where_the_likelihood_only_rounds(seed):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(1300, 9))
    x[:, 4] = x[:, 1] + 1e-3 * x[:, 4]  # nearly the same column twice, and all far from zero
    time = np.ceil(300 * rng.exponential(np.exp(-x @ rng.normal(0, 0.4, 9))))
    event = (rng.random(1300) < 0.5).astype(float)
    near, far = fit_cox(x, time, event), fit_cox(x + 300, time, event)
    assert near is not None
    assert far is not None
    assert far.coefficients[[0, 2, 3]] == pytest.approx(near.coefficients[[0, 2, 3]], abs=1e-6)


def test_the_published_lung_score():
    frame = cohort_from_columns(
        {
            "patient_id": ["a", "b", "c"], "tumor_type": ["NSCLC", "Melanoma", "NSCLC"],
            "tmb": [10.0, 10.0, 80.0], "pdl1_tps": [50.0, 50.0, None], "prior_systemic_therapy": [1, 1, 1],
            "albumin_g_dl": [4.0, 4.0, 4.0], "nlr": [3.0, 3.0, 3.0],
        }
    )  # fmt: skip
    score = lung_loris_logit(to_arrays(frame))
    assert score[0] == pytest.approx(0.353 + 0.555 - 0.375 + 1.1696 - 0.0309 - 1.5593)
    assert np.isnan(score[1:]).all()


def test_baselines_survive_their_folder(outcome, folder):
    again = load_baselines(folder / "model")
    assert {(one.candidate, one.endpoint) for one in again} == {
        (name, endpoint) for name in outcome.metrics["folds"] for endpoint in ("response", "os")
    }
    frame = to_arrays(small_trial(10, seed=2))
    code, _, _ = outcome.model.received_codes(frame)
    x = outcome.model.design.encode(frame)
    for one, other in zip(outcome.baselines, again, strict=True):
        day = None if one.endpoint == "response" else 365
        assert np.array_equal(one.probability(x, code, day), other.probability(x, code, day))


def test_broken_baselines_are_an_error_and_absent_ones_are_none(tmp_path):
    assert load_baselines(tmp_path) == []
    (tmp_path / "baselines.json").write_text('{"baselines": [{"candidate": "ridge"}]}')
    with pytest.raises(ModelContractError, match="incomplete or broken"):
        load_baselines(tmp_path)


def test_the_judged_probability_is_the_predicted_one(outcome):
    frame = small_trial(30, seed=8)
    judged, unknown = judge_cohort(outcome.model, outcome.baselines, to_arrays(frame))
    assert unknown == 0
    table = predict_cohort(outcome.model, frame, model_version="v").filter(pl.col("received"))
    known = frame.filter(pl.col("response").is_not_null())["patient_id"]
    said = table.filter(pl.col("endpoint") == "response", pl.col("patient_id").is_in(known.implode()))
    assert judged["response"].probability(None) == pytest.approx(said["probability"].to_numpy(), abs=1e-9)


def test_report_card_and_metrics_rank_survival_by_the_same_mortality(outcome):
    judged, _ = judge_cohort(outcome.model, outcome.baselines, to_arrays(small_trial(90, seed=21)))
    os = judged["os"]
    expected = mortality(os.eta.mean(axis=0), os.endpoint.edges) * np.exp(os.shift)
    assert os.score() == pytest.approx(expected)
    figures = outcome.metrics["out_of_fold"]["os"]
    assert figures["c_index"] == figures["comparison"][0]["model"]
    assert f"{figures['c_index']:.3f} (" in render_card(outcome, "v")
    intact = next(row for row in perturbations(outcome.model, os) if row["feature"] is None)
    assert intact["intact"] == pytest.approx(naive_concordance(os.time, os.event, expected))


def test_the_report_holds_every_table(report, outcome):
    made, place = report
    one = made["cohorts"]["other"]
    names = {row["name"] for row in one["endpoints"]["response"]["comparison"]}
    assert {*outcome.metrics["folds"], "published_formula", "tmb_alone"} <= names
    assert one["endpoints"]["response"]["calibration_slope_ci95"] is not None
    assert (
        sum(b["n"] for b in one["endpoints"]["response"]["calibration_bins"])
        == one["endpoints"]["response"]["n"]
    )
    groups = one["endpoints"]["response"]["subgroups"]
    assert {row["attribute"] for row in groups} >= {"tumor_type", "age", "prior_systemic_therapy", "therapy"}
    for row in groups:
        if "value" in row:
            assert row["n"] >= 20
            assert row["n_events"] >= 5
        else:
            assert row["note"].startswith("too few")
    assert {row["feature"] for row in one["perturbations"]["os"]} == {None, *outcome.declaration.features}
    assert [row["head"] for row in made["predictive"]["other"]] == ["response", "os"]
    assert json.loads((place / "validation.json").read_text())["schema"] == "oncoloom.validation"


def test_blanking_the_strongest_feature_costs_the_most(report):
    rows = report[0]["cohorts"]["other"]["perturbations"]["response"]
    lost = {row["feature"]: rows[0]["intact"] - row["blanked"] for row in rows[1:]}
    assert max(lost, key=lost.get) == "albumin_g_dl"


def test_refits_say_what_each_group_gave(outcome):
    refits = outcome.metrics["refits"]
    lost = {row["without"]: row["lost"] for row in refits["ablation"]}
    assert lost["blood"] == max(lost.values()) > 0.02
    curve = refits["learning_curve"][refits["candidate"]]
    assert [point["share"] for point in curve] == [0.2, 0.4, 0.6, 0.8, 1.0]
    assert curve[0]["n"] < curve[-1]["n"] == 75
    assert {row["tumor_type"] for row in refits["leave_one_type_out"]} == {"NSCLC", "Melanoma", "Bladder"}


def test_the_page_is_a_view_of_the_json(report, outcome):
    _, place = report
    text = (place / "validation.html").read_text()
    assert text == render_page(json.loads((place / "validation.json").read_text()))
    for words in ("How the champion was chosen", "Decision curve", "Subgroups", "Would more patients help?"):
        assert words in text
    assert all(f">{item}<" in text for item, _, _ in ITEMS)
    assert "<script" not in text
    assert "http" not in text.replace("http://www.w3.org", "")
    bare = render_page(empty_report("sha256:0", "response", outcome.model.champion, None))
    assert "TRIPOD+AI" in bare


def test_sizes_below_ten_are_never_shown(outcome):
    frame = small_trial(40, seed=31).with_columns(
        pl.when(pl.int_range(40) < 4).then(pl.lit("Rare")).otherwise(pl.col("tumor_type")).alias("tumor_type")
    )
    from oncoloom.response.validation.cohort_report import cohort_report

    made = cohort_report(outcome.model, outcome.baselines, to_arrays(frame))
    groups = made["endpoints"]["os"]["subgroups"]
    (rare,) = [row for row in groups if row["group"] == "Rare"]
    assert rare["n"] == "< 10"
    assert set(rare) == {"attribute", "group", "n", "note"}
