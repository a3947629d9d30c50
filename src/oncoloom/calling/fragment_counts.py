"""Depth and allele fraction of counted fragments: what `DP` and `AF` of the VCF show."""

import numpy as np
from numpy.typing import NDArray

from oncoloom.kernels.arrays import STATISTIC

_SHOWN = [STATISTIC["ref"], STATISTIC["alt"], STATISTIC["other"]]


def shown_depth(counts: NDArray[np.int32]) -> NDArray[np.int64]:
    """(…) fragments that show some allele, from (…, N_STATISTICS) counts."""
    return np.asarray(counts[..., _SHOWN].sum(axis=-1, dtype=np.int64))


def shown_fraction(counts: NDArray[np.int32]) -> NDArray[np.float64]:
    """(…) share of them with the alternative allele; 0 where there is none."""
    return np.asarray(counts[..., STATISTIC["alt"]] / np.maximum(shown_depth(counts), 1))
