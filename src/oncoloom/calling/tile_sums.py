"""Sums over a tile's reads that later steps need: read counts, depth, coverage bins, repeat lengths."""

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from oncoloom.calling.alleles import reference_text
from oncoloom.calling.sample_reads import ReferenceWindow, SampleReads
from oncoloom.calling.slip_counts import LEAST_TRACT_UNITS, N_HALF_UNITS, N_UNIT_CLASSES, count_slips
from oncoloom.calling.tiles import Tile
from oncoloom.kernels.arrays import MOST_INSERT_BP, READ_FATES, USED
from oncoloom.kernels.repeat_lengths import count_repeat_lengths, find_repeats
from oncoloom.reads.column_arrays import ReadsDigest
from oncoloom.reads.columns import ReadColumns

FINE_BIN_BP, COARSE_BIN_BP, COARSE_FROM_BP = 1_000, 10_000, 200_000_000
LEAST_UNITS = np.array([0, 10, 5, 5, 5, 5, 5], np.int64)  # of a microsatellite, by unit length
REPEAT_FLANK_BP = 5
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
    sums.fates += np.bincount(reads.fate[counted], minlength=len(READ_FATES)).astype(np.int64)
    sums.depth_sum = int(depth[assay].sum(dtype=np.int64))
    digest = ReadsDigest()
    digest.add(columns, counted)
    sums.digest = digest.total
    inserts = counted & (reads.fate == USED) & ((columns.flag & 0x43) == 0x43)
    sizes = np.abs(columns.template_length[inserts])
    sizes = sizes[(sizes > 0) & (sizes <= MOST_INSERT_BP)]
    sums.insert_sizes += np.bincount(sizes, minlength=MOST_INSERT_BP + 1).astype(np.int64)
    sums.slips += count_slips(tracts, reads, callable_mapq)
    return sums


def first_covered(columns: ReadColumns, tile: Tile) -> NDArray[np.bool_]:
    """(n,) bool: reads whose first assay base lies in this tile, so that each read is counted once."""
    starts = np.array([start for start, _ in tile.intervals], np.int64)
    ends = np.array([end for _, end in tile.intervals], np.int64)
    index = np.searchsorted(ends, columns.pos, side="right")
    inside = index < len(ends)
    index = np.minimum(index, len(ends) - 1)
    return inside & (starts[index] < columns.end) & (columns.pos >= tile.assay_before)


def coverage_bin_bp(assay_bp: int) -> int:
    """Width of coverage bins for an assay of that size: finer for panels and exomes than for genomes."""
    return FINE_BIN_BP if assay_bp < COARSE_FROM_BP else COARSE_BIN_BP


def coverage_bins(
    tile: Tile,
    window: ReferenceWindow,
    depths: list[NDArray[np.int32]],
    is_callable: NDArray[np.bool_],
    bin_bp: int,
) -> list[tuple[int, int, int, int, list[int]]]:
    """Rows of start, end, callable bases, G+C bases, depth sums by sample; bins lie on a fixed grid."""
    rows = []
    code = window.code[tile.start - window.start : tile.end - window.start]
    gc = (code == 1) | (code == 2)
    for start, end in tile.intervals:
        edges = [start, *range((start // bin_bp + 1) * bin_bp, end, bin_bp), end]
        part, firsts = slice(start - tile.start, end - tile.start), np.array(edges[:-1]) - start
        sums = [np.add.reduceat(depth[part], firsts, dtype=np.int64).tolist() for depth in depths]
        ready, bases = (
            np.add.reduceat(one[part], firsts, dtype=np.int64).tolist() for one in (is_callable, gc)
        )
        for index, (low, high) in enumerate(pairwise(edges)):
            rows.append((low, high, ready[index], bases[index], [own[index] for own in sums]))
    return rows


def callable_intervals(is_callable: NDArray[np.bool_], offset: int) -> list[tuple[int, int]]:
    """Runs of True as (start, end), 0-based half-open."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], is_callable, [False]]).astype(np.int8)))
    return [(int(a) + offset, int(b) + offset) for a, b in edges.reshape(-1, 2)]


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


def repeat_lengths(
    tracts: NDArray[np.int64], window: ReferenceWindow, samples: list[SampleReads]
) -> list[tuple[int, int, str, list[NDArray[np.int32]]]]:
    """Microsatellites among the repeats: start, end, unit, length histogram by sample."""
    tracts = tracts[tracts[:, 1] - tracts[:, 0] >= LEAST_UNITS[tracts[:, 2]] * tracts[:, 2]]
    starts, ends = tracts[:, 0].astype(np.int32), tracts[:, 1].astype(np.int32)
    histograms = []
    for sample in samples:
        histogram = np.zeros((len(starts), MOST_REPEAT_BP + 1), np.int32)
        columns = sample.columns
        count_repeat_lengths(
            starts,
            ends,
            REPEAT_FLANK_BP,
            sample.fate,
            columns.pos,
            columns.end,
            columns.n_cigar,
            columns.cigar_at,
            columns.arena,
            sample.mate,
            sample.longest,
            histogram,
        )
        histograms.append(histogram)
    return [
        (
            int(starts[t]),
            int(ends[t]),
            reference_text(window, int(starts[t]), int(starts[t] + tracts[t, 2])),
            [histogram[t] for histogram in histograms],
        )
        for t in range(len(starts))
    ]
