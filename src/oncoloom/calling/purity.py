"""A rough purity of a tumor without a normal, for the somatic prior: from allele fractions alone.

Clonal somatic variants of balanced places lie around half of the purity, subclonal ones below. Each purity
of a grid is judged by how well it explains the fractions of the candidates that no population resource
knows, beside what is left of germline and noise among them. The full fit with copy numbers is the
features'.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

PURITIES = np.linspace(0.10, 0.95, 35)
UNKNOWN_PURITY = 0.7  # where there are too few variants to tell
LEAST_VARIANTS = 8
CLONAL_SHARE, ABOVE_SHARE = 0.45, 0.05
CONCENTRATION = 150.0
LOW, HIGH = 0.01, 1.0
CELLS = 60


@dataclass(frozen=True, slots=True)
class PurityEstimate:
    """A purity and how many variants it rests on; None where there are too few.

    `low` and `high` hold 90 % of the probability.
    """

    purity: float | None
    low: float | None
    high: float | None
    variants: int

    def as_dict(self) -> dict[str, float | int | None]:
        """For qc.json."""
        return {"purity": self.purity, "low": self.low, "high": self.high, "variants": self.variants}


NO_PURITY = PurityEstimate(None, None, None, 0)


def fraction_cells() -> NDArray[np.float64]:
    """(CELLS,) allele fractions on a log scale."""
    return np.geomspace(LOW, HIGH, CELLS) - 1e-6


def log_binomial(
    alt: NDArray[np.float64], depth: NDArray[np.float64], fractions: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(n, n_fractions) log probability of the counts in one order."""
    f = np.clip(fractions, 1e-6, 1 - 1e-6)[None, :]
    return np.asarray(alt[:, None] * np.log(f) + (depth - alt)[:, None] * np.log1p(-f))


def estimate_purity(
    alt: NDArray[np.float64],
    depth: NDArray[np.float64],
    het: NDArray[np.float64],
    hom: NDArray[np.float64],
    somatic_weight: NDArray[np.float64],
) -> PurityEstimate:
    """Purity by likelihood over a grid.

    Parameters
    ----------
    alt, depth : (n,)
        Fragments of candidates that no resource knows and that are no artifacts, in balanced places.
    het, hom : (n,)
        Log probability of the counts (one order) as germline.
    somatic_weight : (n,)
        Probability of being no artifact.
    """
    n = len(alt)
    if somatic_weight.sum() < LEAST_VARIANTS:
        return PurityEstimate(None, None, None, n)
    cells = fraction_cells()
    counts = log_binomial(alt, depth, cells)
    top = np.maximum(counts.max(axis=1), np.maximum(het, hom))
    counts, het, hom = np.exp(counts - top[:, None]), np.exp(het - top), np.exp(hom - top)
    logs = np.array([_log_likelihood(counts, het, hom, somatic_weight, one) for one in PURITIES])
    weights = np.exp(logs - logs.max())
    weights /= weights.sum()
    cumulative = np.cumsum(weights)
    at = np.minimum(np.searchsorted(cumulative, [0.05, 0.95]), len(PURITIES) - 1)
    low, high = (float(one) for one in PURITIES[at])
    return PurityEstimate(round(float((weights * PURITIES).sum()), 3), round(low, 3), round(high, 3), n)


def _log_likelihood(
    counts: NDArray[np.float64],
    het: NDArray[np.float64],
    hom: NDArray[np.float64],
    weight: NDArray[np.float64],
    purity: float,
) -> float:
    """Log likelihood of one purity; the shares of somatic, heterozygous and homozygous are fitted by EM."""
    somatic = counts @ somatic_prior(purity, clonal=CLONAL_SHARE)
    parts = np.stack([somatic, het, hom])
    shares = np.array([0.7, 0.2, 0.1])
    for _ in range(25):
        joint = shares[:, None] * parts
        total = joint.sum(axis=0)
        sums = (weight * joint / np.maximum(total, 1e-300)).sum(axis=1) + np.array([4.0, 1.0, 0.5])
        shares = sums / sums.sum()
    return float((weight * np.log(np.maximum((shares[:, None] * parts).sum(axis=0), 1e-300))).sum())


def somatic_prior(purity: float, *, clonal: float = 0.0) -> NDArray[np.float64]:
    """(CELLS,) prior of a somatic allele fraction: log-uniform up to 0.75 purity, 15 % of that density above.

    With `clonal`, so much of it lies around half of the purity, `ABOVE_SHARE` is left above, and the rest is
    log-uniform below.
    """
    cells = fraction_cells()
    if not clonal:
        weights = np.where(cells <= 0.75 * purity, 1.0, 0.15)
        return np.asarray(weights / weights.sum())
    peak = np.exp(-0.5 * ((np.log(cells) - np.log(purity / 2)) / 0.08) ** 2)
    below = (cells < purity / 2).astype(float)
    above = (cells >= purity / 2).astype(float)
    parts = [one / one.sum() for one in (peak, below, above)]
    return np.asarray(clonal * parts[0] + (1 - clonal - ABOVE_SHARE) * parts[1] + ABOVE_SHARE * parts[2])
