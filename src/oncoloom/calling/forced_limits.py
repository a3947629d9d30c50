"""What an asked-for allele's depth could have shown: fragments that a call needs there, and the fraction.

For each allele the tumor's supporting fragments are taken out of its own evidence, and typical ones are put
in until the posterior passes: that is the caller's own least evidence at this place, in this sample. The
limit is the smallest allele fraction that gives so many fragments with 95 % probability (binomial).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from oncoloom.calling.candidate_table import CandidateTable
from oncoloom.calling.detection import detection_limit
from oncoloom.calling.fragment_counts import shown_depth
from oncoloom.calling.trial import N_CELLS, SampleModel, trial_posteriors, with_fragments, without_support
from oncoloom.kernels.mixture_core import SOMATIC

LEAST_FRAGMENTS = 2
# Numbers of fragments that are tried; between them the next larger one is taken.
LADDER = (2, 3, 4, 5, 6, 7, 8, 10, 12, 15, 20, 25, 30, 40, 50, 75, 100, 150, 200)
_CHUNK = 512  # alleles at a time: dense histograms are 17 kB each


@dataclass(frozen=True, slots=True)
class ForcedLimit:
    """Fragments that a call needs at this place, and the fraction found with 95 % power (None: none is)."""

    needed: int | None
    fraction: float | None


def forced_limits(table: CandidateTable, model: SampleModel, *, min_af: float) -> dict[int, ForcedLimit]:
    """The limit of every asked-for allele, by its index in `table`."""
    index = np.flatnonzero(table.forced)
    out: dict[int, ForcedLimit] = {}
    for start in range(0, len(index), _CHUNK):
        part = index[start : start + _CHUNK]
        for c, needed in zip(part.tolist(), _needed(table, model, part), strict=True):
            depth = int(shown_depth(table.tumor[c]))
            limit = None if needed is None else detection_limit(depth, needed, min_af=min_af)
            out[c] = ForcedLimit(needed, limit)
    return out


def _needed(table: CandidateTable, model: SampleModel, index: NDArray[np.int64]) -> list[int | None]:
    """Supporting fragments from which on each of the alleles passes."""
    cells = without_support(_dense(table, index))
    found: list[int | None] = [None] * len(index)
    waiting = np.arange(len(index))
    for n in LADDER:
        if not waiting.size:
            break
        chosen = index[waiting].tolist()
        posterior = trial_posteriors(
            model,
            with_fragments(cells[waiting], n),
            [table.ref[c] for c in chosen],
            [table.alt[c] for c in chosen],
            table.slippage_rate[chosen],
            table.in_repeat[chosen],
            np.ones(len(chosen), bool),
        )
        passes = posterior[:, SOMATIC] >= model.cut
        for x in waiting[passes].tolist():
            found[x] = n
        waiting = waiting[~passes]
    return found


def _dense(table: CandidateTable, index: NDArray[np.int64]) -> NDArray[np.int64]:
    """(len(index), N_CELLS) histograms."""
    own = table.histograms
    out = np.zeros((len(index), N_CELLS), np.int64)
    for x, c in enumerate(index.tolist()):
        begin, stop = int(own.borders[c]), int(own.borders[c + 1])
        out[x, own.cells[begin:stop]] = own.counts[begin:stop]
    return out
