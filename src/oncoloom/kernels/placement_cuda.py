"""Ungapped placements of reads on haplotypes on a graphics card: a warp a pair, which strides over the bases.

Neighboring threads read neighboring bases of the read and of the haplotype. Every place is summed whole: to
give one up early would make threads of a warp wait for each other.
"""

import numpy as np
from numba import cuda, float64
from numpy.typing import NDArray

from oncoloom.kernels.placement_core import N_NATS, OUTSIDE_NATS, PlacementBatch

THREADS = 32
_TOGETHER = 8  # places summed before threads meet
_ROW = THREADS + 1  # one more than the threads: no two rows begin in one bank
_SUMS = _TOGETHER * _ROW
_OUTSIDE, _N = OUTSIDE_NATS, N_NATS


@cuda.jit(cache=True)
def _place(  # type: ignore[no-untyped-def]
    reads,  # noqa: ANN001
    costs,  # noqa: ANN001
    read_at,  # noqa: ANN001
    haplotypes,  # noqa: ANN001
    haplotype_at,  # noqa: ANN001
    pairs,  # noqa: ANN001
    places,  # noqa: ANN001
    place_at,  # noqa: ANN001
    worst,  # noqa: ANN001
    out,  # noqa: ANN001
) -> None:
    sums = cuda.shared.array(_SUMS, float64)
    pair, t = cuda.blockIdx.x, cuda.threadIdx.x
    read, haplotype = pairs[pair, 0], pairs[pair, 1]
    begin, n = read_at[read], read_at[read + 1] - read_at[read]
    first, m = haplotype_at[haplotype], haplotype_at[haplotype + 1] - haplotype_at[haplotype]
    best = worst
    for group in range(place_at[pair], place_at[pair + 1], _TOGETHER):
        together = min(_TOGETHER, place_at[pair + 1] - group)
        for x in range(together):
            penalty = 0.0
            for i in range(t, n, THREADS):
                j = places[group + x] + i
                if j < 0 or j >= m:
                    penalty += _OUTSIDE
                else:
                    base, other = reads[begin + i], haplotypes[first + j]
                    if base > 3 or other > 3:
                        penalty += _N
                    elif base != other:
                        penalty += float(costs[begin + i])
            sums[x * _ROW + t] = penalty
        cuda.syncthreads()
        if t < together:
            penalty = 0.0
            for u in range(THREADS):
                penalty += sums[t * _ROW + u]
            sums[t * _ROW + THREADS] = penalty
        cuda.syncthreads()
        for x in range(together):
            best = min(best, sums[x * _ROW + THREADS])
        cuda.syncthreads()
    if t == 0:
        out[pair] = best


def launch_placements(arrays, worst: float, result) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    """Start the placement of a batch that lies on the card."""
    _place[result.shape[0], THREADS](*arrays, worst, result)


def placements_cuda(batch: PlacementBatch, worst: float, out: NDArray[np.float64]) -> None:
    """As `placement_cpu.placements_cpu`, on the current CUDA device; penalties agree to 1e-6 nats."""
    n = batch.pairs.shape[0]
    if n == 0:
        return
    result = cuda.device_array(n, dtype=np.float64)
    launch_placements([cuda.to_device(array) for array in batch], worst, result)
    result.copy_to_host(out)
