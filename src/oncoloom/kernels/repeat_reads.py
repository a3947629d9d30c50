"""How long reads say a tandem repeat is: from their bases between its flanks, not from the aligner's gaps."""

import numpy as np
from numpy.typing import NDArray

from oncoloom.kernels.cigar import cigar_word
from oncoloom.kernels.compiling import inlined, kernel
from oncoloom.kernels.machine_words import prefetch

MOST_FLANK_MISMATCHES = 1  # of each flank, where both are aligned
MOST_BEYOND_BP = 15  # how much longer than the reference a clipped read may say a tract is
AHEAD = 8  # reads whose bytes are asked for before their turn
_NOTHING = -1
_CODE_OF_NIBBLE = np.array([4, 0, 1, 4, 2, 4, 4, 4, 3, 4, 4, 4, 4, 4, 4, 4], np.uint8)


@kernel
def count_repeat_lengths(
    tracts: NDArray[np.int64],
    flank: int,
    code: NDArray[np.uint8],
    first: int,
    use: NDArray[np.uint8],
    mapq: NDArray[np.uint8],
    least_mapq: int,
    pos: NDArray[np.int32],
    end: NDArray[np.int32],
    l_seq: NDArray[np.int32],
    n_cigar: NDArray[np.uint16],
    cigar_at: NDArray[np.int64],
    seq_at: NDArray[np.int64],
    arena: NDArray[np.uint8],
    mate: NDArray[np.int32],
    longest: int,
    counted_for: NDArray[np.int32],
    histogram: NDArray[np.int32],
) -> None:
    """Count fragments by the length (bases) they give each repeat tract.

    tracts: (n, 3) int64 start, end, unit length. code: (m,) base codes of the reference from `first` on.
    Reads sorted by `pos`, their arrays as in `reads.columns.ReadColumns`; `use` 0 = evidence. counted_for:
    (reads,) int32 scratch, -1 on entry. histogram: (n, k) int32, added to; k or more bases count in the
    last column.

    A read counts with MAPQ >= `least_mapq` where both flanks are aligned with at most one mismatch each:
    the length is what lies between them. Where one flank is aligned and the other one clipped, the read's
    own bases are followed from there: the whole tract in step with its unit, then the other flank without
    a mismatch. Of two mates the first that tells a length counts.
    """
    last = histogram.shape[1] - 1
    for t in range(tracts.shape[0]):
        start, stop = tracts[t, 0], tracts[t, 1]
        if start - flank < first or stop + flank > first + code.shape[0]:
            continue
        low, high = 0, pos.shape[0]
        while low < high:
            middle = (low + high) >> 1
            if pos[middle] < start - flank - longest:
                low = middle + 1
            else:
                high = middle
        for i in range(low, pos.shape[0]):
            if pos[i] > stop:
                break
            k = i + AHEAD
            if k < pos.shape[0]:  # a tile's records do not fit into the cache
                prefetch(arena, cigar_at[k])
                prefetch(arena, seq_at[k] + (max(0, start - pos[k]) >> 1))
            if use[i] != 0 or mapq[i] < least_mapq or end[i] <= start - flank:
                continue
            if n_cigar[i] == 1 and (pos[i] > start - flank or end[i] < stop + flank):
                continue  # no clips, and not over both flanks
            j = mate[i]
            if j >= 0 and counted_for[j] == t:
                continue
            length = read_length_of(
                start,
                stop,
                tracts[t, 2],
                flank,
                code,
                first,
                pos[i],
                l_seq[i],
                n_cigar[i],
                cigar_at[i],
                seq_at[i],
                arena,
            )
            if length >= 0:
                counted_for[i] = t
                histogram[t, min(length, last)] += 1


@inlined
def read_length_of(
    start: int,
    stop: int,
    unit: int,
    flank: int,
    code: NDArray[np.uint8],
    first: int,
    pos: int,
    l_seq: int,
    n_cigar: int,
    cigar_at: int,
    seq_at: int,
    arena: NDArray[np.uint8],
) -> int:
    """Length in bases that one read gives the tract [start, stop); -1 where it tells none."""
    left, right = _NOTHING, _NOTHING  # where in the read the flanks' outer bases lie
    clipped_left, clipped_right = False, False
    at, q = pos, 0
    for k in range(n_cigar):
        word = cigar_word(arena, cigar_at + 4 * k)
        op, n = word & 15, word >> 4
        if op == 0 or op == 7 or op == 8:
            if at <= start - flank < at + n:
                left = q + start - flank - at
            if at <= stop + flank - 1 < at + n:
                right = q + stop + flank - 1 - at
            at += n
            q += n
        elif op == 1 or op == 4:
            if op == 4:
                clipped_left |= at == pos and q == 0
                clipped_right |= q > 0
            q += n
        elif op == 2:
            at += n
        elif op == 3:
            return _NOTHING
    if q != l_seq:
        return _NOTHING
    if left >= 0 and right >= 0:
        length = right - left + 1 - 2 * flank
        if length < 0:
            return _NOTHING
        wrong = _mismatches(arena, seq_at, left, code, start - flank - first, flank)
        other = _mismatches(arena, seq_at, right - flank + 1, code, stop - first, flank)
        return length if wrong <= MOST_FLANK_MISMATCHES and other <= MOST_FLANK_MISMATCHES else _NOTHING
    most = stop - start + MOST_BEYOND_BP
    if left >= 0 and clipped_right:
        if _mismatches(arena, seq_at, left, code, start - flank - first, flank) > MOST_FLANK_MISMATCHES:
            return _NOTHING
        return _follow(arena, seq_at, l_seq, left + flank, 1, unit, most, flank, code, stop - first)
    if right >= 0 and clipped_left:
        if _mismatches(arena, seq_at, right - flank + 1, code, stop - first, flank) > MOST_FLANK_MISMATCHES:
            return _NOTHING
        return _follow(arena, seq_at, l_seq, right - flank, -1, unit, most, flank, code, start - 1 - first)
    return _NOTHING


@inlined
def _base(arena: NDArray[np.uint8], seq_at: int, q: int) -> int:
    """Base code of a read at offset q."""
    byte = np.int64(arena[seq_at + (q >> 1)])
    return _CODE_OF_NIBBLE[(byte >> 4) if q & 1 == 0 else (byte & 15)]


@inlined
def _mismatches(
    arena: NDArray[np.uint8], seq_at: int, q: int, code: NDArray[np.uint8], at: int, n: int
) -> int:
    """Bases of the read from offset q on that differ from the reference from `at` on."""
    wrong = 0
    for i in range(n):
        if _base(arena, seq_at, q + i) != code[at + i]:
            wrong += 1
    return wrong


@kernel
def _follow(
    arena: NDArray[np.uint8],
    seq_at: int,
    l_seq: int,
    q: int,
    step: int,
    unit: int,
    most: int,
    flank: int,
    code: NDArray[np.uint8],
    beyond: int,
) -> int:
    """Bases in step with the unit from offset q on, up to where the other flank stands; -1 if it never does.

    beyond: index in `code` of the flank's base next to the tract.
    """
    for length in range(most + 1):
        far = q + step * (length + flank - 1)
        if far < 0 or far >= l_seq:
            return _NOTHING
        same = True
        for i in range(flank):
            if _base(arena, seq_at, q + step * (length + i)) != code[beyond + step * i]:
                same = False
                break
        if same:
            return length
        if length >= unit:
            here = _base(arena, seq_at, q + step * length)
            if here != _base(arena, seq_at, q + step * (length - unit)):
                return _NOTHING
    return _NOTHING
