"""Likelihood of purity and ploidy over a grid, from segments' log ratios and minor allele fractions.

States are total and minor copies (T, m), T = 0 ... 8. The weights of the states are learned at each grid
point from the sample itself, drawn towards a prior around the ploidy: a doubled genome fits always as well
as the plain one and pays for the odd states that it leaves empty.
"""

from math import exp, log, pi, sqrt

import numpy as np
from numba import njit
from numpy.typing import NDArray

MOST_COPIES = 8
N_STATES = 25  # (T, m) with m <= T / 2
_OUTLIER = 0.05  # share of segments that fit no state: subclonal, or an artifact
_DENSITY_LOG2, _DENSITY_BAF = 0.15, 2.0  # of such a segment: 1 / range of the data
_PRIOR_SLOPE, _PRIOR_NONE = 0.8, 0.05
_PSEUDO_COUNTS = 400.0
_EM_STEPS = 3
_FLOOR = 0.02  # of a depth ratio: a bin without tumor copies still has stray reads


@njit(cache=True, nogil=True)
def state_prior(ploidy: float, prior: NDArray[np.float64]) -> None:
    """Prior weights of the 25 states at a ploidy into `prior` (25,), summing to 1."""
    k, whole = 0, 0.0
    for total in range(MOST_COPIES + 1):
        value = exp(-_PRIOR_SLOPE * abs(total - ploidy)) / (total // 2 + 1)
        if total == 0:
            value *= _PRIOR_NONE
        for _ in range(total // 2 + 1):
            prior[k] = value
            whole += value
            k += 1
    for i in range(N_STATES):
        prior[i] /= whole


@njit(cache=True, nogil=True)
def expected_log2(purity: float, ploidy: float, total: float) -> float:
    """Log2 depth ratio of `total` copies, against the mean of the genome."""
    mixed = purity * total + 2 * (1 - purity)
    return log(max(mixed / (purity * ploidy + 2 * (1 - purity)), _FLOOR)) / log(2.0)


@njit(cache=True, nogil=True)
def expected_baf(purity: float, total: float, minor: float) -> float:
    """Minor allele fraction at heterozygous sites of `total` copies, `minor` of them of one parent."""
    mixed = purity * total + 2 * (1 - purity)
    return 0.5 if mixed <= 0.0 else (purity * minor + 1 - purity) / mixed


@njit(cache=True, nogil=True)
def state_densities(
    segments: NDArray[np.float64],
    purity: float,
    ploidy: float,
    tau: NDArray[np.float64],
    density: NDArray[np.float64],
) -> None:
    """Density of each segment under each state.

    Parameters
    ----------
    segments : (n, 6) float64
        log2, its sampling variance, minor allele fraction (NaN: unknown), its sampling variance, weight
        (0 to 1), length.
    tau : (2,) float64
        Standard deviation of segment levels beyond sampling: of log2, of the minor allele fraction.
    density : (n, 25) float64
        Overwritten.
    """
    for i in range(segments.shape[0]):
        variance = segments[i, 1] + tau[0] * tau[0]
        scale = 1 / sqrt(2 * pi * variance)
        known = not np.isnan(segments[i, 2])
        baf_variance = segments[i, 3] + tau[1] * tau[1]
        baf_scale = 1 / sqrt(2 * pi * baf_variance)
        k = 0
        for total in range(MOST_COPIES + 1):
            off = segments[i, 0] - expected_log2(purity, ploidy, total)
            level = 0.5 * off * off / variance
            for minor in range(total // 2 + 1):
                value = 0.0
                if level < 60.0:
                    value = scale * exp(-level)
                    if known:
                        expected = expected_baf(purity, total, minor)
                        near = segments[i, 2] - expected
                        far = segments[i, 2] - (1 - expected)  # folded at one half
                        value *= baf_scale * (
                            exp(-0.5 * near * near / baf_variance) + exp(-0.5 * far * far / baf_variance)
                        )
                density[i, k] = value
                k += 1


@njit(cache=True, nogil=True)
def _learn(
    segments: NDArray[np.float64],
    density: NDArray[np.float64],
    prior: NDArray[np.float64],
    state: NDArray[np.float64],
) -> float:
    """State weights by EM into `state`; the penalized log likelihood at the end."""
    counts = np.empty(N_STATES)
    state[:] = prior
    fit = 0.0
    for step in range(_EM_STEPS + 1):
        counts[:] = _PSEUDO_COUNTS * prior
        fit, total = 0.0, _PSEUDO_COUNTS
        for i in range(segments.shape[0]):
            inside = 0.0
            for k in range(N_STATES):
                inside += state[k] * density[i, k]
            u = _DENSITY_LOG2 if np.isnan(segments[i, 2]) else _DENSITY_LOG2 * _DENSITY_BAF
            whole = (1 - _OUTLIER) * inside + _OUTLIER * u
            fit += segments[i, 4] * log(whole)
            share = segments[i, 4] * (1 - _OUTLIER) / whole
            for k in range(N_STATES):
                counts[k] += share * state[k] * density[i, k]
            total += share * inside
        if step < _EM_STEPS:
            state[:] = counts / total
    for k in range(N_STATES):
        fit += _PSEUDO_COUNTS * prior[k] * log(state[k] / prior[k])
    return fit


@njit(cache=True, nogil=True)
def log_ploidy_prior(ploidy: float) -> float:
    two = exp(-0.5 * ((ploidy - 2.0) / 0.25) ** 2) / 0.25
    more = exp(-0.5 * ((ploidy - 3.4) / 0.6) ** 2) / 0.6
    return log((0.55 * two + 0.35 * more) / sqrt(2 * pi) + 0.10 / 4)


@njit(cache=True, nogil=True)
def score_solution(
    segments: NDArray[np.float64],
    purity: float,
    ploidy: float,
    tau: NDArray[np.float64],
    tie_sd: float,
    density: NDArray[np.float64],
    state: NDArray[np.float64],
) -> float:
    """Log posterior (up to a constant) of one purity and ploidy.

    `density` (n, 25) and `state` (25,) are overwritten with the segments' densities and the learned weights
    of the states. The mean of the best copies over the genome must be the ploidy, within `tie_sd`.
    """
    prior = np.empty(N_STATES)
    state_prior(ploidy, prior)
    state_densities(segments, purity, ploidy, tau, density)
    fit = _learn(segments, density, prior, state)
    total = length = 0.0
    for i in range(segments.shape[0]):
        best, copies, k = -1.0, 0, 0
        for t in range(MOST_COPIES + 1):
            for _ in range(t // 2 + 1):
                if state[k] * density[i, k] > best:
                    best, copies = state[k] * density[i, k], t
                k += 1
        if best > 0.0:
            total += copies * segments[i, 5]
            length += segments[i, 5]
    mean = total / length if length > 0 else 0.0
    return fit - 0.5 * ((mean - ploidy) / tie_sd) ** 2 + log_ploidy_prior(ploidy)


@njit(cache=True, nogil=True)
def score_grid(
    segments: NDArray[np.float64],
    purities: NDArray[np.float64],
    ploidies: NDArray[np.float64],
    tau: NDArray[np.float64],
    tie_sd: float,
    out: NDArray[np.float64],
) -> None:
    """Log posterior of every pair of a purity and a ploidy into `out` (purities, ploidies)."""
    density, state = np.empty((segments.shape[0], N_STATES)), np.empty(N_STATES)
    for a in range(purities.shape[0]):
        for p in range(ploidies.shape[0]):
            out[a, p] = score_solution(segments, purities[a], ploidies[p], tau, tie_sd, density, state)
