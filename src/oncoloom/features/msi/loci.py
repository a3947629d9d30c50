"""Microsatellites: which tandem repeats of the reference are looked at."""

from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from oncoloom.kernels.repeat_lengths import find_repeats

# Fewest units of a microsatellite by unit length (index 1 to 6): ten bases of one, five of two and more.
LEAST_UNITS = np.array([0, 10, 5, 5, 5, 5, 5], np.int64)
LONGEST_UNIT, LONGEST_BP, FLANK_BP = 5, 40, 5
LOCUS_COLUMNS = ("chrom", "start", "end", "unit")
_SCHEMA = {"chrom": pl.String, "start": pl.Int64, "end": pl.Int64, "unit": pl.String}


def scan_window(code: NDArray[np.uint8], first: int, start: int, end: int) -> list[tuple[int, int, str]]:
    """Repeats that lie, flanks included, inside [start, end) of a contig: start, end (0-based), unit.

    Parameters
    ----------
    code
        (m,) base codes (0 to 3, 4 = unknown) of the contig from its base `first` on; a little more than the
        interval, so that a repeat that runs across its border is seen whole.
    """
    found = np.empty((4096, 3), np.int32)
    while (n := find_repeats(code, LEAST_UNITS, found)) > len(found):
        found = np.empty((n, 3), np.int32)
    tracts = found[:n].astype(np.int64)
    inside = (tracts[:, 0] + first >= start + FLANK_BP) & (tracts[:, 1] + first + FLANK_BP <= end)
    return [
        (low + first, high + first, "".join("ACGTN"[c] for c in code[low : low + unit].tolist()))
        for low, high, unit in tracts[inside].tolist()
    ]


def locus_table(rows: Sequence[tuple[str, int, int, str]]) -> pl.DataFrame:
    """Chosen loci (`select_loci`) of contig, start, end and unit of repeats."""
    return select_loci(pl.DataFrame(rows, schema=_SCHEMA, orient="row"))


def evenly(loci: pl.DataFrame, most: int) -> pl.DataFrame:
    """At most so many rows, evenly spaced in their order."""
    if loci.height <= most:
        return loci
    chosen: pl.DataFrame = loci[np.linspace(0, loci.height - 1, most).round().astype(np.int64).tolist()]
    return chosen


def select_loci(loci: pl.DataFrame) -> pl.DataFrame:
    """Repeats that can be compared: unit of at most 5 bases, at most 40 bases, alone.

    A repeat with another one within 5 bases has no unique flank to measure from.

    Parameters
    ----------
    loci
        Columns `LOCUS_COLUMNS` and any others, one row a repeat.
    """
    ordered = loci.sort("chrom", "start", "end")
    chrom = ordered["chrom"].to_numpy()
    start, end = ordered["start"].to_numpy(), ordered["end"].to_numpy()
    near = np.zeros(ordered.height, bool)
    if ordered.height > 1:
        touch = (chrom[1:] == chrom[:-1]) & (start[1:] < end[:-1] + FLANK_BP)
        near[1:] |= touch
        near[:-1] |= touch
    fits = (pl.col("unit").str.len_bytes() <= LONGEST_UNIT) & (pl.col("end") - pl.col("start") <= LONGEST_BP)
    return ordered.filter(fits & ~pl.Series(near, dtype=pl.Boolean))
