"""Response of unseen cell lines to many drugs: kernel ridge, markers and trees, averaged.

A kind of its own: cell lines are no patients, and no claim on patients follows from it. There is no neural
path: networks with drug embeddings reached 0.26-0.36 of median correlation per drug in the measurements this
follows, less than the mean of the tissue does in the better half (0.349).
"""

from dataclasses import dataclass

import numpy as np

from oncoloom.errors import NotAssessableError
from oncoloom.response.cell_lines.completion import complete
from oncoloom.response.cell_lines.markers import Markers, fit_markers
from oncoloom.response.cell_lines.screen import Screen, standardize
from oncoloom.response.datamodule import FloatArray

TISSUE_SHARE, MUTATION_SHARE, OTHER_SHARE = 0.1, 0.05, 0.02  # variance of each kernel; the noise has 1
N_TREES, MIN_LEAF, FEATURES_TRIED = 100, 5, 1 / 3
MIN_LINES = 50


@dataclass(frozen=True, slots=True)
class CellLineModel:
    """A fitted model; predictions are natural logs of IC50.

    Attributes
    ----------
    tissues
        Those of training; another one gets the mean of all.
    centers, weights
        (f,) and (f, d) of the scaled kernel features (tissue indicators, then genome), standardized units.
    scale
        (f,) of the kernel features.
    mean, spread
        (d,) of the drugs.
    trees
        Fitted extra trees of the factors, and (r, d) loadings.
    """

    drugs: tuple[str, ...]
    features: tuple[str, ...]
    tissues: tuple[str, ...]
    centers: FloatArray
    scale: FloatArray
    weights: FloatArray
    markers: Markers
    trees: object
    loadings: FloatArray
    mean: FloatArray
    spread: FloatArray

    def parts(self, screen: Screen) -> dict[str, FloatArray]:
        """(n, d) standardized predictions: ``kernel``, ``kernel and markers``, ``trees``, ``model``."""
        inputs = kernel_inputs(screen, self.tissues)
        kernel = ((inputs - self.centers) * self.scale) @ self.weights
        marked = kernel + self.markers.predict(screen)
        trees = np.asarray(self.trees.predict(inputs), dtype=np.float64) @ self.loadings  # type: ignore[attr-defined]
        return {
            "kernel": kernel,
            "kernel and markers": marked,
            "trees": trees,
            "model": (marked + trees) / 2,
        }

    def predict(self, screen: Screen) -> FloatArray:
        """(n, d) predicted natural log of IC50."""
        return self.parts(screen)["model"] * self.spread + self.mean


def kernel_inputs(screen: Screen, tissues: tuple[str, ...]) -> FloatArray:
    """(n, t + p) indicators of the tissues, then the genomic features."""
    place = {name: i for i, name in enumerate(tissues)}
    out = np.zeros((len(screen.lines), len(tissues) + len(screen.features)))
    for row, name in enumerate(screen.tissue):
        if name in place:
            out[row, place[name]] = 1.0
    out[:, len(tissues) :] = screen.genome
    return out


def fit_cell_lines(screen: Screen, *, seed: int = 0) -> CellLineModel:
    """Fit kernel ridge on the completed matrix, markers on what it leaves, and extra trees on the factors.

    Raises
    ------
    NotAssessableError
        If there are fewer than 50 lines or no drug with a response.
    """
    if len(screen.lines) < MIN_LINES or not np.isfinite(screen.response).any():
        raise NotAssessableError(
            f"too few cell lines ({len(screen.lines)} of at least {MIN_LINES}), or none with a response"
        )
    tissues = tuple(sorted(set(screen.tissue)))
    standardized, mean, spread = standardize(screen.response)
    completed = complete(standardized)
    inputs = kernel_inputs(screen, tissues)
    centers = inputs.mean(axis=0)
    scale = _kernel_scale(inputs - centers, screen, len(tissues))
    weights = kernel_ridge((inputs - centers) * scale, completed.matrix)
    kernel = ((inputs - centers) * scale) @ weights
    return CellLineModel(
        drugs=screen.drugs,
        features=screen.features,
        tissues=tissues,
        centers=centers,
        scale=scale,
        weights=weights,
        markers=fit_markers(screen, standardized - kernel),
        trees=_fit_trees(inputs, completed.scores, seed),
        loadings=completed.loadings,
        mean=mean,
        spread=spread,
    )


def _kernel_scale(centered: FloatArray, screen: Screen, n_tissues: int) -> FloatArray:
    """(f,) scales so that each kernel has the variance of its share, averaged over lines."""
    mutation = np.concatenate([np.zeros(n_tissues, dtype=bool), np.array(screen.is_mutation, dtype=bool)])
    tissue = np.arange(len(mutation)) < n_tissues
    out = np.zeros(len(mutation))
    for mine, share in (
        (tissue, TISSUE_SHARE), (mutation, MUTATION_SHARE), (~tissue & ~mutation, OTHER_SHARE),
    ):  # fmt: skip
        size = float((centered[:, mine] ** 2).sum(axis=1).mean())
        out[mine] = np.sqrt(share / size) if size > 0 else 0.0
    return out


def kernel_ridge(inputs: FloatArray, outcome: FloatArray) -> FloatArray:
    """(f, d) primal weights of kernel ridge regression with unit noise on scaled inputs (n, f)."""
    gram = inputs @ inputs.T + np.eye(len(inputs))
    return np.asarray(inputs.T @ np.linalg.solve(gram, outcome), dtype=np.float64)


def _fit_trees(inputs: FloatArray, scores: FloatArray, seed: int) -> object:
    from sklearn.ensemble import ExtraTreesRegressor

    trees = ExtraTreesRegressor(
        n_estimators=N_TREES, min_samples_leaf=MIN_LEAF, max_features=FEATURES_TRIED, n_jobs=1,
        random_state=seed,
    )  # fmt: skip
    return trees.fit(inputs, scores)
