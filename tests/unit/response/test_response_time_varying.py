"""Effects that change with time: the basis, the numpy twin, storage, and a cohort where they are needed."""

import numpy as np
import pytest

from oncoloom.response.ensemble import EnsembleData, EnsembleSettings, train_ensemble
from oncoloom.response.predictor_store import predictor_from_arrays
from oncoloom.response.predictors import ScorePredictor, centered
from oncoloom.response.time_varying import TimeVarying, time_basis

N, BINS = 1200, 6


@pytest.mark.parametrize("n_bins", [2, 3, 4, 12])
def test_the_basis_is_orthogonal_with_mean_zero_and_rises(n_bins):
    basis = time_basis(n_bins)
    assert basis.shape == (min(3, n_bins - 1), n_bins)
    assert basis.mean(axis=1) == pytest.approx(np.zeros(len(basis)), abs=1e-12)
    assert basis @ basis.T / n_bins == pytest.approx(np.eye(len(basis)), abs=1e-12)
    assert (np.diff(basis[0]) > 0).all()


def test_one_bin_has_no_basis():
    assert time_basis(1).shape == (0, 1)


def crossing(seed=0):
    """Hazards of two groups that cross: the first input raises the early risk and lowers the late one."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(N, 3))
    eta = -1.6 + x[:, :1] * np.linspace(1.2, -1.2, BINS) + 0.5 * x[:, 1:2]
    dies = rng.random((N, BINS)) < 1 / (1 + np.exp(-eta))
    last = np.where(dies.any(axis=1), dies.argmax(axis=1), BINS)
    exposure = (np.arange(BINS) <= last[:, None]).astype(float)
    return x, exposure, (np.arange(BINS) == last[:, None]).astype(float)


def data(signs=None):
    x, exposure, events = crossing()
    held_in = (np.arange(N) < 800).astype(float)
    return EnsembleData(
        x=x[None],
        fold=np.zeros(3, dtype=np.int64),
        weight=np.tile(held_in, (3, 1)),
        code=np.zeros((N, 0)),
        is_drug=np.zeros(0, dtype=bool),
        modifiers=np.zeros(0, dtype=np.int64),
        exposure={"os": exposure},
        events={"os": events},
        multipliers=np.ones(3),
        feature_groups=np.arange(3),
        signs=signs,
    )


def settings(varying):
    return EnsembleSettings(
        np.full(3, 5.0), np.full(3, 30.0), np.full(3, 40.0), {"os": 1.0}, width=8, steps=120, varying=varying
    )


@pytest.fixture(scope="module")
def trained():
    """Three replicas: proportional, effects with a tenth of the variance, and with all of it."""
    return train_ensemble(data(), settings(np.array([0.0, 0.1, 1.0])))


def predictor(module):
    arrays = module.export()["os"]
    return predictor_from_arrays(
        "score", arrays | {"modifiers": np.zeros(0), "varying_basis": time_basis(BINS)}
    )


def test_numpy_scores_what_torch_scores_and_only_varying_replicas_vary(trained):
    x, code = data().x[0], np.zeros((N, 0))
    eta = predictor(trained).eta(x, code)
    assert eta == pytest.approx(trained()["os"].detach().numpy(), abs=1e-4)
    steps = np.diff(eta - eta[:, :1], axis=2)  # change from bin to bin, beside the first patient's
    assert np.abs(steps[0]).max() < 1e-9
    assert np.abs(steps[1]).max() > 0.1


def test_crossing_hazards_are_told_on_held_out_rows(trained):
    _, exposure, events = crossing()
    eta = predictor(trained).eta(data().x[0], np.zeros((N, 0)))[:, 800:]
    loss = (exposure[800:] * np.logaddexp(0, eta) - events[800:] * eta).sum(axis=(1, 2))
    assert loss[1] < loss[0] - 40
    slope = predictor(trained).varying.beta[1, 0]
    assert slope[0] < -0.2  # the first input's effect falls with time
    assert abs(slope[0]) > 3 * abs(slope[2])


def test_without_any_varying_replica_nothing_is_exported():
    names = train_ensemble(data(), settings(np.zeros(3))).export()["os"]
    assert not [name for name in names if name.startswith("varying")]


def test_a_declared_sign_holds_on_every_day():
    module = train_ensemble(data(np.array([0, -1, 0])), settings(np.full(3, 1.0)))
    varying = predictor(module).varying.beta
    assert (varying[:, :, 1] == 0).all()
    assert (np.abs(varying[:, 0, 0]) > 0.1).all()


def test_members_and_storage(trained):
    whole = predictor(trained)
    again = predictor_from_arrays("score", whole.arrays())
    x, code = data().x[0][:5], np.zeros((5, 0))
    assert (again.eta(x, code) == whole.eta(x, code)).all()
    rest = centered(whole)
    assert isinstance(rest, ScorePredictor)
    assert rest.eta(x, code) == pytest.approx(whole.eta(x, code)[1:], abs=1e-12)
    assert TimeVarying.from_arrays({}) is None
