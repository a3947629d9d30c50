"""Pairs of neighboring candidates, and the fragments that show both or one of them."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from oncoloom.calling.alleles import Allele, AllelePlaces
from oncoloom.calling.candidate_evidence import READ_TABLE, allele_arrays
from oncoloom.calling.sample_reads import ReferenceWindow, SampleReads
from oncoloom.kernels.phase_counts import count_pairs
from oncoloom.kernels.read_scan import NIBBLE_TO_CODE

PHASE_BP = 250  # pairs further apart are left out: a read or two overlapping mates must show both
LEAST_FRAGMENTS = 3
MOST_FOLLOWING = 3  # of each candidate, the next ones
PhaseRow = tuple[int, str, str, int, str, str, list[int], list[int]]


def phase_rows(
    alleles: Sequence[Allele],
    places: AllelePlaces,
    usable: NDArray[np.bool_],
    start: int,
    end: int,
    window: ReferenceWindow,
    samples: Sequence[SampleReads | None],
    min_base_quality: int,
) -> list[PhaseRow]:
    """Pairs whose left candidate begins in [start, end): `table_store.PHASE_SCHEMA` without the contig.

    Parameters
    ----------
    alleles, places
        Candidates, sorted, some beyond the tile's end: a pair across it is counted by the left one's tile.
    usable : (n,) bool
        Those with enough support that stand; the same whichever tile sees them.
    samples
        Tumor, normal.
    """
    chosen = np.flatnonzero(usable)
    pos, first = places.pos[chosen], places.first_changed[chosen]
    near = np.searchsorted(pos, pos + PHASE_BP, side="right") - np.arange(len(pos)) - 1
    sizes = np.where((first >= start) & (first < end), np.minimum(near, MOST_FOLLOWING), 0)
    if not sizes.any():
        return []
    one = np.repeat(np.arange(len(pos)), sizes)
    other = one + 1 + np.arange(len(one)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    members, both = np.unique(np.concatenate([one, other]), return_inverse=True)
    own = [alleles[c] for c in chosen[members].tolist()]
    table = allele_arrays(own, window)
    left, right = both[: len(one)], both[len(one) :]
    counts = np.zeros((2, len(one), 3), np.int32)
    for turn, sample in enumerate(samples):
        if sample is not None:
            count_pairs(
                left,
                right,
                table,
                window.code,
                window.start,
                sample.arrays,
                sample.longest,
                min_base_quality,
                NIBBLE_TO_CODE,
                READ_TABLE,
                sample.scratch.shown,
                counts[turn],
            )
    tumor, normal = counts.tolist()
    seen = np.flatnonzero(counts.any(axis=(0, 2)))
    return [
        (*own[x], *own[y], tumor[turn], normal[turn])
        for turn, x, y in zip(seen.tolist(), left[seen].tolist(), right[seen].tolist(), strict=True)
    ]
