"""Repeat-length histograms of simulated tumors and normals: slippage, over-dispersion, germline alleles.

Locus: slippage rate log-uniform from 0.02 to 0.6; three quarters of the slips shorten, the number of steps
is geometric; a quarter of the loci is heterozygous. Sample: the rate varies from the locus's own by a log-
normal factor, and fragments are drawn from a Dirichlet around that (both by `NOISE`). Unstable locus: the
tumor cells' alleles (both, or one, half each) are 1 to 6 bases shorter (four in five) or longer.
"""

from dataclasses import dataclass

import numpy as np

K, CENTER = 31, 15
# Standard deviation of the log rate between samples, and Dirichlet concentration.
NOISE = {"x0": (0.0, 1e6), "x1": (0.05, 1000.0), "x3": (0.15, 200.0)}
MSS_SHARE = 0.003
MSI_SHARES = (0.10, 0.40)


@dataclass(frozen=True)
class Assay:
    """Loci of an assay: slippage rate and second germline allele are one person's."""

    rate: np.ndarray

    @classmethod
    def draw(cls, rng, n):
        return cls(0.02 * 30 ** rng.random(n))


def slipped(rate):
    """(n, 31) lengths of an allele at the middle."""
    steps = np.arange(1, 8)
    weights = 0.25 ** (steps - 1)
    weights /= weights.sum()
    out = np.zeros((len(rate), K))
    out[:, CENTER] = 1 - rate
    for step, weight in zip(steps, weights, strict=True):
        out[:, CENTER - step] += 0.75 * rate * weight
        out[:, CENTER + step] += 0.25 * rate * weight
    return out


def moved(shape, steps):
    """Each distribution moved by its own steps."""
    columns = (np.arange(K)[None] - steps[:, None]) % K
    return np.take_along_axis(shape, columns, axis=1)


def person(rng, assay):
    """Second allele of each locus, as steps from the first."""
    n = len(assay.rate)
    return np.where(rng.random(n) < 0.25, rng.choice([-2, -1, 1, 2], n), 0)


def sample(rng, assay, second, depth, noise, *, purity=0.0, unstable=0.0):
    """(n, 31) fragments of one sample."""
    n, (sd, concentration) = len(assay.rate), NOISE[noise]
    shape = slipped(np.clip(assay.rate * np.exp(rng.normal(0, sd, n)), 0.005, 0.8))
    zero = np.zeros(n, int)
    quiet = 0.5 * moved(shape, zero) + 0.5 * moved(shape, second)
    size = np.minimum(rng.geometric(0.45, (2, n)), 6) * np.where(rng.random((2, n)) < 0.8, -1, 1)
    is_unstable = rng.random(n) < unstable
    first_moves = np.where(is_unstable, size[0], 0)
    second_moves = np.where(is_unstable & (rng.random(n) < 0.5), size[1], 0)
    cells = 0.5 * moved(shape, first_moves) + 0.5 * moved(shape, second + second_moves)
    mixed = (1 - purity) * quiet + purity * cells
    drawn = rng.gamma(np.maximum(mixed * concentration, 1e-9))
    drawn /= drawn.sum(axis=1, keepdims=True)
    return rng.multinomial(rng.poisson(depth, n), drawn)


def pair(rng, n_loci, depth, noise, *, purity, unstable):
    """(n, 2, 31) fragments of a tumor and its normal."""
    assay = Assay.draw(rng, n_loci)
    second = person(rng, assay)
    tumor = sample(rng, assay, second, depth, noise, purity=purity, unstable=unstable)
    return np.stack([tumor, sample(rng, assay, second, depth, noise)], axis=1)
