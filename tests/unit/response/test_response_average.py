"""The average of four families: its parts' mean, kept through arrays, a candidate for survival only."""

import numpy as np
import polars as pl
import pytest
from small_trial import small_trial

from oncoloom.response.average import AveragePredictor
from oncoloom.response.baselines.trees import fit_boosting, fit_forest
from oncoloom.response.bundle import make_bundle
from oncoloom.response.candidates import AVERAGE_OF, CANDIDATE_BY_NAME, candidates_for
from oncoloom.response.datamodule import to_arrays, training_rows
from oncoloom.response.fit_tasks import FitTask, point_weights
from oncoloom.response.penalties import Penalty
from oncoloom.response.predictor_store import predictor_from_arrays
from oncoloom.response.predictors import ScorePredictor, score_rows
from oncoloom.response.time_slopes import SlopedPredictor, TimeSlopes


def made(n=60, seed=1):
    rng = np.random.default_rng(seed)
    x, code = rng.normal(size=(n, 3)), rng.integers(0, 2, (n, 1)).astype(float)
    exposure, events = np.ones((n, 4)), (rng.random((n, 4)) < 0.2).astype(float)
    weights = np.ones((2, n))
    trees = [fit(x, code, exposure, events, weights, seed=0, n_trees=6) for fit in (fit_forest, fit_boosting)]
    line = ScorePredictor(
        rng.normal(size=(2, 4)), rng.normal(size=(2, 1, 4)), rng.normal(size=(2, 3)),
        np.zeros((2, 1, 0)), np.zeros(0, dtype=np.int64),
    )  # fmt: skip
    return AveragePredictor((line, *trees)), x, code


def test_an_average_is_the_mean_of_its_parts_alone_and_in_a_table_and_after_its_arrays():
    one, x, code = made()
    whole = one.eta(x, code)
    assert whole == pytest.approx(np.mean([part.eta(x, code) for part in one.parts], axis=0))
    again = predictor_from_arrays(one.kind, one.arrays())
    assert again.kind == "average(score,trees,trees)"
    rows = score_rows(again, x, code)
    assert rows == pytest.approx(whole)
    assert np.array_equal(score_rows(again, x[7:8], code[7:8])[:, 0], rows[:, 7])


def test_it_may_carry_slopes_by_time():
    inner, x, code = made()
    sloped = SlopedPredictor(inner, TimeSlopes(np.full(4, 0.5), np.zeros(4), np.zeros((1, 4))))
    again = predictor_from_arrays(sloped.kind, sloped.arrays())
    assert score_rows(again, x, code) == pytest.approx(1.5 * inner.eta(x, code))


def bundle_of(endpoint, therapies):
    frame = small_trial(80, seed=2)
    frame = frame if therapies > 1 else frame.with_columns(pl.lit("nivolumab").alias("therapy"))
    return make_bundle(to_arrays(training_rows(frame)[0]), endpoint, ("albumin_g_dl", "nlr"), ())


@pytest.mark.parametrize(
    ("endpoint", "therapies", "competes"), [("os", 1, True), ("os", 2, False), ("response", 1, False)]
)
def test_it_competes_for_survival_under_one_therapy(endpoint, therapies, competes):
    names = {one.name: one.rank for one in candidates_for(bundle_of(endpoint, therapies))}
    assert ("average" in names) == competes
    assert not competes or names["average"] == max(names.values())
    assert CANDIDATE_BY_NAME["average"].parts == AVERAGE_OF


def test_a_whole_fit_averages_its_families():
    bundle = bundle_of("os", 1)
    rows = np.ones(len(bundle.arrays), dtype=bool)
    task = FitTask(bundle.inputs(rows), point_weights(rows), Penalty(10.0, 50.0), 1, 20, 5)
    fitted = CANDIDATE_BY_NAME["average"].fit(bundle, "os", [task])[0]["os"]
    parts = [CANDIDATE_BY_NAME[name].fit(bundle, "os", [task])[0]["os"] for name in AVERAGE_OF]
    expected = np.mean([one.eta(task.x, bundle.code) for one in parts], axis=0)
    assert fitted.eta(task.x, bundle.code) == pytest.approx(expected)
