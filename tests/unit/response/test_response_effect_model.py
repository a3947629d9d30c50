"""The effect model and comparisons on small trials whose truth is known."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_trial import small_trial

from oncoloom.config import TrainingConfig
from oncoloom.errors import ConfigError, UsageError
from oncoloom.response.baselines.linear import LinearProblem, newton, penalty_matrix, person_period
from oncoloom.response.bundle import make_bundle
from oncoloom.response.candidates import CANDIDATE_BY_NAME
from oncoloom.response.datamodule import to_arrays
from oncoloom.response.effects.calibration_by_trial import benefit_hazard_ratio
from oncoloom.response.effects.comparing import compare_cohort, individual_differences
from oncoloom.response.effects.effect_model import EffectModel
from oncoloom.response.effects.estimating import estimate_effects
from oncoloom.response.effects.hazard_newton import HazardLikelihood
from oncoloom.response.effects.problem import effect_problem
from oncoloom.response.effects.sentences import sentence
from oncoloom.response.fit_tasks import FitTask
from oncoloom.response.model_store import load_model, save_model
from oncoloom.response.penalties import Penalty
from oncoloom.response.predictor_store import predictor_from_arrays
from oncoloom.response.predictors import centered, score_rows
from oncoloom.response.training import train_model

PAIR = {"first": "nivolumab", "second": "docetaxel"}


@pytest.fixture(scope="module")
def compared(outcome):
    return compare_cohort(outcome.model, small_trial(40, seed=21), **PAIR, model_version="v")


def test_comparisons_cover_patients_endpoints_and_horizons(compared, outcome):
    assert compared.height == 40 * 3  # response, os at two horizons
    one = compared.filter(pl.col("endpoint") == "response")
    assert one["patient_id"].to_list() == small_trial(40, seed=21)["patient_id"].to_list()
    assert (one["source"] == "randomized").all()
    shown = one.filter(pl.col("wording") != "apart")
    gap = shown["probability_first"] - shown["probability_second"]
    assert gap.to_numpy() == pytest.approx(shown["difference"].to_numpy())
    tmb = small_trial(40, seed=21).select("patient_id", "tmb")
    joined = shown.join(tmb, on="patient_id").drop_nulls(["tmb", "difference"])
    assert joined.select(pl.corr("difference", "tmb", method="spearman")).item() > 0.7
    assert {"average only", "groups", "personal", "apart"} >= set(compared["wording"])
    for row in compared.head(12).to_dicts():
        assert "recommend" not in sentence(row)
        assert sentence(row)
    known = outcome.model.effects.find(**PAIR, endpoint="response", day=None)
    assert known.n == (known.n[0], known.n[1])
    assert sum(known.n) == outcome.bundle.known("response").sum()
    assert known.average.lower < known.average.difference < known.average.upper
    assert known.average.difference == pytest.approx(known.unadjusted.difference, abs=0.08)


def test_the_other_direction_is_the_negative(compared, outcome):
    back = compare_cohort(
        outcome.model, small_trial(40, seed=21), first="docetaxel", second="nivolumab", model_version="v"
    )
    for name in ("difference", "average_difference", "group_observed"):
        one, other = compared[name].fill_null(9).to_numpy(), back[name].fill_null(-9).to_numpy()
        assert one == pytest.approx(-other)
    assert (back["group_observed_lo95"].fill_null(0) <= back["group_observed_hi95"].fill_null(0)).all()
    assert back["wording"].to_list() == compared["wording"].to_list()


def test_a_patient_alone_gets_the_same_numbers(compared, outcome):
    alone = compare_cohort(outcome.model, small_trial(40, seed=21)[7:8], **PAIR, model_version="v")
    name = alone["patient_id"][0]
    same = compared.filter(pl.col("patient_id") == name)
    drop = ["cohort_digest"]
    assert alone.drop(drop).equals(same.drop(drop))


def test_comparisons_survive_the_folder(compared, outcome, tmp_path):
    version = save_model(outcome.model, tmp_path)
    model, again = load_model(tmp_path)
    assert again == version
    assert model.effects.comparisons == outcome.model.effects.comparisons
    table = compare_cohort(model, small_trial(40, seed=21), **PAIR, model_version="v")
    assert table.equals(compared)


@pytest.mark.parametrize("pair", [("aspirin", "docetaxel"), ("docetaxel", "docetaxel")])
def test_comparisons_that_cannot_be(outcome, trial, pair):
    with pytest.raises(UsageError):
        compare_cohort(outcome.model, trial, first=pair[0], second=pair[1], model_version="v")


def bundle_of(frame, modifiers=("tmb",), features=("tmb", "albumin_g_dl", "nlr")):
    return make_bundle(to_arrays(frame), "response", features, modifiers)


def test_forms_that_the_model_lacks_widen_every_patients_interval(outcome):
    model, frame = outcome.model, small_trial(12, seed=21)
    known = model.effects.find(**PAIR, endpoint="os", day=365)
    raw = model.design.encode_raw(model.arrays_of(frame))
    x = np.where(np.isfinite(raw), raw, 0.0)
    assert known.form_variance >= 0
    more = replace(known, form_variance=known.form_variance + 0.01)
    plain, wider = (individual_differences(model, x, one, "nivolumab") for one in (known, more))
    assert wider[2] == pytest.approx(plain[2])
    assert wider[3] ** 2 == pytest.approx(plain[3] ** 2 + 0.01)


def test_without_a_declared_source_predictions_stand_apart():
    found = estimate_effects(
        bundle_of(small_trial(90, seed=2)), horizons=(365,), randomized=False, adjust_for=(), seed=1
    )
    assert not found.endpoints
    assert found.comparisons
    assert all(one.average is None and one.unadjusted is not None for one in found.comparisons)
    assert all("no adjustment was declared" in one.reason_apart for one in found.comparisons)
    assert EffectModel.from_parts(found.as_dict(), found.arrays()) == found


def test_rare_therapies_are_not_compared():
    few = small_trial(30, seed=2)
    found = estimate_effects(bundle_of(few), horizons=(365,), randomized=True, adjust_for=(), seed=1)
    assert found == EffectModel()


def test_no_overlap_abstains_and_adjustment_is_named():
    frame = small_trial(160, seed=6)
    albumin = frame["albumin_g_dl"].to_numpy()
    order = np.argsort(np.argsort(albumin))
    separate = frame.with_columns(
        pl.Series("therapy", ["nivolumab" if rank >= 80 else "docetaxel" for rank in order])
    )
    bundle = bundle_of(separate)
    found = estimate_effects(bundle, horizons=(365,), randomized=False, adjust_for=("albumin_g_dl",), seed=1)
    assert all("no overlap" in one.reason_apart for one in found.comparisons)
    assert all(one.average is None and one.adjusted_for == ("albumin_g_dl",) for one in found.comparisons)
    assert all(one.share_inside < 0.5 for one in found.comparisons)


def spread(fit, problem):
    """Standard deviation over patients of the mean logit's difference between the therapies."""
    n = len(problem.inputs)
    one, other = (
        np.einsum("k,kn->n", fit.weights, fit.modes_eta(problem.inputs, np.tile(code, (n, 1)))[:, :, 0])
        for code in problem.codes
    )
    return (one - other).std()


def test_modification_is_found_and_not_invented():
    frame = small_trial(600, seed=8)
    problem = effect_problem(bundle_of(frame), "response")
    fit = problem.fit(np.ones(600, dtype=bool), n_draws=20, seed=1)
    assert fit.weights[0] < 0.05  # TMB acts under immunotherapy only
    assert fit.weights.sum() == pytest.approx(1.0)
    other = effect_problem(bundle_of(frame, modifiers=("nlr",)), "response")
    none = other.fit(np.ones(600, dtype=bool), n_draws=20, seed=1)
    assert spread(none, other) < 0.25 * spread(fit, problem)
    again = problem.fit(np.ones(600, dtype=bool), n_draws=20, seed=1)
    assert (again.draws.beta == fit.draws.beta).all()


def test_benefit_hazard_ratio_finds_a_true_benefit_and_no_false_one():
    rng = np.random.default_rng(0)
    arrays = to_arrays(small_trial(1200, seed=8))
    tmb = np.log(np.where(np.isfinite(arrays.numbers["tmb"]), arrays.numbers["tmb"], 6.0))
    score = arrays.numbers["albumin_g_dl"]
    arm = np.array([name == "nivolumab" for name in arrays.therapy])
    time, event = arrays.time["os"], arrays.event["os"]
    ratio, error = benefit_hazard_ratio(time, event, arm, tmb, score)
    assert ratio < 1 - 2 * error
    ratio, error = benefit_hazard_ratio(time, event, arm, rng.normal(size=1200), score)
    assert abs(np.log(ratio)) < 4 * error
    assert benefit_hazard_ratio(time, event, arm, np.zeros(1200), score) is None


def test_randomized_and_adjusted_contradict():
    with pytest.raises(ConfigError):
        train_model(
            small_trial(40), endpoint="response", seed=1,
            settings=TrainingConfig(randomized=True, adjust_for=("tmb",)),
        )  # fmt: skip


@given(st.integers(0, 1000), st.booleans())
def test_newton_on_patients_equals_newton_on_person_periods(seed, survival):
    rng = np.random.default_rng(seed)
    n, k, q = 40, 4 if survival else 1, int(rng.integers(0, 3))
    exposure = np.clip(rng.uniform(0, k, n)[:, None] - np.arange(k), 0, 1) if survival else np.ones((n, 1))
    events = (rng.random((n, k)) < 0.3) * (exposure > 0)
    code = np.eye(3)[rng.integers(0, 3, n)][:, :q]
    problem = LinearProblem(
        rng.normal(size=(n, 3)), code, exposure, events.astype(float), np.array([0, 2]), (False,) * q
    )
    penalty = penalty_matrix(problem, np.ones(3), 3.0, 10.0)
    design, exposed, had, patient = person_period(problem)
    start = np.zeros(len(penalty))
    slow, _ = newton(design, exposed, had, np.ones(len(patient)), penalty, start)
    likelihood = HazardLikelihood(problem)
    fast = likelihood.fit(penalty, start)
    assert fast == pytest.approx(slow, abs=1e-5)
    p = 1 / (1 + np.exp(-design @ slow))
    gradient, hessian = likelihood.derivatives(slow)
    assert gradient == pytest.approx(design.T @ (exposed * p - had), abs=1e-9)
    assert hessian == pytest.approx((design * (exposed * p * (1 - p))[:, None]).T @ design, abs=1e-9)


def test_the_additive_candidate_survives_its_arrays():
    frame = small_trial(120, seed=4)
    bundle = bundle_of(frame)
    x = bundle.inputs(np.ones(120, dtype=bool))
    for members in (1, 6):
        task = FitTask(x, np.ones((members, 120)), Penalty(10.0, 10.0), 3)
        fitted = CANDIDATE_BY_NAME["additive"].fit(bundle, "response", [task])[0]["response"]
        again = predictor_from_arrays(fitted.kind, fitted.arrays())
        eta = fitted.eta(x, bundle.code)
        assert eta.shape == (members, 120, 1)
        assert again.eta(x, bundle.code) == pytest.approx(eta)
        assert score_rows(fitted, x, bundle.code) == pytest.approx(eta)
    problem = effect_problem(bundle, "response")
    ridge = CANDIDATE_BY_NAME["ridge"].fit(bundle, "response", [task])[0]["response"].eta(x, bundle.code)[0]
    effect = problem.fit(np.ones(120, dtype=bool), n_draws=5, seed=3, x=x)
    means = effect.mean.eta(effect.basis.expand(x), bundle.code)[0]
    assert eta[0] == pytest.approx((means + ridge) / 2)  # halfway, and the draws moved by as much
    assert eta[1:] - eta[0] == pytest.approx(effect.draws_eta(x, bundle.code) - means)
    moved = centered(fitted).eta(x, bundle.code)
    assert moved.shape == (5, 120, 1)
    assert moved.mean(axis=0) == pytest.approx(eta[0])


def test_effect_models_import_without_tables():
    code = (
        "import sys; import oncoloom.response.effects.empirical_bayes, oncoloom.response.effects.wording, "
        "oncoloom.response.effects.doubly_robust, oncoloom.response.effects.calibration_by_trial, "
        "oncoloom.response.effects.effect_model; "
        "assert not {'polars', 'pysam', 'snakemake', 'mlflow', 'torch'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
