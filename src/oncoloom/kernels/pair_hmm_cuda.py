"""Banded pair-HMM on a graphics card: a pair a group of threads, anti-diagonals of its band in registers.

Thread t of a pair keeps the band's diagonals 4t to 4t + 3 in registers and works on row s - t in step s, so
that of four cells only the outer ones' matches (times their gap opening) and gaps go to the neighbors,
through shared memory. Arithmetic and its order are those of `pair_hmm_cpu`; where the card keeps to IEEE
fused operations the bits are, too.
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
DIAGONALS = 4  # of a thread; two gave 310 to 410 GCUPS on an H100
MOST_BAND = DIAGONALS * THREADS
_ROOM, _SUMS = THREADS, 2 * MOST_BAND
_EXTENSION = np.float32(EXTENSION)
_LEAVING = np.float32(1.0 - EXTENSION)
_LESS_OPENING = np.float32(-2.0 / (1.0 - EXTENSION))
_UNSCALE = np.float32(1.0) / _LEAVING
_START = np.float32(START_WEIGHT)
_FLAT = np.float32(BASE_OPENING) * _LEAVING
_ONE, _ZERO = np.float32(1.0), np.float32(0.0)

_pair_penalty = cuda.jit(device=True)(core.pair_penalty.py_func)


@cuda.jit(device=True)
def _code(haplotypes, first, n, j):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Base j of a haplotype; NOTHING outside."""
    return haplotypes[first + j] if 0 <= j < n else NOTHING


@cuda.jit(device=True)
def _opening(opening, first, n, j):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Probability of a gap before base j, times that of leaving it."""
    return opening[first + j] * _LEAVING if 0 <= j < n else _FLAT


@cuda.jit(device=True)
def _match(base, code, ratio, match, insertion, deletion, opened):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """A diagonal's match in the next row."""
    p = _ONE if base == code else ratio
    return p * cuda.fma(_LESS_OPENING, opened, match + (insertion + deletion))


@cuda.jit(device=True)
def _gap(gap, opened):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """A gap opened or extended off a neighboring diagonal."""
    return cuda.fma(gap, _EXTENSION, opened)


@cuda.jit(cache=True)
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
    low_opened = cuda.shared.array(_ROOM, float32)  # of each thread's lowest diagonal
    low_insertion = cuda.shared.array(_ROOM, float32)
    high_opened = cuda.shared.array(_ROOM, float32)
    high_deletion = cuda.shared.array(_ROOM, float32)
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
    column = pairs[pair, 2] + 3 * t  # of the lowest diagonal in row s - t, less s
    low_opened[here], low_insertion[here] = _ZERO, _ZERO
    high_opened[here], high_deletion[here] = _ZERO, _ZERO
    match_0, insertion_0, deletion_0, opened_0 = _ZERO, _ZERO, _START, _ZERO
    match_1, insertion_1, deletion_1, opened_1 = _ZERO, _ZERO, _START, _ZERO
    match_2, insertion_2, deletion_2, opened_2 = _ZERO, _ZERO, _START, _ZERO
    match_3, insertion_3, deletion_3, opened_3 = _ZERO, _ZERO, _START, _ZERO
    has_1, has_2, has_3 = 4 * t + 1 < band, 4 * t + 2 < band, 4 * t + 3 < band
    has_right = 4 * t + 4 < band
    code_0 = _code(haplotypes, first, n_haplotype, column)
    code_1 = _code(haplotypes, first, n_haplotype, column + 1)
    code_2 = _code(haplotypes, first, n_haplotype, column + 2)
    code_3 = _code(haplotypes, first, n_haplotype, column + 3)
    open_0 = _opening(opening, first, n_haplotype, column + 1)
    open_1 = _opening(opening, first, n_haplotype, column + 2)
    open_2 = _opening(opening, first, n_haplotype, column + 3)
    open_3 = _opening(opening, first, n_haplotype, column + 4)
    cuda.syncthreads()
    for s in range(n_rows + cuda.blockDim.x):
        i = s - t
        busy = 0 <= i < length
        base, ratio = NOTHING - 1, _ONE
        if busy:
            base, ratio = reads[begin + i], ratios[begin + i]
            match_0 = _match(base, code_0, ratio, match_0, insertion_0, deletion_0, opened_0)
            insertion_0 = _gap(insertion_1, opened_1) if has_1 else _ZERO
            deletion_0 = _ZERO
            if t > 0:
                deletion_0 = _gap(high_deletion[here - 1], high_opened[here - 1])
            opened_0 = match_0 * open_0
            low_opened[here], low_insertion[here] = opened_0, insertion_0
        cuda.syncthreads()
        if busy and has_1:
            match_1 = _match(base, code_1, ratio, match_1, insertion_1, deletion_1, opened_1)
            insertion_1 = _gap(insertion_2, opened_2) if has_2 else _ZERO
            deletion_1 = _gap(deletion_0, opened_0)
            opened_1 = match_1 * open_1
        if busy and has_2:
            match_2 = _match(base, code_2, ratio, match_2, insertion_2, deletion_2, opened_2)
            insertion_2 = _gap(insertion_3, opened_3) if has_3 else _ZERO
            deletion_2 = _gap(deletion_1, opened_1)
            opened_2 = match_2 * open_2
        if busy and has_3:
            match_3 = _match(base, code_3, ratio, match_3, insertion_3, deletion_3, opened_3)
            insertion_3 = _ZERO
            if has_right:
                insertion_3 = _gap(low_insertion[here + 1], low_opened[here + 1])
            deletion_3 = _gap(deletion_2, opened_2)
            opened_3 = match_3 * open_3
            high_opened[here], high_deletion[here] = opened_3, deletion_3
        cuda.syncthreads()
        code_0, code_1, code_2 = code_1, code_2, code_3
        open_0, open_1, open_2 = open_1, open_2, open_3
        code_3 = _code(haplotypes, first, n_haplotype, column + s + 4)
        open_3 = _opening(opening, first, n_haplotype, column + s + 5)
    mine = 2 * DIAGONALS * here
    sums[mine], sums[mine + 1], sums[mine + 2], sums[mine + 3] = match_0, insertion_0, match_1, insertion_1
    sums[mine + 4], sums[mine + 5] = match_2, insertion_2
    sums[mine + 6], sums[mine + 7] = match_3, insertion_3
    cuda.syncthreads()
    if t == 0 and first_place + lane < order.shape[0]:
        total = _ZERO
        for k in range(band):
            total = cuda.fma(sums[mine + 2 * k + 1], _UNSCALE, total + sums[mine + 2 * k])
        out[pair] = 0.0 - log(float(total) / START_WEIGHT) if total > LEAST_SUM else np.nan


@cuda.jit(cache=True)
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
    threads = (band + DIAGONALS - 1) // DIAGONALS
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
