"""How alike two cell lines are: tissue, mutations, copy number, and the genome within one tissue.

The last part lets a feature matter in one tissue only: the product of "same tissue" and the genome's
likeness, as a kernel, so that its tissues x features coefficients are never written out (product kernels:
Schölkopf & Smola 2002).
"""

from dataclasses import dataclass

import numpy as np

from oncoloom.response.array_types import BoolArray, FloatArray
from oncoloom.response.cell_lines.screen import Screen

# Variance of each part, averaged over lines; the noise has 1. The last was chosen on inner folds of one
# training part (0, 0.02, 0.05, 0.1, 0.2, 0.4, 0.8 tried).
TISSUE_SHARE, MUTATION_SHARE, OTHER_SHARE, WITHIN_SHARE = 0.1, 0.05, 0.02, 0.1


@dataclass(frozen=True, slots=True)
class LineKernel:
    """Likeness to the training lines.

    Attributes
    ----------
    n_tissues
        Leading columns of the inputs that are tissue indicators.
    centers, scale
        (f,) of the inputs (tissue indicators, then genome).
    lines
        (n, f) inputs of the training lines.
    within
        Factor of the product part.
    """

    n_tissues: int
    centers: FloatArray
    scale: FloatArray
    lines: FloatArray
    within: float

    def gram(self, inputs: FloatArray) -> FloatArray:
        """(m, n) kernel of lines with inputs (m, f) and the training lines."""
        new, old = ((one - self.centers) * self.scale for one in (inputs, self.lines))
        k = self.n_tissues
        same = inputs[:, :k] @ self.lines[:, :k].T
        return np.asarray(new @ old.T + self.within * same * (new[:, k:] @ old[:, k:].T), dtype=np.float64)


def kernel_inputs(screen: Screen, tissues: tuple[str, ...]) -> FloatArray:
    """(n, t + p) indicators of the tissues, then the genomic features."""
    place = {name: i for i, name in enumerate(tissues)}
    out = np.zeros((len(screen.lines), len(tissues) + len(screen.features)))
    for row, name in enumerate(screen.tissue):
        if name in place:
            out[row, place[name]] = 1.0
    out[:, len(tissues) :] = screen.genome
    return out


def fit_kernel(inputs: FloatArray, screen: Screen, n_tissues: int) -> LineKernel:
    """The kernel of training lines with inputs (n, f), each part with its share of variance."""
    mutation = np.concatenate([np.zeros(n_tissues, dtype=bool), np.array(screen.is_mutation, dtype=bool)])
    tissue = np.arange(len(mutation)) < n_tissues
    centers = inputs.mean(axis=0)
    scale = np.zeros(len(mutation))
    parts: tuple[tuple[BoolArray, float], ...] = (
        (tissue, TISSUE_SHARE), (mutation, MUTATION_SHARE), (~tissue & ~mutation, OTHER_SHARE),
    )  # fmt: skip
    for mine, share in parts:
        size = float(((inputs[:, mine] - centers[mine]) ** 2).sum(axis=1).mean())
        scale[mine] = np.sqrt(share / size) if size > 0 else 0.0
    genome = ((inputs - centers) * scale)[:, n_tissues:]
    size = float((genome**2).sum(axis=1).mean())  # "same tissue" is 1 on the diagonal
    return LineKernel(n_tissues, centers, scale, inputs, WITHIN_SHARE / size if size > 0 else 0.0)


def ridge_weights(gram: FloatArray, outcome: FloatArray) -> FloatArray:
    """(n, d) dual weights of kernel ridge regression with unit noise, for a gram matrix (n, n)."""
    return np.asarray(np.linalg.solve(gram + np.eye(len(gram)), outcome), dtype=np.float64)
