"""Reads that span repeats of the reference, and how many show one unit more or less."""

import numpy as np
from numpy.typing import NDArray

from oncoloom.calling.sample_reads import SampleReads
from oncoloom.kernels.arrays import EVENT_DELETION, EVENT_INSERTION, USED
from oncoloom.kernels.repeat_lengths import count_begun_and_ended

N_UNIT_CLASSES = 3  # unit of 1, of 2, of 3 to 6 bases
N_HALF_UNITS = 81  # tract lengths in half units; the last column has all longer ones
LONGEST_UNIT = 6
LEAST_TRACT_UNITS = np.array([0, 5, 3, 3, 3, 3, 3], np.int64)  # by unit length
FLANK_BP = 5
LEAST_READS = 8
MOST_SLIPPED_SHARE = 0.2  # above it the tract is polymorphic in this person


def unit_class(unit: int) -> int:
    """Index of the class that a unit of so many bases belongs to."""
    return min(unit, N_UNIT_CLASSES) - 1


def half_units() -> NDArray[np.float64]:
    """(N_HALF_UNITS,) units that each column of the counts stands for."""
    return np.arange(N_HALF_UNITS) / 2.0


def count_slips(tracts: NDArray[np.int64], reads: SampleReads, least_mapq: int) -> NDArray[np.int64]:
    """(N_UNIT_CLASSES, N_HALF_UNITS, 2) int64: reads over tracts, and those with one unit more or less.

    Reads count that are aligned over the tract and 5 bases beside it. Tracts with fewer than 8 of them, or
    where more than a fifth differs (a germline indel), are left out.

    Parameters
    ----------
    tracts : (n, 3) int64
        0-based start, end, unit length.
    """
    counts = np.zeros((N_UNIT_CLASSES, N_HALF_UNITS, 2), np.int64)
    start, end, unit = tracts.T
    spanning = _spanning_reads(start, end, reads, least_mapq)
    slipped = _slipped_reads(tracts, reads, least_mapq)
    use = (spanning >= LEAST_READS) & (slipped <= MOST_SLIPPED_SHARE * spanning)
    row = np.minimum(unit[use], N_UNIT_CLASSES) - 1
    column = np.minimum(2 * (end[use] - start[use]) // unit[use], N_HALF_UNITS - 1)
    np.add.at(counts, (row, column, 0), spanning[use])
    np.add.at(counts, (row, column, 1), slipped[use])
    return counts


def _good_reads(reads: SampleReads, least_mapq: int) -> NDArray[np.bool_]:
    return (reads.fate == USED) & (reads.columns.mapq >= least_mapq)


def _spanning_reads(
    start: NDArray[np.int64], end: NDArray[np.int64], reads: SampleReads, least_mapq: int
) -> NDArray[np.int64]:
    """Reads that begin before a tract, less those that end before its end: all of them begin before it."""
    columns = reads.columns
    if not len(columns):
        return np.zeros(len(start), np.int64)
    first = int(columns.pos[0])
    size = int(columns.end.max()) - first + 2
    begun, ended = np.zeros(size, np.int32), np.zeros(size, np.int32)
    count_begun_and_ended(reads.fate, columns.mapq, least_mapq, columns.pos, columns.end, first, begun, ended)
    before, behind = start - FLANK_BP - first, end + FLANK_BP - first
    found = np.where(before >= 0, begun[np.clip(before, 0, size - 1)], 0)
    found = found - np.where(behind >= 0, ended[np.clip(behind, 0, size - 1)], 0)
    return np.maximum(found, 0).astype(np.int64)


def _slipped_reads(tracts: NDArray[np.int64], reads: SampleReads, least_mapq: int) -> NDArray[np.int64]:
    """Reads with an indel of a unit's length that, left-aligned, lies at the tract's start."""
    slipped = np.zeros(len(tracts), np.int64)
    events = reads.events
    is_indel = (events.kind == EVENT_INSERTION) | (events.kind == EVENT_DELETION)
    index = np.flatnonzero(is_indel & (events.value <= LONGEST_UNIT))
    index = index[_good_reads(reads, least_mapq)[events.read[index]]]
    if not (index.size and len(tracts)):
        return slipped
    key = tracts[:, 0] * (LONGEST_UNIT + 1) + tracts[:, 2]
    order = np.argsort(key)
    wanted = (events.anchor[index].astype(np.int64) + 1) * (LONGEST_UNIT + 1) + events.value[index]
    at = order[np.minimum(np.searchsorted(key[order], wanted), len(order) - 1)]
    read = events.read[index]
    fits = key[at] == wanted
    fits &= reads.columns.pos[read] <= tracts[at, 0] - FLANK_BP
    fits &= reads.columns.end[read] >= tracts[at, 1] + FLANK_BP
    pairs = np.unique(np.stack([at[fits], read[fits]], axis=1), axis=0)
    np.add.at(slipped, pairs[:, 0], 1)
    return slipped
