"""Posteriors of alleles under invented evidence: what the model would have said of more reads."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from oncoloom.calling.mixture import SparseHistograms, classify_sites, score_candidates
from oncoloom.calling.sample_fit import FORCED_SOMATIC_RATE
from oncoloom.kernels.arrays import (
    N_BINS,
    N_CATEGORIES,
    TUMOR_F1R2,
    TUMOR_F2R1,
    TUMOR_FORWARD,
    TUMOR_REVERSE,
    TUMOR_UNORIENTED,
    bin_centers,
)
from oncoloom.kernels.mixture_core import SOMATIC

# A typical supporting fragment: one base of quality 30, mapping quality 60.
TYPICAL_NATS = 8.0
SUPPORTS = 1.0
N_CELLS = N_CATEGORIES * N_BINS
TUMOR_CATEGORIES = (TUMOR_F1R2, TUMOR_F2R1, TUMOR_UNORIENTED, TUMOR_FORWARD, TUMOR_REVERSE)


@dataclass(frozen=True, slots=True)
class SampleModel:
    """What a call has learned of its sample.

    Attributes
    ----------
    rates : (n_classes, n_hypotheses) float64
        Per site.
    cut : float
        Posterior from which on a call passes.
    tumor_in_normal : float
        0 where nothing is known.
    """

    rates: NDArray[np.float64]
    cut: float
    tumor_in_normal: float
    has_normal: bool


def trial_posteriors(
    model: SampleModel,
    cells: NDArray[np.int64],
    ref: Sequence[str],
    alt: Sequence[str],
    slippage_rate: NDArray[np.float64],
    in_repeat: NDArray[np.bool_],
    forced: NDArray[np.bool_],
) -> NDArray[np.float64]:
    """(n, n_hypotheses) posteriors of n alleles with the histograms `cells` (n, N_CELLS)."""
    row, cell = np.nonzero(cells)
    sparse = SparseHistograms(
        np.searchsorted(row, np.arange(len(cells) + 1)).astype(np.int64),
        cell.astype(np.int32),
        cells[row, cell].astype(np.int32),
    )
    classes = classify_sites(list(ref), list(alt), slippage_rate, in_repeat)
    scores = score_candidates(
        sparse, classes, tumor_in_normal=model.tumor_in_normal, has_normal=model.has_normal
    )
    prior = np.log(np.maximum(model.rates[classes.index], 1e-300))
    hotspot = np.where(forced, np.log(FORCED_SOMATIC_RATE), -np.inf)
    prior[:, SOMATIC] = np.maximum(prior[:, SOMATIC], hotspot)
    joint = scores[:, : prior.shape[1]] + prior
    weights = np.exp(joint - joint.max(axis=1, keepdims=True))
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


def with_fragments(cells: NDArray[np.int64], n: int, nats: float = TYPICAL_NATS) -> NDArray[np.int64]:
    """`cells` (…, N_CELLS) with n more supporting fragments, half of them in each orientation and strand."""
    b = int(np.argmin(np.abs(bin_centers() - nats)))
    out = cells.copy()
    for first, second in ((TUMOR_F1R2, TUMOR_F2R1), (TUMOR_FORWARD, TUMOR_REVERSE)):
        out[..., first * N_BINS + b] += (n + 1) // 2
        out[..., second * N_BINS + b] += n // 2
    return out


def without_support(cells: NDArray[np.int64]) -> NDArray[np.int64]:
    """`cells` (…, N_CELLS) without the tumor's supporting fragments and reads."""
    out = cells.copy()
    supporting = np.flatnonzero(bin_centers() > SUPPORTS)
    for category in TUMOR_CATEGORIES:
        out[..., category * N_BINS + supporting] = 0
    return out
