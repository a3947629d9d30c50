"""Teaching a filter: boosted trees on top of the mixture's log odds (logistic loss, Newton steps)."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from oncoloom.calling.learned_filter.features import Feature
from oncoloom.calling.learned_filter.model import MOST_BINS, KindModel, Trees, bin_matrix
from oncoloom.kernels.trees import grow_tree, sum_trees


@dataclass(frozen=True, slots=True)
class FitOptions:
    """Size and pace of the boosting; the defaults are those of CALLING.md section 6.

    Attributes
    ----------
    n_rounds, n_seeds
        Trees a seed, and how many seeds are averaged.
    most_leaves, least_rows, l2, learning_rate
        Of each tree.
    share_of_features, share_of_rows
        Offered to each tree.
    """

    n_rounds: int = 300
    n_seeds: int = 5
    most_leaves: int = 15
    least_rows: int = 25
    l2: float = 5.0
    learning_rate: float = 0.03
    share_of_features: float = 0.6
    share_of_rows: float = 0.8


def bin_edges(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Borders of at most `MOST_BINS` bins: between all values, or at quantiles where there are more."""
    found = np.unique(values)
    if len(found) <= MOST_BINS:
        return np.asarray((found[:-1] + found[1:]) / 2)
    return np.unique(np.quantile(values, np.linspace(0, 1, MOST_BINS + 1)[1:-1]))


def fit_line(
    log_odds: NDArray[np.float64],
    label: NDArray[np.float64],
    weight: NDArray[np.float64],
    *,
    ridge: float = 1.0,
) -> tuple[float, float]:
    """Intercept and slope of a logistic line; `ridge` holds the slope near 1 and the intercept near 0."""
    design = np.stack([np.ones_like(log_odds), log_odds], axis=1)
    prior = np.array([0.0, 1.0])
    beta = prior.copy()

    def loss(at: NDArray[np.float64]) -> float:
        z = design @ at
        return float(
            (weight * (np.logaddexp(0, z) - label * z)).sum() + 0.5 * ridge * ((at - prior) ** 2).sum()
        )

    for _ in range(50):
        p = _sigmoid(design @ beta)
        gradient = design.T @ (weight * (p - label)) + ridge * (beta - prior)
        curvature = (design * (weight * p * (1 - p))[:, None]).T @ design + ridge * np.eye(2)
        step = np.linalg.solve(curvature, gradient)
        while loss(beta - step) > loss(beta) and np.abs(step).max() > 1e-9:
            step = step / 2
        beta = beta - step
        if np.abs(step).max() < 1e-9:
            break
    return float(beta[0]), float(beta[1])


def fit_kind(
    features: tuple[Feature, ...],
    matrix: NDArray[np.float64],
    label: NDArray[np.float64],
    weight: NDArray[np.float64],
    options: FitOptions,
) -> KindModel:
    """Teach the filter of one kind.

    Parameters
    ----------
    matrix : (n, n_features)
        Its first column is the mixture's log odds.
    label, weight : (n,)
        1 somatic, 0 not; how much each row counts.
    """
    edges = tuple(bin_edges(column) for column in matrix.T)
    binned = bin_matrix(matrix, edges)
    monotone = np.array([one.monotone for one in features], np.int8)
    intercept, slope = fit_line(matrix[:, 0], label, weight)
    base = intercept + slope * matrix[:, 0]
    grown = [_boost(binned, base, label, weight, monotone, options, seed) for seed in range(options.n_seeds)]
    return KindModel(tuple(one.name for one in features), edges, _joined(grown), intercept, slope)


def _boost(
    binned: NDArray[np.uint8],
    base: NDArray[np.float64],
    label: NDArray[np.float64],
    weight: NDArray[np.float64],
    monotone: NDArray[np.int8],
    options: FitOptions,
    seed: int,
) -> list[Trees]:
    random = np.random.Generator(np.random.PCG64(seed))
    n, n_features = binned.shape
    log_odds = base.copy()
    trees = []
    for _ in range(options.n_rounds):
        p = _sigmoid(log_odds)
        rows = _drawn(random, n, options.share_of_rows)
        offered = np.zeros(n_features, bool)
        offered[_drawn(random, n_features, options.share_of_features)] = True
        tree = _grown(binned, rows, weight * (p - label), weight * p * (1 - p), offered, monotone, options)
        trees.append(tree)
        sum_trees(binned, tree.borders, tree.feature, tree.split, tree.child, tree.value, log_odds)
    return [replace(one, value=(one.value / options.n_seeds).astype(np.float32)) for one in trees]


def _drawn(random: np.random.Generator, n: int, share: float) -> NDArray[np.int64]:
    return np.sort(random.choice(n, max(1, round(share * n)), replace=False))


def _grown(
    binned: NDArray[np.uint8],
    rows: NDArray[np.int64],
    gradient: NDArray[np.float64],
    hessian: NDArray[np.float64],
    offered: NDArray[np.bool_],
    monotone: NDArray[np.int8],
    options: FitOptions,
) -> Trees:
    size = 2 * options.most_leaves - 1
    feature, split, child = (np.zeros(size, np.uint8) for _ in range(3))
    value = np.zeros(size)
    n = grow_tree(
        binned,
        rows,
        gradient,
        hessian,
        offered,
        monotone,
        options.most_leaves,
        options.least_rows,
        options.l2,
        feature,
        split,
        child,
        value,
    )
    step = np.where(child[:n] == 0, options.learning_rate * value[:n], 0.0).astype(np.float32)
    return Trees(np.array([0, n], np.int64), feature[:n], split[:n], child[:n], step)


def _joined(grown: list[list[Trees]]) -> Trees:
    trees = [tree for each in grown for tree in each]
    sizes = [len(tree.value) for tree in trees]
    return Trees(
        borders=np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
        feature=np.concatenate([tree.feature for tree in trees]),
        split=np.concatenate([tree.split for tree in trees]),
        child=np.concatenate([tree.child for tree in trees]),
        value=np.concatenate([tree.value for tree in trees]),
    )


def _sigmoid(x: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(x, -40.0, 40.0))))
