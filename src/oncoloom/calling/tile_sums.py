"""Sums over a tile's reads that later steps need: read counts, depth, coverage bins, repeat lengths."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from oncoloom.calling.alleles import reference_text
from oncoloom.calling.sample_reads import ReferenceWindow, SampleReads
from oncoloom.calling.slip_counts import LEAST_TRACT_UNITS, N_HALF_UNITS, N_UNIT_CLASSES, count_slips
from oncoloom.calling.tiles import Tile
from oncoloom.kernels.arrays import MOST_INSERT_BP, READ_FATES
from oncoloom.kernels.repeat_lengths import find_repeats
from oncoloom.kernels.repeat_reads import count_repeat_lengths
from oncoloom.kernels.tile_counts import (
    count_fates,
    mark_first_covered,
    sum_bins,
    sum_depth,
    sum_doubtful,
    sum_where,
)
from oncoloom.reads.column_arrays import ReadsDigest
from oncoloom.reads.columns import ReadColumns

FINE_BIN_BP, COARSE_BIN_BP, COARSE_FROM_BP = 1_000, 10_000, 200_000_000
LEAST_UNITS = np.array([0, 10, 5, 5, 5, 5, 5], np.int64)  # of a microsatellite, by unit length
REPEAT_FLANK_BP, REPEAT_MAPQ = 5, 20
MOST_REPEAT_BP = 400


@dataclass(slots=True)
class SampleSums:
    """Additive counts of one sample.

    Attributes
    ----------
    fates : (8,) int64
        Reads over the assay by fate (`kernels.arrays.READ_FATES`), each read once.
    insert_sizes : (MOST_INSERT_BP + 1,) int64
        Template lengths of used first mates.
    depth_sum : int
        Summed fragment depth over the assay at the callable MAPQ.
    digest : int
        Order-free sum of the counted reads' hashes, modulo 2^64.
    slips : (N_UNIT_CLASSES, N_HALF_UNITS, 2) int64
        Reads over repeats, and those with one unit more or less (`slip_counts.count_slips`).
    """

    fates: NDArray[np.int64] = field(default_factory=lambda: np.zeros(len(READ_FATES), np.int64))
    insert_sizes: NDArray[np.int64] = field(default_factory=lambda: np.zeros(MOST_INSERT_BP + 1, np.int64))
    depth_sum: int = 0
    digest: int = 0
    slips: NDArray[np.int64] = field(
        default_factory=lambda: np.zeros((N_UNIT_CLASSES, N_HALF_UNITS, 2), np.int64)
    )

    def add(self, other: "SampleSums") -> None:
        """Add another tile's or shard's sums."""
        self.fates += other.fates
        self.insert_sizes += other.insert_sizes
        self.depth_sum += other.depth_sum
        self.digest = (self.digest + other.digest) & 0xFFFFFFFFFFFFFFFF
        self.slips += other.slips

    def as_dict(self) -> dict[str, Any]:
        """For a shard's JSON."""
        used = np.flatnonzero(self.insert_sizes)
        return {
            "fates": self.fates.tolist(),
            "insert_sizes": [[int(size), int(self.insert_sizes[size])] for size in used],
            "depth_sum": self.depth_sum,
            "digest": f"{self.digest:016x}",
            "slips": [[*at, *self.slips[at].tolist()] for at in _cells(self.slips[:, :, 0])],
        }

    @classmethod
    def from_dict(cls, value: dict[str, Any]) -> "SampleSums":
        """From a shard's JSON."""
        sums = cls()
        sums.fates += np.array(value["fates"], np.int64)
        for size, n in value["insert_sizes"]:
            sums.insert_sizes[size] = n
        sums.depth_sum = int(value["depth_sum"])
        sums.digest = int(value["digest"], 16)
        for unit_class, column, reads, slipped in value["slips"]:
            sums.slips[unit_class, column] = reads, slipped
        return sums


def _cells(counts: NDArray[np.int64]) -> list[tuple[int, int]]:
    """Where a table is not zero."""
    return [(int(row), int(column)) for row, column in np.argwhere(counts)]


def sum_sample(
    reads: SampleReads,
    tile: Tile,
    depth: NDArray[np.int32],
    assay: NDArray[np.bool_],
    tracts: NDArray[np.int64],
    callable_mapq: int,
) -> SampleSums:
    """Counts of one sample in one tile; `depth` and `assay` run over its bases, `tracts` are its repeats."""
    columns = reads.columns
    counted = first_covered(columns, tile)
    sums = SampleSums()
    count_fates(counted, reads.fate, columns.flag, columns.template_length, sums.fates, sums.insert_sizes)
    sums.depth_sum = int(sum_where(depth, assay))
    digest = ReadsDigest()
    digest.add(columns, counted)
    sums.digest = digest.total
    sums.slips += count_slips(tracts, reads, callable_mapq)
    return sums


def first_covered(columns: ReadColumns, tile: Tile) -> NDArray[np.bool_]:
    """(n,) bool: reads whose first assay base lies in this tile, so that each read is counted once."""
    starts = np.array([start for start, _ in tile.intervals], np.int64)
    ends = np.array([end for _, end in tile.intervals], np.int64)
    counted = np.empty(len(columns), bool)
    mark_first_covered(starts, ends, tile.assay_before, columns.pos, columns.end, counted)
    return counted


def coverage_bin_bp(assay_bp: int) -> int:
    """Width of coverage bins for an assay of that size: finer for panels and exomes than for genomes."""
    return FINE_BIN_BP if assay_bp < COARSE_FROM_BP else COARSE_BIN_BP


@dataclass(frozen=True, slots=True)
class CoverageBins:
    """Sums over bins of a tile: start, end, callable and G+C bases (n,) int64.

    depth, doubtful : (samples, n) int64
        Summed fragment depth, and bases of reads that may lie elsewhere (see `sum_doubtful`).
    """

    start: NDArray[np.int64]
    end: NDArray[np.int64]
    ready: NDArray[np.int64]
    gc: NDArray[np.int64]
    depth: NDArray[np.int64]
    doubtful: NDArray[np.int64]


def coverage_bins(
    tile: Tile,
    window: ReferenceWindow,
    samples: list[SampleReads],
    core: slice,
    is_callable: NDArray[np.bool_],
    *,
    bin_bp: int,
    callable_mapq: int,
) -> CoverageBins:
    """Sums by bin; bins lie on a fixed grid, cut where the assay is. `core`: the tile within the depths."""
    edges = [
        [start, *range((start // bin_bp + 1) * bin_bp, end, bin_bp), end] for start, end in tile.intervals
    ]
    starts = np.array([low for one in edges for low in one[:-1]], np.int64)
    ends = np.array([high for one in edges for high in one[1:]], np.int64)
    code = window.code[tile.start - window.start : tile.end - window.start]
    ready, gc = np.zeros((2, len(starts)), np.int64)
    depth, doubtful = np.zeros((2, len(samples), len(starts)), np.int64)
    sum_bins(starts - tile.start, ends - tile.start, is_callable, code, ready, gc)
    for k, sample in enumerate(samples):
        columns = sample.columns
        sum_depth(starts - tile.start, ends - tile.start, sample.depth[core], depth[k])
        sum_doubtful(
            starts, ends, sample.fate, columns.mapq, columns.pos, columns.end, callable_mapq, doubtful[k]
        )
    return CoverageBins(starts, ends, ready, gc, depth, doubtful)


def callable_intervals(is_callable: NDArray[np.bool_], offset: int) -> NDArray[np.int64]:
    """(n, 2) int64: runs of True as start, end, 0-based half-open."""
    edges = np.flatnonzero(is_callable[1:] != is_callable[:-1]) + 1
    first, last = [0] if is_callable[0] else [], [len(is_callable)] if is_callable[-1] else []
    return np.concatenate([first, edges, last]).astype(np.int64).reshape(-1, 2) + offset


def find_tracts(tile: Tile, window: ReferenceWindow, assay: NDArray[np.bool_]) -> NDArray[np.int64]:
    """(n, 3) int64: start, end, unit length of the repeats that begin in the tile's assay, sorted."""
    found = np.empty((4096, 3), np.int32)
    while (n := find_repeats(window.code, LEAST_TRACT_UNITS, found)) > found.shape[0]:
        found = np.empty((n, 3), np.int32)
    tracts = found[:n].astype(np.int64)
    tracts[:, :2] += window.start
    inside = (tracts[:, 0] >= tile.start) & (tracts[:, 0] < tile.end)
    inside &= tracts[:, 1] - tracts[:, 0] < MOST_REPEAT_BP // 2
    tracts = tracts[inside]
    tracts = tracts[assay[tracts[:, 0] - tile.start]]
    return tracts[np.lexsort((tracts[:, 1], tracts[:, 0]))]


@dataclass(frozen=True, slots=True)
class RepeatLengths:
    """Lengths of microsatellites: start, end (n,) int64, unit (n,), and by sample what was counted.

    counts : list of (3, m) int64
        By sample: which repeat, length in bases, fragments; only what is not zero.
    """

    start: NDArray[np.int64]
    end: NDArray[np.int64]
    unit: list[str]
    counts: list[NDArray[np.int64]]


def repeat_lengths(
    tracts: NDArray[np.int64], window: ReferenceWindow, samples: list[SampleReads]
) -> RepeatLengths:
    """Microsatellites among the repeats, and their lengths in each sample."""
    tracts = tracts[tracts[:, 1] - tracts[:, 0] >= LEAST_UNITS[tracts[:, 2]] * tracts[:, 2]]
    counts = []
    for sample in samples:
        histogram = np.zeros((len(tracts), MOST_REPEAT_BP + 1), np.int32)
        columns = sample.columns
        count_repeat_lengths(
            tracts,
            REPEAT_FLANK_BP,
            window.code,
            window.start,
            sample.fate,
            columns.mapq,
            REPEAT_MAPQ,
            columns.pos,
            columns.end,
            columns.l_seq,
            columns.n_cigar,
            columns.cigar_at,
            columns.seq_at,
            columns.arena,
            sample.mate,
            sample.longest,
            np.full(len(columns), -1, np.int32),
            histogram,
        )
        row, size = np.nonzero(histogram)
        counts.append(np.stack([row, size, histogram[row, size].astype(np.int64)]))
    units = [
        reference_text(window, start, start + unit)
        for start, unit in zip(tracts[:, 0].tolist(), tracts[:, 2].tolist(), strict=True)
    ]
    return RepeatLengths(tracts[:, 0], tracts[:, 1], units, counts)
