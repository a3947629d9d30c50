"""What a tile gives to a shard, as its process hands it over: arrays and lists, no tables.

A tile's process does without Polars, which the process that started it loads meanwhile.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from oncoloom.calling.alleles import Allele
from oncoloom.calling.phase_pairs import PhaseRow
from oncoloom.calling.tile_sums import CoverageBins, RepeatLengths, SampleSums
from oncoloom.calling.tiles import Tile


@dataclass(frozen=True, slots=True)
class PackedCandidates:
    """A tile's own candidates, their histograms without the empty cells.

    Attributes
    ----------
    row, cell, count
        Candidate, category * N_BINS + bin, and how many; ascending.
    """

    alleles: list[Allele]
    row: NDArray[np.int64]
    cell: NDArray[np.int32]
    count: NDArray[np.int32]
    tumor: NDArray[np.int32]
    normal: NDArray[np.int32]
    unit: NDArray[np.int32]
    units: NDArray[np.float64]
    slippage_rate: NDArray[np.float64]


@dataclass(slots=True)
class TileEvidence:
    """What a tile gives to a shard."""

    tile: Tile
    candidates: PackedCandidates
    forced: set[Allele]
    tumor: SampleSums | None
    normal: SampleSums | None
    coverage: CoverageBins
    callable_at: NDArray[np.int64]
    repeats: RepeatLengths
    phases: list[PhaseRow]
    screened: int
