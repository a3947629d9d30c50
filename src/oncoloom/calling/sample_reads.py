"""The reads of one sample in one tile, ready for kernels: fates, mates, depth, events."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from oncoloom.kernels.arrays import BASES, EVENT_CLIP, MOST_STARTS, N_ENTRY_COLUMNS
from oncoloom.kernels.indel_alleles import left_align_indels
from oncoloom.kernels.read_arrays import FragmentScratch, ReadArrays
from oncoloom.kernels.read_fates import add_depth, pair_mates
from oncoloom.kernels.read_scan import (
    NIBBLE_TO_CODE,
    EventArrays,
    ReferenceArrays,
    pack_reference,
)
from oncoloom.reads.columns import ReadColumns
from oncoloom.reads.comparison import CompareWith, Differences, compare_all

MOST_SHIFT_BP = 400  # how far an indel is shifted to the left at most


@dataclass(frozen=True, slots=True)
class ReferenceWindow:
    """Reference of a tile with its surroundings, in the three forms that kernels read.

    Attributes
    ----------
    start : int
        0-based position of the first base.
    arrays : ReferenceArrays
        Base codes, and packed BAM nibbles from position 0 and from position 1 of the window.
    text : str
        The bases in upper case, what is no base as N: pieces of it are alleles.
    """

    start: int
    arrays: ReferenceArrays
    text: str = field(repr=False)

    @property
    def code(self) -> NDArray[np.uint8]:
        """(m,) uint8: base codes."""
        return self.arrays.code

    @classmethod
    def from_ascii(cls, start: int, bases: NDArray[np.uint8]) -> "ReferenceWindow":
        """From ASCII bases; lower case is upper case, IUPAC codes are N."""
        m = len(bases)
        code = np.empty(m, np.uint8)
        packed = np.empty(2 * ((m + 3) // 2), np.uint8)
        pack_reference(bases, ASCII_TO_CODE, CODE_TO_NIBBLE, code, packed)
        text = code.tobytes().translate(_LETTERS).decode("ascii")
        return cls(start, ReferenceArrays(code, packed), text)


ASCII_TO_CODE = np.full(256, 4, dtype=np.uint8)
for _code, _letters in enumerate(("Aa", "Cc", "Gg", "Tt")):
    for _letter in _letters:
        ASCII_TO_CODE[ord(_letter)] = _code
CODE_TO_NIBBLE = np.array([1, 2, 4, 8, 15], dtype=np.uint8)
_LETTERS = (BASES + "N" * 256)[:256].encode("ascii")


@dataclass(frozen=True, slots=True)
class Events:
    """Differences between reads and the reference, one entry each.

    Attributes
    ----------
    pos : (n,) int32
        As aligned: the substituted base, or the base before the indel.
    kind : (n,) int8; value : (n,) int32
        See `kernels.arrays`; base code or length.
    read, offset : (n,) int32
        Which read, and where in it.
    quality : (n,) uint8
        Of a substituted base.
    anchor, shift : (n,) int32; key : (n,) int64
        Normalised indel (see `left_align_indels`); of substitutions: their position, 0, 0; clips have key -1.
    """

    pos: NDArray[np.int32]
    kind: NDArray[np.int8]
    value: NDArray[np.int32]
    read: NDArray[np.int32]
    offset: NDArray[np.int32]
    quality: NDArray[np.uint8]
    anchor: NDArray[np.int32]
    shift: NDArray[np.int32]
    key: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class SampleReads:
    """One sample's reads of a tile.

    Attributes
    ----------
    arrays : ReadArrays
        What kernels take; `arrays.use` is the fate of each read (0 used, else `kernels.arrays.READ_FATES`).
    longest : int
        Reference bases of the longest used alignment.
    depth : (m,) int32
        Fragments at the callable MAPQ over each base of the tile's core.
    """

    columns: ReadColumns
    window: ReferenceWindow
    arrays: ReadArrays
    longest: int
    depth: NDArray[np.int32]
    events: Events
    scratch: FragmentScratch = field(repr=False)

    @property
    def fate(self) -> NDArray[np.uint8]:
        """(n,) uint8: why a read is no evidence; 0 where it is."""
        return self.arrays.use

    @property
    def mate(self) -> NDArray[np.int32]:
        """(n,) int32: index of the overlapping mate, -1 none."""
        return self.arrays.mate


def make_scratch(n: int) -> FragmentScratch:
    """Scratch for n reads; all but the distances is written before it is read."""
    return FragmentScratch(
        np.empty(n, np.int32),
        np.empty(n, np.int32),
        np.empty(n + 1, np.float64),
        np.empty((n + 1, N_ENTRY_COLUMNS), np.int32),
        np.zeros(64, np.int32),
        np.empty(MOST_STARTS, np.int32),
        np.empty(6, np.int64),
        np.empty(n, np.int64),
    )


def prepare_reads(
    columns: ReadColumns,
    window: ReferenceWindow,
    *,
    start: int,
    end: int,
    min_base_quality: int,
    callable_mapq: int,
    min_mapping_quality: int = 1,
) -> SampleReads:
    """Compare a tile's reads with the window, and prepare them."""
    wanted = CompareWith(window.start, window.arrays, min_mapping_quality, min_base_quality)
    differences = compare_all(columns, wanted)
    return prepare_compared(columns, differences, window, start=start, end=end, callable_mapq=callable_mapq)


def prepare_compared(
    columns: ReadColumns,
    differences: Differences,
    window: ReferenceWindow,
    *,
    start: int,
    end: int,
    callable_mapq: int,
) -> SampleReads:
    """Pair the mates of a tile's reads, sum depth over [start, end), and align indels to the left."""
    n = len(columns)
    fate = differences.use
    name = columns.name_hash.view(np.int64)
    mate = np.empty(n, np.int32)
    table = np.full(1 << max(4, (2 * n + 1).bit_length()), -1, np.int32)
    longest = pair_mates(
        fate,
        columns.pos,
        columns.end,
        columns.flag,
        columns.contig,
        columns.mate_contig,
        columns.mate_pos,
        name,
        table,
        mate,
    )
    arrays = ReadArrays(
        fate,
        columns.pos,
        columns.end,
        columns.flag,
        columns.mapq,
        columns.n_cigar,
        columns.l_seq,
        columns.cigar_at,
        columns.seq_at,
        columns.qual_at,
        columns.arena,
        columns.template_length,
        name,
        columns.marks,
        mate,
        differences.n_mismatches,
        differences.n_indels,
    )
    steps = np.zeros(end - start + 1, np.int32)
    add_depth(arrays, start, callable_mapq, steps)
    events = _list_events(arrays, window, differences.events)
    depth = np.cumsum(steps[:-1], dtype=np.int32)
    return SampleReads(columns, window, arrays, longest, depth, events, make_scratch(n))


def _list_events(reads: ReadArrays, window: ReferenceWindow, found: EventArrays) -> Events:
    pos, kind, value = found.pos + np.int32(window.start), found.kind, found.value
    read, offset, n = found.read, found.offset, len(found.pos)
    anchor, shift, key = pos.copy(), np.zeros(n, np.int32), np.zeros(n, np.int64)
    different = np.flatnonzero(kind)
    key[different] = -1  # clips stay so: they are no alleles
    indel = different[kind[different] != EVENT_CLIP]
    if indel.size:
        parts = (
            np.empty(indel.size, np.int32),
            np.empty(indel.size, np.int32),
            np.empty(indel.size, np.int64),
        )
        left_align_indels(
            pos[indel],
            kind[indel],
            value[indel],
            read[indel],
            offset[indel],
            reads.seq_at,
            reads.arena,
            window.code,
            window.start,
            NIBBLE_TO_CODE,
            MOST_SHIFT_BP,
            *parts,
        )
        anchor[indel], shift[indel], key[indel] = parts
    return Events(pos, kind, value, read, offset, found.quality, anchor, shift, key)
