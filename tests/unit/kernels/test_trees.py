"""Tree kernels against slow twins, and whole boosting against scikit-learn's."""

import naive_trees
import numpy as np
import pytest

from oncoloom.calling.learned_filter.features import Feature
from oncoloom.calling.learned_filter.fit import FitOptions, fit_kind
from oncoloom.calling.learned_filter.model import bin_matrix
from oncoloom.kernels.trees import grow_tree, sum_trees

MOST_LEAVES = 8


def random_rows(seed, n=600, n_features=4):
    random = np.random.Generator(np.random.PCG64(seed))
    matrix = random.integers(0, 20, (n, n_features)).astype(float)
    odds = 0.2 * (matrix[:, 0] - 10) + np.sin(matrix[:, 1] / 3) + (matrix[:, 2] > 14) * 1.5 - 0.5
    label = (random.random(n) < 1 / (1 + np.exp(-odds))).astype(float)
    return matrix, label


def grown(binned, gradient, hessian, *, leaves=MOST_LEAVES, least_rows=10, monotone=None):
    n_features = binned.shape[1]
    size = 2 * leaves - 1
    feature, split, child = (np.zeros(size, np.uint8) for _ in range(3))
    value = np.zeros(size)
    n = grow_tree(
        binned,
        np.arange(len(binned)),
        gradient,
        hessian,
        np.ones(n_features, bool),
        np.zeros(n_features, np.int8) if monotone is None else monotone,
        leaves,
        least_rows,
        2.0,
        feature,
        split,
        child,
        value,
    )
    return feature[:n], split[:n], child[:n], value[:n].astype(np.float32)


def sums_of(binned, feature, split, child, value):
    out = np.zeros(len(binned))
    sum_trees(binned, np.array([0, len(value)]), feature, split, child, value, out)
    return out


@pytest.mark.parametrize("seed", range(5))
def test_the_first_split_is_the_best_of_all(seed):
    matrix, label = random_rows(seed, n=120)
    binned = matrix.astype(np.uint8)
    gradient, hessian = 0.4 - label, np.full(len(label), 0.24)
    _, f, b = naive_trees.best_stump(binned, gradient, hessian, 10, 2.0)
    feature, split, child, value = grown(binned, gradient, hessian, leaves=2)
    assert (int(feature[0]), int(split[0]), child.tolist()) == (f, b, [1, 0, 0])
    left = binned[:, f] <= b
    for leaf, rows in ((1, left), (2, ~left)):
        assert value[leaf] == pytest.approx(-gradient[rows].sum() / (hessian[rows].sum() + 2.0), rel=1e-6)


@pytest.mark.parametrize("seed", range(5))
def test_sums_are_those_of_a_walk_and_leaves_are_large_enough(seed):
    matrix, label = random_rows(seed)
    binned = matrix.astype(np.uint8)
    trees = [grown(binned, rate - label, np.full(len(label), 0.2)) for rate in (0.2, 0.5, 0.7)]
    joined = [np.concatenate(parts) for parts in zip(*trees, strict=True)]
    borders = np.concatenate([[0], np.cumsum([len(tree[0]) for tree in trees])])
    out = np.full(len(binned), 1.0)
    sum_trees(binned, borders, *joined, out)
    np.testing.assert_allclose(out - 1.0, naive_trees.tree_sums(binned, borders, *joined), atol=1e-12)
    for tree in trees:
        _, sizes = np.unique(sums_of(binned, *tree), return_counts=True)
        assert sizes.min() >= 10
        assert len(sizes) <= MOST_LEAVES


@pytest.mark.parametrize("direction", [1, -1])
def test_monotone_features_are_followed_in_one_direction(direction):
    matrix, label = random_rows(1)
    binned = matrix.astype(np.uint8)
    monotone = np.array([direction, 0, 0, direction], np.int8)
    tree = grown(binned, 0.5 - label, np.full(len(label), 0.25), monotone=monotone)
    for f in (0, 3):
        moved = np.repeat(binned[:50], 20, axis=0)
        moved[:, f] = np.tile(np.arange(20), 50)
        steps = np.diff(sums_of(moved, *tree).reshape(50, 20), axis=1)
        assert (direction * steps >= -1e-6).all()


def test_boosting_is_scikit_learns():
    from sklearn.ensemble import HistGradientBoostingClassifier

    matrix, label = random_rows(3, n=1500)
    constant = np.column_stack([np.zeros(len(label)), matrix])  # the mixture says nothing: only its base line
    features = tuple(Feature(f"f{k}", "", 0, lambda sight: sight.units) for k in range(5))
    options = FitOptions(
        n_rounds=30, n_seeds=1, learning_rate=0.1, share_of_features=1.0, share_of_rows=1.0, l2=5.0
    )
    ours = fit_kind(features, constant, label, np.ones(len(label)), options)
    theirs = HistGradientBoostingClassifier(
        max_iter=30,
        learning_rate=0.1,
        max_leaf_nodes=15,
        min_samples_leaf=25,
        l2_regularization=5.0,
        early_stopping=False,
    ).fit(matrix, label)
    assert ours.trees.sums(bin_matrix(constant, ours.edges)).std() > 0.5
    np.testing.assert_allclose(ours.log_odds(constant), theirs.decision_function(matrix), atol=0.02)
