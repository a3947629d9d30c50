"""What a filter is, and what it looks at."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class FilterInputs:
    """Columns over the candidates that filters decide by.

    Attributes
    ----------
    posterior : (n, 7) float64
        Of the hypotheses (`kernels.mixture_core.HYPOTHESES`).
    foreign : (n,) float64
        Probability of being a variant of another person; adds up to 1 with the posteriors.
    probability : (n,) float64
        The final one; a call passes from `cut` on.
    veto : (n,) float64
        Log ratio of the normal: carrier against leak.
    tumor, normal : (n, N_STATISTICS) int32
    panel : (n, N_COUNTS) int32
        Counts in the panel of normals (`pon.file.COUNTS`).
    is_indel : (n,) bool
    contig : (n,) int64; pos : (n,) int64
    tumor_in_normal : float
        Estimated share of the tumor's fraction that the normal shows; 0 where it cannot be told.
    cut : float
        Probability from which on a call passes.
    min_af : float
    """

    posterior: NDArray[np.float64]
    foreign: NDArray[np.float64]
    probability: NDArray[np.float64]
    veto: NDArray[np.float64]
    tumor: NDArray[np.int32]
    normal: NDArray[np.int32]
    panel: NDArray[np.int32]
    is_indel: NDArray[np.bool_]
    contig: NDArray[np.int64]
    pos: NDArray[np.int64]
    tumor_in_normal: float
    cut: float
    min_af: float


@dataclass(frozen=True, slots=True)
class CallFilter:
    """A named FILTER: its VCF name, one sentence for the header, and who it marks."""

    name: str
    description: str
    marks: Callable[[FilterInputs], NDArray[np.bool_]]
