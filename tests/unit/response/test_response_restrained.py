"""Elastic net and sign constraints: the optimum's own conditions, for Newton's and Lightning's candidates."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_trial import small_trial

from oncoloom.config import TrainingConfig
from oncoloom.errors import ConfigError
from oncoloom.response.baselines.constrained import coordinate_descent, restraint
from oncoloom.response.baselines.linear import LinearProblem, fit_linear
from oncoloom.response.bundle import make_bundle
from oncoloom.response.candidates import CANDIDATE_BY_NAME
from oncoloom.response.datamodule import to_arrays
from oncoloom.response.declare import checked_signs, declare
from oncoloom.response.fit_tasks import FitTask, point_weights
from oncoloom.response.penalties import MANY_ROWS, RIDGE_GRID, SOME_ROWS, Penalty, network_size, output_grid
from oncoloom.response.search import choose_penalty

NONE = np.zeros(0, dtype=np.int64)


def problem(n=300, seed=0, signs=None):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 6))
    p = 1 / (1 + np.exp(-(x @ [1.0, -0.8, 0.5, 0, 0, 0])))
    y = (rng.random(n) < p).astype(float)
    return LinearProblem(x, np.zeros((n, 0)), np.ones((n, 1)), y[:, None], NONE, (), signs)


def gradient(one, fitted):
    p = 1 / (1 + np.exp(-fitted.eta(one.x, one.code)[0, :, 0]))
    return one.x.T @ (p - one.events[:, 0])


def test_elastic_net_meets_the_conditions_of_its_optimum():
    one, lasso, ridge = problem(), 12.0, 3.0
    fitted = fit_linear(one, np.ones(6), ridge=ridge, interaction=1.0, weights=np.ones((1, 300)), lasso=lasso)
    beta = fitted.beta[0]
    slope = gradient(one, fitted) + ridge * beta
    assert (beta[3:] == 0).any()
    assert np.abs(slope[beta != 0] + lasso * np.sign(beta[beta != 0])).max() < 1e-3
    assert (np.abs(slope[beta == 0]) <= lasso + 1e-3).all()
    whole = fit_linear(one, np.ones(6), ridge=ridge, interaction=1.0, weights=np.ones((1, 300)))
    assert np.abs(whole.beta).sum() > np.abs(beta).sum()


def test_a_declared_sign_holds_and_costs_nothing_where_it_is_right():
    signs = np.array([1.0, -1, 1, 0, 0, 0])
    free = fit_linear(problem(), np.ones(6), ridge=5, interaction=1, weights=np.ones((1, 300)))
    right = fit_linear(problem(signs=signs), np.ones(6), ridge=5, interaction=1, weights=np.ones((1, 300)))
    assert right.beta == pytest.approx(free.beta, abs=1e-4)
    wrong = problem(signs=-signs)
    held = fit_linear(wrong, np.ones(6), ridge=5, interaction=1, weights=np.ones((1, 300)))
    assert (held.beta[0, :3] == 0).all()
    assert (np.abs(gradient(wrong, held) + 5 * held.beta[0])[3:] < 1e-3).all()


@given(st.integers(0, 10_000))
def test_coordinate_descent_is_no_worse_than_random_neighbors(seed):
    rng = np.random.default_rng(seed)
    root = rng.normal(size=(8, 5))
    hessian, slope, theta = root.T @ root + 0.1 * np.eye(5), rng.normal(size=5), rng.normal(size=5)
    limits = restraint(5, 1, np.array([1.0, 0, -1, 0]), np.array([0.3, 0.5, 0.0, 0.0]))
    theta = np.clip(theta, limits.lower, limits.upper)
    best = coordinate_descent(hessian, slope, theta, limits)

    def value(t):
        return slope @ (t - theta) + 0.5 * (t - theta) @ hessian @ (t - theta) + limits.lasso @ np.abs(t)

    assert ((best >= limits.lower) & (best <= limits.upper)).all()
    for _ in range(20):
        other = np.clip(best + rng.normal(scale=0.1, size=5), limits.lower, limits.upper)
        assert value(best) <= value(other) + 1e-9


@pytest.fixture(scope="module")
def signed():
    arrays = to_arrays(small_trial(160, seed=2))
    features = ("albumin_g_dl", "nlr", "tmb")
    # albumin helps in this trial: the opposite declaration must be held at zero everywhere
    return make_bundle(arrays, "response", features, (), {"albumin_g_dl": "-", "nlr": "-"})


@pytest.mark.parametrize("name", ["ridge", "elastic_net", "linear_multitask", "network"])
def test_every_candidate_with_a_linear_part_holds_declared_signs(signed, name):
    everyone = np.ones(160, dtype=bool)
    task = FitTask(signed.inputs(everyone), point_weights(everyone), Penalty(3.0, 2000.0), 1, 60)
    fits = CANDIDATE_BY_NAME[name].fit(signed, "response", [task])[0]
    place = [column.source for column in signed.design.columns]
    for endpoint, predictor in fits.items():
        helps = predictor.beta[0] * (1 if endpoint == "response" else -1)
        assert helps[place.index("albumin_g_dl")] <= 1e-6
        assert helps[place.index("nlr")] <= 1e-6


def test_a_sign_of_an_unused_feature_is_refused():
    arrays = to_arrays(small_trial(60))
    declaration = declare(arrays, ("albumin_g_dl",), ())
    assert checked_signs({"albumin_g_dl": "+"}, declaration) == {"albumin_g_dl": "+"}
    with pytest.raises(ConfigError, match="does not train"):
        checked_signs({"albumin": "+"}, declaration)
    with pytest.raises(ValueError, match="Input should be"):
        TrainingConfig(signs={"albumin_g_dl": "up"})


def test_the_size_of_the_network_follows_the_rows():
    assert [network_size(n).width for n in (100, SOME_ROWS, MANY_ROWS + 1)] == [16, 32, 48]
    assert network_size(7098).batch_rows == 1024
    assert network_size(7098).steps == 25 * 7
    assert max(output_grid(7098)) < max(output_grid(964))


def test_mini_batches_learn_what_full_batches_do():
    from oncoloom.response.ensemble import EnsembleData, EnsembleSettings, train_ensemble

    one = problem(n=600, seed=4)
    data = EnsembleData(
        x=one.x[None], fold=np.zeros(1, dtype=np.int64), weight=np.ones((1, 600)), code=one.code,
        is_drug=np.zeros(0, dtype=bool), modifiers=NONE, exposure={"response": one.exposure},
        events={"response": one.events}, multipliers=np.ones(6), feature_groups=np.arange(6),
    )  # fmt: skip

    def fit(batch_rows):
        settings = EnsembleSettings(
            linear=np.full(1, 10.0), output=np.full(1, 30.0), interaction=np.full(1, 2000.0),
            head_weights={"response": 1.0}, use_network=False, feature_dropout=0.0, steps=150,
            batch_rows=batch_rows,
        )  # fmt: skip
        return train_ensemble(data, settings).export()["response"]["beta"][0]

    assert fit(200) == pytest.approx(fit(0), abs=0.05)
    assert np.array_equal(fit(200), fit(200))


def test_penalties_are_chosen_from_their_grids(signed):
    everyone = np.ones(160, dtype=bool)
    inner = np.arange(160) % 5
    chosen = choose_penalty(signed, "response", everyone, inner)
    assert chosen.ridge in RIDGE_GRID
    assert chosen.lasso in (1.0, 3.0, 8.0, 20.0)
    assert chosen.network_output == 30.0  # too few rows to search


def test_optuna_is_asked_only_where_it_is_installed(signed, monkeypatch):
    from oncoloom.response import search

    monkeypatch.setattr(search, "MIN_SEARCHED", 50)
    monkeypatch.setattr(search, "STEPS", 4)
    everyone, inner = np.ones(160, dtype=bool), np.arange(160) % 5
    try:
        import optuna  # noqa: F401
    except ImportError:
        with pytest.raises(ConfigError, match="not installed"):
            choose_penalty(signed, "response", everyone, inner, method="optuna")
        return
    chosen = choose_penalty(signed, "response", everyone, inner, method="optuna", seed=3)
    assert 10 <= chosen.network_output <= 100
    assert chosen == choose_penalty(signed, "response", everyone, inner, method="optuna", seed=3)


@pytest.mark.parametrize("name", ["ridge", "network", "forest", "boosting"])
def test_members_of_a_linear_score_surround_the_fit_with_equal_weights(signed, name):
    from oncoloom.response.ensemble import bootstrap_weights
    from oncoloom.response.predictors import centered

    weights = np.concatenate([np.ones((1, 160)), bootstrap_weights(3, 160, 1)])
    x = signed.inputs(np.ones(160, dtype=bool))
    task = FitTask(x, weights, Penalty(3.0, 2000.0), 1, 20, 60)
    fitted = CANDIDATE_BY_NAME[name].fit(signed, "response", [task])[0]["response"]
    whole, kept = fitted.eta(x, signed.code), centered(fitted).eta(x, signed.code)
    assert kept.shape == (3, *whole.shape[1:])
    if name == "ridge":
        assert kept.mean(axis=0) == pytest.approx(whole[0])
        assert kept.std(axis=0) == pytest.approx(whole[1:].std(axis=0))
    else:
        assert kept == pytest.approx(whole[1:])
