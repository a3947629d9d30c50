"""Reads at indel candidates weighed in batches: all on a graphics card, ill-fitting ones by the pair-HMM."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from oncoloom.calling.sample_reads import ReferenceWindow, SampleReads
from oncoloom.calling.slippage import SlippageCurve
from oncoloom.kernels.dispatch import Device, pair_hmm, placements
from oncoloom.kernels.haplotypes import MOST_HAPLOTYPES, Haplotypes
from oncoloom.kernels.indel_evidence import CLIP_REACH_BP
from oncoloom.kernels.pair_hmm_core import READ_N, PairBatch, longest_first
from oncoloom.kernels.placement_core import PlacementBatch
from oncoloom.kernels.read_arrays import AlleleArrays
from oncoloom.kernels.read_batches import best_by_row, best_places, fill_openings, gather_places
from oncoloom.kernels.read_placement import ReadBuffer
from oncoloom.kernels.read_ratios import (
    CANDIDATE,
    GIVEN,
    KEEP,
    LIST,
    READ,
    VISIT,
    WEIGH,
    ReadRatios,
    fits_poorly,
)

BAND = 32
WORST_NATS = 400.0  # as `kernels.indel_evidence.weigh_read`
N_RATIO = np.float32(np.exp(-1.4))  # an N of the read costs what it does in a placement
_FEWEST_UNITS = np.array([0, 5, 3, 3, 3, 3, 3], np.int64)  # as `slippage.indel_context`
_MOST_SHIFTS = 8
_TYPICAL = SlippageCurve()  # the sample's own is learned in the finish step


@dataclass(frozen=True, slots=True)
class ReadWeighing:
    """How reads at indel candidates are weighed.

    Attributes
    ----------
    device
        Where batches are computed.
    at_once
        Place all reads of a tile in one batch, as a graphics card needs it, instead of where they are met.
    pair_hmm
        Weigh reads that fit no haplotype well (`kernels.read_ratios.fits_poorly`) by the pair-HMM instead.
    """

    device: Device = "cpu"
    at_once: bool = False
    pair_hmm: bool = False


@dataclass(frozen=True, slots=True)
class IndelLoop:
    """One sample's loop over the reads of indel candidates, and what it works on.

    Attributes
    ----------
    run
        Runs `kernels.indel_evidence.indel_evidence` on fresh histograms with the ratios given.
    """

    chosen: NDArray[np.int64]
    table: AlleleArrays
    window: ReferenceWindow
    sample: SampleReads
    haplotypes: Haplotypes
    buffer: ReadBuffer
    cost_table: NDArray[np.float32]
    run: Callable[[ReadRatios], None]


def run_loop(loop: IndelLoop, weighing: ReadWeighing) -> int:
    """Run the loop with reads weighed as `weighing` says; return how many of them the pair-HMM weighed.

    A read counts once a candidate.
    """
    if not weighing.at_once and not weighing.pair_hmm:
        loop.run(_room_for_ratios(loop, WEIGH, 0))
        return 0
    ratios = _room_for_ratios(loop, LIST if weighing.at_once else KEEP, _most_visits(loop))
    loop.run(ratios)
    listed = ratios.listed[: ratios.seen[1]]
    if weighing.at_once:
        listed = _place(loop, listed, ratios.ratio, weighing.device)
    if not weighing.pair_hmm:
        listed = listed[:0]
    if len(listed):
        _align(loop, listed, ratios.ratio, weighing.device)
    if len(listed) or weighing.at_once:
        ratios.mode[0], ratios.seen[:] = GIVEN, 0
        loop.run(ratios)
    return len(listed)


def _room_for_ratios(loop: IndelLoop, mode: int, most: int) -> ReadRatios:
    return ReadRatios(np.array([mode]), np.zeros(2, np.int64), np.empty(most), np.empty((most, 3), np.int64))


def _most_visits(loop: IndelLoop) -> int:
    """How many reads lie near the candidates: the loop looks at no more."""
    anchor, pos = loop.table.anchor[loop.chosen], loop.sample.arrays.pos
    reach = np.maximum(loop.table.deleted, 1) + np.maximum(loop.table.slack, loop.table.deleted)
    first = np.searchsorted(pos, anchor - loop.sample.longest - CLIP_REACH_BP)
    last = np.searchsorted(pos, anchor + 1 + reach[loop.chosen] + CLIP_REACH_BP)
    return int((last - first).sum())


def _gather(loop: IndelLoop, listed: NDArray[np.int64]) -> tuple[PlacementBatch, NDArray[np.uint8]]:
    """The listed reads with all haplotypes of their candidates; per pair, whether it has the candidate."""
    n, most = len(listed), len(listed) * MOST_HAPLOTYPES
    bases = int(loop.sample.arrays.l_seq[listed[:, READ]].sum())
    n_haplotypes = len(np.unique(listed[:, CANDIDATE])) * MOST_HAPLOTYPES
    room = PlacementBatch(
        np.empty(bases, np.uint8),
        np.empty(bases, np.float32),
        np.empty(n + 1, np.int64),
        np.empty(n_haplotypes * loop.haplotypes.bases.shape[1], np.uint8),
        np.empty(n_haplotypes + 1, np.int64),
        np.empty((most, 3), np.int64),
        np.empty(most * 2 * _MOST_SHIFTS, np.int64),
        np.empty(most + 1, np.int64),
    )
    has_candidate = np.empty(most, np.uint8)
    n_pairs, n_haplotypes, n_places = gather_places(
        listed,
        loop.chosen,
        loop.table,
        loop.window.code,
        loop.window.start,
        loop.sample.arrays,
        loop.cost_table,
        loop.haplotypes,
        loop.buffer,
        room,
        has_candidate,
    )
    used, its = room.read_at[n], room.haplotype_at[n_haplotypes]
    batch = PlacementBatch(
        room.reads[:used],
        room.costs[:used],
        room.read_at,
        room.haplotypes[:its],
        room.haplotype_at[: n_haplotypes + 1],
        room.pairs[:n_pairs],
        room.places[:n_places],
        room.place_at[: n_pairs + 1],
    )
    return batch, has_candidate[:n_pairs]


def _place(
    loop: IndelLoop, listed: NDArray[np.int64], ratio: NDArray[np.float64], device: Device
) -> NDArray[np.int64]:
    """Write the ratios of the listed reads by placements; return those that fit no haplotype well."""
    batch, has_candidate = _gather(loop, listed)
    penalty = np.empty(len(batch.pairs))
    placements(device)(batch, WORST_NATS, penalty)
    best = _take_ratios(penalty, has_candidate, batch.pairs, listed, ratio).min(axis=1)
    poor = [
        fits_poorly(float(best[row]), batch.costs, int(batch.read_at[row]), int(batch.read_at[row + 1]))
        for row in np.flatnonzero(best > 0).tolist()
    ]
    return listed[np.flatnonzero(best > 0)[np.array(poor, bool)]]


def _align(loop: IndelLoop, listed: NDArray[np.int64], ratio: NDArray[np.float64], device: Device) -> None:
    """Write the ratios of the listed reads by the pair-HMM, in a band around each best placement."""
    placed, has_candidate = _gather(loop, listed)
    place = np.empty(len(placed.pairs), np.int64)
    best_places(placed, place)
    opening = np.empty(len(placed.haplotypes), np.float32)
    fill_openings(placed.haplotypes, placed.haplotype_at, _FEWEST_UNITS, _TYPICAL.a, _TYPICAL.b, opening)
    unknown = placed.reads > 3
    pairs = np.stack([placed.pairs[:, 0], placed.pairs[:, 1], place - BAND // 2], axis=1)
    batch = PairBatch(
        np.where(unknown, np.uint8(READ_N), placed.reads),
        np.where(unknown, N_RATIO, np.exp(-placed.costs)),
        placed.read_at,
        placed.haplotypes,
        opening,
        placed.haplotype_at,
        pairs,
    )
    penalty = np.empty(len(pairs))
    pair_hmm(device)(batch, longest_first(batch), BAND, penalty)
    _take_ratios(penalty, has_candidate, batch.pairs, listed, ratio)


def _take_ratios(
    penalty: NDArray[np.float64],
    has_candidate: NDArray[np.uint8],
    pairs: NDArray[np.int64],
    listed: NDArray[np.int64],
    ratio: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Write the listed visits' ratios; (n, 2) best penalties without the candidate and with it."""
    best = np.empty((len(listed), 2))
    best_by_row(penalty, has_candidate, np.ascontiguousarray(pairs[:, 0]), best)
    ratio[listed[:, VISIT]] = best[:, 0] - best[:, 1]
    return best
