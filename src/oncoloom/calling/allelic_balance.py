"""How far germline heterozygous variants are off one half along the genome: lost and gained copies, cheaply.

A hidden Markov chain over heterozygous variants that the population resource knows. Its states are
imbalances d; a variant shows 0.5 + d or 0.5 - d, either haplotype as likely. No depth is used, no segment
is named: what comes out is, for each candidate, how probable each imbalance is at its place.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

IMBALANCES = np.arange(13) * 0.04  # 0 … 0.48
BALANCED_PRIOR = 0.6
SEGMENT_BP = 1_000_000.0
CONCENTRATION = 150.0
OUTLIERS = 0.02
LEAST_DEPTH = 10
COMMON_AF = 0.005
ANCHOR_FRACTIONS = (0.06, 0.94)  # beyond them it may as well be homozygous


def find_anchors(
    alt: NDArray[np.float64],
    depth: NDArray[np.float64],
    population_af: NDArray[np.float64],
    is_snv: NDArray[np.bool_],
) -> NDArray[np.int64]:
    """Candidates that are surely germline and look heterozygous: common substitutions of one base."""
    fraction = alt / np.maximum(depth, 1)
    low, high = ANCHOR_FRACTIONS
    common = np.nan_to_num(population_af) >= COMMON_AF
    return np.flatnonzero(is_snv & common & (depth >= LEAST_DEPTH) & (fraction > low) & (fraction < high))


def log_two_sided(
    alt: NDArray[np.float64],
    depth: NDArray[np.float64],
    center: float = 0.5,
    concentration: float = CONCENTRATION,
) -> NDArray[np.float64]:
    """(n, n_imbalances) log probability of a heterozygous variant's counts, in one order."""
    from scipy.special import betaln  # scipy takes a quarter of a second to import

    out = []
    for sign in (1, -1):
        mean = np.clip(center + sign * IMBALANCES, 0.01, 0.99)[None, :]
        a, b = concentration * mean, concentration * (1 - mean)
        out.append(betaln(alt[:, None] + a, (depth - alt)[:, None] + b) - betaln(a, b))
    return np.asarray(np.logaddexp(*out) - np.log(2))


@dataclass(frozen=True, slots=True)
class ContigImbalance:
    """How far copies are from balance along one contig, at its anchors.

    Attributes
    ----------
    place : (k,) int64
        0-based position of each anchor.
    posterior : (k, n_imbalances)
    """

    place: NDArray[np.int64]
    posterior: NDArray[np.float64]

    @classmethod
    def from_anchors(
        cls, place: NDArray[np.int64], alt: NDArray[np.float64], depth: NDArray[np.float64]
    ) -> "ContigImbalance":
        """From counts at heterozygous variants (:func:`find_anchors`) of one contig, in its order."""
        uniform = -np.log(depth + 1) - _log_choose(alt, depth)
        fit = log_two_sided(alt, depth)
        fit = np.logaddexp(np.log1p(-OUTLIERS) + fit, np.log(OUTLIERS) + uniform[:, None])
        return cls(place, _smooth(fit, place, prior_imbalance()) if len(place) else fit)

    def at(self, place: NDArray[np.int64]) -> NDArray[np.float64]:
        """(n, n_imbalances) probability of each imbalance at candidates of the contig."""
        if not len(self.place):
            return np.tile(prior_imbalance(), (len(place), 1))
        return _at_candidates(place, self.place, self.posterior, prior_imbalance())


def prior_imbalance() -> NDArray[np.float64]:
    """(n_imbalances,) what holds where nothing is known."""
    prior = np.full(len(IMBALANCES), (1 - BALANCED_PRIOR) / (len(IMBALANCES) - 1))
    prior[0] = BALANCED_PRIOR
    return prior


def _log_choose(alt: NDArray[np.float64], depth: NDArray[np.float64]) -> NDArray[np.float64]:
    from scipy.special import gammaln

    return np.asarray(gammaln(depth + 1) - gammaln(alt + 1) - gammaln(depth - alt + 1))


def _smooth(
    fit: NDArray[np.float64], place: NDArray[np.int64], prior: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(n, n_states) posterior of a chain that keeps its state over `SEGMENT_BP` on average."""
    likelihood = np.exp(fit - fit.max(axis=1, keepdims=True))
    stay = np.exp(-np.diff(place) / SEGMENT_BP)
    forward, backward = likelihood * prior, np.ones_like(likelihood)
    forward[0] /= forward[0].sum()
    for i in range(1, len(place)):
        forward[i] = likelihood[i] * (stay[i - 1] * forward[i - 1] + (1 - stay[i - 1]) * prior)
        forward[i] /= forward[i].sum()
    for i in range(len(place) - 2, -1, -1):
        back = backward[i + 1] * likelihood[i + 1]
        backward[i] = stay[i] * back + (1 - stay[i]) * (back @ prior)
        backward[i] /= backward[i].max()
    posterior = forward * backward
    return np.asarray(posterior / posterior.sum(axis=1, keepdims=True))


def _at_candidates(
    at: NDArray[np.int64],
    anchors: NDArray[np.int64],
    posterior: NDArray[np.float64],
    prior: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Between two anchors their weighted mean, by distance; towards the prior far from all."""
    right = np.clip(np.searchsorted(anchors, at), 0, len(anchors) - 1)
    left = np.clip(right - 1, 0, len(anchors) - 1)
    near, far = np.abs(at - anchors[left]) + 1.0, np.abs(anchors[right] - at) + 1.0
    share = (far / (near + far))[:, None]
    mixed = share * posterior[left] + (1 - share) * posterior[right]
    keep = np.exp(-np.minimum(near, far) / SEGMENT_BP)[:, None]
    return np.asarray(keep * mixed + (1 - keep) * prior)
