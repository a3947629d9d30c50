"""A slope of the score in each time bin: found where effects fade, 1 where they do not, the level kept."""

import numpy as np
import pytest

from oncoloom.response.predictor_store import predictor_from_arrays
from oncoloom.response.predictors import ScorePredictor, score_rows
from oncoloom.response.survival_metrics import d_calibration
from oncoloom.response.time_slopes import SlopedPredictor, TimeSlopes, cross_fitted, fit_time_slopes, gain
from oncoloom.response.timegrid import cumulative_hazard, exposure_and_events

EDGES = np.array([0.0, 30, 60, 120, 200, 320, 500, 800, 1500])
BASE = np.array([-2.6, -2.5, -2.1, -2.0, -1.8, -1.6, -1.4, -1.0])


def cohort(slopes, n=4000, seed=0, arm_effect=0.0):
    """eta under slope 1 everywhere, codes, and outcomes whose score truly has `slopes`."""
    rng = np.random.default_rng(seed)
    score, arm = rng.normal(0, 0.9, n), rng.integers(0, 2, n)
    eta = BASE + arm[:, None] * arm_effect + score[:, None]
    hazard = 1 / (1 + np.exp(-(BASE + arm[:, None] * arm_effect + np.asarray(slopes) * score[:, None])))
    dies = rng.random((n, len(BASE))) < hazard
    place = np.where(dies.any(axis=1), dies.argmax(axis=1), len(BASE) - 1)
    time = EDGES[place] + (EDGES[place + 1] - EDGES[place]) * rng.random(n)
    censored = rng.uniform(100, 1500, n)
    event = (dies.any(axis=1) & (time <= censored)).astype(float)
    time = np.where(event > 0, time, np.minimum(censored, EDGES[-1]))
    exposure, events = exposure_and_events(time, event, EDGES)
    for one in (arm == 0, arm == 1):  # a fitted model's level is right in each bin, whatever its slope
        for _ in range(20):
            p = 1 / (1 + np.exp(-eta[one]))
            gap = events[one].sum(axis=0) - (exposure[one] * p).sum(axis=0)
            eta[one] += gap / (exposure[one] * p * (1 - p)).sum(axis=0)
    return eta, arm[:, None].astype(float), exposure, events, time, event


def d_p(eta, time, event):
    own = [cumulative_hazard(eta[i], EDGES, time[i : i + 1])[0] for i in range(len(time))]
    return d_calibration(np.exp(-np.array(own)), event)


def test_a_fading_effect_is_found_and_mends_the_distribution_of_times():
    truth = np.array([1.7, 1.5, 1.3, 1.0, 0.8, 0.6, 0.5, 0.5])
    eta, code, exposure, events, time, event = cohort(truth)
    found = 1 + fit_time_slopes(eta, code, exposure, events).excess
    assert found == pytest.approx(truth, abs=0.2)
    folds = np.arange(len(eta)) % 5
    sloped = cross_fitted(eta, code, exposure, events, folds)
    assert gain(eta, sloped, exposure, events) > 20
    assert d_p(eta, time, event) < 1e-4
    assert d_p(sloped, time, event) > 0.01


def test_proportional_hazards_keep_slopes_of_one():
    eta, code, exposure, events, _, _ = cohort(np.ones(8), seed=3)
    assert np.abs(fit_time_slopes(eta, code, exposure, events).excess).max() < 0.2


@pytest.mark.parametrize("arm_effect", [0.0, -0.7])
def test_the_level_of_each_arm_stays(arm_effect):
    eta, code, exposure, events, _, _ = cohort(
        np.array([1.8, 1.6, 1.4, 1.0, 0.7, 0.5, 0.4, 0.4]), seed=5, arm_effect=arm_effect
    )
    sloped = fit_time_slopes(eta, code, exposure, events).apply(eta, code)
    for arm in (0, 1):
        mine = code[:, 0] == arm
        before, after = ((exposure / (1 + np.exp(-value)))[mine].sum() for value in (eta, sloped))
        assert after == pytest.approx(before, rel=0.05)


def test_few_events_leave_the_slopes_near_one_and_none_turns_around():
    eta, code, exposure, events, _, _ = cohort(np.full(8, -2.0), n=40, seed=7)
    few = fit_time_slopes(eta, code, exposure, events)
    assert (few.excess >= -0.8).all()
    nobody = fit_time_slopes(eta, code, np.zeros_like(exposure), np.zeros_like(events))
    assert nobody.excess == pytest.approx(np.zeros(8))


def test_a_sloped_predictor_survives_its_arrays_and_scores_a_patient_alone():
    rng = np.random.default_rng(2)
    score = ScorePredictor(
        rng.normal(size=(3, 8)), rng.normal(size=(3, 1, 8)), rng.normal(size=(3, 4)),
        np.zeros((3, 1, 0)), np.zeros(0, dtype=np.int64),
    )  # fmt: skip
    one = SlopedPredictor(score, TimeSlopes(rng.normal(size=8), rng.normal(size=8), rng.normal(size=(1, 8))))
    again = predictor_from_arrays(one.kind, one.arrays())
    x, code = rng.normal(size=(20, 4)), rng.integers(0, 2, (20, 1)).astype(float)
    assert one.kind == again.kind == "sloped:score"
    assert np.array_equal(score_rows(one, x, code), score_rows(again, x, code))
    assert score_rows(one, x, code) == pytest.approx(one.eta(x, code))
