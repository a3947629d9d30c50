"""Candidates of a tile: what is seen in at least two reads, as normalised alleles."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from oncoloom.calling.alleles import Allele, reference_text, text_of
from oncoloom.calling.sample_reads import Events, ReferenceWindow, SampleReads
from oncoloom.kernels.arrays import BASES, EVENT_DELETION, EVENT_SNV
from oncoloom.kernels.indel_alleles import inserted_bases
from oncoloom.kernels.read_scan import NIBBLE_TO_CODE

LEAST_READS = 2
LEAST_QUALITY_SUM = 60
MNV_GAP_BP = 1  # bases between two substitutions of one record
MOST_BLOCK_SITES = 8


def find_candidates(
    samples: Sequence[SampleReads], window: ReferenceWindow, start: int, end: int, *, min_af: float
) -> list[Allele]:
    """Alleles with evidence in any sample whose first base lies in [start, end), sorted.

    Substitutions need two reads with a summed quality of 60, indels two reads; adjacent substitutions of the
    same reads become one MNV instead of its parts (see `merge_blocks`).
    """
    cells, counts = _substitution_cells(samples, window, start, end, min_af)
    blocks, swallowed = merge_blocks(samples, cells, counts, start)
    alleles = set(blocks)
    for cell in cells.tolist():
        if cell not in swallowed:
            pos = start + (cell >> 2)
            alleles.add(Allele(pos, reference_text(window, pos, pos + 1), BASES[cell & 3]))
    alleles.update(_indels(samples, window, start, end))
    return sorted(alleles)


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


def merge_blocks(
    samples: Sequence[SampleReads], cells: NDArray[np.int64], counts: NDArray[np.int64], start: int
) -> tuple[list[Allele], set[int]]:
    """Adjacent substitutions (gap <= 1 base) of the same reads as one allele, and the cells it replaces.

    A block is taken when at least two reads show it whole, and at least half as many as show its best part:
    so a somatic substitution beside a germline one stays apart from it.
    """
    near = np.flatnonzero(np.diff(cells >> 2) <= MNV_GAP_BP + 1)
    if near.size == 0:
        return [], set()
    involved = np.zeros(int(cells[-1]) + 1, bool)
    involved[cells[np.union1d(near, near + 1)]] = True
    seen: Counter[tuple[int, ...]] = Counter()
    for sample in samples:
        seen.update(_chains(sample.events, involved, start))
    part_count = dict(zip(cells.tolist(), counts.tolist(), strict=True))
    swallowed: set[int] = set()
    kept: list[tuple[int, ...]] = []
    for chain, n in sorted(seen.items(), key=lambda item: (-len(item[0]), -item[1], item[0])):
        if swallowed.intersection(chain):
            continue
        if n >= LEAST_READS and 2 * n >= max(part_count[cell] for cell in chain):
            kept.append(chain)
            swallowed.update(chain)
    return [_block_allele(chain, start, samples) for chain in kept], swallowed


def _chains(events: Events, involved: NDArray[np.bool_], start: int) -> Counter[tuple[int, ...]]:
    cell = 4 * (events.pos.astype(np.int64) - start) + events.value
    inside = (events.kind == EVENT_SNV) & (cell >= 0) & (cell < involved.shape[0])
    index = np.flatnonzero(inside)
    index = index[involved[cell[index]]]
    cell, pos, read = cell[index], events.pos[index], events.read[index]
    if index.size < 2:
        return Counter()
    linked = (np.diff(read) == 0) & (np.diff(pos) <= MNV_GAP_BP + 1) & (np.diff(pos) > 0)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], linked, [False]]).astype(np.int8)))
    found: Counter[tuple[int, ...]] = Counter()
    for first, last in edges.reshape(-1, 2):
        if last - first < MOST_BLOCK_SITES:
            found[tuple(cell[first : last + 1].tolist())] += 1
    return found


def _block_allele(chain: tuple[int, ...], start: int, samples: Sequence[SampleReads]) -> Allele:
    window = samples[0].window
    first, last = start + (chain[0] >> 2), start + (chain[-1] >> 2)
    ref = reference_text(window, first, last + 1)
    alt = list(ref)
    for cell in chain:
        alt[start + (cell >> 2) - first] = BASES[cell & 3]
    return Allele(first, ref, "".join(alt))


def _indels(samples: Sequence[SampleReads], window: ReferenceWindow, start: int, end: int) -> list[Allele]:
    alleles: set[Allele] = set()
    for sample in samples:
        events = sample.events
        index = np.flatnonzero(
            (events.kind != EVENT_SNV) & (events.key >= 0) & (events.anchor >= start) & (events.anchor < end)
        )
        if index.size < LEAST_READS:
            continue
        order = np.lexsort((events.key[index], events.value[index], events.kind[index], events.anchor[index]))
        index = index[order]
        fields = (events.anchor[index], events.kind[index], events.value[index], events.key[index])
        new = np.concatenate([[True], np.any([np.diff(field) != 0 for field in fields], axis=0)])
        firsts = np.flatnonzero(new)
        sizes = np.diff(np.concatenate([firsts, [index.size]]))
        alleles.update(
            indel_allele(sample, window, int(index[first]))
            for first, size in zip(firsts.tolist(), sizes.tolist(), strict=True)
            if size >= LEAST_READS
        )
    return [allele for allele in alleles if "N" not in allele.ref + allele.alt]


def indel_allele(sample: SampleReads, window: ReferenceWindow, event: int) -> Allele:
    """The left-aligned allele of an indel event (index into the sample's events)."""
    events = sample.events
    anchor, length = int(events.anchor[event]), int(events.value[event])
    if events.kind[event] == EVENT_DELETION:
        ref = reference_text(window, anchor, anchor + 1 + length)
        return Allele(anchor, ref, ref[0])
    out = np.empty(length, np.uint8)
    inserted_bases(
        window.code,
        int(events.pos[event]) - window.start,
        length,
        sample.columns.arena,
        int(sample.columns.seq_at[events.read[event]]),
        int(events.offset[event]),
        NIBBLE_TO_CODE,
        int(events.shift[event]),
        out,
    )
    ref = reference_text(window, anchor, anchor + 1)
    return Allele(anchor, ref, ref + text_of(out))
