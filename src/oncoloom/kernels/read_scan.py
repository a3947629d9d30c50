"""One pass over the reads of a tile: where they differ from the reference."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from oncoloom.kernels.arrays import CLIP_QUALITY, LEAST_CLIP_BP
from oncoloom.kernels.bam_records_bytes import load_u64
from oncoloom.kernels.cigar import cigar_word
from oncoloom.kernels.compiling import inlined, kernel
from oncoloom.kernels.machine_words import trailing_zeros
from oncoloom.kernels.read_fates import choose_reads
from oncoloom.kernels.wide_words import WIDE, differing_bytes

# Nibble of a BAM base to our code (A 1, C 2, G 4, T 8).
_CODE = np.full(16, 4, dtype=np.uint8)
_CODE[[1, 2, 4, 8]] = [0, 1, 2, 3]
NIBBLE_TO_CODE = _CODE

MOST_COUNTED_BP = 1_024


class ReferenceArrays(NamedTuple):
    """Reference of a window in the forms that a scan reads.

    Attributes
    ----------
    code : (m,) uint8
        Base codes (A 0, C 1, G 2, T 3, other 4).
    packed : (2 * ((m + 3) // 2),) uint8
        BAM nibbles of bases (0, 1), (2, 3) …, and in the second half of bases (1, 2), (3, 4) …: two bases
        compare in one byte, whatever the alignment's parity. Behind the last base stands N.
    """

    code: NDArray[np.uint8]
    packed: NDArray[np.uint8]


@kernel
def pack_reference(
    bases: NDArray[np.uint8],
    ascii_to_code: NDArray[np.uint8],
    code_to_nibble: NDArray[np.uint8],
    code: NDArray[np.uint8],
    packed: NDArray[np.uint8],
) -> None:
    """Fill the forms of `ReferenceArrays` from ASCII bases (m,)."""
    m, half = bases.shape[0], packed.shape[0] >> 1
    packed[:] = 255
    last = np.uint8(15)  # the nibble before
    for i in range(m):
        own = ascii_to_code[bases[np.uintp(i)]]
        nibble = code_to_nibble[own]
        code[np.uintp(i)] = own
        if i & 1:
            packed[np.uintp(i >> 1)] = (last << np.uint8(4)) | nibble
        elif i > 0:
            packed[np.uintp(half + (i >> 1) - 1)] = (last << np.uint8(4)) | nibble
        last = nibble
    if m & 1:
        packed[m >> 1] = (last << np.uint8(4)) | np.uint8(15)
    elif m > 0:
        packed[half + (m >> 1) - 1] = (last << np.uint8(4)) | np.uint8(15)


class EventArrays(NamedTuple):
    """Outputs of a scan, one entry a difference.

    Attributes
    ----------
    pos : (n,) int32
        Relative to the window: the substituted base, the base before an indel, as aligned, or the first base
        that a clip stands for (left clips: the first aligned base).
    kind : (n,) int8; value : (n,) int32
        See `arrays`; base code, or length of the indel.
    read, offset : (n,) int32
        Which read, and its (first) base.
    quality : (n,) uint8
        Of a substituted base, else 0.
    """

    pos: NDArray[np.int32]
    kind: NDArray[np.int8]
    value: NDArray[np.int32]
    read: NDArray[np.int32]
    offset: NDArray[np.int32]
    quality: NDArray[np.uint8]


class ComparedReads(NamedTuple):
    """What a comparison with the reference needs of reads (see `ReadArrays`); the last two it fills."""

    use: NDArray[np.uint8]
    pos: NDArray[np.int32]
    end: NDArray[np.int32]
    n_cigar: NDArray[np.uint16]
    cigar_at: NDArray[np.int64]
    seq_at: NDArray[np.int64]
    qual_at: NDArray[np.int64]
    arena: NDArray[np.uint8]
    n_mismatches: NDArray[np.uint16]
    n_indels: NDArray[np.uint16]


class Comparison(NamedTuple):
    """A comparison of reads with the reference, some reads at a time.

    Attributes
    ----------
    reference : ReferenceArrays
        Of a window; without a base nothing is compared.
    settings : (3,) int64
        Start of the window, lowest mapping quality of a used read, lowest quality of a substituted base.
    use, n_mismatches, n_indels
        See `ReadArrays`; filled for the reads compared.
    events : EventArrays
        Outputs.
    state : (2,) int64
        Events so far; 1 where there was no room for some: the comparison is of no use then.
    """

    reference: ReferenceArrays
    settings: NDArray[np.int64]
    use: NDArray[np.uint8]
    n_mismatches: NDArray[np.uint16]
    n_indels: NDArray[np.uint16]
    events: EventArrays
    state: NDArray[np.int64]


@kernel
def compare_reads(
    first: int,
    last: int,
    flag: NDArray[np.uint16],
    mapq: NDArray[np.uint8],
    marks: NDArray[np.uint8],
    pos: NDArray[np.int32],
    end: NDArray[np.int32],
    n_cigar: NDArray[np.uint16],
    cigar_at: NDArray[np.int64],
    seq_at: NDArray[np.int64],
    qual_at: NDArray[np.int64],
    arena: NDArray[np.uint8],
    nibble_to_code: NDArray[np.uint8],
    comparison: Comparison,
) -> None:
    """Choose and compare reads [first, last): those behind what `comparison` has seen so far."""
    state, settings = comparison.state, comparison.settings
    choose_reads(flag, mapq, marks, settings[1], first, last, comparison.use)
    if state[1] != 0:
        return
    reads = ComparedReads(
        comparison.use,
        pos,
        end,
        n_cigar,
        cigar_at,
        seq_at,
        qual_at,
        arena,
        comparison.n_mismatches,
        comparison.n_indels,
    )
    n = scan_events(
        reads,
        first,
        last,
        comparison.reference,
        settings[0],
        settings[2],
        nibble_to_code,
        comparison.events,
        state[0],
    )
    if n > comparison.events.pos.shape[0]:
        state[1] = 1
        return
    state[0] = n


@kernel
def scan_events(
    reads: ComparedReads,
    first: int,
    last: int,
    reference: ReferenceArrays,
    window_start: int,
    min_quality: int,
    nibble_to_code: NDArray[np.uint8],
    events: EventArrays,
    n_events: int,
) -> int:
    """Write the differences between used reads [first, last) and the reference; return how many there are.

    `n_events`: how many are written already. Above the outputs' size only so many were written: call again
    with larger ones. Bases below `min_quality` are no difference. Sixty-four bases compare at once.

    Each read's differences are counted in `reads.n_mismatches` and `reads.n_indels`. Alignments over more
    than MOST_COUNTED_BP of the reference keep 0: a tile need not see all of them, and what is counted may not
    depend on it.
    """
    arena, code, packed = reads.arena, reference.code, reference.packed
    m, half = code.shape[0], packed.shape[0] >> 1
    for i in range(first, last):
        reads.n_mismatches[i], reads.n_indels[i] = 0, 0
        if reads.use[i] != 0:
            continue
        n_mismatches, n_indels = 0, 0
        seq, qual = reads.seq_at[i], reads.qual_at[i]
        at = reads.pos[i] - window_start
        q = 0
        for k in range(reads.n_cigar[i]):
            word = cigar_word(reads.arena, reads.cigar_at[i] + 4 * k)
            op, length = word & 15, word >> 4
            if op == 0 or op == 7 or op == 8:
                r, s = max(at, 0), q + max(0, -at)
                stop = min(at + length, m - 2)
                if r < stop and (s & 1) == 1:  # one base alone, to stand at a byte border of the read
                    base = known_difference(arena, seq, s, code[r], nibble_to_code)
                    quality = arena[np.uintp(qual + s)]
                    if base >= 0 and quality >= min_quality:
                        n_events = add_event(r, 0, base, i, s, quality, events, n_events)
                        n_mismatches += 1
                    r += 1
                    s += 1
                mine, theirs, n_bytes = seq + (s >> 1), (r & 1) * half + (r >> 1), (stop - r + 1) >> 1
                # The loop stays here: to pass bundles of arrays costs more than to compare a read.
                b = 0
                while b < n_bytes:
                    odd = differences_from(arena, mine, packed, theirs, b, n_bytes)
                    while odd != np.uint64(0):
                        first_odd = 2 * (b + trailing_zeros(odd))
                        odd &= odd - np.uint64(1)
                        for x in range(first_odd, min(first_odd + 2, stop - r)):
                            quality = arena[np.uintp(qual + s + x)]
                            if quality < min_quality:  # most differences are errors
                                continue
                            base = known_difference(arena, seq, s + x, code[r + x], nibble_to_code)
                            if base >= 0:
                                n_events = add_event(r + x, 0, base, i, s + x, quality, events, n_events)
                                n_mismatches += 1
                    b += WIDE
                at += length
                q += length
            elif op == 1 or op == 2:
                if k > 0 and 1 <= at < m - 2:
                    n_events = add_event(at - 1, op, length, i, q, 0, events, n_events)
                    n_indels += 1
                if op == 1:
                    q += length
                else:
                    at += length
            elif op == 3:
                at += length
            elif op == 4:
                if length >= LEAST_CLIP_BP and 0 <= at < m and is_good_clip(arena, qual + q, length):
                    n_events = add_event(at, 3, length, i, q, 0, events, n_events)
                q += length
        if reads.end[i] - reads.pos[i] <= MOST_COUNTED_BP:
            reads.n_mismatches[i], reads.n_indels[i] = n_mismatches, n_indels
    return n_events


@kernel
def is_good_clip(arena: NDArray[np.uint8], at: int, length: int) -> bool:
    """Whether more than half of the qualities from byte `at` are 20 or better."""
    good = 0
    for u in range(length):
        if arena[np.uintp(at + u)] >= CLIP_QUALITY:
            good += 1
    return 2 * good > length


@kernel
def add_event(
    pos: int,
    kind: int,
    value: int,
    read: int,
    offset: int,
    quality: int,
    events: EventArrays,
    n_events: int,
) -> int:
    """Write one event where there is room; return the new number."""
    if n_events < events.pos.shape[0]:
        events.pos[n_events] = pos
        events.kind[n_events] = kind
        events.value[n_events] = value
        events.read[n_events] = read
        events.offset[n_events] = offset
        events.quality[n_events] = quality
    return n_events + 1


@inlined
def differences_from(
    arena: NDArray[np.uint8], mine: int, packed: NDArray[np.uint8], theirs: int, b: int, n_bytes: int
) -> np.uint64:
    """Of bytes [b, n_bytes), 32 at most, those in which read (at `mine`) and reference (at `theirs`) differ.

    Bit k is byte ``b + k``.
    """
    if n_bytes >= WIDE:
        first = min(b, n_bytes - WIDE)  # the last bytes with some that were looked at already
        return differing_bytes(arena, mine + first, packed, theirs + first) >> np.uint64(b - first)
    found: Any = np.uint64(0)
    if n_bytes >= 8:
        for at in range(0, n_bytes, 8):
            first = min(at, n_bytes - 8)
            x = load_u64(arena, mine + first) ^ load_u64(packed, theirs + first)
            while x != np.uint64(0):
                k = np.uint64(trailing_zeros(x) >> 3)
                found |= np.uint64(1) << (np.uint64(first) + k)
                x &= ~(np.uint64(255) << (np.uint64(8) * k))
        return found
    for at in range(n_bytes):
        if arena[np.uintp(mine + at)] != packed[np.uintp(theirs + at)]:
            found |= np.uint64(1) << np.uint64(at)
    return found


@inlined
def known_difference(
    arena: NDArray[np.uint8], seq: int, s: int, present: int, nibble_to_code: NDArray[np.uint8]
) -> int:
    """Code of base `s` where it differs from code `present`, both known; else -1."""
    byte = np.int64(arena[np.uintp(seq + (s >> 1))])
    base = np.int64(nibble_to_code[np.uintp(byte >> 4 if (s & 1) == 0 else byte & 15)])
    if base == present or base > 3 or present > 3:
        return -1
    return base  # type: ignore[return-value]
