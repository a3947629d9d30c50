"""Each microsatellite of a tumor against its normal: a G-test, the share of new lengths, the shift."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import xlogy
from scipy.stats import chi2

MIN_FRAGMENTS = 20
MAX_P_VALUE, MIN_NEW_SHARE = 1e-3, 0.10
POOL_BELOW = 5


@dataclass(frozen=True, slots=True)
class LocusTests:
    """Results by locus; NaN where it is not assessable.

    Attributes
    ----------
    assessable : (n,) bool
        At least 20 spanning fragments in both samples.
    p_value : (n,) float64
        Of the G-test that both samples share one length distribution.
    new_share : (n,) float64
        Share of the tumor's fragments on lengths new to the normal.
    shift_z : (n,) float64
        Mean length of the tumor less that of the normal, in standard errors.
    """

    assessable: NDArray[np.bool_]
    p_value: NDArray[np.float64]
    new_share: NDArray[np.float64]
    shift_z: NDArray[np.float64]

    @property
    def unstable(self) -> NDArray[np.bool_]:
        """(n,) bool: p < 0.001 and at least a tenth of the tumor's fragments on new lengths."""
        with np.errstate(invalid="ignore"):
            return (self.p_value < MAX_P_VALUE) & (self.new_share >= MIN_NEW_SHARE)


def compare_lengths(counts: NDArray[np.int64]) -> LocusTests:
    """Compare tumor with normal at each locus.

    Parameters
    ----------
    counts
        (n, 2, k) fragments of tumor and normal by length.
    """
    assessable = counts.sum(axis=2).min(axis=1, initial=1 << 60) >= MIN_FRAGMENTS
    out = np.full((3, len(counts)), np.nan)
    if assessable.any():
        chosen = counts[assessable].astype(np.float64)
        out[0, assessable] = length_tests(chosen)
        out[1, assessable] = new_length_share(chosen)
        out[2, assessable] = _shift(chosen)
    return LocusTests(assessable, *out)


def length_tests(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n,) p-values of G-tests (likelihood ratio) on 2 × k tables.

    counts : (n, 2, k); lengths with under 5 fragments in both samples together are pooled.
    """
    small = counts.sum(axis=1, keepdims=True) < POOL_BELOW
    kept, rest = np.where(small, 0.0, counts), np.where(small, counts, 0.0).sum(axis=2, keepdims=True)
    table = np.concatenate([kept, rest], axis=2)
    column = table.sum(axis=1, keepdims=True)
    expected = table.sum(axis=2, keepdims=True) * column / table.sum(axis=(1, 2), keepdims=True)
    statistic = 2 * (xlogy(table, table) - xlogy(table, expected)).sum(axis=(1, 2))
    freedom = (column[:, 0] > 0).sum(axis=1) - 1
    p_value = chi2.sf(np.maximum(statistic, 0.0), np.maximum(freedom, 1))
    return np.where(freedom > 0, p_value, 1.0)


def new_length_share(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n,) Σ max(0, tumor share − normal share) over lengths. counts : (n, 2, k)."""
    share = counts / counts.sum(axis=2, keepdims=True)
    return np.asarray(np.maximum(0.0, share[:, 0] - share[:, 1]).sum(axis=1))


def _shift(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n,) difference of the mean lengths over its standard error; a variance is at least 0.05 bases²."""
    length = np.arange(counts.shape[2], dtype=np.float64)
    total = counts.sum(axis=2)
    mean = (counts * length).sum(axis=2) / total
    spread = (counts * length**2).sum(axis=2) / total - mean**2
    error = (np.maximum(spread, 0.05) / total).sum(axis=1)
    return np.asarray((mean[:, 0] - mean[:, 1]) / np.sqrt(error))
