"""Batches of reads and competing haplotypes, for kernels that weigh many pairs at once."""

from math import exp

import numpy as np
from numba import njit
from numpy.typing import NDArray

from oncoloom.kernels.haplotypes import HALF_WINDOW_BP, Haplotypes, lay_out_haplotypes, length_change
from oncoloom.kernels.pair_hmm_core import BASE_OPENING
from oncoloom.kernels.placement_core import PlacementBatch
from oncoloom.kernels.read_arrays import AlleleArrays, ReadArrays
from oncoloom.kernels.read_placement import (
    ReadBuffer,
    describe_alignment,
    placement_penalty,
    unpack_costs,
    unpack_read,
)
from oncoloom.kernels.read_ratios import CANDIDATE, READ
from oncoloom.kernels.repeat_lengths import find_repeats

HIGHEST_OPENING = 0.3
MOST_TRACTS = 256  # of one haplotype of some 900 bases: never so many with the least lengths in use


@njit(cache=True, nogil=True)
def gather_places(
    listed: NDArray[np.int64],
    chosen: NDArray[np.int64],
    alleles: AlleleArrays,
    code: NDArray[np.uint8],
    window_start: int,
    reads: ReadArrays,
    cost_table: NDArray[np.float32],
    haplotypes: Haplotypes,
    buffer: ReadBuffer,
    batch: PlacementBatch,
    has_candidate: NDArray[np.uint8],
) -> tuple[int, int, int]:
    """Fill a batch with the listed reads (rows as `read_ratios.ReadRatios.listed`, by candidate).

    batch: with room enough; a row's read has the row's number. has_candidate: one per pair, whether its
    haplotype has the candidate. Returns the numbers of pairs, of haplotypes and of places.
    """
    n_pairs, n_known, n_here, n_places, low = 0, 0, 0, 0, 0
    last = -1
    batch.read_at[0] = 0
    batch.haplotype_at[0] = 0
    batch.place_at[0] = 0
    for row in range(listed.shape[0]):
        x, i = listed[row, CANDIDATE], listed[row, READ]
        c = chosen[x]
        anchor = alleles.anchor[c]
        if x != last:
            last = x
            n_known += n_here
            low = max(window_start, anchor - HALF_WINDOW_BP)
            high = min(window_start + code.shape[0], anchor + alleles.deleted[c] + HALF_WINDOW_BP + 1)
            n_here = lay_out_haplotypes(c, low, high, alleles, code, window_start, haplotypes)
            for h in range(n_here):
                first, n = batch.haplotype_at[n_known + h], haplotypes.length[h]
                batch.haplotypes[first : first + n] = haplotypes.bases[h, :n]
                batch.haplotype_at[n_known + h + 1] = first + n
        describe_alignment(i, anchor, alleles.slack[c], length_change(alleles, c), reads, buffer.shape)
        unpack_read(i, anchor, low, reads, buffer)
        unpack_costs(i, reads, cost_table, buffer)
        begin, stop = buffer.frame[2], buffer.frame[3]
        at = batch.read_at[row]
        batch.reads[at : at + stop - begin] = buffer.bases[begin:stop]
        batch.costs[at : at + stop - begin] = buffer.costs[begin:stop]
        batch.read_at[row + 1] = at + stop - begin
        for h in range(n_here):
            batch.pairs[n_pairs, 0] = row
            batch.pairs[n_pairs, 1] = n_known + h
            batch.pairs[n_pairs, 2] = buffer.frame[4] - begin
            has_candidate[n_pairs] = haplotypes.has_candidate[h]
            for side in range(2 if buffer.frame[0] != buffer.frame[1] else 1):
                for v in range(haplotypes.n_shifts[h]):
                    batch.places[n_places] = buffer.frame[side] + haplotypes.shift[h, v] + begin
                    n_places += 1
            n_pairs += 1
            batch.place_at[n_pairs] = n_places
    return n_pairs, n_known + n_here, n_places


@njit(cache=True, nogil=True)
def best_places(batch: PlacementBatch, out: NDArray[np.int64]) -> None:
    """For every pair the place with the lowest penalty, the first of equals; out: (n,) int64."""
    for pair in range(batch.pairs.shape[0]):
        read, haplotype = batch.pairs[pair, 0], batch.pairs[pair, 1]
        begin, stop = batch.read_at[read], batch.read_at[read + 1]
        first, last = batch.haplotype_at[haplotype], batch.haplotype_at[haplotype + 1]
        best = 1e9
        for x in range(batch.place_at[pair], batch.place_at[pair + 1]):
            penalty = placement_penalty(
                batch.haplotypes[first:last],
                last - first,
                batch.places[x],
                batch.reads[begin:stop],
                batch.costs[begin:stop],
                0,
                stop - begin,
                batch.pairs[pair, 2],
                True,  # noqa: FBT003
                best,
            )
            if penalty < best:
                best = penalty
                out[pair] = batch.places[x]


@njit(cache=True, nogil=True)
def fill_openings(
    haplotypes: NDArray[np.uint8],
    haplotype_at: NDArray[np.int64],
    least: NDArray[np.int64],
    curve_a: float,
    curve_b: float,
    opening: NDArray[np.float32],
) -> None:
    """Gap opening before each base of each haplotype: 2e-5, on a repeat's first base the rate it slips at.

    least: (7,) fewest units of a repeat by unit length. The rate is ``exp(a + b (units - 6))``, at most 0.3.
    opening: float32, as long as `haplotypes`, overwritten.
    """
    tracts = np.empty((MOST_TRACTS, 3), np.int32)
    opening[:] = BASE_OPENING
    for h in range(haplotype_at.shape[0] - 1):
        first = haplotype_at[h]
        found = find_repeats(haplotypes[first : haplotype_at[h + 1]], least, tracts)
        for t in range(min(found, MOST_TRACTS)):
            units = (tracts[t, 1] - tracts[t, 0]) / tracts[t, 2]
            rate = min(HIGHEST_OPENING, exp(curve_a + curve_b * (units - 6.0)))
            at = first + tracts[t, 0]
            opening[at] = max(opening[at], np.float32(rate))


@njit(cache=True, nogil=True)
def best_by_row(
    penalty: NDArray[np.float64],
    has_candidate: NDArray[np.uint8],
    row_of: NDArray[np.int64],
    out: NDArray[np.float64],
) -> None:
    """Lowest penalty of each row's haplotypes without the candidate and with it.

    penalty, has_candidate, row_of: one per pair. out: (n_rows, 2) float64, overwritten.
    """
    out[:] = 1e9
    for x in range(penalty.shape[0]):
        row, with_it = row_of[x], np.int64(has_candidate[x])
        out[row, with_it] = min(out[row, with_it], penalty[x])
