"""Candidates of a tile: what is seen in at least two reads, as normalised alleles."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from oncoloom.calling.alleles import Allele, reference_text
from oncoloom.calling.blocks import find_blocks, inserted_text
from oncoloom.calling.sample_reads import ReferenceWindow, SampleReads
from oncoloom.kernels.arrays import BASES, EVENT_DELETION, EVENT_SNV

LEAST_READS = 2
LEAST_QUALITY_SUM = 60
LONG_INDEL_BP = 12


def find_candidates(
    samples: Sequence[SampleReads],
    window: ReferenceWindow,
    start: int,
    end: int,
    *,
    min_af: float,
    normal: SampleReads | None = None,
) -> list[Allele]:
    """Alleles with evidence in any sample whose first base lies in [start, end), sorted.

    Substitutions need two reads with a summed quality of 60, indels two reads; neighbors that the same reads
    show become one allele (see `blocks.find_blocks`), in which a substitution goes up. `normal`: which of the
    samples tells germline parts of such blocks.
    """
    cells, counts = _substitution_cells(samples, window, start, end, min_af)
    indels = [_indel_events(sample, start, end) for sample in samples]
    supported = [
        _in_cells(sample, cells, start) | by_event
        for sample, (by_event, _) in zip(samples, indels, strict=True)
    ]
    part_count = dict(zip(cells.tolist(), counts.tolist(), strict=True))
    blocks = find_blocks(samples, supported, part_count, start, normal)
    alleles = set(blocks.alleles)
    for cell in cells.tolist():
        if cell not in blocks.swallowed:
            pos = start + (cell >> 2)
            alleles.add(Allele(pos, reference_text(window, pos, pos + 1), BASES[cell & 3]))
    for sample, (_, firsts) in zip(samples, indels, strict=True):
        alleles.update(indel_allele(sample, window, event) for event in firsts)
    return sorted(allele for allele in alleles if "N" not in allele.ref + allele.alt)


def _in_cells(sample: SampleReads, cells: NDArray[np.int64], start: int) -> NDArray[np.bool_]:
    """Which events are substitutions of these cells (ascending)."""
    events = sample.events
    if not cells.size:
        return np.zeros(len(events.pos), bool)
    wanted = np.zeros(int(cells[-1]) + 2, bool)
    wanted[cells] = True
    cell = 4 * (events.pos.astype(np.int64) - start) + events.value
    cell[(events.kind != EVENT_SNV) | (cell < 0) | (cell >= len(wanted))] = len(wanted) - 1
    return wanted[cell]


def _substitution_cells(
    samples: Sequence[SampleReads], window: ReferenceWindow, start: int, end: int, min_af: float
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Cells (4 * (position - start) + base) that pass in a sample, and their reads in all samples."""
    passed, seen, counts = [], [], []
    for sample in samples:
        cells, n, quality = _counted_cells(sample, start, end)
        enough = (n >= LEAST_READS) & (quality >= LEAST_QUALITY_SUM)
        enough &= n >= 0.5 * min_af * sample.depth[cells >> 2]
        passed.append(cells[enough])
        seen.append(cells)
        counts.append(n)
    cells = np.unique(np.concatenate(passed))
    code = window.code[start - window.start : end - window.start]
    cells = cells[code[cells >> 2] < 4]
    everything, total = np.concatenate(seen), np.concatenate(counts)
    wanted = np.isin(everything, cells)
    at = np.searchsorted(cells, everything[wanted])
    return cells, np.bincount(at, weights=total[wanted], minlength=len(cells)).astype(np.int64)


def _counted_cells(
    sample: SampleReads, start: int, end: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Cells with substitutions, ascending, with their reads and summed base qualities."""
    events, columns = sample.events, sample.columns
    index = np.flatnonzero((events.kind == EVENT_SNV) & (events.pos >= start) & (events.pos < end))
    if not index.size:
        nothing = np.empty(0, np.int64)
        return nothing, nothing, nothing
    cell = 4 * (events.pos[index].astype(np.int64) - start) + events.value[index]
    quality = columns.arena[columns.qual_at[events.read[index]] + events.offset[index]].astype(np.int64)
    order = np.argsort(cell, kind="stable")
    cell, quality = cell[order], quality[order]
    firsts = np.flatnonzero(np.diff(cell, prepend=-1))
    n = np.diff(np.append(firsts, len(cell)))
    return cell[firsts], n, np.add.reduceat(quality, firsts)


def _indel_events(sample: SampleReads, start: int, end: int) -> tuple[NDArray[np.bool_], list[int]]:
    """Which events are indels that at least two reads show; and one event of each candidate.

    A long indel that one read shows is a candidate, too: most reads with it are clipped, or end too close to
    it for the aligner to open a gap.
    """
    events = sample.events
    supported = np.zeros(len(events.pos), bool)
    index = np.flatnonzero(
        (events.kind != EVENT_SNV) & (events.key >= 0) & (events.anchor >= start) & (events.anchor < end)
    )
    if not index.size:
        return supported, []
    order = np.lexsort((events.key[index], events.value[index], events.kind[index], events.anchor[index]))
    index = index[order]
    fields = (events.anchor[index], events.kind[index], events.value[index], events.key[index])
    new = np.concatenate([[True], np.any([np.diff(field) != 0 for field in fields], axis=0)])
    firsts = np.flatnonzero(new)
    sizes = np.diff(np.concatenate([firsts, [index.size]]))
    supported[index[np.repeat(sizes >= LEAST_READS, sizes)]] = True
    seen = (sizes >= LEAST_READS) | (events.value[index[firsts]] >= LONG_INDEL_BP)
    return supported, index[firsts[seen]].tolist()


def indel_allele(sample: SampleReads, window: ReferenceWindow, event: int) -> Allele:
    """The left-aligned allele of an indel event (index into the sample's events)."""
    events = sample.events
    anchor, length = int(events.anchor[event]), int(events.value[event])
    if events.kind[event] == EVENT_DELETION:
        ref = reference_text(window, anchor, anchor + 1 + length)
        return Allele(anchor, ref, ref[0])
    ref = reference_text(window, anchor, anchor + 1)
    return Allele(anchor, ref, ref + inserted_text(sample, event, shift=int(events.shift[event])))
