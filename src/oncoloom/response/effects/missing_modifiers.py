"""What a difference loses where effect modifiers are not known: the spread that they explain in training.

A missing modifier is set to its mean. The part of a modifier is the difference less the difference with the
modifier at its mean; what is not known of a patient adds the variance of the sum of its parts.
"""

import numpy as np

from oncoloom.response.array_types import BoolArray, FloatArray

Covariance = tuple[tuple[float, ...], ...]


def parts_covariance(parts: FloatArray, known: BoolArray) -> Covariance:
    """(m, m) covariance of the parts (n, m) of m modifiers, a pair over the rows where both are `known`."""
    m = parts.shape[1]
    out = np.zeros((m, m))
    for i in range(m):
        for j in range(i, m):
            rows = known[:, i] & known[:, j]
            if rows.sum() > 1:
                out[i, j] = out[j, i] = float(np.cov(parts[rows, i], parts[rows, j])[0, 1])
    return tuple(tuple(float(value) for value in row) for row in out)


def lost_variance(covariance: Covariance, missing: BoolArray) -> float:
    """Variance of the summed parts of the modifiers that are `missing` (m,) of one patient."""
    if not missing.any():
        return 0.0
    return max(float(np.array(covariance)[np.ix_(missing, missing)].sum()), 0.0)
