"""Reads compared with the reference: while they are decoded, or afterwards."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from oncoloom.kernels.read_scan import (
    NIBBLE_TO_CODE,
    Comparison,
    EventArrays,
    ReferenceArrays,
    compare_reads,
)
from oncoloom.reads.columns import ReadColumns

_EVENTS_PER_BYTE = 1 / 128  # room at first: two a read of 150 bases


@dataclass(frozen=True, slots=True)
class CompareWith:
    """A window of the reference, and which reads and bases count.

    Attributes
    ----------
    start : int
        0-based position of the window's first base.
    """

    start: int
    reference: ReferenceArrays
    min_mapping_quality: int
    min_base_quality: int


@dataclass(frozen=True, slots=True)
class Differences:
    """What a comparison finds.

    Attributes
    ----------
    use : (n,) uint8; n_mismatches, n_indels : (n,) uint16
        By read, see `kernels.read_arrays.ReadArrays`.
    events : EventArrays
        Differences, in the order of the reads.
    """

    use: NDArray[np.uint8]
    n_mismatches: NDArray[np.uint16]
    n_indels: NDArray[np.uint16]
    events: EventArrays


def new_comparison(wanted: CompareWith, n_rows: int, n_events: int) -> Comparison:
    """Room for so many reads and differences."""
    return Comparison(
        wanted.reference,
        np.array([wanted.start, wanted.min_mapping_quality, wanted.min_base_quality], np.int64),
        np.empty(n_rows, np.uint8),
        np.empty(n_rows, np.uint16),
        np.empty(n_rows, np.uint16),
        EventArrays(
            np.empty(n_events, np.int32),
            np.empty(n_events, np.int8),
            np.empty(n_events, np.int32),
            np.empty(n_events, np.int32),
            np.empty(n_events, np.int32),
            np.empty(n_events, np.uint8),
        ),
        np.zeros(2, np.int64),
    )


def usual_room(n_bytes: int) -> int:
    """Room for the differences of reads of so many bytes, unless they have very many."""
    return max(1024, int(n_bytes * _EVENTS_PER_BYTE))


_NOTHING = np.empty(0, np.uint8)
NO_COMPARISON = new_comparison(CompareWith(0, ReferenceArrays(_NOTHING, _NOTHING), 0, 0), 0, 0)


def found_differences(comparison: Comparison, n_rows: int) -> Differences | None:
    """What a comparison of `n_rows` reads found; None where it had too little room."""
    n, is_lost = comparison.state.tolist()
    if is_lost:
        return None
    use, n_mismatches, n_indels = comparison.use, comparison.n_mismatches, comparison.n_indels
    one = comparison.events
    events = EventArrays(
        one.pos[:n], one.kind[:n], one.value[:n], one.read[:n], one.offset[:n], one.quality[:n]
    )
    return Differences(use[:n_rows], n_mismatches[:n_rows], n_indels[:n_rows], events)


def compare_all(columns: ReadColumns, wanted: CompareWith) -> Differences:
    """Compare reads that are there already."""
    n, room = len(columns), usual_room(len(columns.arena))
    while True:
        comparison = new_comparison(wanted, n, room)
        compare_reads(
            0,
            n,
            columns.flag,
            columns.mapq,
            columns.marks,
            columns.pos,
            columns.end,
            columns.n_cigar,
            columns.cigar_at,
            columns.seq_at,
            columns.qual_at,
            columns.arena,
            NIBBLE_TO_CODE,
            comparison,
        )
        found = found_differences(comparison, n)
        if found is not None:
            return found
        room *= 4
