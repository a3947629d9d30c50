"""Alleles that no alignment shows whole: assembled where clipped reads gather.

Places and what belongs to them depend on the reads near them only, never on where a tile begins: any tiling
finds the same alleles.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from oncoloom.calling.alleles import Allele, codes_of, normalize, reference_text, text_of
from oncoloom.calling.sample_reads import ReferenceWindow, SampleReads
from oncoloom.kernels.arrays import EVENT_CLIP, EVENT_SNV
from oncoloom.kernels.assembly import assemble_places
from oncoloom.kernels.assembly_walks import WalkArrays
from oncoloom.kernels.kmer_table import TABLE_SIZE, KmerTable

CELL_BP = 20  # clips of two neighboring cells of a fixed grid make a place
LEAST_FRAGMENTS = 3
HALF_WIDTH_BP = 270  # assembled to both sides of a place
REACH_BP = 170  # alleles that begin further from their place are left to another place
MOST_WALKS, MOST_WALK_BASES = 64, 8_192  # of a place
PLACES_AT_ONCE = 16  # room for so many with as many walks as there can be; most have one or none
LEAST_KEPT_PER_SUBSTITUTION = 8
Walk = tuple[int, int, bytes]
"""Where a walk leaves the reference and where it comes back (in the window), and the codes of its bases."""


def assembled_alleles(
    samples: Sequence[SampleReads], window: ReferenceWindow, start: int, end: int
) -> set[Allele]:
    """Normalised indels from local assembly whose first changed base lies in [start, end)."""
    found: set[Allele] = set()
    table: KmerTable | None = None
    for sample in samples:
        places = clip_places(sample)
        places = places[(places >= start - REACH_BP) & (places < end + REACH_BP)]
        if not places.size:
            continue
        table = table or _make_table()
        known: dict[Walk, tuple[int, Allele]] = {}  # places near each other find the same walks
        for place, walk in _walks(places, sample, window, table):
            if walk not in known:
                allele = walk_allele(walk, window)
                known[walk] = allele.first_changed, allele
            first, allele = known[walk]
            if start <= first < end and abs(first - place) <= REACH_BP and allele.is_indel:
                found.add(allele)
    return found


def clip_places(sample: SampleReads) -> NDArray[np.int64]:
    """Where at least three fragments are clipped: centers of pairs of grid cells, ascending.

    Of overlapping pairs the one with most fragments is taken, the left one of equals.
    """
    events = sample.events
    clips = np.flatnonzero(events.kind == EVENT_CLIP)
    if clips.size < LEAST_FRAGMENTS:
        return np.empty(0, np.int64)
    cell = events.pos[clips].astype(np.int64) // CELL_BP
    many = _in_crowded_pairs(cell)
    cell, name = cell[many], sample.arrays.name[events.read[clips[many]]]
    if not cell.size:
        return np.empty(0, np.int64)
    in_pair = np.concatenate([cell, cell - 1])  # a clip belongs to the pair it opens and to the one it closes
    order = np.lexsort((np.concatenate([name, name]), in_pair))
    pair, names = in_pair[order], np.concatenate([name, name])[order]
    new = np.concatenate([[True], (np.diff(pair) != 0) | (np.diff(names) != 0)])
    pairs, fragments = np.unique(pair[new], return_counts=True)
    apart = np.diff(pairs) != 1
    before = np.where(np.append(True, apart), 0, np.append(0, fragments[:-1]))
    behind = np.where(np.append(apart, True), 0, np.append(fragments[1:], 0))
    best = (fragments >= LEAST_FRAGMENTS) & (before < fragments) & (fragments >= behind)
    return np.asarray((pairs[best] + 1) * CELL_BP, np.int64)


def _in_crowded_pairs(cell: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Clips (by cell) in a pair with enough clips, and in its neighbors: all that can matter for a place."""
    first = int(cell.min()) - 2
    clips = np.bincount(cell - first, minlength=int(cell.max()) - first + 3)
    crowded = np.convolve(clips, np.ones(2, np.int64), mode="valid") >= LEAST_FRAGMENTS
    near = np.flatnonzero(crowded)[:, None] + np.arange(-1, 3)
    wanted = np.zeros(len(clips) + 3, bool)
    wanted[near.ravel()] = True
    return wanted[cell - first]


def _make_walks(most: int, most_bases: int) -> WalkArrays:
    return WalkArrays(
        np.empty(most, np.int64),
        np.empty(most, np.int64),
        np.zeros(most + 1, np.int64),
        np.empty(most_bases, np.uint8),
    )


def _make_table() -> KmerTable:
    return KmerTable(
        np.empty(TABLE_SIZE, np.int64),
        np.empty(TABLE_SIZE, np.int32),
        np.empty(TABLE_SIZE, np.int32),
        np.empty(TABLE_SIZE, np.int32),
    )


def _walks(
    places: NDArray[np.int64], sample: SampleReads, window: ReferenceWindow, table: KmerTable
) -> Iterator[tuple[int, Walk]]:
    """Places with the walks around them."""
    events = sample.events
    mismatch_read = events.read[events.kind == EVENT_SNV]
    low = np.maximum(window.start, places - HALF_WIDTH_BP)
    high = np.minimum(window.start + len(window.code), places + HALF_WIDTH_BP)
    borders, counts = np.stack([low, high], axis=1), np.zeros(len(places), np.int64)
    walks = _make_walks(MOST_WALKS, MOST_WALK_BASES)
    found = _make_walks(PLACES_AT_ONCE * MOST_WALKS, PLACES_AT_ONCE * MOST_WALK_BASES)
    while len(places):
        n = assemble_places(
            borders,
            window.code,
            window.start,
            sample.longest,
            sample.arrays,
            mismatch_read,
            table,
            walks,
            found,
            counts,
        )
        for turn, place in enumerate(np.repeat(places[:n], counts[:n]).tolist()):
            yield place, found_walk(found, turn)
        places, borders = places[n:], borders[n:]


def found_walk(walks: WalkArrays, turn: int) -> Walk:
    """One of the walks found."""
    bases = walks.bases[walks.border[turn] : walks.border[turn + 1]]
    return int(walks.leave[turn]), int(walks.back[turn]), bases.tobytes()


def walk_allele(walk: Walk, window: ReferenceWindow) -> Allele:
    """A walk as a normalised allele; one that comes back left of where it left is a tandem duplication."""
    leave, back = window.start + walk[0], window.start + walk[1]
    bases = text_of(np.frombuffer(walk[2], np.uint8))
    before = reference_text(window, leave - 1, leave)
    if back >= leave:
        allele = Allele(leave - 1, before + reference_text(window, leave, back), before + bases)
    else:
        allele = Allele(leave - 1, before, before + bases + reference_text(window, back, leave))
    return normalize(indel_part(normalize(allele, window)), window)


def indel_part(allele: Allele) -> Allele:
    """The one insertion or deletion that explains an allele but for a few substitutions; else the allele.

    A walk takes along a germline substitution beside the event. Substitutions are candidates of their own, so
    up to one in eight of the kept bases are left to them.
    """
    kept, change = min(len(allele.ref), len(allele.alt)), len(allele.alt) - len(allele.ref)
    if kept < LEAST_KEPT_PER_SUBSTITUTION or change == 0:
        return allele
    ref, alt = codes_of(allele.ref), codes_of(allele.alt)
    left = np.concatenate([[0], np.cumsum(ref[:kept] != alt[:kept])])
    right = np.concatenate([np.cumsum(ref[::-1][:kept] != alt[::-1][:kept])[::-1], [0]])
    substitutions = left + right  # by how many kept bases lie left of the indel
    at = int(np.argmin(substitutions))
    if at == 0 or LEAST_KEPT_PER_SUBSTITUTION * int(substitutions[at]) > kept:
        return allele
    before = allele.ref[at - 1]
    pos = allele.pos + at - 1
    if change < 0:
        return Allele(pos, allele.ref[at - 1 : at - change], before)
    return Allele(pos, before, before + allele.alt[at : at + change])
