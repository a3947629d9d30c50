"""Counts of one allele over all normals: who is noisy, who is a carrier, and the pooled rest."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from oncoloom.calling.pon.file import COUNTS
from oncoloom.kernels.arrays import STATISTIC

LEAST_ALT, MOST_NOISE_FRACTION = 2, 0.2  # a noisy normal: so many fragments, and a fraction below
LEAST_CARRIER_ALT = 3
LEAST_COVERED = 8


@dataclass(frozen=True, slots=True)
class NormalCounts:
    """The alleles of a chunk in every normal.

    Attributes
    ----------
    alt, depth, alt_forward, depth_forward, alt_f1r2, depth_f1r2 : (n_normals, n_sites) int64
    """

    alt: NDArray[np.int64]
    depth: NDArray[np.int64]
    alt_forward: NDArray[np.int64]
    depth_forward: NDArray[np.int64]
    alt_f1r2: NDArray[np.int64]
    depth_f1r2: NDArray[np.int64]

    @classmethod
    def from_statistics(cls, statistics: NDArray[np.int32]) -> "NormalCounts":
        """From (n_normals, n_sites, N_STATISTICS) counts of the evidence step."""

        def column(name: str) -> NDArray[np.int64]:
            return statistics[:, :, STATISTIC[name]].astype(np.int64)

        return cls(
            column("alt"),
            column("ref") + column("alt") + column("other"),
            column("alt_forward"),
            column("ref_forward") + column("alt_forward"),
            column("alt_f1r2"),
            column("ref_f1r2") + column("alt_f1r2"),
        )

    @property
    def noisy(self) -> NDArray[np.bool_]:
        """(n_normals, n_sites): two alternative fragments or more, allele fraction below 0.2."""
        return (self.alt >= LEAST_ALT) & (self.alt < MOST_NOISE_FRACTION * self.depth)

    @property
    def carried(self) -> NDArray[np.bool_]:
        """(n_normals, n_sites): three alternative fragments or more, allele fraction from 0.2 on."""
        return (self.alt >= LEAST_CARRIER_ALT) & (self.alt >= MOST_NOISE_FRACTION * self.depth)


def pool(counts: NormalCounts) -> dict[str, NDArray[np.int64]]:
    """Columns of the panel's sites (`pon.file.COUNTS`): carriers are counted, and left out of the sums."""
    others = ~counts.carried
    pooled = {
        "normals": (counts.depth >= LEAST_COVERED).sum(axis=0),
        "noisy_normals": counts.noisy.sum(axis=0),
        "carriers": counts.carried.sum(axis=0),
    }
    for name in COUNTS[3:]:
        pooled[name] = (getattr(counts, name) * others).sum(axis=0)
    return pooled
