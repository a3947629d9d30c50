"""Fill the unmeasured cells of a lines x drugs matrix by its leading factors (Mazumder 2010, hard rank)."""

from dataclasses import dataclass

import numpy as np

from oncoloom.response.array_types import FloatArray

RANK, STEPS = 15, 40


@dataclass(frozen=True, slots=True)
class Completed:
    """A matrix without gaps, and its factors: ``scores @ loadings`` is its rank-`r` part.

    Attributes
    ----------
    matrix
        (n, d): measured cells as given, the others filled.
    scores, loadings
        (n, r) and (r, d), loadings orthonormal.
    """

    matrix: FloatArray
    scores: FloatArray
    loadings: FloatArray


def complete(standardized: FloatArray, *, rank: int = RANK) -> Completed:
    """Complete (n, d), mean 0 and spread 1 per drug, NaN = not measured.

    Filled cells are replaced by the rank-r part until they settle (40 steps at most), starting at 0, the
    drug's mean.
    """
    known = np.isfinite(standardized)
    matrix = np.where(known, standardized, 0.0)
    rank = min(rank, *matrix.shape)
    scores, loadings = np.zeros((len(matrix), rank)), np.zeros((rank, matrix.shape[1]))
    for _ in range(STEPS):
        left, singular, right = np.linalg.svd(matrix, full_matrices=False)
        scores, loadings = left[:, :rank] * singular[:rank], right[:rank]
        filled = np.where(known, standardized, scores @ loadings)
        change = float(np.abs(filled - matrix).max())
        matrix = filled
        if change < 1e-3:
            break
    return Completed(matrix, scores, loadings)
