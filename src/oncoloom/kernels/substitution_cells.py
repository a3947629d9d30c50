"""Substitutions of a tile by cell (position and base): reads and summed base quality, in a hash table."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from oncoloom.kernels.arrays import EVENT_SNV
from oncoloom.kernels.compiling import inlined, kernel


class CellTable(NamedTuple):
    """Open-addressing table; its size is a power of two above the number of cells.

    Attributes
    ----------
    cell : (m,) int32
        4 * (position - start) + base code; -1 free.
    reads, quality : (m,) int32
        How many reads show it, and the sum of their base qualities.
    """

    cell: NDArray[np.int32]
    reads: NDArray[np.int32]
    quality: NDArray[np.int32]


def make_cell_table(n: int) -> CellTable:
    """A table with room for n cells, free."""
    size = 1 << max(4, (2 * n).bit_length())
    return CellTable(np.full(size, -1, np.int32), np.zeros(size, np.int32), np.zeros(size, np.int32))


@inlined
def slot_of(cell: int, cells: NDArray[np.int32]) -> int:
    """Where a cell is in the table, or would be put."""
    mask = cells.shape[0] - 1
    slot = (cell * 40503 >> 4) & mask
    while cells[np.uintp(slot)] >= 0 and cells[np.uintp(slot)] != cell:
        slot = (slot + 1) & mask
    return slot


@kernel
def tally_cells(
    pos: NDArray[np.int32],
    kind: NDArray[np.int8],
    value: NDArray[np.int32],
    quality: NDArray[np.uint8],
    start: int,
    end: int,
    table: CellTable,
) -> None:
    """Add the substitutions among the events (fields as `sample_reads.Events`) that lie in [start, end)."""
    for e in range(pos.shape[0]):
        if kind[e] != EVENT_SNV or pos[e] < start or pos[e] >= end:
            continue
        cell = 4 * (pos[e] - start) + value[e]
        slot = slot_of(cell, table.cell)
        table.cell[slot] = cell
        table.reads[slot] += 1
        table.quality[slot] += quality[e]


@kernel
def passing_cells(
    table: CellTable,
    least_reads: int,
    least_quality: int,
    least_share: float,
    depth: NDArray[np.int32],
    code: NDArray[np.uint8],
    out: NDArray[np.int64],
) -> int:
    """Write the cells with enough reads, quality and share of the depth, in no order; return how many.

    depth, code: by position; cells where the reference is unknown do not pass. out: as long as the table.
    """
    n = 0
    for slot in range(table.cell.shape[0]):
        cell = table.cell[slot]
        if cell < 0 or table.reads[slot] < least_reads or table.quality[slot] < least_quality:
            continue
        at = cell >> 2
        if code[at] < 4 and table.reads[slot] >= least_share * depth[at]:
            out[n] = cell
            n += 1
    return n


@kernel
def add_cell_reads(table: CellTable, cells: NDArray[np.int64], out: NDArray[np.int64]) -> None:
    """Add to out (n,) the reads that the table has of each cell."""
    for x in range(cells.shape[0]):
        slot = slot_of(cells[x], table.cell)
        out[x] += table.reads[slot]  # 0 where it is free
