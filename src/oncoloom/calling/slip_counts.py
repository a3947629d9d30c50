"""Reads that span repeats of the reference, and how many show one unit more or less."""

import numpy as np
from numpy.typing import NDArray

from oncoloom.calling.sample_reads import SampleReads
from oncoloom.kernels.slipped_reads import count_slipped, count_spanning

N_UNIT_CLASSES = 3  # unit of 1, of 2, of 3 to 6 bases
N_HALF_UNITS = 81  # tract lengths in half units; the last column has all longer ones
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
        0-based start, end, unit length; sorted by start.
    """
    counts = np.zeros((N_UNIT_CLASSES, N_HALF_UNITS, 2), np.int64)
    start, end, unit = tracts.T
    spanning, slipped, last = np.zeros((3, len(tracts)), np.int64)
    columns, events = reads.columns, reads.events
    fates = (reads.fate, columns.mapq, least_mapq, columns.pos, columns.end)
    count_spanning(tracts, FLANK_BP, reads.longest, *fates, np.empty(len(columns), np.int32), spanning)
    count_slipped(
        tracts, FLANK_BP, events.anchor, events.kind, events.value, events.read, *fates, last, slipped
    )
    use = (spanning >= LEAST_READS) & (slipped <= MOST_SLIPPED_SHARE * spanning)
    row = np.minimum(unit[use], N_UNIT_CLASSES) - 1
    column = np.minimum(2 * (end[use] - start[use]) // unit[use], N_HALF_UNITS - 1)
    np.add.at(counts, (row, column, 0), spanning[use])
    np.add.at(counts, (row, column, 1), slipped[use])
    return counts
