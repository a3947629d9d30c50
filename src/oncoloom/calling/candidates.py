"""Candidates of a tile: what is seen in at least two reads, as normalised alleles."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from oncoloom.calling.alleles import Allele, text_of
from oncoloom.calling.blocks import find_blocks, inserted_texts
from oncoloom.calling.sample_reads import ReferenceWindow, SampleReads
from oncoloom.kernels.arrays import BASES, EVENT_DELETION, EVENT_SNV
from oncoloom.kernels.substitution_cells import add_cell_reads, make_cell_table, passing_cells, tally_cells

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
    letters = text_of(window.code[(cells >> 2) + (start - window.start)])
    for cell, letter in zip(cells.tolist(), letters, strict=True):
        if cell not in blocks.swallowed:
            alleles.add(Allele(start + (cell >> 2), letter, BASES[cell & 3]))
    for sample, (_, firsts) in zip(samples, indels, strict=True):
        alleles.update(indel_alleles(sample, window, firsts))
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
    code = window.code[start - window.start : end - window.start]
    tables, passed = [], []
    for sample in samples:
        events = sample.events
        table = make_cell_table(len(events.pos))
        tally_cells(
            events.pos,
            events.kind,
            events.value,
            events.quality,
            start,
            end,
            table,
        )
        found = np.empty(len(table.cell), np.int64)
        n = passing_cells(table, LEAST_READS, LEAST_QUALITY_SUM, 0.5 * min_af, sample.depth, code, found)
        tables.append(table)
        passed.append(found[:n])
    cells = np.unique(np.concatenate(passed))
    counts = np.zeros(len(cells), np.int64)
    for table in tables:
        add_cell_reads(table, cells, counts)
    return cells, counts


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


def indel_alleles(sample: SampleReads, window: ReferenceWindow, chosen: list[int]) -> Iterator[Allele]:
    """The left-aligned alleles of indel events (indexes into the sample's events)."""
    events, which = sample.events, np.array(chosen, np.int64)
    inserted = which[events.kind[which] != EVENT_DELETION]
    texts = iter(inserted_texts(sample, inserted, events.shift[inserted]))
    columns = (events.anchor, events.value, events.kind)
    for anchor, length, kind in zip(*(one[which].tolist() for one in columns), strict=True):
        at = anchor - window.start
        if kind == EVENT_DELETION:
            yield Allele(anchor, window.text[at : at + 1 + length], window.text[at])
        else:
            yield Allele(anchor, window.text[at], window.text[at] + next(texts))
