"""Purity: the clonal peak of somatic allele fractions where the copy number is that of the main level."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.stats import betabinom

MIN_VARIANTS = 8
_OVERDISPERSION = 0.005
_CLONAL_SHARE, _SUBCLONAL_SHARE = 0.6, 0.35
_GRID = np.arange(0.05, 1.0001, 0.01)


Method = Literal["copy number", "allele fractions"]


@dataclass(frozen=True, slots=True)
class Purity:
    """Purity with its 95 % profile-likelihood interval and what told it; None with `reason`."""

    value: float | None
    lower: float | None
    upper: float | None
    reason: str | None
    method: Method | None = None

    @property
    def sd(self) -> float:
        """Error of the purity, from its interval; 0.0 where it is unknown."""
        return 0.0 if self.lower is None or self.upper is None else (self.upper - self.lower) / 3.92


def why_unseen(
    purity: float | None, highest_af: float | None, *, min_purity: float, min_af: float
) -> str | None:
    """Why a change of all tumor cells might not show in this sample, or None where it would.

    Judged by the purity where it is known, else by the highest somatic allele fraction: a tumor that is
    hardly there looks stable and balanced.
    """
    if purity is not None:
        return (
            None
            if purity >= min_purity
            else f"purity {purity:.2f} is below {min_purity:g}: it might not show"
        )
    if highest_af is not None and highest_af >= min_af:
        return None
    seen = "no somatic variant" if highest_af is None else f"highest somatic allele fraction {highest_af:.2f}"
    return f"tumor content unknown ({seen}): it might not show"


def estimate_purity(alt: NDArray[np.int64], depth: NDArray[np.int64]) -> Purity:
    """Purity of a tumor whose clonal mutations sit on one of two copies: twice their allele fraction.

    Parameters
    ----------
    alt, depth : (n,) int64
        Fragments of somatic PASS SNVs in segments at the main copy level without loss of heterozygosity.

    Notes
    -----
    Likelihood over a grid of purity α: 60 % clonal, beta-binomial around α/2; 35 % subclonal, even over 0 to
    α/2; 5 % anything. Wrong where the main level is not two copies (a doubled genome): said in docs/methods.
    """
    usable = depth >= 20
    alt, depth = alt[usable], depth[usable]
    if len(alt) < MIN_VARIANTS:
        return Purity(
            None, None, None, f"{len(alt)} somatic SNVs at the main copy level; {MIN_VARIANTS} are needed"
        )
    likelihood = np.array([_log_likelihood(alt, depth, float(alpha)) for alpha in _GRID])
    best = int(np.argmax(likelihood))
    inside = _GRID[likelihood >= likelihood[best] - 1.92]
    if float(inside[-1] - inside[0]) > 0.3:
        return Purity(None, None, None, "allele fractions show no clear clonal peak")
    value, low, high = (float(round(one, 2)) for one in (_GRID[best], inside[0], inside[-1]))
    return Purity(value, low, high, None, "allele fractions")


def _log_likelihood(alt: NDArray[np.int64], depth: NDArray[np.int64], alpha: float) -> float:
    clonal = _probability(alt, depth, alpha / 2)
    steps = np.linspace(0.02, max(alpha / 2, 0.021), 12)
    subclonal = np.mean([_probability(alt, depth, float(af)) for af in steps], axis=0)
    other = 1.0 / (depth + 1)
    rest = 1 - _CLONAL_SHARE - _SUBCLONAL_SHARE
    return float(np.log(_CLONAL_SHARE * clonal + _SUBCLONAL_SHARE * subclonal + rest * other).sum())


def _probability(alt: NDArray[np.int64], depth: NDArray[np.int64], fraction: float) -> NDArray[np.float64]:
    scale = (1 - _OVERDISPERSION) / _OVERDISPERSION
    fraction = min(max(fraction, 1e-4), 1 - 1e-4)
    return np.asarray(betabinom.pmf(alt, depth, fraction * scale, (1 - fraction) * scale), dtype=np.float64)
