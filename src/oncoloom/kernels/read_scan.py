"""One pass over the reads of a tile: fates, depth, and where reads differ from the reference."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from oncoloom.kernels.cigar import cigar_word

# Nibble of a BAM base to our code (A 1, C 2, G 4, T 8).
_CODE = np.full(16, 4, dtype=np.uint8)
_CODE[[1, 2, 4, 8]] = [0, 1, 2, 3]
NIBBLE_TO_CODE = _CODE


@njit(cache=True, nogil=True)
def choose_reads(
    flag: NDArray[np.uint16],
    mapq: NDArray[np.uint8],
    l_seq: NDArray[np.int32],
    qual_at: NDArray[np.int64],
    arena: NDArray[np.uint8],
    fate: NDArray[np.uint8],
) -> None:
    """Fill `fate` (n,) with the first reason for which a read is no evidence (0 = it is used).

    Order of reasons: see `arrays.READ_FATES`. A read without qualities (255) or without bases is no
    evidence.
    """
    for i in range(flag.shape[0]):
        f = flag[i]
        if f & 0x4:
            fate[i] = 1
        elif f & 0x100:
            fate[i] = 2
        elif f & 0x800:
            fate[i] = 3
        elif f & 0x200:
            fate[i] = 4
        elif f & 0x400:
            fate[i] = 5
        elif mapq[i] == 0 or mapq[i] == 255:
            fate[i] = 6
        elif l_seq[i] == 0 or arena[qual_at[i]] == 255:
            fate[i] = 7
        else:
            fate[i] = 0


@njit(cache=True, nogil=True)
def pair_mates(
    use: NDArray[np.uint8],
    pos: NDArray[np.int32],
    end: NDArray[np.int32],
    flag: NDArray[np.uint16],
    contig: NDArray[np.int32],
    mate_contig: NDArray[np.int32],
    mate_pos: NDArray[np.int32],
    name: NDArray[np.int64],
    table: NDArray[np.int32],
    mate: NDArray[np.int32],
) -> None:
    """Find, for each used read, its mate among the reads of the tile whose alignment can overlap it.

    `use` is 0 for used reads. `table` is scratch of a power-of-two length above twice the reads, filled with
    -1. `mate` (n,) int32 is overwritten: index of the mate, -1 none here.
    """
    n = use.shape[0]
    mask = table.shape[0] - 1
    longest = 0
    for i in range(n):
        mate[i] = -1
        if use[i] == 0 and end[i] - pos[i] > longest:
            longest = end[i] - pos[i]
    for i in range(n):
        if use[i] != 0 or (flag[i] & 0x9) != 0x1 or mate_contig[i] != contig[i]:
            continue
        if mate_pos[i] >= end[i] or mate_pos[i] + longest <= pos[i]:
            continue
        slot = (name[i] ^ (name[i] >> 31)) & mask
        while table[slot] >= 0:
            j = table[slot]
            if name[j] == name[i] and (flag[j] & 0xC0) != (flag[i] & 0xC0):
                mate[i] = j
                mate[j] = i
                break
            slot = (slot + 1) & mask
        if mate[i] < 0:
            table[slot] = i


@njit(cache=True, nogil=True)
def add_depth(
    use: NDArray[np.uint8],
    pos: NDArray[np.int32],
    end: NDArray[np.int32],
    mapq: NDArray[np.uint8],
    n_cigar: NDArray[np.uint16],
    cigar_at: NDArray[np.int64],
    arena: NDArray[np.uint8],
    mate: NDArray[np.int32],
    window_start: int,
    min_mapq: int,
    steps: NDArray[np.int32],
) -> None:
    """Add the fragments of used reads with MAPQ >= `min_mapq` to a difference array of depth.

    `steps` (length of window + 1,) int32: +1 where coverage begins, -1 where it ends, relative to
    `window_start`. Deleted and skipped reference bases are no coverage; where mates overlap, the second adds
    only what the first left open.
    """
    size = steps.shape[0] - 1
    for i in range(use.shape[0]):
        if use[i] != 0 or mapq[i] < min_mapq:
            continue
        floor = pos[i]
        j = mate[i]
        if j >= 0 and j < i and mapq[j] >= min_mapq and end[j] > floor:
            floor = end[j]
        at = pos[i]
        for k in range(n_cigar[i]):
            word = cigar_word(arena, cigar_at[i] + 4 * k)
            op = word & 15
            length = word >> 4
            if op == 0 or op == 7 or op == 8:
                a = max(at, floor) - window_start
                b = at + length - window_start
                a = max(a, 0)
                b = min(b, size)
                if a < b:
                    steps[a] += 1
                    steps[b] -= 1
                at += length
            elif op == 2 or op == 3:
                at += length


@njit(cache=True, nogil=True)
def scan_events(
    use: NDArray[np.uint8],
    pos: NDArray[np.int32],
    n_cigar: NDArray[np.uint16],
    cigar_at: NDArray[np.int64],
    seq_at: NDArray[np.int64],
    qual_at: NDArray[np.int64],
    arena: NDArray[np.uint8],
    code: NDArray[np.uint8],
    packed_even: NDArray[np.uint8],
    packed_odd: NDArray[np.uint8],
    window_start: int,
    min_quality: int,
    nibble_to_code: NDArray[np.uint8],
    wanted: NDArray[np.uint8],
    event_pos: NDArray[np.int32],
    event_kind: NDArray[np.int8],
    event_value: NDArray[np.int32],
    event_read: NDArray[np.int32],
    event_offset: NDArray[np.int32],
) -> int:
    """Write the differences between used reads and the reference; return how many there are.

    The reference of the window comes three times: base codes, and as BAM nibbles packed from an even and
    from an odd position, so that two bases compare in one byte whatever the alignment's parity.

    Parameters
    ----------
    code : (m,) uint8
        Reference base codes from `window_start`.
    packed_even, packed_odd : uint8
        Nibbles of bases (0, 1), (2, 3) … and (1, 2), (3, 4) … of the window.
    wanted : (m,) uint8
        1 where a substitution is asked for (inside the assay).
    event_pos, event_kind, event_value, event_read, event_offset
        Outputs. Position: of the substituted base, or of the base before an indel, as aligned. Kind: see
        `arrays`. Value: base code, or length of the indel. Offset of the (first) base in the read.

    Returns
    -------
    int
        Number of events; above the outputs' size only so many were written: call again with larger ones.
    """
    n_events = 0
    room = event_pos.shape[0]
    m = code.shape[0]
    for i in range(use.shape[0]):
        if use[i] != 0:
            continue
        at = pos[i] - window_start
        q = 0
        seq = seq_at[i]
        for k in range(n_cigar[i]):
            word = cigar_word(arena, cigar_at[i] + 4 * k)
            op = word & 15
            length = word >> 4
            if op == 0 or op == 7 or op == 8:
                r = at
                s = q
                stop = at + length
                if r < 0:
                    s -= r
                    r = 0
                stop = min(stop, m - 2)
                if r < stop and (s & 1) == 1:  # one base, to stand at a byte border of the read
                    nibble = np.int64(arena[seq + (s >> 1)]) & 15
                    base = nibble_to_code[nibble]
                    if base != code[r] and base < 4 and code[r] < 4 and wanted[r]:
                        if arena[qual_at[i] + s] >= min_quality:
                            if n_events < room:
                                event_pos[n_events] = r + window_start
                                event_kind[n_events] = 0
                                event_value[n_events] = base
                                event_read[n_events] = i
                                event_offset[n_events] = s
                            n_events += 1
                    r += 1
                    s += 1
                packed = packed_even if (r & 1) == 0 else packed_odd
                word_at = r >> 1
                seq_byte = seq + (s >> 1)
                n_bytes = (stop - r + 1) >> 1
                b = 0
                while b < n_bytes:
                    if b + 8 <= n_bytes:
                        x = np.uint8(0)
                        for u in range(8):
                            # unsigned indexes: no wrap-around test in the innermost loop
                            x |= arena[np.uintp(seq_byte + b + u)] ^ packed[np.uintp(word_at + b + u)]
                        if x == 0:
                            b += 8
                            continue
                    last = min(b + 8, n_bytes)
                    while b < last:
                        difference = arena[seq_byte + b] ^ packed[word_at + b]
                        if difference:
                            for half in range(2):
                                p = r + 2 * b + half
                                if p >= stop:
                                    break
                                if half == 0:
                                    nibble = np.int64(arena[seq_byte + b]) >> 4
                                else:
                                    nibble = np.int64(arena[seq_byte + b]) & 15
                                base = nibble_to_code[nibble]
                                if base == code[p] or base > 3 or code[p] > 3 or wanted[p] == 0:
                                    continue
                                offset = s + 2 * b + half
                                if arena[qual_at[i] + offset] < min_quality:
                                    continue
                                if n_events < room:
                                    event_pos[n_events] = p + window_start
                                    event_kind[n_events] = 0
                                    event_value[n_events] = base
                                    event_read[n_events] = i
                                    event_offset[n_events] = offset
                                n_events += 1
                        b += 1
                at += length
                q += length
            elif op == 1 or op == 2:
                if k > 0 and at >= 1 and at < m - 2:
                    if n_events < room:
                        event_pos[n_events] = at - 1 + window_start
                        event_kind[n_events] = op
                        event_value[n_events] = length
                        event_read[n_events] = i
                        event_offset[n_events] = q
                    n_events += 1
                if op == 1:
                    q += length
                else:
                    at += length
            elif op == 3:
                at += length
            elif op == 4:
                q += length
    return n_events
