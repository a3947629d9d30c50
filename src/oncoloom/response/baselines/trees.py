"""Forest and gradient boosting (scikit-learn), turned into arrays: a model folder holds no pickle.

Survival: the same classifiers on person-period rows (a row per patient and time bin at risk), bin number as
an input. Members: each has trees of its own on Bayesian-bootstrap weights, so that their spread means
something.
"""

from typing import Any

import numpy as np

from oncoloom.response.array_types import FloatArray
from oncoloom.response.predictors import TreePredictor

MIN_LEAF = 15


def _rows(
    x: FloatArray, code: FloatArray, exposure: FloatArray, events: FloatArray, weight: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Inputs, labels and weights of the classifier: patients, or person-periods where K > 1."""
    base = np.concatenate([x, code], axis=1)
    if events.shape[1] == 1:
        known = (exposure[:, 0] > 0) & (weight > 0)
        return base[known], events[known, 0], weight[known]
    patient, which = np.nonzero((exposure > 0) & (weight[:, None] > 0))
    inputs = np.concatenate([base[patient], which[:, None].astype(np.float64)], axis=1)
    return inputs, events[patient, which], weight[patient] * exposure[patient, which]


def fit_forest(
    x: FloatArray,
    code: FloatArray,
    exposure: FloatArray,
    events: FloatArray,
    weights: FloatArray,
    *,
    seed: int,
    n_trees: int = 100,
) -> TreePredictor:
    """Random forest, leaves of >= 15 rows; one group of trees per row of `weights` (M, n)."""
    from sklearn.ensemble import RandomForestClassifier

    groups: list[list[Any]] = []
    for k, weight in enumerate(weights):
        inputs, labels, mass = _rows(x, code, exposure, events, weight)
        model = RandomForestClassifier(
            n_estimators=n_trees,
            min_samples_leaf=MIN_LEAF,
            max_features="sqrt",
            n_jobs=1,
            random_state=seed + k,
        )
        model.fit(inputs, labels > 0, sample_weight=mass)
        share = [float(model.classes_[-1])] if len(model.classes_) == 1 else None
        groups.append([(tree.tree_, share) for tree in model.estimators_])
    n_bins = events.shape[1] if events.shape[1] > 1 else 0
    return _pack(groups, np.zeros(len(groups)), n_bins, mean_of_trees=True, rate=1.0)


def fit_boosting(
    x: FloatArray,
    code: FloatArray,
    exposure: FloatArray,
    events: FloatArray,
    weights: FloatArray,
    *,
    seed: int,
    n_trees: int = 80,
) -> TreePredictor:
    """Gradient boosting, depth 3, half of the rows a tree; one model per row of `weights` (M, n)."""
    from sklearn.ensemble import GradientBoostingClassifier

    rate = 0.05
    groups: list[list[Any]] = []
    offsets: list[float] = []
    for k, weight in enumerate(weights):
        inputs, labels, mass = _rows(x, code, exposure, events, weight)
        share = float(np.clip((mass * labels).sum() / mass.sum(), 1e-4, 1 - 1e-4))
        offsets.append(float(np.log(share / (1 - share))))
        if labels.min() == labels.max():
            groups.append([])
            continue
        model = GradientBoostingClassifier(
            n_estimators=n_trees, max_depth=3, learning_rate=rate, subsample=0.5, min_samples_leaf=MIN_LEAF,
            random_state=seed + k,
        )  # fmt: skip
        model.fit(inputs, labels > 0, sample_weight=mass)
        groups.append([(tree.tree_, None) for tree in model.estimators_[:, 0]])
    n_bins = events.shape[1] if events.shape[1] > 1 else 0
    return _pack(groups, np.array(offsets), n_bins, mean_of_trees=False, rate=rate)


def _pack(
    groups: list[list[Any]], offsets: FloatArray, n_bins: int, *, mean_of_trees: bool, rate: float
) -> TreePredictor:
    trees = [(k, tree, share) for k, group in enumerate(groups) for tree, share in group]
    size = max((tree.node_count for _, tree, _ in trees), default=1)
    shape = (max(len(trees), 1), size)
    feature, left, right = (np.full(shape, fill, dtype=np.int64) for fill in (-1, 0, 0))
    threshold, value = np.zeros(shape), np.zeros(shape)
    member = np.zeros(shape[0], dtype=np.int64)
    for i, (k, tree, share) in enumerate(trees):
        n = tree.node_count
        member[i] = k
        feature[i, :n] = np.where(tree.children_left >= 0, tree.feature, -1)
        left[i, :n], right[i, :n] = np.maximum(tree.children_left, 0), np.maximum(tree.children_right, 0)
        threshold[i, :n] = tree.threshold
        raw = tree.value[:, 0, :]
        if mean_of_trees:
            value[i, :n] = share[0] if share is not None else raw[:, -1] / np.maximum(raw.sum(axis=1), 1e-12)
        else:
            value[i, :n] = rate * raw[:, 0]
    return TreePredictor(feature, threshold, left, right, value, member, offsets, n_bins, mean_of_trees)
