"""What every candidate is given and returns: fits of many folds and members over one bundle."""

from dataclasses import dataclass

import numpy as np

from oncoloom.response.baselines.linear import LinearProblem
from oncoloom.response.bundle import Bundle
from oncoloom.response.datamodule import BoolArray, FloatArray
from oncoloom.response.penalties import Penalty
from oncoloom.response.predictors import Predictor


@dataclass(frozen=True, slots=True)
class FitTask:
    """One fit: inputs standardized on its rows, weights of its members, and its penalties.

    x (n, p); weights (M, n), 0 = held out; the penalties were chosen on its own rows.
    """

    x: FloatArray
    weights: FloatArray
    penalty: Penalty
    seed: int
    steps: int = 300
    n_trees: int = 100


Fits = list[dict[str, Predictor]]


def point_weights(train: BoolArray) -> FloatArray:
    """(1, n) weights of a plain fit on the rows of `train` (n,) bool."""
    return np.asarray(train, dtype=np.float64)[None, :]


def linear_problem(bundle: Bundle, endpoint: str, x: FloatArray) -> LinearProblem:
    """One endpoint of the bundle for the Newton solver."""
    return LinearProblem(
        x, bundle.code, bundle.exposure[endpoint], bundle.events[endpoint], bundle.modifiers,
        bundle.therapies.is_drug, bundle.signs_in_eta(endpoint),
    )  # fmt: skip
