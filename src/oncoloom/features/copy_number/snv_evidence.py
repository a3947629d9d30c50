"""What somatic SNVs say between solutions of purity and ploidy that the copy number cannot tell apart.

A doubled genome fits segments as well as the plain one, but puts the allele fractions of mutations elsewhere:
those after the doubling lie on one of four copies.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import betaln

from oncoloom.features.copy_number.bins import Floats, Ints
from oncoloom.features.copy_number.states import CopyStates

MIN_SNVS = 20
MOST_SNVS = 2000
MOST_SAID = 12.0  # log units: the model of mutations is too plain to say more
_OVERDISPERSION = 0.005
# Prior of the shares of mutations on one copy, on all major copies, in a part of the cells, anything.
_PRIOR = np.array([10.0, 3.0, 6.0, 1.0])
_EM_STEPS = 30
_SUBCLONAL_STEPS = np.linspace(0.08, 0.92, 8)
_LEAST_FRACTION = 1e-4


@dataclass(frozen=True, slots=True)
class SomaticSites:
    """Somatic SNVs by segment, arrays (n,): fragments with the variant and in all, index of the segment."""

    alt: Ints
    depth: Ints
    segment: Ints

    def __len__(self) -> int:
        return len(self.alt)


def snv_log_likelihood(sites: SomaticSites, states: CopyStates, purity: float) -> float:
    """Log posterior of the SNVs under one solution; comparable between solutions.

    Each SNV lies on one copy in all tumor cells, on all major copies, on one copy in a part of the cells, or
    anywhere; the shares of the four kinds are learned by EM from a prior of twenty SNVs. Beta-binomial counts
    (ρ 0.005).
    """
    total = states.total[sites.segment].astype(np.float64)
    minor = np.maximum(states.minor[sites.segment], 0)
    major = np.maximum(total - minor, 1)
    whole = purity * np.maximum(total, 1) + 2 * (1 - purity)
    one = purity / whole
    parts = np.stack(
        [
            _probability(sites, one),
            _probability(sites, one * major),
            np.mean([_probability(sites, one * step) for step in _SUBCLONAL_STEPS], axis=0),
            1.0 / (sites.depth + 1.0),
        ],
        axis=1,
    )
    shares = _PRIOR / _PRIOR.sum()
    for _ in range(_EM_STEPS):
        mixed = parts * shares
        counts = (mixed / mixed.sum(axis=1, keepdims=True)).sum(axis=0)
        shares = (counts + _PRIOR) / (counts.sum() + _PRIOR.sum())
    prior = _PRIOR / _PRIOR.sum()
    return float(np.log(parts @ shares).sum() + (_PRIOR * np.log(shares / prior)).sum())


def _probability(sites: SomaticSites, fraction: Floats) -> Floats:
    """Beta-binomial probability of the counts, (n,)."""
    scale = (1 - _OVERDISPERSION) / _OVERDISPERSION
    f = np.clip(fraction, _LEAST_FRACTION, 1 - _LEAST_FRACTION)
    k, rest = sites.alt.astype(np.float64), (sites.depth - sites.alt).astype(np.float64)
    a, b = f * scale, (1 - f) * scale
    choices = -np.log(sites.depth + 1.0) - betaln(k + 1, rest + 1)
    return np.asarray(np.exp(choices + betaln(k + a, rest + b) - betaln(a, b)), dtype=np.float64)
