"""Banded pair-HMM on the processor: sixteen pairs of read and haplotype side by side, in float32.

Two rows of the matrix are swept at once, so that the three states of a cell are loaded and stored once for
two cells. State arrays hold, for each cell of the band, match, insertion and deletion of sixteen lanes; the
latter two are kept multiplied by one minus the extension, which saves a multiplication a cell.
"""

from math import log
from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from oncoloom.kernels.lanes import add, load, multiply, multiply_add, spread, store, transpose, where_equal
from oncoloom.kernels.pair_hmm_core import (
    BASE_OPENING,
    EXTENSION,
    LEAST_SUM,
    NOTHING,
    START_WEIGHT,
    PairBatch,
    pair_penalty,
)

_LANES, _CELL = np.uintp(16), np.uintp(48)
_TWO, _THREE = np.uintp(32), np.uintp(48)
_ZERO, _ONE = np.uintp(0), np.uintp(1)
_EXTENSION = np.float32(EXTENSION)
_LEAVING = np.float32(1.0 - EXTENSION)
_LESS_OPENING = np.float32(-2.0 / (1.0 - EXTENSION))  # openings are stored times 1 - extension


class _Lanes(NamedTuple):
    """Sixteen pairs, transposed: element [row, lane] lies at row * 16 + lane.

    bases uint8, ratios float32 by read base; columns uint8, opening float32 by haplotype base from the band's
    first column on; state float32 (band + 1, 3, 16); sums (16,) float32.
    """

    bases: NDArray[np.uint8]
    ratios: NDArray[np.float32]
    columns: NDArray[np.uint8]
    opening: NDArray[np.float32]
    state: NDArray[np.float32]
    sums: NDArray[np.float32]


@njit(cache=True, nogil=True)
def pair_hmm_cpu(batch: PairBatch, order: NDArray[np.int64], band: int, out: NDArray[np.float64]) -> int:
    """Penalty (nats) of every pair by the forward algorithm within a band of diagonals.

    Parameters
    ----------
    batch
        See `pair_hmm_core.PairBatch`; the model is described there. Reads have at least one base.
    order : (n,) int64
        Pairs by falling read length, so that lanes are full.
    band : int
        Diagonals of each pair, from its first one on; at least 2.
    out : (n,) float64
        Overwritten. Float32 sums: within 1e-4 nats of the exact penalty; the same bits on every machine,
        alone or in any company.

    Returns
    -------
    int
        Pairs that were rescued in float64, because their sum came near underflow.
    """
    n, longest, rescued = order.shape[0], 0, 0
    for pair in order[:1]:
        read = batch.pairs[pair, 0]
        longest = batch.read_at[read + 1] - batch.read_at[read]
    lanes = _Lanes(
        _aligned_bytes(longest * 16),
        _aligned_floats(longest * 16),
        _aligned_bytes((longest + band + 17) * 16),
        _aligned_floats((longest + band + 17) * 16),
        _aligned_floats((band + 1) * 48),
        _aligned_floats(16),
    )
    room, starts = np.empty((3, band + 1)), np.zeros(16, np.int64)
    for first in range(0, n, 16):
        group = order[first : min(first + 16, n)]
        _fill_lanes(batch, group, band, starts, lanes)
        _start(band, lanes.state)
        row, lane = 0, group.shape[0] - 1
        while lane >= 0:  # from the shortest read to the longest
            read = batch.pairs[group[lane], 0]
            length = batch.read_at[read + 1] - batch.read_at[read]
            _sweep(lanes, row, length, band)
            row = length
            _sum_row(lanes, band)
            while lane >= 0:
                read = batch.pairs[group[lane], 0]
                if batch.read_at[read + 1] - batch.read_at[read] > length:
                    break
                total = float(lanes.sums[lane])
                if total > LEAST_SUM:
                    out[group[lane]] = 0.0 - log(total / START_WEIGHT)
                else:
                    out[group[lane]] = pair_penalty(batch, group[lane], band, room)
                    rescued += 1
                lane -= 1
    return rescued


@njit(cache=True, nogil=True)
def _aligned_floats(n: int) -> NDArray[np.float32]:
    """Room that begins on a cache line: a vector that lies over two costs double."""
    room = np.zeros(n + 16, np.float32)
    skip = (-room.ctypes.data // 4) % 16
    return room[skip : skip + n]


@njit(cache=True, nogil=True)
def _aligned_bytes(n: int) -> NDArray[np.uint8]:
    room = np.zeros(n + 16, np.uint8)
    skip = -room.ctypes.data % 16
    return room[skip : skip + n]


@njit(cache=True, nogil=True)
def _fill_lanes(
    batch: PairBatch, group: NDArray[np.int64], band: int, starts: NDArray[np.int64], lanes: _Lanes
) -> None:
    """Transpose a group of pairs; lanes without one repeat the first."""
    head = batch.pairs[group[0], 0]
    longest = batch.read_at[head + 1] - batch.read_at[head]
    for lane in range(16):
        starts[lane] = batch.read_at[batch.pairs[group[lane if lane < group.shape[0] else 0], 0]]
    _transpose_all(batch.reads, starts, longest, lanes.bases)
    _transpose_all(batch.ratios, starts, longest, lanes.ratios)
    for lane in range(16):
        _, haplotype, diagonal = batch.pairs[group[lane if lane < group.shape[0] else 0]]
        starts[lane] = batch.haplotype_at[haplotype] + diagonal
    _transpose_all(batch.haplotypes, starts, longest + band + 1, lanes.columns)
    _transpose_all(batch.opening, starts, longest + band + 1, lanes.opening)
    for j in range(np.uintp(longest + band + 1)):
        scaled = multiply(load(lanes.opening, j * _LANES), spread(_LEAVING))
        store(lanes.opening, j * _LANES, scaled)
    for lane in range(group.shape[0]):
        _, haplotype, diagonal = batch.pairs[group[lane]]
        n = batch.haplotype_at[haplotype + 1] - batch.haplotype_at[haplotype]
        for j in range(min(-diagonal, longest + band)):  # beside the haplotype
            lanes.columns[j * 16 + lane] = NOTHING
            lanes.opening[j * 16 + lane] = np.float32(BASE_OPENING) * _LEAVING
        for j in range(max(n - diagonal, 0), longest + band + 1):
            lanes.columns[j * 16 + lane] = NOTHING
            lanes.opening[j * 16 + lane] = np.float32(BASE_OPENING) * _LEAVING


@njit(cache=True, nogil=True)
def _transpose_all(source: NDArray[Any], starts: NDArray[np.int64], n: int, target: NDArray[Any]) -> None:
    """``target[i * 16 + lane] = source[starts[lane] + i]`` for i < n; what lies outside `source` is left."""
    first, last = starts.min(), starts.max()
    done = 0
    if first >= 0:
        while done + 16 <= n and last + done + 16 <= source.shape[0]:
            transpose(source, starts, done, target, done)
            done += 16
    for lane in range(16):
        for i in range(done, n):
            if 0 <= starts[lane] + i < source.shape[0]:
                target[i * 16 + lane] = source[starts[lane] + i]


@njit(cache=True, nogil=True)
def _start(band: int, state: NDArray[np.float32]) -> None:
    state[:] = np.float32(0.0)
    for k in range(band):
        state[k * 48 + 32 : k * 48 + 48] = np.float32(START_WEIGHT)


@njit(cache=True, nogil=True)
def _sum_row(lanes: _Lanes, band: int) -> None:
    """Sum of match and insertion over the band, by lane."""
    state, total = lanes.state, spread(np.float32(0.0))
    unscale = spread(np.float32(1.0) / _LEAVING)
    for k in range(np.uintp(band)):
        total = add(total, load(state, k * _CELL))
        total = multiply_add(load(state, k * _CELL + _LANES), unscale, total)
    store(lanes.sums, _ZERO, total)


@njit(cache=True, nogil=True)
def _sweep(lanes: _Lanes, row: int, stop: int, band: int) -> None:
    """Rows [row, stop), two at a time."""
    i = np.uintp(row)
    while i + _ONE < np.uintp(stop):
        _two_rows(lanes, i, np.uintp(band))
        i += np.uintp(2)
    if i < np.uintp(stop):
        _one_row(lanes, i, np.uintp(band))


@njit(cache=True, nogil=True)
def _one_row(lanes: _Lanes, i: int, band: int) -> None:
    state, opening, columns = lanes.state, lanes.opening, lanes.columns
    extension, less, one = spread(_EXTENSION), spread(_LESS_OPENING), spread(np.float32(1.0))
    base, ratio = load(lanes.bases, i * _LANES), load(lanes.ratios, i * _LANES)
    deletion = spread(np.float32(0.0))
    opened = deletion  # new match of the cell to the left, times the opening behind it
    old_match, old_insertion = load(state, _ZERO), load(state, _LANES)
    old_opened = multiply(old_match, load(opening, i * _LANES))
    for k in range(band):
        at, x = k * _CELL, (i + k) * _LANES
        behind = load(opening, x + _LANES)
        next_match, next_insertion = load(state, at + _CELL), load(state, at + _CELL + _LANES)
        next_opened = multiply(next_match, behind)
        p = where_equal(base, load(columns, x), one, ratio)
        gapped = add(old_insertion, load(state, at + _TWO))
        match = multiply(p, multiply_add(less, old_opened, add(old_match, gapped)))
        deletion = multiply_add(deletion, extension, opened)
        store(state, at, match)
        store(state, at + _LANES, multiply_add(next_insertion, extension, next_opened))
        store(state, at + _TWO, deletion)
        opened = multiply(match, behind)
        old_match, old_insertion, old_opened = next_match, next_insertion, next_opened


@njit(cache=True, nogil=True)
def _two_rows(lanes: _Lanes, i: int, band: int) -> None:
    """Rows i and i + 1; the second runs one cell behind the first, in the same column.

    Same arithmetic, cell by cell, as `_one_row`: only stores between the rows are left out.
    """
    state, opening, columns = lanes.state, lanes.opening, lanes.columns
    extension, less, one = spread(_EXTENSION), spread(_LESS_OPENING), spread(np.float32(1.0))
    zero = spread(np.float32(0.0))
    base_1, ratio_1 = load(lanes.bases, i * _LANES), load(lanes.ratios, i * _LANES)
    base_2, ratio_2 = load(lanes.bases, (i + _ONE) * _LANES), load(lanes.ratios, (i + _ONE) * _LANES)
    # Cell 0 of the first row.
    x = i * _LANES
    behind = load(opening, x + _LANES)
    old_match, old_insertion = load(state, _ZERO), load(state, _LANES)
    next_match, next_insertion = load(state, _CELL), load(state, _CELL + _LANES)
    old_opened, next_opened = multiply(old_match, load(opening, x)), multiply(next_match, behind)
    p = where_equal(base_1, load(columns, x), one, ratio_1)
    gapped = add(old_insertion, load(state, _TWO))
    match_1 = multiply(p, multiply_add(less, old_opened, add(old_match, gapped)))
    insertion_1 = multiply_add(next_insertion, extension, next_opened)
    deletion_1, opened_1 = zero, multiply(match_1, behind)
    deletion_2, opened_2 = zero, zero
    old_match, old_insertion, old_opened = next_match, next_insertion, next_opened
    for k in range(_ONE, band):
        at, x = k * _CELL, (i + k) * _LANES
        behind, column = load(opening, x + _LANES), load(columns, x)
        next_match, next_insertion = load(state, at + _CELL), load(state, at + _CELL + _LANES)
        next_opened = multiply(next_match, behind)
        gapped = add(old_insertion, load(state, at + _TWO))
        p = where_equal(base_1, column, one, ratio_1)
        match = multiply(p, multiply_add(less, old_opened, add(old_match, gapped)))
        insertion = multiply_add(next_insertion, extension, next_opened)
        deletion = multiply_add(deletion_1, extension, opened_1)
        opened = multiply(match, behind)
        # The second row's cell in the same column: its diagonal neighbor is the first row's last cell.
        p = where_equal(base_2, column, one, ratio_2)
        gapped = add(insertion_1, deletion_1)
        match_2 = multiply(p, multiply_add(less, opened_1, add(match_1, gapped)))
        deletion_2 = multiply_add(deletion_2, extension, opened_2)
        store(state, at - _CELL, match_2)
        store(state, at - _TWO, multiply_add(insertion, extension, opened))
        store(state, at - _LANES, deletion_2)
        opened_2 = multiply(match_2, behind)
        match_1, insertion_1, deletion_1, opened_1 = match, insertion, deletion, opened
        old_match, old_insertion, old_opened = next_match, next_insertion, next_opened
    # Last cell of the second row: no cell to the right above it.
    at = band * _CELL
    p = where_equal(base_2, load(columns, (i + band) * _LANES), one, ratio_2)
    gapped = add(insertion_1, deletion_1)
    store(state, at - _CELL, multiply(p, multiply_add(less, opened_1, add(match_1, gapped))))
    store(state, at - _TWO, zero)
    store(state, at - _LANES, multiply_add(deletion_2, extension, opened_2))
