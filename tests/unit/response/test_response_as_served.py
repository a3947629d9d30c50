"""Penalties and candidates are judged as the model would be served: with slopes by time where they help."""

import numpy as np
import pytest

from oncoloom.response.as_served import as_served, helpful_slopes
from oncoloom.response.bundle import make_bundle
from oncoloom.response.candidates import CANDIDATE_BY_NAME
from oncoloom.response.datamodule import to_arrays, training_rows
from oncoloom.response.fit_tasks import FitTask, point_weights
from oncoloom.response.nested import fold_score, run_nested
from oncoloom.response.penalties import Penalty
from oncoloom.response.scorer import cohort_from_columns
from oncoloom.response.search import _InnerFolds, deviance
from oncoloom.response.splits import outer_folds
from oncoloom.response.survival_metrics import concordance
from oncoloom.response.timegrid import cumulative_hazard, mortality, rank_score

FADING, LASTING = (2.0, 0.0), (0.8, 0.8)  # log hazard ratio of x0 before and after day 100


def bundle_of(effects, n=260, seed=0):
    """One therapy, two inputs; x0's effect before and after day 100."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 2))
    rates = [0.004 * np.exp(effect * x[:, 0]) for effect in effects]
    lived = rng.exponential(size=n)
    time = np.where(lived < 100 * rates[0], lived / rates[0], 100 + (lived - 100 * rates[0]) / rates[1])
    columns = {"patient_id": [f"{i:04d}" for i in range(n)], "x0": x[:, 0].tolist(), "x1": x[:, 1].tolist()}
    columns |= {
        "os_days": np.ceil(np.minimum(time, 900)).tolist(),
        "os_event": (time < 900).astype(int).tolist(),
    }
    return make_bundle(to_arrays(training_rows(cohort_from_columns(columns))[0]), "os", ("x0", "x1"), ())


@pytest.fixture(scope="module")
def fading():
    return bundle_of(FADING)


def out_of_fold(bundle, penalty, folds, rows):
    """Naive: one ridge fit a fold."""
    eta = np.zeros_like(bundle.events["os"])
    for fold in np.unique(folds[rows]):
        train, held_out = rows & (folds != fold), rows & (folds == fold)
        task = FitTask(bundle.inputs(train), point_weights(train), penalty, 0)
        fit = CANDIDATE_BY_NAME["ridge"].fit(bundle, "os", [task])[0]["os"]
        eta[held_out] = fit.eta(task.x[held_out], bundle.code[held_out])[0]
    return eta


def test_slopes_are_used_where_effects_fade_and_only_on_the_rows_asked_for(fading):
    folds = outer_folds(fading, "os", n_folds=3, seed=1)
    rows = np.arange(len(folds)) % 5 > 0
    eta = out_of_fold(fading, Penalty(3.0, 2000.0), folds, rows)
    served = as_served(fading, "os", eta, folds, rows)
    assert deviance(fading, "os", served, rows) < deviance(fading, "os", eta, rows) - 2
    assert np.array_equal(served[~rows], eta[~rows])
    other = eta.copy()
    other[~rows] += 5.0
    assert np.array_equal(as_served(fading, "os", other, folds, rows)[rows], served[rows])


def test_a_response_and_scores_that_last_stay_as_they_are(fading):
    folds = outer_folds(fading, "os", n_folds=3, seed=1)
    assert helpful_slopes(fading, "response", np.zeros((len(folds), 1)), folds) is None
    lasting = bundle_of(LASTING, seed=1)
    folds = outer_folds(lasting, "os", n_folds=3, seed=1)
    eta = out_of_fold(lasting, Penalty(3.0, 2000.0), folds, np.ones(len(folds), dtype=bool))
    assert as_served(lasting, "os", eta, folds) is eta


def test_penalties_are_judged_with_slopes(fading):
    train = np.arange(len(fading.arrays)) % 4 > 0
    inner = outer_folds(fading, "os", n_folds=3, seed=2)
    settings = [Penalty(value, 2000.0) for value in (3.0, 800.0)]
    losses = _InnerFolds(fading, "os", train, inner, 0).losses("ridge", settings)
    for loss, penalty in zip(losses, settings, strict=True):
        eta = out_of_fold(fading, penalty, inner, train)
        naive = deviance(fading, "os", as_served(fading, "os", eta, inner, train), train)
        assert loss == pytest.approx(naive, rel=1e-9)
        assert loss < deviance(fading, "os", eta, train)


def test_candidates_are_judged_with_slopes(fading, monkeypatch):
    ridge = (CANDIDATE_BY_NAME["ridge"],)
    monkeypatch.setattr("oncoloom.response.nested.candidates_for", lambda _: ridge)
    monkeypatch.setattr("oncoloom.response.nested.choose_penalty", lambda *_, **__: Penalty(10.0, 2000.0))
    nested = run_nested(fading, n_folds=3, repeats=1, seed=0)
    raw, folds = nested.out_of_fold["ridge"]["os"], nested.folds[0]
    served = as_served(fading, "os", raw, folds)
    for fold, score in enumerate(nested.outer_scores["ridge"]):
        assert score == fold_score(fading, "os", served, folds == fold)
    assert not np.array_equal(served, raw)
    assert len(nested.choices) == 3


def test_mortality_is_the_order_of_any_day_where_effects_last_and_sums_the_hazard():
    edges, rng = np.array([0.0, 50, 120, 300]), np.random.default_rng(0)
    score = rng.normal(size=(40, 1))
    eta = np.array([-2.0, -1.0, -1.5]) + score
    assert mortality(eta, edges) == pytest.approx(cumulative_hazard(eta, edges, edges[1:-1]).sum(axis=1))
    for day in (30.0, 200.0):
        risk = cumulative_hazard(eta, edges, np.array([day]))[:, 0]
        assert np.array_equal(np.argsort(risk), np.argsort(mortality(eta, edges)))
    time, event = rng.exponential(100, 40), np.ones(40)
    both = [concordance(time, event, one) for one in (score[:, 0], rank_score(eta, edges))]
    assert both[0] == both[1]
    assert np.array_equal(rank_score(score, np.zeros(0)), score[:, 0])
    assert mortality(eta[:, :1], edges[:2]) == pytest.approx(np.logaddexp(0, eta[:, 0]))
