"""Minor allele fraction of a segment from the counts at its heterozygous sites, phase unknown."""

from math import exp, lgamma, log

import numpy as np
from numba import njit
from numpy.typing import NDArray

_GOLDEN = 0.6180339887498949
_LEAST, _MOST = 0.005, 0.5
_STEPS, _SCAN_STEP = 14, 0.04
_OUTLIER = 0.05  # sites with any fraction: reads of a paralog make them, and draw the rest towards one half


@njit(cache=True, nogil=True)
def _expected(minor: float, alt_share: float) -> tuple[float, float]:
    """Expected ALT fraction where ALT is the minor allele, and where it is the major one."""
    ref_share = 1.0 - alt_share
    low = minor * alt_share / (minor * alt_share + (1.0 - minor) * ref_share)
    high = (1.0 - minor) * alt_share / ((1.0 - minor) * alt_share + minor * ref_share)
    return low, high


@njit(cache=True, nogil=True)
def baf_log_likelihood(
    alt: NDArray[np.int64], depth: NDArray[np.int64], minor: float, concentration: float, alt_share: float
) -> float:
    """Log likelihood of a minor allele fraction: beta-binomial around it or its mirror, half and half.

    One site in twenty may have any fraction.

    Parameters
    ----------
    alt, depth : (n,) int64
        Fragments with ALT and in all at germline heterozygous sites.
    concentration
        Sum of the beta's parameters, (1 - rho) / rho.
    alt_share
        Fraction of ALT at a balanced site (under 0.5 where reads with ALT align worse).
    """
    low, high = _expected(minor, alt_share)
    a, b, c, d = (
        low * concentration,
        (1 - low) * concentration,
        high * concentration,
        (1 - high) * concentration,
    )
    fixed_low, fixed_high = lgamma(a) + lgamma(b), lgamma(c) + lgamma(d)
    total, whole = 0.0, lgamma(concentration)
    for i in range(alt.shape[0]):
        k, rest = float(alt[i]), float(depth[i] - alt[i])
        one = lgamma(k + a) + lgamma(rest + b) - fixed_low
        two = lgamma(k + c) + lgamma(rest + d) - fixed_high
        n = k + rest
        choices = lgamma(n + 1) - lgamma(k + 1) - lgamma(rest + 1) + whole - lgamma(n + concentration)
        inside = 0.5 * (exp(one + choices) + exp(two + choices))
        total += log((1 - _OUTLIER) * inside + _OUTLIER / (n + 1))
    return total


@njit(cache=True, nogil=True)
def fit_segment_bafs(
    alt: NDArray[np.int64],
    depth: NDArray[np.int64],
    borders: NDArray[np.int64],
    concentration: float,
    alt_share: float,
    baf: NDArray[np.float64],
    sd: NDArray[np.float64],
) -> None:
    """Maximum-likelihood minor allele fraction of each segment with its standard error.

    Parameters
    ----------
    alt, depth : (n,) int64
        Counts at heterozygous sites, segment by segment.
    borders : (s + 1,) int64
        Sites borders[k] to borders[k + 1] are those of segment k.
    baf, sd : (s,) float64
        Overwritten; NaN for a segment without sites. `sd` is the distance at which the log likelihood has
        fallen by one half, to the side of 0: near 0.5 the likelihood is flat and the error larger than that
        of a proportion.
    """
    for k in range(baf.shape[0]):
        first, last = borders[k], borders[k + 1]
        if last == first:
            baf[k] = sd[k] = np.nan
            continue
        a, d = alt[first:last], depth[first:last]
        near = _best_of_a_few(a, d, concentration, alt_share)
        low, high = max(_LEAST, near - _SCAN_STEP), min(_MOST, near + _SCAN_STEP)
        left, right = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
        at_left = baf_log_likelihood(a, d, left, concentration, alt_share)
        at_right = baf_log_likelihood(a, d, right, concentration, alt_share)
        for _ in range(_STEPS):
            if at_left < at_right:
                low, left, at_left = left, right, at_right
                right = low + _GOLDEN * (high - low)
                at_right = baf_log_likelihood(a, d, right, concentration, alt_share)
            else:
                high, right, at_right = right, left, at_left
                left = high - _GOLDEN * (high - low)
                at_left = baf_log_likelihood(a, d, left, concentration, alt_share)
        best = (low + high) / 2
        top = baf_log_likelihood(a, d, best, concentration, alt_share)
        if _MOST - best < 1e-3:
            best = _MOST
        baf[k] = best
        sd[k] = _half_width(a, d, best, top, concentration, alt_share)


@njit(cache=True, nogil=True)
def _best_of_a_few(
    alt: NDArray[np.int64], depth: NDArray[np.int64], concentration: float, alt_share: float
) -> float:
    """The best of thirteen fractions: outliers may give the likelihood more than one peak."""
    best, top = _MOST, -np.inf
    for step in range(1, 14):
        minor = min(step * _SCAN_STEP, _MOST)
        value = baf_log_likelihood(alt, depth, minor, concentration, alt_share)
        if value > top:
            best, top = minor, value
    return best


@njit(cache=True, nogil=True)
def _half_width(
    alt: NDArray[np.int64],
    depth: NDArray[np.int64],
    best: float,
    top: float,
    concentration: float,
    alt_share: float,
) -> float:
    """Distance below `best` at which the log likelihood is one half less than `top`, by bisection."""
    low, high = 0.0, best - _LEAST / 2
    if baf_log_likelihood(alt, depth, best - high, concentration, alt_share) > top - 0.5:
        return high
    for _ in range(14):
        middle = (low + high) / 2
        if baf_log_likelihood(alt, depth, best - middle, concentration, alt_share) > top - 0.5:
            low = middle
        else:
            high = middle
    return (low + high) / 2
