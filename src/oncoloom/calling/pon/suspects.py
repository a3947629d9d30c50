"""Whether a normal looks like a tumor: variants of its own whose fractions fit no germline genotype."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from oncoloom.calling.pon.sites import NormalCounts
from oncoloom.errors import SampleSwapError

LEAST_DEPTH, LEAST_ALT, LEAST_FRACTION = 15, 5, 0.05
LEAST_UNEXPLAINED = 10
UNLIKELY = 1e-4


@dataclass(slots=True)
class Suspicion:
    """SNVs of one normal with enough fragments on both strands: how many, and how many fit no genotype."""

    carried: int = 0
    unexplained: int = 0

    def add(self, counts: NormalCounts, index: int, *, is_snv: NDArray[np.bool_]) -> None:
        """Count one normal's SNVs; an allele at which another normal is noisy is the place's fault."""
        from scipy.stats import binom  # scipy takes a quarter of a second to import

        alt, depth = counts.alt[index], counts.depth[index]
        noisy = counts.noisy
        alone = (noisy.sum(axis=0) - noisy[index]) == 0
        forward = counts.alt_forward[index]
        both = (forward > 0) & (forward < alt)
        seen = (
            is_snv
            & alone
            & both
            & (depth >= LEAST_DEPTH)
            & (alt >= np.maximum(LEAST_ALT, LEAST_FRACTION * depth))
        )
        alt, depth = alt[seen], depth[seen]
        low, high = binom.cdf(alt, depth, 0.48), binom.sf(alt - 1, depth, 0.48)
        between = alt < 0.9 * depth
        self.carried += len(alt)
        self.unexplained += int((np.minimum(low, high) < UNLIKELY)[between].sum())


def check_normal(path: Path, suspicion: Suspicion, *, most_unexplained: float) -> None:
    """That a normal is no tumor and no mixture of two people.

    Raises
    ------
    SampleSwapError
        If more than this share of its variants, and at least 10, fit no germline genotype.
    """
    if suspicion.unexplained < LEAST_UNEXPLAINED:
        return
    if suspicion.unexplained > most_unexplained * suspicion.carried:
        raise SampleSwapError(
            "this normal looks like a tumor, or like two people",
            path=path,
            expected=f"at most {100 * most_unexplained:g} % of its variants off the fractions 0.5 and 1",
            found=f"{suspicion.unexplained} of {suspicion.carried} substitutions",
            remedy="leave it out of the panel, or raise --most-unexplained if you know what it is",
        )
