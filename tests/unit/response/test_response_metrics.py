"""Metrics against sklearn, torchmetrics and naive twins; degenerate data."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oncoloom.response.metrics import (
    bootstrap_interval,
    brier_score,
    calibration_line,
    expected_calibration_error,
    perfect_calibration_range,
    roc_auc,
)
from oncoloom.response.survival_metrics import (
    brier_at,
    concordance,
    concordance_interval,
    d_calibration,
    integrated_brier,
    kaplan_meier,
    restricted_mean,
)

pairs = st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=1, max_size=25)
triples = st.lists(st.tuples(st.integers(0, 6), st.booleans(), st.integers(0, 4)), min_size=1, max_size=20)


def arrays(rows):
    return tuple(np.array(column, dtype=np.float64) for column in zip(*rows, strict=True))


@settings(max_examples=60, deadline=None)
@given(pairs)
def test_auc_equals_pair_counting(rows):
    from naive_survival import naive_auc

    score, label = arrays(rows)
    expected = naive_auc([r[0] for r in rows], [r[1] for r in rows])
    assert roc_auc(score, label) == pytest.approx(None if expected is None else float(expected))


def test_binary_metrics_equal_sklearn_and_torchmetrics():
    import torch
    from sklearn.metrics import brier_score_loss, roc_auc_score
    from torchmetrics.functional.classification import binary_auroc

    rng = np.random.default_rng(1)
    p = np.round(rng.random(300), 2)
    y = (rng.random(300) < p).astype(np.float64)
    assert roc_auc(p, y) == pytest.approx(roc_auc_score(y, p), abs=1e-12)
    assert roc_auc(p, y) == pytest.approx(
        float(binary_auroc(torch.from_numpy(p), torch.from_numpy(y).long())), abs=1e-6
    )
    assert brier_score(p, y) == pytest.approx(brier_score_loss(y, p), abs=1e-12)


def test_calibration_figures_of_a_calibrated_model():
    rng = np.random.default_rng(2)
    logit = rng.normal(0, 1.2, 4000)
    p = 1 / (1 + np.exp(-logit))
    y = (rng.random(4000) < p).astype(np.float64)
    slope, intercept = calibration_line(logit, y)
    assert slope == pytest.approx(1.0, abs=0.12)
    assert intercept == pytest.approx(0.0, abs=0.12)
    low, high = perfect_calibration_range(p, n_draws=100)
    assert 0 < low <= high
    assert expected_calibration_error(p, y) < 2 * high


def test_calibration_line_equals_unpenalized_logistic_regression():
    from sklearn.linear_model import LogisticRegression

    rng = np.random.default_rng(3)
    logit = rng.normal(0, 1, 500)
    y = (rng.random(500) < 1 / (1 + np.exp(-2 * logit + 0.5))).astype(np.float64)
    model = LogisticRegression(C=np.inf, tol=1e-10).fit(logit[:, None], y)
    slope, intercept = calibration_line(logit, y)
    assert (slope, intercept) == pytest.approx((model.coef_[0, 0], model.intercept_[0]), abs=1e-4)


def test_one_class_gives_none_not_nan():
    ones = np.ones(12)
    assert roc_auc(np.arange(12.0), ones) is None
    assert calibration_line(np.arange(12.0), ones) is None
    assert bootstrap_interval(lambda rows: roc_auc(np.arange(12.0)[rows], ones[rows]), 12) is None
    assert expected_calibration_error(ones[:3], ones[:3]) is None


@settings(max_examples=60, deadline=None)
@given(triples)
def test_concordance_equals_pair_counting(rows):
    from naive_survival import naive_concordance

    time, event, risk = arrays(rows)
    expected = naive_concordance(*map(list, zip(*rows, strict=True)))
    assert concordance(time, event, risk) == pytest.approx(None if expected is None else float(expected))


@settings(max_examples=60, deadline=None)
@given(triples, st.integers(0, 7))
def test_kaplan_meier_equals_counting(rows, day):
    from naive_survival import naive_kaplan_meier

    time, event, _ = arrays(rows)
    expected = naive_kaplan_meier([r[0] for r in rows], [r[1] for r in rows], day)
    assert kaplan_meier(time, event).at(np.array([day]))[0] == pytest.approx(float(expected), abs=1e-12)


def test_concordance_bootstrap_equals_resampling():
    rng = np.random.default_rng(4)
    time, event, risk = rng.integers(1, 30, 60) * 1.0, rng.integers(0, 2, 60) * 1.0, rng.random(60)
    draws = np.random.default_rng(1)
    values = []
    for _ in range(50):
        rows = draws.integers(0, 60, 60)
        values.append(concordance(time[rows], event[rows], risk[rows]))
    expected = np.quantile(values, [0.025, 0.975])
    assert concordance_interval(time, event, risk, n_draws=50, seed=1) == pytest.approx(tuple(expected))


def test_perfect_order_all_censored_and_ties():
    time = np.arange(1.0, 11.0)
    assert concordance(time, np.ones(10), -time) == 1.0
    assert concordance(time, np.zeros(10), -time) is None
    assert concordance(time, np.ones(10), np.zeros(10)) == 0.5


@pytest.mark.realdata
def test_shared_cases_of_ties_and_day_zero(shared):
    import polars as pl

    cases = shared / "cases"
    ties = pl.read_csv(cases / "response-03-no-event-and-perfect-order" / "risk_with_ties.csv")
    c = concordance(*[ties[n].to_numpy().astype(np.float64) for n in ("os_days", "os_event", "risk")])
    assert c == pytest.approx(0.7)
    zero = pl.read_csv(cases / "response-04-death-on-day-zero" / "patients.csv")
    curve = kaplan_meier(*[zero[n].to_numpy().astype(np.float64) for n in ("os_days", "os_event")])
    assert curve.at(np.array([0.0]))[0] == pytest.approx(0.95)
    assert curve.median() == 150.0


def test_brier_without_censoring_is_the_plain_one():
    rng = np.random.default_rng(5)
    time, survival = rng.exponential(10, 200), rng.random(200)
    plain = float(np.mean((survival - (time > 8)) ** 2))
    assert brier_at(time, np.ones(200), survival, 8.0) == pytest.approx(plain)
    grid = np.array([4.0, 8.0])
    both = np.stack([survival, survival], axis=1)
    assert integrated_brier(time, np.ones(200), both, grid) == pytest.approx(
        (brier_at(time, np.ones(200), survival, 4.0) + plain) / 2
    )


def test_brier_weights_make_up_for_censoring():
    """With independent censoring the weighted score estimates the uncensored one (4000 patients, 5 se)."""
    rng = np.random.default_rng(6)
    time, censored = rng.exponential(10, 4000), rng.exponential(15, 4000)
    survival = np.full(4000, 0.4)
    seen, event = np.minimum(time, censored), (time <= censored) * 1.0
    full = brier_at(time, np.ones(4000), survival, 8.0)
    assert brier_at(seen, event, survival, 8.0) == pytest.approx(full, abs=0.02)


def test_d_calibration_accepts_the_truth_and_rejects_a_lie():
    rng = np.random.default_rng(7)
    time, censored = rng.exponential(10, 800), rng.exponential(20, 800)
    seen, event = np.minimum(time, censored), (time <= censored) * 1.0
    assert d_calibration(np.exp(-seen / 10), event) > 0.01
    assert d_calibration(np.exp(-seen / 25), event) < 1e-6


def test_greenwood_and_restricted_mean():
    time, event = np.array([1.0, 2.0, 3.0, 4.0]), np.array([1.0, 0.0, 1.0, 1.0])
    curve = kaplan_meier(time, event)
    assert curve.standard_error(1.0) == pytest.approx((0.75**2 * (1 / (4 * 3))) ** 0.5)
    assert curve.standard_error(0.5) == 0.0
    assert restricted_mean(curve, 3.5) == pytest.approx(1 + 0.75 * 2 + 0.375 * 0.5)
