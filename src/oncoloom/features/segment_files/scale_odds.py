"""How well broad gains and losses fit tumors of usual purity, for one base of the logarithm or another.

A level x means a ratio b^x, and that ratio a purity: as log2 a loss of -0.19 is a tumor of purity 0.25, as
log10 one of 0.71. One sample tells little, a cohort much. Samples without a broad gain or loss beyond 0.1 do
not speak: their noise would favor the steeper logarithm.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from math import log

import numpy as np
import numpy.typing as npt

from oncoloom.features.segment_files.scale_limits import Level

Array = npt.NDArray[np.float64]

_BROAD_BP = 30e6
_LEAST_LEVEL = 0.1
_STEP, _SPREAD, _FLOOR, _SUBCLONAL = 0.01, 0.04, 0.02, 0.3
# (ploidy, copies, share) of a broad loss and of a broad gain; guesses, kept wide, none of them fitted.
_LOSSES = ((2, 1, 0.6), (3, 2, 0.12), (4, 3, 0.1), (4, 2, 0.1), (3, 1, 0.06), (2, 0, 0.02))
_GAINS = ((2, 3, 0.5), (2, 4, 0.16), (3, 4, 0.1), (3, 5, 0.04), (4, 5, 0.08), (4, 6, 0.06), (2, 6, 0.06))


@dataclass(frozen=True, slots=True)
class Broad:
    """A sample's deepest and highest level that 30 Mb reach; None where it is within 0.1 of the center."""

    loss: float | None
    gain: float | None


def broad_levels(levels: Sequence[Level]) -> list[Broad]:
    """The samples that show a broad gain or loss; chromosome Y left out (most genomes have none)."""
    by_sample: dict[str, list[Level]] = {}
    for one in levels:
        if not one.is_y:
            by_sample.setdefault(one.sample, []).append(one)
    found = [
        Broad(_reached(own, descending=False), _reached(own, descending=True)) for own in by_sample.values()
    ]
    return [one for one in found if one.loss is not None or one.gain is not None]


def _reached(levels: list[Level], *, descending: bool) -> float | None:
    covered = 0.0
    for one in sorted(levels, key=lambda one: one.value, reverse=descending):
        covered += one.bp
        if covered >= _BROAD_BP:
            beyond = one.value > _LEAST_LEVEL if descending else one.value < -_LEAST_LEVEL
            return one.value if beyond else None
    return None


def log_likelihood(samples: Sequence[Broad], base: float) -> float:
    """Log density of the samples' levels in logarithms of `base`, given that they are beyond 0.1."""
    return sum(_one(sample, log(base)) for sample in samples)


def _one(sample: Broad, unit: float) -> float:
    grid, weights, losses, gains = _densities()
    likelihood, chance = weights.copy(), weights.copy()
    for value, density, side in ((sample.loss, losses, -1.0), (sample.gain, gains, 1.0)):
        if value is None:
            continue
        at = round((value * unit - float(grid[0])) / _STEP)
        likelihood *= (density[:, at] if 0 <= at < grid.size else 1e-4) * unit
        chance *= density[:, side * grid > _LEAST_LEVEL * unit].sum(axis=1) * _STEP
    return log(max(float(likelihood.sum()), 1e-300)) - log(max(float(chance.sum()), 1e-300))


@cache
def _densities() -> tuple[Array, Array, Array, Array]:
    """Grid of natural log ratios, weight of each purity, density of a loss and of a gain (purity, grid)."""
    grid = np.arange(-3.0, 2.5 + _STEP / 2, _STEP)
    purity = np.arange(0.1, 1.0001, 0.02)
    weights = purity**3 * (1.02 - purity) ** 1.5  # biopsies: mostly 0.4 to 0.9, mean 0.6
    return grid, weights / weights.sum(), _density(_LOSSES, grid, purity), _density(_GAINS, grid, purity)


def _density(states: tuple[tuple[int, int, float], ...], grid: Array, purity: Array) -> Array:
    parts = np.linspace(0.3, 1.0, 15)
    shares = [(1.0, 1 - _SUBCLONAL), *((float(part), _SUBCLONAL / parts.size) for part in parts)]
    out = np.zeros((purity.size, grid.size))
    for ploidy, copies, weight in states:
        ratio = (purity * copies + 2 * (1 - purity)) / (purity * ploidy + 2 * (1 - purity))
        for part, share in shares:
            center = np.log(np.maximum(1 + (ratio - 1) * part, 0.03))
            out += weight * share * np.exp(-0.5 * ((grid - center[:, None]) / _SPREAD) ** 2)
    out /= out.sum(axis=1, keepdims=True) * _STEP
    return np.asarray((1 - _FLOOR) * out + _FLOOR / float(grid[-1] - grid[0]), dtype=np.float64)


def median_purity(samples: Sequence[Broad], base: float) -> float:
    """Median of the purities that a one-copy loss, else gain, in a diploid genome would mean."""
    return float(
        np.median(
            [
                2 * (1 - base**one.loss) if one.loss is not None else 2 * (base ** (one.gain or 0.0) - 1)
                for one in samples
            ]
        )
    )
