"""Banded pair-HMM on a graphics card: a pair a group of threads, anti-diagonals of its band in registers.

Thread t of a pair keeps the band's diagonals 2t and 2t + 1 in registers and works on row s - t in step s, so
that only a match (times its gap opening) and a gap go to the neighbor, through shared memory. Arithmetic and
its order are those of `pair_hmm_cpu`; where the card keeps to IEEE fused operations the bits are, too.
"""

from math import log

import numpy as np
from numba import cuda, float32
from numpy.typing import NDArray

from oncoloom.kernels import pair_hmm_core as core
from oncoloom.kernels.pair_hmm_core import (
    BASE_OPENING,
    EXTENSION,
    LEAST_SUM,
    NOTHING,
    START_WEIGHT,
    PairBatch,
)

THREADS = 32  # one warp a block: its barrier costs next to nothing
MOST_BAND = 128
_ROOM, _SUMS = MOST_BAND // 2, 2 * MOST_BAND
_EXTENSION = np.float32(EXTENSION)
_LEAVING = np.float32(1.0 - EXTENSION)
_LESS_OPENING = np.float32(-2.0 / (1.0 - EXTENSION))
_UNSCALE = np.float32(1.0) / _LEAVING
_START = np.float32(START_WEIGHT)
_FLAT = np.float32(BASE_OPENING) * _LEAVING
_ONE, _ZERO = np.float32(1.0), np.float32(0.0)

_pair_penalty = cuda.jit(device=True)(core.pair_penalty.py_func)


@cuda.jit
def _forward(  # type: ignore[no-untyped-def]
    reads,  # noqa: ANN001
    ratios,  # noqa: ANN001
    read_at,  # noqa: ANN001
    haplotypes,  # noqa: ANN001
    opening,  # noqa: ANN001
    haplotype_at,  # noqa: ANN001
    pairs,  # noqa: ANN001
    order,  # noqa: ANN001
    band,  # noqa: ANN001
    out,  # noqa: ANN001
) -> None:
    """Block (threads of a pair, pairs); out is NaN for pairs that need the rescue."""
    even_opened = cuda.shared.array(_ROOM, float32)
    even_insertion = cuda.shared.array(_ROOM, float32)
    odd_opened = cuda.shared.array(_ROOM, float32)
    odd_deletion = cuda.shared.array(_ROOM, float32)
    sums = cuda.shared.array(_SUMS, float32)
    t, lane = cuda.threadIdx.x, cuda.threadIdx.y
    here = lane * cuda.blockDim.x + t
    first_place = cuda.blockIdx.x * cuda.blockDim.y
    place = min(first_place + lane, order.shape[0] - 1)  # a group without a pair repeats the last one
    pair = order[place]
    read, haplotype = pairs[pair, 0], pairs[pair, 1]
    begin, length = read_at[read], read_at[read + 1] - read_at[read]
    head = pairs[order[first_place], 0]
    n_rows = read_at[head + 1] - read_at[head]  # of the longest read in the block
    first, n_haplotype = haplotype_at[haplotype], haplotype_at[haplotype + 1] - haplotype_at[haplotype]
    column = pairs[pair, 2] + t  # of the even diagonal in row s - t, less s
    even_opened[here], even_insertion[here] = _ZERO, _ZERO
    odd_opened[here], odd_deletion[here] = _ZERO, _ZERO
    match_0, insertion_0, deletion_0, opened_0 = _ZERO, _ZERO, _START, _ZERO
    match_1, insertion_1, deletion_1, opened_1 = _ZERO, _ZERO, _START, _ZERO
    has_odd = 2 * t + 1 < band
    has_right = 2 * t + 2 < band
    code_0, open_1 = NOTHING, _FLAT
    if 0 <= column < n_haplotype:
        code_0 = haplotypes[first + column]
    code_1 = NOTHING
    if 0 <= column + 1 < n_haplotype:
        code_1 = haplotypes[first + column + 1]
        open_1 = opening[first + column + 1] * _LEAVING
    cuda.syncthreads()
    for s in range(n_rows + cuda.blockDim.x):
        i = s - t
        busy = 0 <= i < length
        base, ratio = NOTHING - 1, _ONE
        if busy:
            base, ratio = reads[begin + i], ratios[begin + i]
            p = _ONE if base == code_0 else ratio
            gapped = insertion_0 + deletion_0
            match_0 = p * cuda.fma(_LESS_OPENING, opened_0, match_0 + gapped)
            if has_odd:
                insertion_0 = cuda.fma(insertion_1, _EXTENSION, opened_1)
            else:
                insertion_0 = _ZERO
            deletion_0 = _ZERO
            if t > 0:
                deletion_0 = cuda.fma(odd_deletion[here - 1], _EXTENSION, odd_opened[here - 1])
            opened_0 = match_0 * open_1
            even_opened[here], even_insertion[here] = opened_0, insertion_0
        cuda.syncthreads()
        code_0 = code_1
        code_1, open_1 = NOTHING, _FLAT
        if 0 <= column + s + 2 < n_haplotype:
            code_1 = haplotypes[first + column + s + 2]
            open_1 = opening[first + column + s + 2] * _LEAVING
        if busy and has_odd:
            p = _ONE if base == code_0 else ratio
            gapped = insertion_1 + deletion_1
            match_1 = p * cuda.fma(_LESS_OPENING, opened_1, match_1 + gapped)
            insertion_1 = _ZERO
            if has_right:
                insertion_1 = cuda.fma(even_insertion[here + 1], _EXTENSION, even_opened[here + 1])
            deletion_1 = cuda.fma(deletion_0, _EXTENSION, opened_0)
            opened_1 = match_1 * open_1
            odd_opened[here], odd_deletion[here] = opened_1, deletion_1
        cuda.syncthreads()
    sums[4 * here], sums[4 * here + 1] = match_0, insertion_0
    sums[4 * here + 2], sums[4 * here + 3] = match_1, insertion_1
    cuda.syncthreads()
    if t == 0 and first_place + lane < order.shape[0]:
        total = _ZERO
        for k in range(band):
            total = cuda.fma(sums[4 * here + 2 * k + 1], _UNSCALE, total + sums[4 * here + 2 * k])
        out[pair] = 0.0 - log(float(total) / START_WEIGHT) if total > LEAST_SUM else np.nan


@cuda.jit
def _rescue(  # type: ignore[no-untyped-def]
    reads,  # noqa: ANN001
    ratios,  # noqa: ANN001
    read_at,  # noqa: ANN001
    haplotypes,  # noqa: ANN001
    opening,  # noqa: ANN001
    haplotype_at,  # noqa: ANN001
    pairs,  # noqa: ANN001
    lost,  # noqa: ANN001
    band,  # noqa: ANN001
    room,  # noqa: ANN001
    out,  # noqa: ANN001
) -> None:
    """One thread a pair, in float64."""
    x = cuda.grid(1)
    if x < lost.shape[0]:
        batch = PairBatch(reads, ratios, read_at, haplotypes, opening, haplotype_at, pairs)
        out[x] = _pair_penalty(batch, lost[x], band, room[x])


def launch_forward(  # type: ignore[no-untyped-def]
    arrays,  # noqa: ANN001
    order,  # noqa: ANN001
    band: int,
    result,  # noqa: ANN001
) -> None:
    """Start the forward algorithm on arrays that lie on the card; `result` is NaN for pairs to be rescued."""
    threads = (band + 1) // 2
    pairs_a_block = max(1, THREADS // threads)
    blocks = (order.shape[0] + pairs_a_block - 1) // pairs_a_block
    _forward[blocks, (threads, pairs_a_block)](*arrays, order, band, result)


def pair_hmm_cuda(batch: PairBatch, order: NDArray[np.int64], band: int, out: NDArray[np.float64]) -> int:
    """As `pair_hmm_cpu.pair_hmm_cpu`, on the current CUDA device, for bands of at most 128 diagonals.

    Penalties agree to 1e-4 nats.

    Raises
    ------
    ValueError
        If the band is wider.
    """
    if not 2 <= band <= MOST_BAND:
        raise ValueError(f"bands on a card have 2 to {MOST_BAND} diagonals, not {band}")
    if order.shape[0] == 0:
        return 0
    arrays = [cuda.to_device(array) for array in batch]
    result = cuda.device_array(out.shape[0], dtype=np.float64)
    launch_forward(arrays, cuda.to_device(order), band, result)
    found = result.copy_to_host()
    out[order] = found[order]
    lost = order[np.isnan(found[order])]
    if lost.shape[0]:
        room = cuda.device_array((lost.shape[0], 3, band + 1), dtype=np.float64)
        rescued = cuda.device_array(lost.shape[0], dtype=np.float64)
        blocks = (lost.shape[0] + THREADS - 1) // THREADS
        _rescue[blocks, THREADS](*arrays, cuda.to_device(lost), band, room, rescued)
        out[lost] = rescued.copy_to_host()
    return int(lost.shape[0])
