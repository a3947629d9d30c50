"""Posterior of the fraction of tumor cells that carry a variant, over multiplicity and purity."""

from math import exp, lgamma

import numpy as np
from numba import njit
from numpy.typing import NDArray

N_STEPS = 100  # of the fraction, 0.01 to 1
_PURITY_STEP = 1.2  # standard deviations to either side; weights 1/4, 1/2, 1/4
_LEAST_FRACTION = 1e-4


@njit(cache=True, nogil=True)
def cell_fraction_posterior(
    alt: NDArray[np.int64],
    depth: NDArray[np.int64],
    total: NDArray[np.float64],
    most: NDArray[np.int64],
    normal: NDArray[np.float64],
    purity: float,
    purity_sd: float,
    concentration: float,
    posterior: NDArray[np.float64],
) -> None:
    """Posterior of the cell fraction of each variant, flat prior on 0.01 to 1.

    Parameters
    ----------
    alt, depth : (n,) int64
        Fragments with the variant, and in all.
    total : (n,) float64
        Copies in tumor cells.
    most : (n,) int64
        Largest number of copies that may carry it (the major ones), >= 1; all from 1 weigh alike.
    normal : (n,) float64
        Copies in normal cells.
    concentration
        Sum of the beta's parameters, (1 - rho) / rho.
    posterior : (n, 100) float64
        Overwritten; each row sums to 1.
    """
    for i in range(alt.shape[0]):
        posterior[i, :] = 0.0
        k, rest = float(alt[i]), float(depth[i] - alt[i])
        top = -1e300
        for step in range(N_STEPS):  # two passes: the largest term first, so that exp never underflows
            top = max(
                top, _best(k, rest, (step + 1) / N_STEPS, total[i], most[i], normal[i], purity, concentration)
            )
        whole = 0.0
        for step in range(N_STEPS):
            value = 0.0
            for side in range(-1, 2):
                share = min(max(purity + side * _PURITY_STEP * purity_sd, 0.02), 1.0)
                weight = 0.5 if side == 0 else 0.25
                for copies in range(1, most[i] + 1):
                    fraction = _fraction((step + 1) / N_STEPS, copies, total[i], normal[i], share)
                    value += weight * exp(_log_beta_binomial(k, rest, fraction, concentration) - top)
            posterior[i, step] = value
            whole += value
        for step in range(N_STEPS):
            posterior[i, step] /= whole


@njit(cache=True, nogil=True)
def _best(
    k: float,
    rest: float,
    cells: float,
    total: float,
    most: int,
    normal: float,
    purity: float,
    concentration: float,
) -> float:
    best = -1e300
    for copies in range(1, most + 1):
        fraction = _fraction(cells, copies, total, normal, purity)
        best = max(best, _log_beta_binomial(k, rest, fraction, concentration))
    return best


@njit(cache=True, nogil=True)
def _fraction(cells: float, copies: int, total: float, normal: float, purity: float) -> float:
    """Expected allele fraction."""
    value = purity * copies * cells / (purity * total + normal * (1 - purity))
    return min(max(value, _LEAST_FRACTION), 1 - _LEAST_FRACTION)


@njit(cache=True, nogil=True)
def _log_beta_binomial(k: float, rest: float, fraction: float, concentration: float) -> float:
    """Without the terms that do not depend on `fraction`."""
    a, b = fraction * concentration, (1 - fraction) * concentration
    return lgamma(k + a) + lgamma(rest + b) - lgamma(a) - lgamma(b)
