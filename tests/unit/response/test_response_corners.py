"""Corners of modifiers: their flags, what they add to the evidence, and that a jump is found."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncoloom.response.baselines.linear import LinearProblem, fit_start, penalty_matrix
from oncoloom.response.bundle import make_bundle
from oncoloom.response.datamodule import to_arrays
from oncoloom.response.effects.basis import CORNERS, EffectBasis, fit_basis
from oncoloom.response.effects.corner_search import PENALTIES, grow
from oncoloom.response.effects.corners import Corners, no_corners, offered_corners
from oncoloom.response.effects.estimating import estimate_effects
from oncoloom.response.effects.hazard_newton import HazardLikelihood
from oncoloom.response.effects.problem import effect_problem
from oncoloom.response.scorer import cohort_from_columns

SCALE = np.array([2.0, 6.0])


def inputs(rng, n):
    x = np.column_stack([rng.normal(size=(n, 2)), rng.random(n) < 0.5, rng.integers(0, 3, n)])
    x = (x - x.mean(axis=0)) / x.std(axis=0)
    x[rng.random((n, 4)) < 0.1] = 0.0  # missing
    return x


@given(st.integers(0, 15))
def test_corners_are_those_counted_by_hand(seed):
    rng = np.random.default_rng(seed)
    x = inputs(rng, 150)
    found = offered_corners(x, np.array([0, 1, 1, 3]), np.arange(4), 8)
    assert len(found) > 20
    assert not ((found.columns[:, 0] == 1) & (found.columns[:, 1] == 2)).any()  # of one raw column
    assert not ((found.columns[:, 0] == 2) & (found.columns[:, 1] == -1)).any()  # two values: no step alone
    values = found.expand(x)
    for k in rng.integers(0, len(found), 10):
        inside, known = [], []
        for row in x:
            sides = [
                (row[j] > t) == (sign > 0)
                for j, t, sign in zip(found.columns[k], found.thresholds[k], found.signs[k], strict=True)
                if j >= 0
            ]
            inside.append(all(sides))
            known.append(all(row[j] != 0 for j in found.columns[k] if j >= 0))
        inside, known = np.array(inside), np.array(known)
        share = inside[known].mean()
        assert 0.08 <= share <= 0.92
        expected = np.where(known, (inside - share) / np.sqrt(share * (1 - share)), 0.0)
        assert values[:, k] == pytest.approx(expected)
    again = Corners.from_arrays(found.arrays())
    assert (again.expand(x) == values).all()
    assert len(no_corners()) == 0
    assert no_corners().joined(found).expand(x) == pytest.approx(values)


def problem_of(rng, n=60):
    x = rng.normal(size=(n, 3))
    code = np.eye(2)[rng.integers(0, 2, n)]
    exposure = rng.random((n, 3))
    events = (rng.random((n, 3)) < 0.2).astype(float)
    return LinearProblem(x, code, exposure, events, np.array([1]), (False, True))


@given(st.integers(0, 9))
def test_a_corner_model_is_a_newton_step_of_the_model_with_its_column(seed):
    rng = np.random.default_rng(seed)
    problem = problem_of(rng)
    penalty = penalty_matrix(problem, np.ones(3), 5.0, 8.0)
    likelihood = HazardLikelihood(problem)
    theta = likelihood.fit(penalty, fit_start(problem, len(penalty)))
    hessian = likelihood.derivatives(theta)[1] + penalty
    values = rng.normal(size=(60, 4))
    gains, models = grow(likelihood, theta, hessian, values, SCALE, n_best=4)
    assert len(models) == 8
    assert [one.gain for one in models] == sorted((one.gain for one in models), reverse=True)
    for one in models:
        assert one.gain == gains[int(one.differs), one.column]
        column = values[:, one.column]
        mods = np.array([1, 3]) if one.differs else np.array([1])
        wide = replace(problem, x=np.column_stack([problem.x, column]), modifiers=mods)
        at = 3 * 3
        if one.differs:  # bins, code bins, x, own, code 0 x (z, own), code 1 x (z, own): own ones go last
            order = np.array([*range(at + 3), at + 4, at + 6, at + 3, at + 5, at + 7])
        else:
            order = np.array([*range(at + 3), at + 4, at + 5, at + 3])
        width = len(order) - len(theta)
        start = np.zeros(len(order))
        start[order[: len(theta)]] = theta
        gradient, curvature = (
            part[np.ix_(*[order] * part.ndim)] for part in HazardLikelihood(wide).derivatives(start)
        )
        found = []
        for value in PENALTIES:
            own = np.array([value / 2, *(value * SCALE)])[:width]
            whole = curvature.copy()
            whole[:-width, :-width] += penalty
            whole[-width:, -width:] += np.diag(own)
            push = np.concatenate([np.zeros(len(theta)), -gradient[-width:]])
            step = np.linalg.solve(whole, push)
            spread = np.linalg.slogdet(whole)[1] - np.linalg.slogdet(hessian)[1] - np.log(own).sum()
            found.append(
                (0.5 * (push @ step - spread), np.concatenate([theta, np.zeros(width)]) + step, whole)
            )
        gain, moved, whole = max(found, key=lambda three: three[0])
        assert one.gain == pytest.approx(gain, abs=1e-6)
        assert one.theta == pytest.approx(moved, abs=1e-6)
        assert one.hessian == pytest.approx(whole, abs=1e-6)


def test_a_basis_takes_corners_as_modifiers_of_their_own_groups():
    rng = np.random.default_rng(3)
    x = inputs(rng, 200)
    plain = fit_basis(x, np.arange(4), np.array([0, 2]), np.zeros(0, dtype=np.int64))
    two = offered_corners(x, np.arange(4), np.array([0, 2]), 8).take(np.array([0, 5]))
    basis = plain.with_corners(two.take(np.array([0]))).with_corners(two.take(np.array([1])))
    assert basis.groups[-2:].tolist() == [CORNERS, CORNERS + 1]
    assert basis.modifiers[-2:].tolist() == [len(plain.groups), len(plain.groups) + 1]
    assert basis.expand(x) == pytest.approx(np.column_stack([plain.expand(x), two.expand(x)]))
    assert (EffectBasis.from_arrays(basis.arrays()).expand(x) == basis.expand(x)).all()


def jumping_trial(n, jump, seed, main=0.0):
    """Response under two therapies: `jump` logits more under one, `main` under both, for x > 0.6 with y."""
    rng = np.random.default_rng(seed)
    x, y, arm = rng.normal(size=n), rng.random(n) < 0.5, rng.random(n) < 0.5
    inside = (x > 0.6) & y
    p = 1 / (1 + np.exp(-(-0.5 + 0.3 * x + main * inside + arm * (0.1 + jump * inside))))
    columns = {
        "patient_id": [f"P{i}" for i in range(n)],
        "tumor_type": ["NSCLC"] * n,
        "therapy": ["nivolumab" if a else "docetaxel" for a in arm],
        "therapy_class": ["immunotherapy" if a else "chemotherapy" for a in arm],
        "response": (rng.random(n) < p).astype(int).tolist(),
        "x": x.tolist(),
        "y": y.astype(float).tolist(),
    }
    arrays = to_arrays(cohort_from_columns(columns))
    return make_bundle(arrays, "response", ("x", "y"), ("x", "y")), inside


def test_an_effect_that_jumps_is_found_where_it_is():
    bundle, inside = jumping_trial(1500, 2.5, seed=1)
    problem = effect_problem(bundle, "response")
    fit = problem.fit(np.ones(1500, dtype=bool), n_draws=10, seed=0)
    assert fit.weights.sum() == pytest.approx(1.0)
    assert fit.weights[4:].sum() > 0.7  # models with a corner
    assert bundle.therapies.names == ("docetaxel", "nivolumab")
    assert differences(fit, problem)[inside].mean() - differences(fit, problem)[~inside].mean() > 1.2


def test_a_jump_of_the_prognosis_is_none_of_the_benefit():
    bundle, inside = jumping_trial(1500, 0.0, seed=1, main=2.5)
    problem = effect_problem(bundle, "response")
    fit = problem.fit(np.ones(1500, dtype=bool), n_draws=10, seed=0)
    assert fit.weights[4:].sum() > 0.7
    difference = differences(fit, problem)
    assert abs(difference[inside].mean() - difference[~inside].mean()) < 0.4
    risk = np.einsum("k,kn->n", fit.weights, fit.modes_eta(problem.inputs, bundle.code)[:, :, 0])
    assert risk[inside].mean() - risk[~inside].mean() > 1.5


def differences(fit, problem):
    """(n,) mean logits under nivolumab less those under docetaxel."""
    n = len(problem.inputs)
    sides = [
        np.einsum("k,kn->n", fit.weights, fit.modes_eta(problem.inputs, np.tile(code, (n, 1)))[:, :, 0])
        for code in problem.codes
    ]
    return sides[1] - sides[0]


def test_forms_that_are_found_widen_what_is_said():
    found = {}
    for jump in (0.0, 2.5):
        bundle, _ = jumping_trial(500, jump, seed=2)
        effects = estimate_effects(bundle, horizons=(), randomized=True, adjust_for=(), seed=0, repeats=1)
        found[jump] = effects.comparisons[0]
        assert found[jump].posterior_reliability < 1
    assert found[2.5].form_variance > 2 * found[0.0].form_variance > 0
