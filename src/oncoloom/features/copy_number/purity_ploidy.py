"""Purity and ploidy of a tumor from its segments, with the solutions that fit nearly as well.

The method is that of ASCAT and ABSOLUTE (Van Loo 2010, Carter 2012): at the right purity and ploidy all
levels of depth and allele fraction fall on whole copies. The likelihood is in `kernels.purity_grid`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from oncoloom.kernels.purity_grid import N_STATES, score_grid, score_solution

Floats = NDArray[np.float64]
Scored = tuple[float, float, float]  # log posterior, purity, ploidy

# Spread of segment levels beyond sampling, of log2 and of the minor allele fraction: even genomes, exomes
# with waves, poor ones. The best fitting one is taken; the last one means that the levels fit no whole
# copies.
TAUS: tuple[tuple[float, float], ...] = ((0.02, 0.012), (0.04, 0.02), (0.08, 0.04))
NEAR_PURITY, NEAR_PLOIDY = 0.05, 0.2  # closer solutions are one
CONFIDENT_GAP, AMBIGUOUS_GAP = 10.0, 3.0
KEPT_WITHIN = 15.0
LEAST_PURITY = 0.12  # at the lower end of the grid all states collapse and absorb noise

_PURITIES = np.round(np.arange(0.10, 1.0001, 0.02), 4)
_PLOIDIES = np.round(np.arange(1.5, 5.5001, 0.1), 4)
_MOST_REFINED = 12
_TIE_COARSE, _TIE_FINE = 0.1, 0.05  # standard deviation of the mean copies around the ploidy
_INTERVAL_FALL = 1.92
_LEAST_HALF = (0.03, 0.06)  # half widths of the intervals of purity and ploidy


@dataclass(frozen=True, slots=True)
class SegmentLevels:
    """What the fit sees of autosomal segments: arrays (n,), log2 against the mean of the genome.

    `baf` and `baf_variance` are NaN where no heterozygous site tells; variances are those of sampling alone.
    """

    log2: Floats
    log2_variance: Floats
    baf: Floats
    baf_variance: Floats
    n_bins: NDArray[np.int64]
    length: Floats

    def table(self) -> Floats:
        """(n, 6) float64 as the kernel reads it; short segments count less."""
        weight = np.minimum(1.0, self.n_bins / 30.0)
        return np.ascontiguousarray(
            np.stack(
                [self.log2, self.log2_variance, self.baf, self.baf_variance, weight, self.length], axis=1
            )
        )


@dataclass(frozen=True, slots=True)
class Solution:
    """One purity and ploidy with its log posterior below that of the best one (0 for the best)."""

    purity: float
    ploidy: float
    below: float


@dataclass(frozen=True, slots=True)
class PurityFit:
    """Solutions, best first; `gap` is the distance to the best one that differs; `tau` the spread chosen.

    The intervals are those of the best solution: a fall of the log posterior by 1.92.
    """

    solutions: tuple[Solution, ...]
    gap: float
    tau: tuple[float, float]
    state_weights: tuple[float, ...]
    purity_interval: tuple[float, float]
    ploidy_interval: tuple[float, float]
    by_snvs: bool = False

    @property
    def best(self) -> Solution:
        """The solution that fits best."""
        return self.solutions[0]


def fit_purity_ploidy(levels: SegmentLevels) -> PurityFit:
    """The purity and ploidy that fit best, with every other solution within 15 log units.

    Parameters
    ----------
    levels
        Autosomal segments, at least one; log2 is brought to the mean of the genome here.

    Notes
    -----
    A grid of purity 0.10–1.00 and ploidy 1.5–5.5, then a finer one around each maximum and around the
    doubled and halved genome of the best; all for three spreads of segment levels.
    """
    segments = _centered(levels)
    fits = [_fit_with(segments, np.array(tau, dtype=np.float64)) for tau in TAUS]
    tops = [found[0][0] for found in fits]
    chosen = int(np.argmax(tops))
    return _described(segments, fits[chosen], TAUS[chosen])


def with_evidence(levels: SegmentLevels, fit: PurityFit, said: Sequence[float]) -> PurityFit:
    """The fit with further evidence for each of its solutions (log units, in their order)."""
    found: list[Scored] = sorted(
        ((more - one.below, one.purity, one.ploidy) for one, more in zip(fit.solutions, said, strict=True)),
        reverse=True,
    )
    return replace(_described(_centered(levels), found, fit.tau), by_snvs=True)


def _centered(levels: SegmentLevels) -> Floats:
    segments = levels.table()
    segments[:, 0] -= _mean_level(segments[:, 0], segments[:, 5])
    return segments


def _described(segments: Floats, found: list[Scored], tau: tuple[float, float]) -> PurityFit:
    """Distinct solutions, best first, with gap, learned weights and intervals of the best one."""
    best = found[0]
    kept = tuple(
        Solution(purity, ploidy, best[0] - score)
        for score, purity, ploidy in found
        if best[0] - score <= KEPT_WITHIN
    )
    others = [best[0] - score for score, purity, ploidy in found if _differ(best, (score, purity, ploidy))]
    density, state = np.empty((len(segments), N_STATES)), np.empty(N_STATES)
    top = score_solution(segments, best[1], best[2], np.array(tau), _TIE_FINE, density, state)
    intervals = _intervals(segments, np.array(tau), (top, *best[1:]))
    return PurityFit(kept, min(others, default=np.inf), tau, tuple(state.tolist()), *intervals)


def _mean_level(log2: Floats, length: Floats) -> float:
    """Log2 of the mean depth of the genome, so that ploidy means what it says."""
    return float(np.log2(np.average(2.0**log2, weights=length)))


def _differ(one: Scored, other: Scored) -> bool:
    return abs(one[1] - other[1]) > NEAR_PURITY or abs(one[2] - other[2]) > NEAR_PLOIDY


def _fit_with(segments: Floats, tau: Floats) -> list[Scored]:
    """Distinct solutions (log posterior, purity, ploidy) at one spread, best first."""
    grid = np.empty((len(_PURITIES), len(_PLOIDIES)))
    score_grid(segments, _PURITIES, _PLOIDIES, tau, _TIE_COARSE, grid)
    starts = sorted(_maxima(grid), reverse=True)[:_MOST_REFINED]
    refined = [_refine(segments, tau, purity, ploidy) for _, purity, ploidy in starts]
    _, purity, ploidy = max(refined)
    for other in ((purity / (2 - purity), 2 * ploidy), (2 * purity / (1 + purity), ploidy / 2)):
        inside = _PLOIDIES[0] <= other[1] <= _PLOIDIES[-1] and other[0] >= _PURITIES[0]
        refined += [_refine(segments, tau, *other)] if inside else []
    distinct: list[Scored] = []
    for one in sorted(refined, reverse=True):
        if all(_differ(one, other) for other in distinct):
            distinct.append(one)
    return distinct


def _maxima(grid: Floats) -> list[Scored]:
    """Points of the grid that none of their eight neighbors exceeds."""
    padded = np.pad(grid, 1, constant_values=-np.inf)
    rows, columns = grid.shape
    around = [
        padded[1 + i : 1 + i + rows, 1 + j : 1 + j + columns]
        for i in (-1, 0, 1)
        for j in (-1, 0, 1)
        if (i, j) != (0, 0)
    ]
    a, p = np.nonzero(grid >= np.max(around, axis=0))
    return [(float(grid[i, j]), float(_PURITIES[i]), float(_PLOIDIES[j])) for i, j in zip(a, p, strict=True)]


def _refine(segments: Floats, tau: Floats, purity: float, ploidy: float) -> Scored:
    """The best point of a fine grid around a maximum of the coarse one."""
    purities, ploidies, out = _fine_grid(segments, tau, purity, ploidy)
    i, j = np.unravel_index(int(np.argmax(out)), out.shape)
    return float(out[i, j]), float(purities[i]), float(ploidies[j])


def _fine_grid(segments: Floats, tau: Floats, purity: float, ploidy: float) -> tuple[Floats, Floats, Floats]:
    purities = np.round(np.arange(purity - 0.04, purity + 0.0401, 0.005), 4)
    purities = purities[(purities >= _PURITIES[0]) & (purities <= 1.0)]
    ploidies = np.round(np.arange(ploidy - 0.2, ploidy + 0.2001, 0.02), 4)
    out = np.empty((len(purities), len(ploidies)))
    score_grid(segments, purities, ploidies, tau, _TIE_FINE, out)
    return purities, ploidies, out


def _intervals(
    segments: Floats, tau: Floats, best: Scored
) -> tuple[tuple[float, float], tuple[float, float]]:
    """Purities and ploidies around the best solution whose log posterior is within 1.92 of it.

    At least ± 0.03 and ± 0.06: segments that are subclonal or badly measured shift the fit more than the
    likelihood knows.
    """
    purities, ploidies, out = _fine_grid(segments, tau, best[1], best[2])
    inside = out >= best[0] - _INTERVAL_FALL
    a, p = purities[inside.any(axis=1)], ploidies[inside.any(axis=0)]
    purity = (max(0.0, min(a[0], best[1] - _LEAST_HALF[0])), min(1.0, max(a[-1], best[1] + _LEAST_HALF[0])))
    ploidy = (min(p[0], best[2] - _LEAST_HALF[1]), max(p[-1], best[2] + _LEAST_HALF[1]))
    return (round(float(purity[0]), 4), round(float(purity[1]), 4)), (
        round(float(ploidy[0]), 4),
        round(float(ploidy[1]), 4),
    )
