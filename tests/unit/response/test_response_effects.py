"""Effects of therapies: each estimator against a naive twin or a known truth."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from naive_effects import naive_aipw, naive_censoring_weight, naive_e_value

from oncoloom.response.effects.basis import GENES, HINGES, LINEAR, PRODUCTS, EffectBasis, fit_basis
from oncoloom.response.effects.calibration_by_trial import (
    arm_shift,
    benefit_groups,
    benefit_slope,
    combine_with_trial,
)
from oncoloom.response.effects.cells import BINS, CELLS, CellBasis, fit_cells
from oncoloom.response.effects.doubly_robust import average_effect, observed_by
from oncoloom.response.effects.e_value import e_value
from oncoloom.response.effects.overlap import inside, judge_overlap
from oncoloom.response.effects.propensity import cross_fit_propensity, fit_propensity, trial_ratio
from oncoloom.response.effects.reliability import posterior_reliability, split_half_reliability
from oncoloom.response.effects.risks import to_probability
from oncoloom.response.effects.unadjusted import unadjusted_difference
from oncoloom.response.effects.wording import WordingFacts, wording


def cohort(n, seed, *, confounded=True):
    """One confounder, survival times, censoring; the true difference of events by day 365 is known."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 1))
    share = 1 / (1 + np.exp(-1.2 * x[:, 0])) if confounded else np.full(n, 0.5)
    arm = rng.random(n) < share
    rate = np.exp(0.8 * x[:, 0]) / 500
    died = rng.exponential(1 / (rate * np.where(arm, 0.7, 1.0)))
    censored = rng.uniform(200, 900, n)
    truth = (1 - np.exp(-365 * rate * 0.7)) - (1 - np.exp(-365 * rate))
    time = np.ceil(np.minimum(died, censored))
    return x, arm, time, (died <= censored).astype(float), float(truth.mean())


@given(st.integers(0, 10_000))
def test_weights_and_averages_equal_the_naive_ones(seed):
    rng = np.random.default_rng(seed)
    n = 24
    time, event = rng.integers(1, 12, n).astype(float), (rng.random(n) < 0.6).astype(float)
    arm = np.arange(n) % 2 == 0
    outcome, weight = observed_by(time, event, arm, 6.0)
    naive = naive_censoring_weight(time, event, arm, 6.0)
    assert weight == pytest.approx(np.minimum(naive, 20.0))
    assert (outcome == ((time <= 6) & (event > 0))).all()
    propensity, predicted = rng.uniform(0.2, 0.8, n), rng.uniform(0.1, 0.9, (n, 2))
    if not all((weight[arm == side] > 0).any() for side in (True, False)):
        return
    found = average_effect(outcome, weight, arm, propensity, predicted)
    assert (found.first, found.second) == pytest.approx(
        naive_aipw(outcome, weight, arm, propensity, predicted)
    )
    assert found.difference == pytest.approx(found.scores.mean())
    assert found.interval[0] <= found.difference <= found.interval[1]


@pytest.mark.parametrize("wrong", ["outcome model", "propensity"])
def test_either_model_may_be_wrong(wrong):
    x, arm, time, event, truth = cohort(20_000, 4)
    outcome, weight = observed_by(time, event, arm, 365.0)
    propensity = fit_propensity(x, np.array([0]), np.array([0]), arm)(x)
    rate = np.exp(0.8 * x[:, 0]) / 500
    predicted = np.stack([1 - np.exp(-365 * rate * 0.7), 1 - np.exp(-365 * rate)], axis=1)
    if wrong == "outcome model":
        predicted = np.full_like(predicted, 0.5)
    else:
        propensity = np.full_like(propensity, 0.5)
    found = average_effect(outcome, weight, arm, propensity, predicted)
    assert found.difference == pytest.approx(truth, abs=0.02)
    plain = unadjusted_difference(time, event, arm, 365.0)
    assert abs(plain.difference - truth) > 0.1


def test_the_interval_covers_as_often_as_it_says():
    hits = 0
    for seed in range(60):
        x, arm, time, event, truth = cohort(500, 100 + seed)
        outcome, weight = observed_by(time, event, arm, 365.0)
        folds = np.arange(500) % 5
        propensity = cross_fit_propensity(x, np.array([0]), np.array([0]), arm, folds)
        found = average_effect(outcome, weight, arm, propensity, np.full((500, 2), 0.5))
        hits += found.interval[0] <= truth <= found.interval[1]
    assert 50 <= hits <= 60


def test_propensity_and_overlap():
    x, arm, *_ = cohort(4000, 1)
    share = fit_propensity(x, np.array([0]), np.array([0]), arm)(x)
    assert np.corrcoef(share, 1 / (1 + np.exp(-1.2 * x[:, 0])))[0, 1] > 0.999
    assert judge_overlap(share).reason is None
    ratio = trial_ratio(arm)(x)
    assert ratio == pytest.approx(np.full(4000, arm.mean()))
    extreme = 1 / (1 + np.exp(-8 * x[:, 0]))
    verdict = judge_overlap(extreme)
    assert verdict.share_inside == pytest.approx(inside(extreme).mean())
    assert "no overlap" in verdict.reason
    assert judge_overlap(np.zeros(0)).reason is not None


@given(st.floats(0.05, 20))
def test_e_value_by_the_formula(ratio):
    assert e_value(ratio) == pytest.approx(naive_e_value(ratio))
    assert e_value(ratio) == pytest.approx(e_value(1 / ratio))


def test_published_e_values():
    # VanderWeele & Ding 2017: risk ratio 3.9 (limit 1.8) has E-values 7.26 and 3.0
    assert e_value(3.9) == pytest.approx(7.26, abs=0.01)
    assert e_value(1.8) == pytest.approx(3.0, abs=0.05)


@given(st.integers(0, 1000), st.booleans())
def test_a_shift_meets_the_share(seed, survival):
    rng = np.random.default_rng(seed)
    risk, share = rng.normal(-1, 1, 50), float(rng.uniform(0.05, 0.9))
    shift = arm_shift(risk, share, survival=survival)
    if abs(shift) < 4.9:
        assert to_probability(risk + shift, survival=survival).mean() == pytest.approx(share, abs=1e-6)


def test_groups_and_slope_see_true_differences():
    rng = np.random.default_rng(0)
    n = 9000
    x = rng.normal(size=n)
    arm = rng.random(n) < 0.5
    truth = 0.1 + 0.1 * np.tanh(x)
    outcome = (rng.random(n) < 0.4 + truth * arm).astype(float)
    average = average_effect(outcome, np.ones(n), arm, np.full(n, 0.5), np.full((n, 2), 0.4))
    slope, error = benefit_slope(truth, average)
    assert slope == pytest.approx(1.0, abs=3 * error)
    doubled, _ = benefit_slope(2 * truth, average)
    assert doubled == pytest.approx(slope / 2)
    assert benefit_slope(np.full(n, 0.1), average) is None
    groups = benefit_groups(truth, average, outcome, arm, 3)
    assert sum(group.n for group in groups) == n
    assert [g.predicted for g in groups] == sorted(g.predicted for g in groups)
    assert all(abs(g.observed - g.predicted) < g.upper - g.lower for g in groups)  # four errors
    assert groups[0].upper_limit <= groups[1].predicted


def test_a_trial_pulls_the_average_or_stands_apart():
    near = combine_with_trial((0.10, 0.05), (0.14, 0.03), 0.05)
    assert 0.10 < near.difference < 0.14
    assert not near.apart
    assert near.standard_error < 0.05
    far = combine_with_trial((0.30, 0.03), (0.0, 0.03), 0.03)
    assert far.apart
    assert (far.difference, far.weight_of_trial) == (0.30, 0.0)
    sure = combine_with_trial((0.10, 1e-6), (0.12, 0.03), 0.05)
    assert sure.difference == pytest.approx(0.10)


def test_reliabilities():
    rng = np.random.default_rng(3)
    truth = rng.normal(0, 1, 400)
    draws = truth + rng.normal(0, 1, (200, 400))
    assert posterior_reliability(truth, draws) == pytest.approx(0.5, abs=0.06)
    assert posterior_reliability(np.zeros(400), draws) == 0.0
    halves = [(truth + rng.normal(0, 1, 400), truth + rng.normal(0, 1, 400)) for _ in range(10)]
    assert split_half_reliability(halves) == pytest.approx(2 / 3, abs=0.06)
    assert split_half_reliability([(truth, -truth)]) == 0.0
    assert split_half_reliability([]) == 0.0


FACTS = {
    "reason_apart": None, "events": 80, "similar_events": 30, "rho": 0.8, "gate_z": 2.0,
    "average": 0.05, "interval": (0.1, 0.3),
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "form"),
    [
        ({}, "personal"),
        ({"similar_events": 19}, "groups"),
        ({"rho": 0.7}, "groups"),
        ({"rho": 0.49}, "average only"),
        ({"interval": (0.0, 0.3)}, "average only"),
        ({"gate_z": 1.0}, "average only"),
        ({"gate_z": None}, "average only"),
        ({"events": 19}, "apart"),
        ({"reason_apart": "no overlap"}, "apart"),
    ],
)
def test_words_go_as_far_as_the_data(change, form):
    said, reason = wording(WordingFacts(**(FACTS | change)))
    assert said == form
    assert reason


def test_a_rule_without_overlap_is_seen_where_a_line_sees_none():
    rng = np.random.default_rng(4)
    x = np.column_stack([rng.normal(size=1200), rng.random(1200) < 0.5])
    corner = (x[:, 0] > 0.43) & (x[:, 1] > 0.5)  # a sixth of the patients
    arm = rng.random(1200) < np.where(corner, 0.99, 0.45)
    propensity = fit_propensity(x, np.array([0, 1]), np.array([0, 1]), arm)
    inside_it = inside(propensity(x))
    assert inside_it[~corner].mean() > 0.95
    assert inside_it[corner].mean() < 0.1
    cells = propensity.basis
    again = CellBasis.from_arrays(cells.arrays(), 2)
    assert (again.expand(x) == cells.expand(x)).all()


@given(st.integers(0, 500))
def test_bins_and_cells_are_those_counted_by_hand(seed):
    rng = np.random.default_rng(seed)
    x = np.column_stack([rng.normal(size=60), rng.integers(0, 2, 60), rng.integers(0, 3, 60)]).round(1)
    basis = fit_cells(x, np.array([0, 1, 2]))
    whole = basis.expand(x)
    bins, cells = whole[:, basis.groups == BINS], whole[:, basis.groups == CELLS]
    assert (bins.sum(axis=1) == 3).all()  # one bin of each
    assert (cells.sum(axis=1) == 3).all()  # one cell of each pair
    assert bins[:, -3:].sum(axis=0) == pytest.approx([(x[:, 2] == k).sum() for k in range(3)])
    assert not (fit_cells(x, np.array([0, 0, 0])).groups == CELLS).any()


def test_a_basis_bends_numbers_and_multiplies_modifiers():
    rng = np.random.default_rng(1)
    x = np.column_stack([rng.normal(size=(300, 3)), rng.random(300) < 0.4, rng.random(300) < 0.1])
    basis = fit_basis(x, np.array([0, 1, 2, 3, 4]), np.array([0, 3]), np.array([4]))
    whole = basis.expand(x)
    assert whole[:, :5] == pytest.approx(x)
    assert basis.groups[:5].tolist() == [LINEAR, LINEAR, LINEAR, LINEAR, GENES]
    assert (basis.groups == HINGES).sum() == 6
    assert (basis.groups == PRODUCTS).sum() == 1
    assert basis.modifiers.size == 2 + 2 + 1
    further = whole[:, 5:]
    assert further.std(axis=0) == pytest.approx(np.ones(7))
    for k in range(7):  # freed of the linear part of their own inputs
        assert abs(np.corrcoef(further[:, k], x[:, basis.hinge_column[k] if k < 6 else 0])[0, 1]) < 1e-8
    again = EffectBasis.from_arrays(basis.arrays())
    assert again.expand(x) == pytest.approx(whole)
    doubled = fit_basis(x, np.array([0, 0, 0, 0, 0]), np.array([0, 3]), np.array([4]))
    assert not (doubled.groups == PRODUCTS).any()
