"""Neighboring differences of the same reads as one allele: MNVs and complex blocks."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from oncoloom.calling.alleles import Allele, normalize, reference_text, text_of
from oncoloom.calling.sample_reads import Events, ReferenceWindow, SampleReads
from oncoloom.kernels.arrays import BASES, EVENT_DELETION, EVENT_INSERTION, EVENT_SNV
from oncoloom.kernels.indel_alleles import inserted_bases
from oncoloom.kernels.read_scan import NIBBLE_TO_CODE

MNV_GAP_BP = 1  # bases between two substitutions of one record
BLOCK_GAP_BP = 8  # the same where one of the two changes the length
MOST_BLOCK_PARTS = 8
LEAST_FRAGMENTS = 2
LEAST_GERMLINE_READS, LEAST_GERMLINE_SHARE = 3, 0.15


AlleleKey = tuple[int, int, int, int]


class Part(NamedTuple):
    """A difference as aligned: where (see `Events.pos`), its kind, base code or length, inserted bases.

    `anchor` and `key` are those of the normalised allele: reads may align it elsewhere.
    """

    pos: int
    kind: int
    value: int
    bases: str
    anchor: int
    key: int

    @property
    def allele(self) -> AlleleKey:
        """What is equal for equal alleles."""
        return self.anchor, self.kind, self.value, self.key

    @property
    def start(self) -> int:
        """First replaced base, 0-based."""
        return self.pos if self.kind == EVENT_SNV else self.pos + 1

    @property
    def end(self) -> int:
        """End of the replaced bases, exclusive."""
        if self.kind == EVENT_INSERTION:
            return self.pos + 1
        return self.start + (self.value if self.kind == EVENT_DELETION else 1)

    def cell(self, start: int) -> int:
        """Of a substitution: its cell (see `candidates`)."""
        return 4 * (self.pos - start) + self.value


Chain = tuple[Part, ...]


class Blocks(NamedTuple):
    """Blocks as normalised alleles, and the substitution cells that are told by them alone."""

    alleles: set[Allele]
    swallowed: set[int]


def find_blocks(
    samples: Sequence[SampleReads],
    supported: Sequence[NDArray[np.bool_]],
    part_count: dict[int, int],
    start: int,
    normal: SampleReads | None,
) -> Blocks:
    """Differences that at least two fragments show together, as one allele.

    Substitutions are joined over one base at most, and any two differences over eight where one is an indel.
    A germline part (three reads and more than 15 % in the normal) leaves a block that the normal does not
    have whole; what is left may be a block. Substitutions go into a block that at least half of the reads
    with them show; indels stay candidates beside it, to compete with it.

    Parameters
    ----------
    supported
        Of each sample's events, those whose allele is a candidate.
    part_count
        Reads of each substitution cell.
    start
        Position of cell 0.
    """
    chains = [_chains(sample, mask) for sample, mask in zip(samples, supported, strict=True)]
    if normal is not None:
        own = next(index for index, sample in enumerate(samples) if sample is normal)
        germline = _germline_parts(chains, normal, supported[own], start)
        whole = Counter({chain: len(reads) for chain, reads in chains[own].items()})
        chains = [_without_germline(one, germline, whole) for one in chains]
    seen: defaultdict[Chain, list[int]] = defaultdict(list)
    fragments: Counter[Chain] = Counter()
    for one, sample in zip(chains, samples, strict=True):
        for chain, reads in one.items():
            seen[chain] += reads
            fragments[chain] += len(set(sample.arrays.name[reads].tolist()))
    alleles: set[Allele] = set()
    swallowed: set[int] = set()
    for chain in sorted(seen, key=lambda chain: (-len(chain), -len(seen[chain]), chain)):
        cells = {part.cell(start) for part in chain if part.kind == EVENT_SNV}
        mostly = 2 * len(seen[chain]) >= max((part_count.get(cell, 0) for cell in cells), default=0)
        is_mnv = len(cells) == len(chain)
        if fragments[chain] < LEAST_FRAGMENTS or swallowed & cells or (is_mnv and not mostly):
            continue
        allele = block_allele(chain, samples[0].window)
        if allele is None:
            continue
        alleles.add(allele)
        if mostly:
            swallowed |= cells
    return Blocks(alleles, swallowed)


def _chains(sample: SampleReads, supported: NDArray[np.bool_]) -> dict[Chain, list[int]]:
    """Chains of linked differences, with the reads that show them."""
    events = sample.events
    index = np.flatnonzero(supported)
    if index.size < 2:
        return {}
    kind, pos, value, read = (one[index] for one in (events.kind, events.pos, events.value, events.read))
    first = np.where(kind == EVENT_SNV, pos, pos + 1)
    last = np.where(kind == EVENT_INSERTION, first, first + np.where(kind == EVENT_DELETION, value, 1))
    longer = (kind[1:] != EVENT_SNV) | (kind[:-1] != EVENT_SNV)
    gap = first[1:] - last[:-1]
    linked = (np.diff(read) == 0) & (gap >= 0) & (gap <= np.where(longer, BLOCK_GAP_BP, MNV_GAP_BP))
    edges = np.flatnonzero(np.diff(np.concatenate([[False], linked, [False]]).astype(np.int8)))
    found: defaultdict[Chain, list[int]] = defaultdict(list)
    wanted: list[tuple[int, int]] = []
    for a, b in edges.reshape(-1, 2).tolist():
        if b - a < MOST_BLOCK_PARTS:
            wanted.append((a, b + 1))
    parts = _parts(sample, np.concatenate([index[a:b] for a, b in wanted])) if wanted else []
    at = 0
    for a, b in wanted:
        found[tuple(parts[at : at + b - a])].append(int(read[a]))
        at += b - a
    return found


def _parts(sample: SampleReads, chosen: NDArray[np.int64]) -> list[Part]:
    """The chosen events as parts."""
    events = sample.events
    columns = [one[chosen] for one in (events.pos, events.kind, events.value, events.anchor, events.key)]
    bases = [""] * len(chosen)
    inserted = np.flatnonzero(columns[1] == EVENT_INSERTION)
    texts = inserted_texts(sample, chosen[inserted], np.zeros(len(inserted), np.int32))
    for turn, text in zip(inserted.tolist(), texts, strict=True):
        bases[turn] = text
    pos, kind, value, anchor, key = (one.tolist() for one in columns)
    return list(map(Part, pos, kind, value, bases, anchor, key))


def inserted_texts(sample: SampleReads, chosen: NDArray[np.int64], shift: NDArray[np.int32]) -> list[str]:
    """Bases of insertion events, each after a shift to the left."""
    events, columns = sample.events, sample.columns
    border = np.zeros(len(chosen) + 1, np.int64)
    np.cumsum(events.value[chosen], out=border[1:])
    out = np.empty(int(border[-1]), np.uint8)
    inserted_bases(
        sample.window.code,
        sample.window.start,
        events.pos[chosen],
        events.read[chosen],
        events.offset[chosen],
        columns.arena,
        columns.seq_at,
        NIBBLE_TO_CODE,
        shift,
        border,
        out,
    )
    text, borders = text_of(out), border.tolist()
    return [text[a:b] for a, b in pairwise(borders)]


def _germline_parts(
    chains: Sequence[dict[Chain, list[int]]],
    normal: SampleReads,
    supported: NDArray[np.bool_],
    start: int,
) -> dict[AlleleKey, int]:
    """Alleles among the chains' parts that the normal carries, with its reads."""
    anchors = {part.anchor for one in chains for chain in one for part in chain}
    if not anchors:
        return {}
    events: Events = normal.events
    index = np.flatnonzero(supported)
    index = index[np.isin(events.anchor[index], np.array(sorted(anchors)))]
    count = Counter(part.allele for part in _parts(normal, index))
    last = len(normal.depth) - 1
    return {
        allele: n
        for allele, n in count.items()
        if n >= LEAST_GERMLINE_READS
        and n > LEAST_GERMLINE_SHARE * normal.depth[min(max(allele[0] - start, 0), last)]
    }


def _without_germline(
    chains: dict[Chain, list[int]], germline: dict[AlleleKey, int], whole: Counter[Chain]
) -> dict[Chain, list[int]]:
    """The chains less their germline parts, but for those that the normal has as they are."""
    left: defaultdict[Chain, list[int]] = defaultdict(list)
    for chain, reads in chains.items():
        most = max((germline.get(part.allele, 0) for part in chain), default=0)
        pieces = [chain] if 2 * whole[chain] >= most else _somatic_pieces(chain, germline)
        for piece in pieces:
            left[piece] += reads
    return left


def _somatic_pieces(chain: Chain, germline: dict[AlleleKey, int]) -> list[Chain]:
    pieces: list[list[Part]] = []
    for part in chain:
        if part.allele in germline:
            continue
        if pieces and _linked(pieces[-1][-1], part):
            pieces[-1].append(part)
        else:
            pieces.append([part])
    return [tuple(piece) for piece in pieces if len(piece) > 1]


def _linked(left: Part, right: Part) -> bool:
    most = MNV_GAP_BP if left.kind == right.kind == EVENT_SNV else BLOCK_GAP_BP
    return right.start - left.end <= most


def block_allele(chain: Chain, window: ReferenceWindow) -> Allele | None:
    """The normalised allele of a chain; None where its parts undo each other."""
    before = chain[0].start - 1
    if before < window.start:
        return None
    ref = reference_text(window, before, chain[-1].end)
    alt = ref[:1] + _filled(chain, window)
    if ref == alt or "N" in ref + alt:
        return None
    return normalize(Allele(before, ref, alt), window)


def _filled(chain: Chain, window: ReferenceWindow) -> str:
    """Alternative bases of a chain, with the reference between its parts."""
    text = [BASES[chain[0].value] if chain[0].kind == EVENT_SNV else chain[0].bases]
    for left, right in pairwise(chain):
        text.append(reference_text(window, left.end, right.start))
        text.append(BASES[right.value] if right.kind == EVENT_SNV else right.bases)
    return "".join(text)
