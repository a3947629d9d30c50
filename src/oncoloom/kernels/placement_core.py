"""What the twins of the placement kernel share: the batch of reads, haplotypes and places."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

OUTSIDE_NATS, N_NATS = 1.0, 1.4  # of a base beside the haplotype; of one that is, or meets, an N


class PlacementBatch(NamedTuple):
    """Reads, haplotypes, and where on them reads are laid without a gap.

    Attributes
    ----------
    reads : uint8
        Base codes of all reads, one after the other (A, C, G, T = 0..3, more is N); adapters cut off.
    costs : float32
        Penalty of a mismatch of each of them, nats.
    read_at : (n_reads + 1,) int64
    haplotypes : uint8
    haplotype_at : (n_haplotypes + 1,) int64
    pairs : (n, 3) int64
        Read, haplotype, and the read base to begin at (where a wrong place shows soonest).
    places : int64
        Haplotype position of the read's first base, for every place of every pair.
    place_at : (n + 1,) int64
        Borders of the pairs' places.
    """

    reads: NDArray[np.uint8]
    costs: NDArray[np.float32]
    read_at: NDArray[np.int64]
    haplotypes: NDArray[np.uint8]
    haplotype_at: NDArray[np.int64]
    pairs: NDArray[np.int64]
    places: NDArray[np.int64]
    place_at: NDArray[np.int64]
