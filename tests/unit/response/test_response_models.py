"""Fitted models: the Newton solver, trees as arrays, the Lightning module and its numpy twin."""

import numpy as np
import pytest

from oncoloom.response.baselines.linear import (
    LinearProblem,
    estimate_interaction_penalty,
    fit_linear,
)
from oncoloom.response.baselines.loris import loris_logit
from oncoloom.response.baselines.trees import fit_boosting, fit_forest
from oncoloom.response.datamodule import read_cohorts, to_arrays
from oncoloom.response.predictor_store import predictor_from_arrays
from oncoloom.response.predictors import score_rows

NONE = np.zeros(0, dtype=np.int64)


def binary_problem(n=400, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 4))
    y = (rng.random(n) < 1 / (1 + np.exp(-(x @ [1, -0.5, 0, 0.3] - 0.4)))).astype(np.float64)
    return x, y


def test_ridge_logistic_equals_sklearn():
    from sklearn.linear_model import LogisticRegression

    x, y = binary_problem()
    problem = LinearProblem(x, np.zeros((400, 0)), np.ones((400, 1)), y[:, None], NONE, ())
    fitted = fit_linear(problem, np.ones(4), ridge=5.0, interaction=40.0, weights=np.ones((1, 400)))
    model = LogisticRegression(C=1 / 5, tol=1e-10, max_iter=1000).fit(x, y)
    assert fitted.beta[0] == pytest.approx(model.coef_[0], abs=1e-4)
    assert fitted.alpha[0, 0] == pytest.approx(model.intercept_[0], abs=1e-3)


def test_separable_data_stay_finite_and_weights_leave_rows_out():
    x = np.linspace(-1, 1, 30)[:, None]
    y = (x[:, 0] > 0).astype(np.float64)
    problem = LinearProblem(x, np.zeros((30, 0)), np.ones((30, 1)), y[:, None], NONE, ())
    fitted = fit_linear(problem, np.zeros(1), ridge=0.0, interaction=1.0, weights=np.ones((1, 30)))
    assert np.isfinite(fitted.beta).all()
    weight = np.ones((1, 30))
    weight[0, 20:] = 0
    part = LinearProblem(x[:20], np.zeros((20, 0)), np.ones((20, 1)), y[:20, None], NONE, ())
    left_out = fit_linear(problem, np.ones(1), ridge=1.0, interaction=1.0, weights=weight)
    short = fit_linear(part, np.ones(1), ridge=1.0, interaction=1.0, weights=np.ones((1, 20)))
    assert left_out.beta == pytest.approx(short.beta, abs=1e-6)


def test_interactions_shrink_when_there_are_none_and_open_when_there_are():
    rng = np.random.default_rng(1)
    x = rng.normal(size=(1500, 3))
    arm = rng.integers(0, 2, 1500)
    code = np.eye(2)[arm]
    for effect, low, high in ((0.0, 150.0, 2000.0), (1.5, 5.0, 20.0)):
        logit = 0.5 * x[:, 0] + effect * (arm - 0.5) * x[:, 1]
        y = (rng.random(1500) < 1 / (1 + np.exp(-logit))).astype(np.float64)
        problem = LinearProblem(x, code, np.ones((1500, 1)), y[:, None], np.arange(3), (False, False))
        assert low <= estimate_interaction_penalty(problem, np.ones(3), ridge=10.0) <= high


@pytest.mark.parametrize(("fit", "seed"), [(fit_forest, 1), (fit_boosting, 2)])
def test_trees_as_arrays_equal_sklearn(fit, seed):
    from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier

    x, y = binary_problem(300, seed)
    code = np.zeros((300, 0))
    fitted = fit(x, code, np.ones((300, 1)), y[:, None], np.ones((1, 300)), seed=seed, n_trees=20)
    again = predictor_from_arrays("trees", fitted.arrays())
    p = 1 / (1 + np.exp(-again.eta(x, code)[0, :, 0]))
    if fit is fit_forest:
        model = RandomForestClassifier(20, min_samples_leaf=15, max_features="sqrt", random_state=seed)
    else:
        model = GradientBoostingClassifier(
            n_estimators=20,
            max_depth=3,
            learning_rate=0.05,
            subsample=0.5,
            min_samples_leaf=15,
            random_state=seed,
        )
    expected = model.fit(x, y > 0, sample_weight=np.ones(300)).predict_proba(x)[:, 1]
    assert p == pytest.approx(np.clip(expected, 1e-3, 1 - 1e-3), abs=1e-6)


def test_survival_trees_give_a_hazard_a_bin():
    x, _ = binary_problem(200, 3)
    exposure = np.ones((200, 3))
    events = np.zeros((200, 3))
    events[:100, 0] = 1
    exposure[:100, 1:] = 0
    fitted = fit_forest(x, np.zeros((200, 0)), exposure, events, np.ones((2, 200)), seed=0, n_trees=5)
    eta = fitted.eta(x, np.zeros((200, 0)))
    assert eta.shape == (2, 200, 3)
    assert eta[:, :, 0].mean() > eta[:, :, 2].mean()


def test_lightning_replicas_equal_training_alone_and_their_numpy_twin():
    """Replicas trained together equal each trained alone (no dropout); numpy scores what torch scores."""
    from oncoloom.response.ensemble import EnsembleData, EnsembleSettings, train_ensemble

    x, y = binary_problem(80, 4)
    weights = np.stack([np.ones(80), np.r_[np.zeros(40), np.ones(40)]])

    def data(rows):
        return EnsembleData(
            x=x[None],
            fold=np.zeros(len(rows), dtype=np.int64),
            weight=weights[rows],
            code=np.eye(2)[np.arange(80) % 2],
            is_drug=np.array([False, False]),
            modifiers=np.array([1]),
            exposure={"response": np.ones((80, 1)), "os": np.ones((80, 3)) * [1, 0.5, 0.2]},
            events={"response": y[:, None], "os": np.eye(3)[np.arange(80) % 3] * y[:, None]},
            multipliers=np.ones(4),
            feature_groups=np.arange(4),
        )

    def options(n, *, network):
        return EnsembleSettings(
            np.full(n, 5.0),
            np.full(n, 20.0),
            np.full(n, 40.0),
            {"response": 1.0, "os": 0.3},
            dropout=0.0,
            feature_dropout=0.0,
            steps=40,
            use_network=network,
        )

    both = train_ensemble(data([0, 1]), options(2, network=False)).export()
    for k in (0, 1):
        alone = train_ensemble(data([k]), options(1, network=False)).export()
        for endpoint, arrays in alone.items():
            for name, values in arrays.items():
                assert both[endpoint][name][k] == pytest.approx(values[0], abs=1e-4)
    module = train_ensemble(data([0]), options(1, network=True))
    for endpoint, arrays in module.export().items():
        twin = predictor_from_arrays("score", arrays | {"modifiers": np.array([1.0])})
        expected = module()[endpoint].detach().numpy()
        assert twin.eta(x, data([0]).code) == pytest.approx(expected, abs=1e-4)
    again = train_ensemble(data([0]), options(1, network=True)).export()
    assert all((again[e][n] == v).all() for e, a in module.export().items() for n, v in a.items())


def test_a_row_scores_the_same_alone_and_in_a_batch():
    x, y = binary_problem(50, 5)
    trees = fit_forest(
        x, np.zeros((50, 0)), np.ones((50, 1)), y[:, None], np.ones((3, 50)), seed=1, n_trees=9
    )
    whole = score_rows(trees, x, np.zeros((50, 0)))
    for i in (0, 17, 49):
        assert (score_rows(trees, x[[i]], np.zeros((1, 0)))[:, 0] == whole[:, i]).all()
    problem = LinearProblem(x, np.zeros((50, 0)), np.ones((50, 1)), y[:, None], NONE, ())
    fitted = fit_linear(problem, np.ones(4), ridge=5.0, interaction=1.0, weights=np.ones((3, 50)))
    together = score_rows(fitted, x, np.zeros((50, 0)))
    for i in (0, 17, 49):
        assert (score_rows(fitted, x[[i]], np.zeros((1, 0)))[:, 0] == together[:, i]).all()


@pytest.mark.realdata
def test_the_published_formula_equals_the_authors_scores(shared):
    """Within 0.00093 of LORIS_published on msk_non_icb: its coefficients have four digits."""
    import polars as pl

    raw = pl.read_csv(
        shared / "data" / "clinical" / "loris_icb" / "msk_non_icb.csv", infer_schema_length=None
    )
    from oncoloom.response.scorer import cohort_from_columns

    frame = cohort_from_columns(
        {
            "patient_id": [str(v) for v in raw["SAMPLE_ID"]],
            "tumor_type": raw["CancerType"].to_list(),
            "tmb": raw["TMB"].to_list(),
            "prior_systemic_therapy": raw["Systemic_therapy_history"].to_list(),
            "albumin_g_dl": raw["Albumin"].to_list(),
            "nlr": raw["NLR"].to_list(),
            "age_years": raw["Age"].to_list(),
        }
    )
    ours = 1 / (1 + np.exp(-loris_logit(to_arrays(frame))))
    assert np.abs(ours - raw["LORIS_published"].to_numpy()).max() < 0.00094


def test_reading_no_cohort_is_said():
    from oncoloom.errors import InputError

    with pytest.raises(InputError, match="no cohort"):
        read_cohorts([])
