"""Explanation on the small trial, whose truth is known."""

import numpy as np
import polars as pl
import pytest
from small_trial import small_trial

from oncoloom.errors import UsageError
from oncoloom.response.datamodule import to_arrays
from oncoloom.response.explain import attribute, partial_dependence


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
