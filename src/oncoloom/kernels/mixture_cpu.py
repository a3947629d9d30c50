"""Hypotheses of all candidates on the processor."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from oncoloom.kernels import mixture_core as core

_fill_curves = njit(cache=True, nogil=True)(core.fill_curves)
_fill_leaks = njit(cache=True, nogil=True)(core.fill_leaks)
_normal_at = njit(cache=True, nogil=True)(core.normal_at)
_score = njit(cache=True, nogil=True)(core.score_hypotheses)

SLIPPED = np.array([[0.25, 0.1], [0.5, 0.25], [1.0, 0.35], [1.7, 0.2], [3.0, 0.1]])


@njit(cache=True, nogil=True)
def mixture_cpu(
    borders: NDArray[np.int64],
    cells: NDArray[np.int32],
    counts: NDArray[np.int32],
    damage: NDArray[np.int8],
    slippage_rate: NDArray[np.float64],
    repeat: NDArray[np.uint8],
    table: NDArray[np.float64],
    leak_table: NDArray[np.float64],
    leak_weight: NDArray[np.float64],
    leak_base: float,
    fractions: NDArray[np.float64],
    log_w: NDArray[np.float64],
    log_v: NDArray[np.float64],
    genotype: NDArray[np.int64],
    slipped: NDArray[np.float64],
    out: NDArray[np.float64],
) -> None:
    """Log marginal likelihoods of the hypotheses of each candidate.

    Parameters
    ----------
    borders : (n + 1,) int64
        Candidate c's histogram cells are ``[borders[c], borders[c + 1])``.
    cells, counts : int32
        category * N_BINS + bin, and how many fragments or reads lie there.
    damage : (n,) int8; slippage_rate : (n,) float64; repeat : (n,) uint8
        See `mixture_core.score_hypotheses`.
    table : (N_BINS, n_fractions) float64; leak_table : (n_leaks, N_BINS, n_fractions) float64
        ``log(1 + f (e^L - 1))`` at the grid, and at each leak's share of the grid.
    slipped : (k, 2) float64
        Multiples of the slippage rate that the normal may show, and their weights.
    out : (n, N_OUTPUTS) float64
        Overwritten.
    """
    n_f = fractions.shape[0]
    curves = np.empty((8, n_f))
    terms = np.empty((8, n_f))
    scratch = np.empty(n_f)
    leak = np.empty(n_f)
    for c in range(borders.shape[0] - 1):
        begin, stop = borders[c], borders[c + 1]
        _fill_curves(cells, counts, begin, stop, table, curves)
        _fill_leaks(cells, counts, begin, stop, leak_table, leak_weight, leak_base, scratch, leak)
        total = 0.0
        if repeat[c]:
            for k in range(slipped.shape[0]):
                fraction = slipped[k, 0] * slippage_rate[c]
                total += slipped[k, 1] * np.exp(
                    _normal_at(cells, counts, begin, stop, table.shape[0], fraction)
                )
        slipped_normal = np.log(max(total, 1e-300)) if repeat[c] else 0.0
        _score(
            curves,
            leak,
            fractions,
            log_w,
            log_v,
            genotype,
            damage[c],
            slippage_rate[c],
            slipped_normal,
            repeat[c] != 0,
            terms,
            out[c],
        )
