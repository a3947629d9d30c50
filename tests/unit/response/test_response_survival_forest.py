"""The random survival forest as a peer: on the same folds where it is installed, absent where it is not."""

import importlib.util
import sys

import numpy as np
import pytest
from small_trial import small_trial

from oncoloom.response.baselines.survival_forest import NAME, forest_out_of_fold
from oncoloom.response.bundle import make_bundle
from oncoloom.response.datamodule import to_arrays, training_rows
from oncoloom.response.survival_metrics import concordance


def bundle(endpoint, n=90):
    arrays = to_arrays(training_rows(small_trial(n, seed=2))[0])
    return make_bundle(arrays, endpoint, ("albumin_g_dl", "nlr"), ())


def test_without_the_package_there_is_no_peer(monkeypatch):
    for name in ("sksurv", "sksurv.ensemble", "sksurv.util"):
        monkeypatch.setitem(sys.modules, name, None)
    assert forest_out_of_fold(bundle("os"), np.arange(90) % 2, 1) == {}


@pytest.mark.skipif(
    importlib.util.find_spec("sksurv") is None,
    reason="scikit-survival is not installed: pip install 'oncoloom[survival]'",
)
def test_the_forest_predicts_rows_it_did_not_see():
    one = bundle("os", 240)
    folds = np.arange(240) % 3
    (risk,) = forest_out_of_fold(one, folds, 1).values()
    assert np.isfinite(risk).all()
    assert concordance(one.arrays.time["os"], one.arrays.event["os"], risk) > 0.55
    again = forest_out_of_fold(one, folds, 1)[NAME]
    assert np.array_equal(risk, again)
    assert forest_out_of_fold(bundle("response", 240), folds, 1) == {}
