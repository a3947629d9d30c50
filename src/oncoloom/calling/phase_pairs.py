"""Pairs of neighboring candidates, and the fragments that show both or one of them."""

from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from oncoloom.calling.alleles import Allele
from oncoloom.calling.candidate_evidence import READ_TABLE, allele_arrays
from oncoloom.calling.sample_reads import ReferenceWindow, SampleReads
from oncoloom.kernels.phase_counts import count_pairs
from oncoloom.kernels.read_scan import NIBBLE_TO_CODE

PHASE_BP = 250  # pairs further apart are left out: a read or two overlapping mates must show both
LEAST_FRAGMENTS = 3
MOST_FOLLOWING = 3  # of each candidate, the next ones
PHASE_SCHEMA = pl.Schema(
    {
        "contig": pl.String(),
        "pos": pl.Int64(),
        "ref": pl.String(),
        "alt": pl.String(),
        "next_pos": pl.Int64(),
        "next_ref": pl.String(),
        "next_alt": pl.String(),
        "tumor": pl.Array(pl.Int32(), 3),
        "normal": pl.Array(pl.Int32(), 3),
    }
)
PhaseRow = tuple[int, str, str, int, str, str, list[int], list[int]]


def phase_rows(
    alleles: Sequence[Allele],
    usable: NDArray[np.bool_],
    start: int,
    end: int,
    window: ReferenceWindow,
    samples: Sequence[SampleReads | None],
    min_base_quality: int,
) -> list[PhaseRow]:
    """Rows of `PHASE_SCHEMA` without the contig, of pairs whose left candidate begins in [start, end).

    Parameters
    ----------
    alleles
        Candidates, sorted, some beyond the tile's end: a pair across it is counted by the left one's tile.
    usable : (n,) bool
        Those with enough support that stand; the same whichever tile sees them.
    samples
        Tumor, normal.
    """
    chosen = [alleles[c] for c in np.flatnonzero(usable).tolist()]
    pos = [allele.pos for allele in chosen]
    pairs = [
        (x, y)
        for x in range(len(chosen) - 1)
        if pos[x + 1] - pos[x] <= PHASE_BP and start <= chosen[x].first_changed < end
        for y in range(x + 1, min(x + 1 + MOST_FOLLOWING, len(chosen)))
        if pos[y] - pos[x] <= PHASE_BP
    ]
    if not pairs:
        return []
    members = np.unique(np.array(pairs))
    table = allele_arrays([chosen[x] for x in members.tolist()], window)
    left, right = (np.searchsorted(members, side) for side in np.array(pairs, np.int64).T)
    counts = np.zeros((2, len(pairs), 3), np.int32)
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
    seen = np.flatnonzero(counts.any(axis=(0, 2))).tolist()
    return [(*chosen[pairs[turn][0]], *chosen[pairs[turn][1]], tumor[turn], normal[turn]) for turn in seen]


def phase_frame(contigs: Sequence[str], parts: Sequence[Sequence[PhaseRow]]) -> pl.DataFrame:
    """Pairs of tiles (one contig name a tile) as a table.

    Column by column: Polars makes a series of each list that it is given in a row.
    """
    rows = [(contig, *row) for contig, part in zip(contigs, parts, strict=True) for row in part]
    if not rows:
        return pl.DataFrame(schema=PHASE_SCHEMA)
    columns: dict[str, object] = dict(zip(PHASE_SCHEMA, zip(*rows, strict=True), strict=True))
    for name in ("tumor", "normal"):
        columns[name] = np.array(columns[name], np.int32)
    return pl.DataFrame(columns, schema=PHASE_SCHEMA)
