"""How far individual differences can be believed: the smaller of two reliabilities, and a gate.

Posterior: the share of the predicted differences' spread that is not their own uncertainty. Split halves:
the correlation of the differences that two random halves of the cohort teach, stepped up to the whole
(Spearman 1910, Brown 1910).
"""

from dataclasses import dataclass

import numpy as np

from oncoloom.response.array_types import FloatArray

GATE = 1.0  # z of arm x cross-fitted benefit, below which only the average is shown


@dataclass(frozen=True, slots=True)
class Reliability:
    """Both reliabilities, 0 to 1, and the smaller one, `rho`."""

    posterior: float
    split_half: float

    @property
    def rho(self) -> float:
        """What wording goes by."""
        return min(self.posterior, self.split_half)


def posterior_reliability(difference: FloatArray, draws: FloatArray, further: float = 0.0) -> float:
    """Var / (Var + own) of predicted differences (n,); own = mean variance of draws (M, n), and `further`."""
    spread = float(difference.var())
    own = float(draws.var(axis=0, ddof=1).mean()) + further
    return spread / (spread + own) if spread > 1e-12 else 0.0


def split_half_reliability(pairs: list[tuple[FloatArray, FloatArray]]) -> float:
    """2r / (1 + r) of the mean correlation r of pairs of (n,) differences; 0 where r <= 0."""
    correlations = []
    for one, other in pairs:
        flat = one.std() < 1e-9 or other.std() < 1e-9
        correlations.append(0.0 if flat else float(np.corrcoef(one, other)[0, 1]))
    r = float(np.mean(correlations)) if correlations else 0.0
    return 2 * r / (1 + r) if r > 0 else 0.0
