"""Out-of-fold scores as the finished model would give them: what selection, calibration and reports judge.

A survival model is served with a slope of its score in each time bin where that helps out of fold
(`time_slopes`). A penalty or candidate judged without them would be chosen for another model than the one
that predicts.
"""

import numpy as np

from oncoloom.response.array_types import BoolArray, FloatArray, IntArray
from oncoloom.response.bundle import Bundle
from oncoloom.response.time_slopes import cross_fitted, gain


def helpful_slopes(
    bundle: Bundle, endpoint: str, eta: FloatArray, folds: IntArray, rows: BoolArray | None = None
) -> FloatArray | None:
    """Out-of-fold eta (n, K) with slopes fitted on the other folds; None where they raise no likelihood.

    Only `rows` (n,) (all where None) are fitted and judged; a row's eta comes from a model that did not see
    its fold (n,). None for a response, or where there is one bin.
    """
    if endpoint == "response" or eta.shape[1] < 2:
        return None
    mine = np.ones(len(eta), dtype=bool) if rows is None else rows
    exposure, events = bundle.exposure[endpoint][mine], bundle.events[endpoint][mine]
    sloped = cross_fitted(eta[mine], bundle.code[mine], exposure, events, folds[mine])
    if gain(eta[mine], sloped, exposure, events) <= 0:
        return None
    out = eta.copy()
    out[mine] = sloped
    return out


def as_served(
    bundle: Bundle, endpoint: str, eta: FloatArray, folds: IntArray, rows: BoolArray | None = None
) -> FloatArray:
    """:func:`helpful_slopes`, or `eta` itself where they do not help."""
    sloped = helpful_slopes(bundle, endpoint, eta, folds, rows)
    return eta if sloped is None else sloped
