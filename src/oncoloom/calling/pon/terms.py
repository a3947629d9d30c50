"""What a panel of normals adds to the hypotheses: noise that comes back shows in it.

Where the panel covers a candidate, an allele fraction f of the noise is weighed by how well it explains the
counts there: ``(1 - r) + r BB(alt | depth; 60 f, 60 (1 - f)) / BB(alt | depth; 60 e, 60 (1 - e))``. r is the
share of such noise that comes back in other normals, learned when the panel was built; e is the rate of
single errors; beta-binomial, since a place errs more in one sample than in another (CALLING.md section 5).
So a clean and deep panel lowers the strand and shared-noise hypotheses, and a noisy one raises them.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from oncoloom.calling.mixture import CLASSES, SHARED_NOISE, SLIPPAGE, STRAND, SiteClasses, SparseHistograms
from oncoloom.calling.pon.file import COUNTS, PanelHeader
from oncoloom.kernels.arrays import (
    FRACTIONS,
    N_BINS,
    N_CATEGORIES,
    N_FRACTIONS,
    NORMAL_FORWARD,
    NORMAL_FRAGMENTS,
    NORMAL_REVERSE,
    TUMOR_F1R2,
    TUMOR_F2R1,
    TUMOR_FORWARD,
    TUMOR_REVERSE,
    TUMOR_UNORIENTED,
    fraction_weights,
    log_mixture_table,
)

CONCENTRATION = 60.0
SINGLE_ERROR = 2e-4
MOST_SHARED_FRACTION = 0.12
SLIPPAGE_WIDTH = 0.7
STRAND_PENALTY = 0.7
ROWS_AT_ONCE = 2_000


@dataclass(frozen=True, slots=True)
class PanelRates:
    """Share of each kind of noise that comes back in other normals, by class: (5,) float64 each."""

    strand: NDArray[np.float64]
    shared_noise: NDArray[np.float64]
    slippage: NDArray[np.float64]

    @classmethod
    def from_header(cls, header: PanelHeader) -> "PanelRates":
        """From a panel's metadata."""

        def shares(kind: str) -> NDArray[np.float64]:
            return np.array([header.rates[name][kind]["recurrent_share"] for name in CLASSES])

        return cls(shares("strand"), shares("shared_noise"), shares("slippage"))


def add_panel_terms(
    scores: NDArray[np.float64],
    histograms: SparseHistograms,
    classes: SiteClasses,
    panel: NDArray[np.int32],
    rates: PanelRates,
) -> None:
    """Replace, in `scores`, the noise hypotheses of candidates that the panel covers.

    Parameters
    ----------
    scores : (n, N_OUTPUTS)
        Changed in place.
    panel : (n, len(COUNTS)) int32
        Counts of each allele in the panel (`pon.lookup.add_panel`).
    """
    column = {name: panel[:, index].astype(np.float64) for index, name in enumerate(COUNTS)}
    for rows, curves in _curves(histograms, np.flatnonzero(column["depth"] > 0)):
        k = classes.index[rows]
        alt, depth = column["alt"][rows], column["depth"][rows]
        forward, depth_forward = column["alt_forward"][rows], column["depth_forward"][rows]
        tumor = curves[:, TUMOR_F1R2] + curves[:, TUMOR_F2R1] + curves[:, TUMOR_UNORIENTED]
        both = tumor + curves[:, NORMAL_FRAGMENTS]
        scores[rows, SHARED_NOISE] = _sum(_LOG_V + both + recurrence(alt, depth, rates.shared_noise[k]))
        strands = (
            (TUMOR_FORWARD, NORMAL_FORWARD, forward, depth_forward),
            (TUMOR_REVERSE, NORMAL_REVERSE, alt - forward, depth - depth_forward),
        )
        scores[rows, STRAND] = np.maximum(
            *(
                _sum(_LOG_W + curves[:, t] + curves[:, n] + recurrence(a, d, rates.strand[k]))
                for t, n, a, d in strands
            )
        )
        scores[rows, STRAND] -= STRAND_PENALTY
        slips = np.flatnonzero(classes.slippage_rate[rows] > 0)
        if slips.size:
            z = (np.log(FRACTIONS) - np.log(classes.slippage_rate[rows][slips])[:, None]) / SLIPPAGE_WIDTH
            prior = _LOG_W - 0.5 * z * z
            panel_says = recurrence(alt[slips], depth[slips], rates.slippage[k[slips]])
            scores[rows[slips], SLIPPAGE] = _sum(prior + both[slips] + panel_says) - _sum(prior)


with np.errstate(divide="ignore"):
    _LOG_W = np.log(fraction_weights(1.0, 1.0))
    _LOG_V = np.maximum(np.log(fraction_weights(2.0, MOST_SHARED_FRACTION)), -1e9)
_TABLE = np.ascontiguousarray(log_mixture_table(FRACTIONS).T)


def recurrence(
    alt: NDArray[np.float64], depth: NDArray[np.float64], share: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(n, n_fractions) log weight of each fraction of the noise by the panel's counts; see the module."""
    background = _log_beta_binomial(alt, depth, np.full(len(alt), SINGLE_ERROR))
    f = np.minimum(FRACTIONS, 1 - 1e-6)
    ratio = _log_beta_binomial(alt[:, None], depth[:, None], f[None, :]) - background[:, None]
    share = np.clip(share, 1e-3, 1 - 1e-3)[:, None]
    return np.logaddexp(np.log1p(-share), np.log(share) + ratio)


def _log_beta_binomial(
    alt: NDArray[np.float64], depth: NDArray[np.float64], rate: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Log probability of the counts, the binomial coefficient left out."""
    from scipy.special import betaln  # scipy takes a quarter of a second to import

    a, b = CONCENTRATION * rate, CONCENTRATION * (1.0 - rate)
    return np.asarray(betaln(alt + a, depth - alt + b) - betaln(a, b))


def _sum(terms: NDArray[np.float64]) -> NDArray[np.float64]:
    """Log of the sum of exponentials along the last axis."""
    return np.asarray(np.logaddexp.reduce(terms, axis=-1))


def _curves(
    histograms: SparseHistograms, rows: NDArray[np.int64]
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float64]]]:
    """Some candidates at a time: their rows, and (n, N_CATEGORIES, n_fractions) log likelihoods."""
    for first in range(0, len(rows), ROWS_AT_ONCE):
        some = rows[first : first + ROWS_AT_ONCE]
        sizes = (histograms.borders[1:] - histograms.borders[:-1])[some]
        ends = np.cumsum(sizes)
        take = np.repeat(histograms.borders[some] - (ends - sizes), sizes) + np.arange(ends[-1])
        cells = histograms.cells[take]
        key = np.repeat(np.arange(len(some)), sizes) * N_CATEGORIES + cells // N_BINS
        terms = histograms.counts[take][:, None] * _TABLE[cells % N_BINS]
        curves = np.zeros((len(some) * N_CATEGORIES, N_FRACTIONS))
        firsts = np.flatnonzero(np.diff(key, prepend=-1))
        if firsts.size:
            curves[key[firsts]] = np.add.reduceat(terms, firsts, axis=0)
        yield some, curves.reshape(len(some), N_CATEGORIES, N_FRACTIONS)
