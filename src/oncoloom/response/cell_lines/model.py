"""Response of unseen cell lines to many drugs: kernel ridge and a forest, averaged; markers to read.

A kind of its own: cell lines are no patients, and no claim on patients follows from it. There is no neural
path: networks with drug embeddings reached 0.26-0.36 of median correlation per drug in the measurements this
follows, less than the mean of the tissue does in the better half (0.349).
"""

from dataclasses import dataclass

import numpy as np

from oncoloom.errors import NotAssessableError
from oncoloom.response.array_types import FloatArray
from oncoloom.response.cell_lines.completion import complete
from oncoloom.response.cell_lines.kernel import LineKernel, fit_kernel, kernel_inputs, ridge_weights
from oncoloom.response.cell_lines.markers import Markers, fit_markers
from oncoloom.response.cell_lines.screen import Screen, standardize

N_TREES, MIN_LEAF, FEATURES_TRIED = 200, 5, 1 / 3
FOREST_SHARE = 0.3  # of the average; chosen on inner folds of one training part (0.3, 0.5, 0.7 tried)
MIN_LINES = 50


@dataclass(frozen=True, slots=True)
class CellLineModel:
    """A fitted model; predictions are natural logs of IC50.

    Attributes
    ----------
    tissues
        Those of training; another one gets the mean of all.
    kernel, weights
        Likeness to the training lines, and their (n, d) dual weights, standardized units.
    mean, spread
        (d,) of the drugs.
    forest, loadings
        Fitted forest of the factors, and the factors' (r, d) loadings.
    markers
        Named associations within tissue. They are no part of the prediction: on top of the kernel, which
        reads the same features, they cost 0.006 of median correlation on inner folds.
    """

    drugs: tuple[str, ...]
    features: tuple[str, ...]
    tissues: tuple[str, ...]
    kernel: LineKernel
    weights: FloatArray
    markers: Markers
    forest: object
    loadings: FloatArray
    mean: FloatArray
    spread: FloatArray

    def parts(self, screen: Screen) -> dict[str, FloatArray]:
        """(n, d) standardized predictions: ``kernel``, ``forest`` and their average, ``model``."""
        inputs = kernel_inputs(screen, self.tissues)
        kernel = self.kernel.gram(inputs) @ self.weights
        forest = np.asarray(self.forest.predict(inputs), dtype=np.float64) @ self.loadings  # type: ignore[attr-defined]
        model = (1 - FOREST_SHARE) * kernel + FOREST_SHARE * forest
        return {"kernel": kernel, "forest": forest, "model": model}

    def predict(self, screen: Screen) -> FloatArray:
        """(n, d) predicted natural log of IC50."""
        return self.parts(screen)["model"] * self.spread + self.mean


def fit_cell_lines(screen: Screen, *, seed: int = 0) -> CellLineModel:
    """Fit kernel ridge on the completed matrix, a forest on its factors, and the markers of each drug.

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
    kernel = fit_kernel(inputs, screen, len(tissues))
    return CellLineModel(
        drugs=screen.drugs,
        features=screen.features,
        tissues=tissues,
        kernel=kernel,
        weights=ridge_weights(kernel.gram(inputs), completed.matrix),
        markers=fit_markers(screen, standardized),
        forest=_fit_forest(inputs, completed.scores, seed),
        loadings=completed.loadings,
        mean=mean,
        spread=spread,
    )


def _fit_forest(inputs: FloatArray, scores: FloatArray, seed: int) -> object:
    from sklearn.ensemble import RandomForestRegressor

    forest = RandomForestRegressor(
        n_estimators=N_TREES, min_samples_leaf=MIN_LEAF, max_features=FEATURES_TRIED, n_jobs=1,
        random_state=seed,
    )  # fmt: skip
    return forest.fit(inputs, scores)
