"""Attributions that sum to the prediction, partial dependence, similar patients' curves."""

import itertools
import json

import numpy as np
import polars as pl
import pytest
from small_trial import small_trial

from oncoloom.cohort.schema import COHORT_TABLE
from oncoloom.errors import UsageError
from oncoloom.response.explanation import attribution
from oncoloom.response.explanation.attribution import BASE, attribute
from oncoloom.response.explanation.dependence import partial_dependence
from oncoloom.response.explanation.folder import explain_to_folder, similar_of
from oncoloom.response.explanation.similar_curves import QUARTER, fit_similar_curves
from oncoloom.response.model_store import load_model, save_model
from oncoloom.response.predicting import predict_cohort
from oncoloom.response.survival_metrics import kaplan_meier
from oncoloom.tables import write_table


def predicted(outcome, frame, endpoint, day):
    table = predict_cohort(outcome.model, frame, model_version="v").filter(
        (pl.col("endpoint") == endpoint) & (pl.col("therapy") == "nivolumab")
    )
    if day is not None:
        table = table.filter(pl.col("horizon_days") == day)
    return table["probability"].to_numpy()


@pytest.mark.parametrize(("endpoint", "day"), [("response", None), ("os", 365)])
def test_parts_sum_to_the_prediction(outcome, endpoint, day):
    frame = small_trial(12, seed=2)
    parts = attribute(outcome.model, frame, endpoint=endpoint, therapy="nivolumab", day=day)
    total = parts.group_by("patient_id", maintain_order=True).agg(pl.col("part").sum())["part"].to_numpy()
    p = predicted(outcome, frame, endpoint, day)
    expected = np.log(p / (1 - p)) if day is None else np.log(-np.log1p(-p))
    assert total == pytest.approx(expected, abs=1e-6)
    missing = frame.filter(pl.col("tmb").is_null())["patient_id"].implode()
    hidden = parts.filter((pl.col("feature") == "tmb") & pl.col("patient_id").is_in(missing))
    assert hidden["part"].abs().max() < 1e-12
    assert parts["agreement"].is_between(0, 1).all()
    assert (parts.filter(pl.col("feature") == "albumin_g_dl")["spread"] > 0).any()


def test_shares_equal_shapleys_definition_and_its_sampled_form():
    rng = np.random.default_rng(1)
    s = 4
    table = rng.normal(size=2**s)
    value = table[None]
    exact = attribution._exact(value, s)[0]
    naive = np.zeros(s)
    for order in itertools.permutations(range(s)):
        held = 0
        for j in order:
            naive[j] += table[held | 1 << j] - table[held]
            held |= 1 << j
    assert exact == pytest.approx(naive / 24)
    assert exact.sum() == pytest.approx(table[-1] - table[0])
    masks = attribution._orders(s)
    sampled = attribution._sampled(table[(masks << np.arange(s)).sum(axis=1)][None], masks, s)[0]
    assert sampled.sum() == pytest.approx(table[-1] - table[0])
    assert sampled == pytest.approx(exact, abs=0.5)


def test_partial_dependence_rises_with_albumin(outcome, trial):
    asked = {"endpoint": "response", "therapy": "docetaxel", "feature": "albumin_g_dl"}
    table = partial_dependence(outcome.model, trial, **asked, values=[3.0, 4.8])
    low, high = table["probability"]
    assert high > low + 0.1
    assert ((table["lower90"] < table["probability"]) & (table["probability"] < table["upper90"])).all()
    death = partial_dependence(
        outcome.model, trial, endpoint="os", therapy="docetaxel", feature="albumin_g_dl", day=365
    )
    assert death.height == 15
    assert death["probability"][0] > death["probability"][-1]
    with pytest.raises(UsageError, match="not a number of this model"):
        partial_dependence(outcome.model, trial, **(asked | {"feature": "bmi"}))
    with pytest.raises(UsageError, match="at a horizon"):
        attribute(outcome.model, trial, endpoint="os", therapy="docetaxel")
    with pytest.raises(UsageError, match="does not know"):
        attribute(outcome.model, trial, endpoint="response", therapy="aspirin")


def test_curves_of_similar_patients_are_kaplan_meiers_and_small_groups_are_masked():
    rng = np.random.default_rng(0)
    n = 120
    p, time = rng.random(n), np.ceil(rng.exponential(400, n))
    event = (rng.random(n) < 0.7).astype(float)
    kinds = ["NSCLC" if i % 12 else "Rare" for i in range(n)]
    curves = fit_similar_curves(p, ["a"] * n, kinds, time, event, 365)
    cut = np.quantile(p, 1 / 3)
    rows = (p < cut) & (np.array(kinds) == "NSCLC")
    one = curves.look_up("a", "NSCLC", float(cut) - 0.01)
    assert one.n == rows.sum()
    assert one.survival == pytest.approx(kaplan_meier(time[rows], event[rows]).at(one.days), abs=1e-4)
    assert (one.lower <= one.survival).all()
    assert (one.survival <= one.upper).all()
    assert one.at_risk.min() >= 10
    assert set(np.diff(one.days)) == {QUARTER}
    assert curves.look_up("a", "Rare", 0.1) is None
    assert curves.look_up("b", None, 0.1) is None
    assert curves.look_up("a", None, 0.1).n == 40


def test_explanations_as_files(outcome, tmp_path):
    save_model(outcome.model, tmp_path)
    again, _ = load_model(tmp_path)
    before, after = outcome.model.endpoints["os"].curves, again.endpoints["os"].curves
    assert after.groups == before.groups
    assert np.array_equal(after.values, before.values, equal_nan=True)
    frame = small_trial(8, seed=6)
    write_table(frame, COHORT_TABLE, tmp_path / "c.parquet")
    done = explain_to_folder(tmp_path, [tmp_path / "c.parquet"], tmp_path / "e", endpoint="os")
    assert (done["n_patients"], done["day"]) == (8, 365)
    parts = pl.read_parquet(tmp_path / "e" / "attributions.parquet")
    assert parts.filter(pl.col("feature") == BASE).height == 8
    similar = json.loads((tmp_path / "e" / "similar.json").read_text())["patients"]
    assert [row["patient_id"] for row in similar] == frame["patient_id"].to_list()
    assert all(row["n"] == "< 10" or row["n"] >= 10 for row in similar)
    response = similar_of(outcome.model, frame, endpoint="response", therapy="nivolumab")
    assert all(("observed_share" in row) == (row["n"] != "< 10") for row in response)
