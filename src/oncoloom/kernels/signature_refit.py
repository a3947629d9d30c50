"""Exposures of spectra: least squares with x >= 0 by active set, and backward elimination of signatures."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

_RIDGE = 1e-12  # of the largest diagonal: two equal signatures must not break the factorization
_SLACK = 1e-10  # of a gradient: below it a signature at zero stays there


@njit(cache=True, nogil=True)
def refit_spectra(
    signatures: NDArray[np.float64],
    spectra: NDArray[np.float64],
    threshold: NDArray[np.float64],
    kept: NDArray[np.bool_],
    links: NDArray[np.int64],
    exposures: NDArray[np.float64],
) -> None:
    """Restricted refit of each spectrum, with elimination of what explains too little.

    signatures: (c, k) columns that sum to one. spectra: (n, c) counts. threshold: (n, k) relative error
    that a signature must earn: inf = not allowed. kept: (k,) signatures that elimination leaves alone.
    links: (l, 2) pairs of which one present brings the other back, if fitted above zero.
    exposures: (n, k) float64, overwritten with mutations; all zero for an empty spectrum.

    A signature's cost is the rise of ||r|| / ||v|| when the rest is fitted without it, less its threshold;
    the smallest is removed while it is negative.
    """
    n_channels, k = signatures.shape
    gram, work = np.zeros((k, k)), np.empty((k, k))
    for c in range(n_channels):
        for i in range(k):
            for j in range(k):
                gram[i, j] += signatures[c, i] * signatures[c, j]
    allowed = np.empty(k, np.bool_)
    correlation, x, trial, best = np.empty(k), np.empty(k), np.empty(k), np.empty(k)
    for n in range(spectra.shape[0]):
        total = 0.0
        for c in range(n_channels):
            total += spectra[n, c]
        exposures[n, :] = 0.0
        if total <= 0.0:
            continue
        power = 0.0
        correlation[:] = 0.0
        for c in range(n_channels):
            share = spectra[n, c] / total
            power += share * share
            if share > 0.0:
                for j in range(k):
                    correlation[j] += signatures[c, j] * share
        for j in range(k):
            allowed[j] = threshold[n, j] < np.inf
        x[:] = 0.0
        fit_nonnegative(gram, correlation, allowed, x, work)
        _eliminate(gram, correlation, power, threshold[n], kept, allowed, x, trial, best, work)
        if _bring_back(links, threshold[n], allowed, x):
            fit_nonnegative(gram, correlation, allowed, x, work)
        for j in range(k):
            exposures[n, j] = x[j] * total


@njit(cache=True, nogil=True)
def _eliminate(
    gram: NDArray[np.float64],
    correlation: NDArray[np.float64],
    power: float,
    threshold: NDArray[np.float64],
    kept: NDArray[np.bool_],
    allowed: NDArray[np.bool_],
    x: NDArray[np.float64],
    trial: NDArray[np.float64],
    best: NDArray[np.float64],
    work: NDArray[np.float64],
) -> None:
    """Remove signatures from `allowed` and refit `x` while one of them costs less than its threshold."""
    k = x.shape[0]
    norm = np.sqrt(power)
    for j in range(k):  # zero already: nothing to lose
        if x[j] == 0.0 and not kept[j]:
            allowed[j] = False
    while True:
        error = _residual(gram, correlation, power, x)
        lowest, worst = 0.0, -1
        for j in range(k):
            if x[j] == 0.0 or kept[j]:
                continue
            trial[:] = x
            trial[j] = 0.0
            allowed[j] = False
            fit_nonnegative(gram, correlation, allowed, trial, work)
            allowed[j] = True
            cost = (_residual(gram, correlation, power, trial) - error) / norm - threshold[j]
            if cost < lowest:
                lowest, worst = cost, j
                best[:] = trial
        if worst < 0:
            return
        allowed[worst] = False
        x[:] = best


@njit(cache=True, nogil=True)
def _bring_back(
    links: NDArray[np.int64],
    threshold: NDArray[np.float64],
    allowed: NDArray[np.bool_],
    x: NDArray[np.float64],
) -> bool:
    """Allow the missing partner of each present signature; whether there was one."""
    changed = False
    for pair in range(links.shape[0]):
        one, other = links[pair, 0], links[pair, 1]
        if (x[one] > 0.0) != (x[other] > 0.0):
            absent = other if x[one] > 0.0 else one
            if threshold[absent] < np.inf:
                allowed[absent] = True
                changed = True
    return changed


@njit(cache=True, nogil=True)
def _residual(
    gram: NDArray[np.float64], correlation: NDArray[np.float64], power: float, x: NDArray[np.float64]
) -> float:
    """||v - S x||."""
    total = power
    for i in range(x.shape[0]):
        if x[i] != 0.0:
            total -= 2.0 * correlation[i] * x[i]
            for j in range(x.shape[0]):
                if x[j] != 0.0:
                    total += x[i] * gram[i, j] * x[j]
    return np.sqrt(max(total, 0.0))


@njit(cache=True, nogil=True)
def fit_nonnegative(
    gram: NDArray[np.float64],
    correlation: NDArray[np.float64],
    allowed: NDArray[np.bool_],
    x: NDArray[np.float64],
    work: NDArray[np.float64],
) -> None:
    """Minimize ||v - S x|| over x >= 0, zero where not allowed (Lawson & Hanson 1974, on normal equations).

    gram: (k, k) S'S. correlation: (k,) S'v. x: (k,) a feasible start, overwritten. work: (k, k) scratch.
    """
    k = x.shape[0]
    members = np.empty(k, np.int64)
    solution = np.empty(k)
    passive = np.zeros(k, np.bool_)
    n = 0
    for j in range(k):
        passive[j] = x[j] > 0.0
        n += passive[j]
    for _ in range(4 * k + 20):
        if n > 0:
            _settle(gram, correlation, passive, x, members, solution, work)
        steepest, enters = _SLACK, -1
        n = 0
        for j in range(k):
            n += passive[j]
            if passive[j] or not allowed[j]:
                continue
            slope = correlation[j]
            for i in range(k):
                if x[i] != 0.0:
                    slope -= gram[j, i] * x[i]
            if slope > steepest:
                steepest, enters = slope, j
        if enters < 0:
            return
        passive[enters] = True
        n += 1


@njit(cache=True, nogil=True)
def _settle(
    gram: NDArray[np.float64],
    correlation: NDArray[np.float64],
    passive: NDArray[np.bool_],
    x: NDArray[np.float64],
    members: NDArray[np.int64],
    solution: NDArray[np.float64],
    work: NDArray[np.float64],
) -> None:
    """Solve for the passive set; whatever would turn negative leaves it on the way there."""
    k = x.shape[0]
    while True:
        n = 0
        for j in range(k):
            if passive[j]:
                members[n] = j
                n += 1
        if n == 0:
            return
        _solve(gram, correlation, members, n, solution, work)
        step = 1.0
        for m in range(n):
            if solution[m] <= 0.0:
                at = x[members[m]]
                step = min(step, at / (at - solution[m]) if at > 0.0 else 0.0)
        if step == 1.0:
            for m in range(n):
                x[members[m]] = solution[m]
            return
        for m in range(n):
            j = members[m]
            x[j] += step * (solution[m] - x[j])
            if solution[m] <= 0.0 and x[j] <= 1e-14:
                x[j] = 0.0
                passive[j] = False


@njit(cache=True, nogil=True)
def _solve(
    gram: NDArray[np.float64],
    correlation: NDArray[np.float64],
    members: NDArray[np.int64],
    n: int,
    solution: NDArray[np.float64],
    factor: NDArray[np.float64],
) -> None:
    """Normal equations of the members, by Cholesky's factorization."""
    largest = 0.0
    for i in range(n):
        largest = max(largest, gram[members[i], members[i]])
    for i in range(n):
        for j in range(i + 1):
            value = gram[members[i], members[j]]
            if i == j:
                value += _RIDGE * largest
            for m in range(j):
                value -= factor[i, m] * factor[j, m]
            if i == j:
                factor[i, i] = np.sqrt(max(value, _RIDGE * largest))
            else:
                factor[i, j] = value / factor[j, j]
    for i in range(n):
        value = correlation[members[i]]
        for m in range(i):
            value -= factor[i, m] * solution[m]
        solution[i] = value / factor[i, i]
    for i in range(n - 1, -1, -1):
        value = solution[i]
        for m in range(i + 1, n):
            value -= factor[m, i] * solution[m]
        solution[i] = value / factor[i, i]
