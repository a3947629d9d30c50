"""Ungapped placements of reads on haplotypes, a batch at once, on the processor."""

import numpy as np
from numpy.typing import NDArray

from oncoloom.kernels.compiling import kernel
from oncoloom.kernels.placement_core import PlacementBatch
from oncoloom.kernels.read_placement import placement_penalty


@kernel
def placements_cpu(batch: PlacementBatch, worst: float, out: NDArray[np.float64]) -> None:
    """Lowest penalty (nats) over the places of each pair; out: (n,) float64.

    No pair gets more than `worst`, and a place is given up as soon as it is worse than the best before it.
    """
    for pair in range(batch.pairs.shape[0]):
        read, haplotype, pivot = batch.pairs[pair, 0], batch.pairs[pair, 1], batch.pairs[pair, 2]
        begin, stop = batch.read_at[read], batch.read_at[read + 1]
        first, last = batch.haplotype_at[haplotype], batch.haplotype_at[haplotype + 1]
        bases, costs = batch.reads[begin:stop], batch.costs[begin:stop]
        best = worst
        for x in range(batch.place_at[pair], batch.place_at[pair + 1]):
            penalty = placement_penalty(
                batch.haplotypes[first:last],
                last - first,
                batch.places[x],
                bases,
                costs,
                0,
                stop - begin,
                pivot,
                True,  # noqa: FBT003
                best,
            )
            best = min(best, penalty)
        out[pair] = best
