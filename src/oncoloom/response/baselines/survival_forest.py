"""A random survival forest (Ishwaran 2008) beside the candidates, where scikit-survival is installed.

scikit-survival is GPL-3: an extra (``oncoloom[survival]``), imported here only, a peer on the same folds and
never a candidate, so that no model needs it.
"""

from typing import Any

import numpy as np

from oncoloom.logs import step
from oncoloom.response.bundle import Bundle
from oncoloom.response.datamodule import FloatArray, IntArray

NAME = "random_survival_forest"
TREES, LEAF = 300, 20
MANY_ROWS, FEWER_TREES, LARGER_LEAF = 5000, 100, 50


def forest_out_of_fold(bundle: Bundle, folds: IntArray, seed: int) -> dict[str, FloatArray]:
    """Name to (n,) risk scores of the judged endpoint, each row by a forest that did not see it.

    Empty where scikit-survival is not installed, or a response is judged. Inputs are those of the candidates,
    standardized on the fold's training rows, and the code of the therapy; rows without outcome are NaN.
    """
    package = _package()
    endpoint = bundle.endpoints[0]
    if package is None or endpoint == "response":
        return {}
    known = bundle.known(endpoint)
    time, event = bundle.arrays.time[endpoint], bundle.arrays.event[endpoint] > 0
    many = int(known.sum()) > MANY_ROWS
    out = np.full(len(bundle.arrays), np.nan)
    with step("random survival forest, a peer on the same folds") as said:
        said["trees"] = FEWER_TREES if many else TREES
        for fold in np.unique(folds):
            train, held_out = known & (folds != fold), known & (folds == fold)
            x = np.concatenate([bundle.inputs(folds != fold), bundle.code], axis=1)
            forest = package.ensemble.RandomSurvivalForest(
                n_estimators=FEWER_TREES if many else TREES,
                min_samples_leaf=LARGER_LEAF if many else LEAF,
                max_features="sqrt",
                low_memory=True,
                n_jobs=1,
                random_state=seed % 2**31,
            )
            # a death on day 0 counts; the package wants times above 0
            outcome = package.util.Surv.from_arrays(event[train], np.maximum(time[train], 1e-3))
            out[held_out] = forest.fit(x[train], outcome).predict(x[held_out])
    return {NAME: out}


def _package() -> Any | None:
    try:
        import sksurv.ensemble
        import sksurv.util
    except ImportError:
        return None
    return sksurv
