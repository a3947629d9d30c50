"""Comparison of therapies and explanation on the small trial, whose truth is known."""

import numpy as np
import polars as pl
import pytest
from small_trial import small_trial

from oncoloom.errors import UsageError
from oncoloom.response.comparison import (
    AverageDifference,
    average_difference,
    benefit_hazard_ratio,
    individual_differences,
    reliability,
    wording,
)
from oncoloom.response.datamodule import to_arrays
from oncoloom.response.explain import attribute, partial_dependence

PAIR = {"first": "nivolumab", "second": "docetaxel"}


def test_average_difference_of_shares_and_curves(trial):
    arrays = to_arrays(trial)
    plain = average_difference(arrays, "response", **PAIR, day=None)
    known = trial.drop_nulls("response")
    by = {k[0]: v["response"].mean() for k, v in known.group_by("therapy")}
    assert plain.difference == pytest.approx(by["nivolumab"] - by["docetaxel"])
    assert plain.lower < plain.difference < plain.upper
    curve = average_difference(arrays, "os", **PAIR, day=365)
    assert -1 < curve.lower < curve.difference < curve.upper < 1
    assert average_difference(arrays, "pfs", **PAIR, day=365) is None


def test_individual_differences_follow_the_modifier(outcome):
    frame = small_trial(80, seed=21)
    table = individual_differences(outcome.model, frame, endpoint="response", **PAIR)
    assert table["patient_id"].to_list() == frame["patient_id"].to_list()
    joined = table.with_columns(frame["tmb"]).drop_nulls("tmb")
    assert joined.select(pl.corr("difference", "tmb", method="spearman")).item() > 0.7
    back = individual_differences(
        outcome.model, frame, endpoint="response", first="docetaxel", second="nivolumab"
    )
    assert back["difference"].to_numpy() == pytest.approx(-table["difference"].to_numpy())
    survival = individual_differences(outcome.model, frame, endpoint="os", **PAIR, day=365)
    assert (survival["difference_lo90"] <= survival["difference_hi90"]).all()
    assert 0 <= reliability(table) <= 1


@pytest.mark.parametrize(
    "change",
    [{"first": "aspirin"}, {"endpoint": "pfs"}, {"day": 365}],
)
def test_comparisons_that_cannot_be(outcome, trial, change):
    with pytest.raises(UsageError):
        individual_differences(outcome.model, trial, **({"endpoint": "response", **PAIR} | change))


def test_wording_goes_as_far_as_the_data(outcome):
    row = {"difference_lo90": 0.1, "difference_hi90": 0.3}
    average = AverageDifference(0.05, 0.0, 0.1, 80, 70, 30, 25)
    assert wording(outcome.model, row, average, 0.3)[0] == "average only"
    assert wording(outcome.model, row, average, 0.6)[0] == "groups"
    assert wording(outcome.model, row, average, 0.8)[0] == "personal"
    covering = {"difference_lo90": 0.0, "difference_hi90": 0.3}
    assert wording(outcome.model, covering, average, 0.8)[0] == "average only"
    few = AverageDifference(0.05, 0.0, 0.1, 80, 70, 30, 12)
    assert wording(outcome.model, row, few, 0.9) == ("apart", "12 events in the smaller arm, fewer than 20")
    assert wording(outcome.model, row, None, 0.9)[0] == "apart"


def test_benefit_hazard_ratio_finds_a_true_benefit_and_no_false_one():
    rng = np.random.default_rng(0)
    frame = small_trial(1200, seed=8)
    arrays = to_arrays(frame)
    tmb = np.log(np.where(np.isfinite(arrays.numbers["tmb"]), arrays.numbers["tmb"], 6.0))
    score = arrays.numbers["albumin_g_dl"]
    ratio, error = benefit_hazard_ratio(arrays, "os", "nivolumab", tmb, score)
    assert ratio < 1 - 2 * error
    ratio, error = benefit_hazard_ratio(arrays, "os", "nivolumab", rng.normal(size=1200), score)
    assert abs(np.log(ratio)) < 4 * error
    assert benefit_hazard_ratio(arrays, "os", "nivolumab", np.zeros(1200), score) is None


def test_parts_of_a_linear_score_add_up(outcome):
    frame = small_trial(15, seed=2)
    parts = attribute(outcome.model, frame, endpoint="response", therapy="nivolumab")
    assert set(parts["feature"]) <= set(outcome.model.design.sources)
    missing = frame.filter(pl.col("tmb").is_null())["patient_id"].to_list()
    hidden = parts.filter((pl.col("feature") == "tmb") & pl.col("patient_id").is_in(missing))
    assert (hidden["part"] == 0).all()
    if outcome.model.champion == "ridge":
        model = outcome.model.endpoints["response"].predictor
        code = outcome.model.therapies.codes[outcome.model.therapies.names.index("nivolumab")]
        base = model.eta(np.zeros((1, len(outcome.model.design.columns))), code[None]).mean()
        x = outcome.model.design.encode(to_arrays(frame))
        whole = model.eta(x, np.tile(code, (15, 1))).mean(axis=(0, 2))
        summed = parts.group_by("patient_id", maintain_order=True).agg(pl.col("part").sum())["part"]
        assert base + summed.to_numpy() == pytest.approx(whole)
    with pytest.raises(UsageError):
        attribute(outcome.model, frame, endpoint="response", therapy="aspirin")


def test_partial_dependence_rises_with_albumin(outcome, trial):
    low, high = partial_dependence(
        outcome.model,
        trial,
        endpoint="response",
        therapy="docetaxel",
        feature="albumin_g_dl",
        values=[3.0, 4.8],
    )
    assert high > low + 0.1
    with pytest.raises(UsageError):
        partial_dependence(
            outcome.model, trial, endpoint="response", therapy="docetaxel", feature="bmi", values=[20.0]
        )
