"""Indels of reads as normalised alleles: left-aligned, with a key that is equal for equal alleles."""

import numpy as np
from numpy.typing import NDArray

from oncoloom.kernels.compiling import kernel

_PRIME = 2147483647  # 2^31 - 1: keys stay far from overflow of int64


@kernel
def left_align_indels(
    event_pos: NDArray[np.int32],
    event_kind: NDArray[np.int8],
    event_value: NDArray[np.int32],
    event_read: NDArray[np.int32],
    event_offset: NDArray[np.int32],
    seq_at: NDArray[np.int64],
    arena: NDArray[np.uint8],
    code: NDArray[np.uint8],
    window_start: int,
    nibble_to_code: NDArray[np.uint8],
    most: int,
    anchor: NDArray[np.int32],
    shift: NDArray[np.int32],
    key: NDArray[np.int64],
) -> None:
    """Shift each insertion and deletion as far left as the sequence allows (at most `most` bases).

    Fills `anchor` (base before the indel), `shift` (bases moved) and `key` (equal for the same inserted
    sequence; 0 for deletions). An allele with a base that is not A, C, G or T gets key -1.
    """
    for e in range(event_pos.shape[0]):
        a = event_pos[e] - window_start
        k = event_value[e]
        s = 0
        if event_kind[e] == 2:
            bad = a + k >= code.shape[0]
            while not bad and s < most and a - s >= 1 and code[a - s] == code[a - s + k] and code[a - s] < 4:
                s += 1
            for u in range(k):
                if not bad and code[a + 1 + u] > 3:
                    bad = True
            key[e] = -1 if bad else 0
        else:
            seq = seq_at[event_read[e]]
            q = event_offset[e]
            while s < most and a - s >= 1 and code[a - s] < 4:
                if code[a - s] != _extended(code, a, k, arena, seq, q, nibble_to_code, a - s + k):
                    break
                s += 1
            value = np.int64(k)
            bad = False
            for u in range(k):
                base = _extended(code, a, k, arena, seq, q, nibble_to_code, a - s + 1 + u)
                if base > 3:
                    bad = True
                value = (value * 131 + base + 1) % _PRIME
            key[e] = -1 if bad else value
        anchor[e] = event_pos[e] - s
        shift[e] = s


@kernel
def _extended(
    code: NDArray[np.uint8],
    a: int,
    k: int,
    arena: NDArray[np.uint8],
    seq: int,
    q: int,
    nibble_to_code: NDArray[np.uint8],
    x: int,
) -> int:
    """Base x of the reference up to `a` followed by the k inserted bases of the read."""
    if x <= a:
        return code[x]
    offset = q + x - a - 1
    byte = np.int64(arena[seq + (offset >> 1)])
    return nibble_to_code[byte >> 4 if (offset & 1) == 0 else byte & 15]


@kernel
def inserted_bases(
    code: NDArray[np.uint8],
    window_start: int,
    event_pos: NDArray[np.int32],
    event_read: NDArray[np.int32],
    event_offset: NDArray[np.int32],
    arena: NDArray[np.uint8],
    seq_at: NDArray[np.int64],
    nibble_to_code: NDArray[np.uint8],
    shift: NDArray[np.int32],
    border: NDArray[np.int64],
    out: NDArray[np.uint8],
) -> None:
    """Fill `out` with the base codes of insertions as aligned, after a left shift of each.

    border: (n + 1,) int64, where in `out` each one's bases lie; other arrays (n,), but `arena` and `seq_at`.
    """
    for e in range(event_pos.shape[0]):
        a, k = event_pos[e] - window_start, border[e + 1] - border[e]
        seq, q = seq_at[event_read[e]], event_offset[e]
        for u in range(k):
            x = a - shift[e] + 1 + u
            out[border[e] + u] = _extended(code, a, k, arena, seq, q, nibble_to_code, x)


@kernel
def right_slack(
    anchor: NDArray[np.int64],
    deleted: NDArray[np.int64],
    inserted_at: NDArray[np.int64],
    inserted: NDArray[np.uint8],
    code: NDArray[np.uint8],
    window_start: int,
    out: NDArray[np.int32],
) -> None:
    """How many bases each left-aligned indel could be shifted to the right.

    `inserted_at` (n + 1,) int64: borders of each allele's bases in `inserted`. Only pure insertions and pure
    deletions have slack.
    """
    m = code.shape[0]
    for c in range(anchor.shape[0]):
        a = anchor[c] - window_start
        n_inserted = inserted_at[c + 1] - inserted_at[c]
        s = 0
        if deleted[c] > 0 and n_inserted == 0:
            while a + 1 + deleted[c] + s < m and code[a + 1 + s] == code[a + 1 + deleted[c] + s]:
                s += 1
        elif n_inserted > 0 and deleted[c] == 0:
            while a + 1 + s < m and code[a + 1 + s] == inserted[inserted_at[c] + s % n_inserted]:
                s += 1
        out[c] = s
