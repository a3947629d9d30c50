"""Hashes of read names and of what reads hold, and their order-free sum: the content digest."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from oncoloom.kernels.bam_records_bytes import load_u64
from oncoloom.kernels.compiling import inlined, kernel
from oncoloom.kernels.wide_words import WIDE, absorb_wide

_P1, _P2 = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F)


@kernel
def mix(value: np.uint64) -> np.uint64:
    """Finalizer of SplitMix64: every input bit reaches every output bit."""
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return value ^ (value >> np.uint64(31))


@kernel
def _absorb(state: np.uint64, word: np.uint64, factor: np.uint64) -> np.uint64:
    state = (state ^ word) * factor
    return state ^ (state >> np.uint64(32))


@inlined
def hash_bytes(arena: NDArray[np.uint8], at: int, length: int) -> np.uint64:
    """64-bit hash of `length` bytes; four independent lanes, so that the multiplier is never waited for.

    Reads up to 7 bytes beyond the end (masked off): the arena is padded for it.
    """
    a = _P1 ^ np.uint64(length)
    end = at + length
    if length >= WIDE:
        turns = length // WIDE
        a, b, c, d = absorb_wide(arena, at, turns, a, _P2, _P1 + _P2, _P1 - _P2, _P1, _P2)
        at += WIDE * turns
        a = _absorb(_absorb(a, b, _P1), mix(c ^ (d * _P1)), _P2)
    while at + 8 <= end:
        a = _absorb(a, load_u64(arena, at), _P1)
        at += 8
    if at < end:
        keep = (np.uint64(1) << np.uint64(8 * (end - at))) - np.uint64(1)
        a = _absorb(a, load_u64(arena, at) & keep, _P1)
    return mix(a)


@kernel
def sum_read_hashes(
    counted: NDArray[np.uint8],
    contig: NDArray[np.int32],
    pos: NDArray[np.int32],
    flag: NDArray[np.uint16],
    mapq: NDArray[np.uint8],
    l_seq: NDArray[np.int32],
    mate_contig: NDArray[np.int32],
    mate_pos: NDArray[np.int32],
    template_length: NDArray[np.int32],
    name_hash: NDArray[np.uint64],
    content_hash: NDArray[np.uint64],
) -> tuple[int, np.uint64]:
    """Number and summed hash (mod 2^64) of the reads with a nonzero `counted`.

    Arrays as in `ReadColumns`. Hashed are name, flag, place, mapping quality, CIGAR, bases, qualities and
    mate; tags are left out (CRAM may store some of them implied). A sum does not depend on the order or on
    tiles.
    """
    n: Any = 0
    total = np.uint64(0)
    for i in range(pos.shape[0]):
        if counted[i] == 0:
            continue
        value = content_hash[i] ^ mix(name_hash[i] + _P2)
        value = _absorb(value, _two(contig[i], pos[i]), _P1)
        value = _absorb(value, _two(mate_contig[i], mate_pos[i]), _P2)
        value = _absorb(value, _two(template_length[i], np.int32(flag[i])), _P1)
        value = _absorb(value, _two(np.int32(mapq[i]), np.int32(l_seq[i])), _P2)
        total += mix(value)
        n += 1
    return n, total


@kernel
def _two(high: np.int32, low: np.int32) -> np.uint64:
    return (np.uint64(np.uint32(high)) << np.uint64(32)) | np.uint64(np.uint32(low))
