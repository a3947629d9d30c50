"""BAM records in an inflated arena to column arrays. Source: SAMv1 §4.2."""

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from oncoloom.kernels.bam_records_bytes import load_i32, load_u16, load_u32, load_u64

SCAN_OK, SCAN_BROKEN_RECORD, SCAN_BAD_CONTIG, SCAN_BAD_POSITION = 0, 1, 2, 3
SCAN_UNSORTED, SCAN_CUT, SCAN_BEHIND, SCAN_BAD_CIGAR = 4, 5, 6, 7

SMALLEST_RECORD = 37
"""Bytes of the smallest record there can be: no more records than bytes / 37."""

LARGEST_RECORD = 1 << 26
"""No record of a short read comes near 64 MiB: what claims more is broken, and is not read on for."""

ALL_CONTIGS = -2
"""As `contig` of :func:`scan_records`: keep every record, mapped or not."""

_FIXED = 36  # bytes of a record before the read name, block_size among them
_P1, _P2 = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F)
_FLAG_UNMAPPED = 4
_MOST_INT32 = 0x7FFFFFFF


@njit(nogil=True, cache=True)
def _mix(value: np.uint64) -> np.uint64:
    """Finalizer of SplitMix64: every input bit reaches every output bit."""
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return value ^ (value >> np.uint64(31))


@njit(nogil=True, cache=True)
def hash_bytes(arena: NDArray[np.uint8], at: int, length: int) -> np.uint64:
    """64-bit hash of `length` bytes; four independent lanes, so that the multiplier is never waited for.

    Reads up to 7 bytes beyond the end (masked off): the arena is padded for it.
    """
    a, b = _P1 ^ np.uint64(length), _P2
    c, d = _P1 + _P2, _P1 - _P2
    end = at + length
    while at + 32 <= end:
        a = (a ^ load_u64(arena, at)) * _P1
        b = (b ^ load_u64(arena, at + 8)) * _P2
        c = (c ^ load_u64(arena, at + 16)) * _P1
        d = (d ^ load_u64(arena, at + 24)) * _P2
        a ^= a >> np.uint64(32)
        b ^= b >> np.uint64(32)
        c ^= c >> np.uint64(32)
        d ^= d >> np.uint64(32)
        at += 32
    while at + 8 <= end:
        a = (a ^ load_u64(arena, at)) * _P1
        a ^= a >> np.uint64(32)
        at += 8
    if at < end:
        keep = (np.uint64(1) << np.uint64(8 * (end - at))) - np.uint64(1)
        a = (a ^ (load_u64(arena, at) & keep)) * _P1
    return _mix(_mix(_mix(_mix(a) ^ b) ^ c) ^ d)


@njit(nogil=True, cache=True)
def _reference_span(arena: NDArray[np.uint8], at: int, n_cigar: int, l_seq: int) -> int:
    """Reference bases of a CIGAR; -1 where it has an unknown operation or other bases than the read.

    l_seq: bases of the read; 0 (none are stored) agrees with any CIGAR.
    """
    span: Any = 0
    bases: Any = 0
    for i in range(n_cigar):
        operation = load_u32(arena, at + 4 * i)
        kind, length = operation & np.uint32(15), np.int64(operation >> np.uint32(4))
        if kind > 8:
            return -1
        # M 0, D 2, N 3, = 7, X 8 consume the reference: bits of 0x18D
        if (np.uint32(0x18D) >> kind) & np.uint32(1):
            span += length
        # M 0, I 1, S 4, = 7, X 8 consume the read: bits of 0x193
        if (np.uint32(0x193) >> kind) & np.uint32(1):
            bases += length
    return span if bases == l_seq or l_seq == 0 or n_cigar == 0 else -1


@njit(nogil=True, cache=True)
def _tag_bytes(arena: NDArray[np.uint8], at: int, end: int) -> int:
    """Bytes of the value of the tag whose type is at `at` - 1; -1 where it runs past `end`."""
    kind = arena[at - 1]
    if kind == 65 or kind == 99 or kind == 67:  # A c C
        return 1
    if kind == 115 or kind == 83:  # s S
        return 2
    if kind == 105 or kind == 73 or kind == 102:  # i I f
        return 4
    if kind == 90 or kind == 72:  # Z H
        length = 0
        while at + length < end and arena[at + length] != 0:
            length += 1
        return length + 1 if at + length < end else -1
    if kind == 66 and at + 5 <= end:  # B
        width: Any = 1
        if arena[at] == 115 or arena[at] == 83:
            width = 2
        elif arena[at] == 105 or arena[at] == 73 or arena[at] == 102:
            width = 4
        return 5 + width * np.int64(load_u32(arena, at + 1))
    return -1


@njit(nogil=True, cache=True)
def _read_group(arena: NDArray[np.uint8], at: int, end: int, groups: NDArray[np.uint64]) -> int:
    while at + 3 < end:
        length = _tag_bytes(arena, at + 3, end)
        if length < 0:
            return -1
        if arena[at] == 82 and arena[at + 1] == 71 and arena[at + 2] == 90:  # RG:Z
            name = hash_bytes(arena, at + 3, length - 1)
            for i in range(groups.shape[0]):
                if groups[i] == name:
                    return i
            return -2
        at += 3 + length
    return -1


@njit(nogil=True, cache=True)
def _record_status(arena: NDArray[np.uint8], at: int, stop: int, contig_lengths: NDArray[np.int64]) -> int:
    """Whether a whole record with possible lengths and a possible place begins at `at`."""
    if at + 4 > stop:
        return SCAN_CUT
    size = np.int64(load_i32(arena, at))
    if size < 32 or size > LARGEST_RECORD:
        return SCAN_BROKEN_RECORD
    if at + 4 + size > stop:
        return SCAN_CUT
    l_name, l_seq = np.int64(arena[at + 12]), np.int64(load_i32(arena, at + 20))
    seq_at = at + _FIXED + l_name + 4 * np.int64(load_u16(arena, at + 16))
    if l_name < 1 or l_seq < 0 or seq_at + (l_seq + 1) // 2 + l_seq > at + 4 + size:
        return SCAN_BROKEN_RECORD
    tid, pos = np.int64(load_i32(arena, at + 4)), np.int64(load_i32(arena, at + 8))
    mate = np.int64(load_i32(arena, at + 24))
    if min(tid, mate) < -1 or max(tid, mate) >= contig_lengths.shape[0]:
        return SCAN_BAD_CONTIG
    if pos < -1 or (tid >= 0 and pos >= contig_lengths[tid]):
        return SCAN_BAD_POSITION
    return SCAN_OK


@njit(nogil=True, cache=True)
def scan_records(
    arena: NDArray[np.uint8],
    start: int,
    stop: int,
    contig: int,
    region_start: int,
    region_end: int,
    contig_lengths: NDArray[np.int64],
    groups: NDArray[np.uint64],
    last: NDArray[np.int64],
    kept: int,
    out_contig: NDArray[np.int32],
    out_pos: NDArray[np.int32],
    out_end: NDArray[np.int32],
    out_flag: NDArray[np.uint16],
    out_mapq: NDArray[np.uint8],
    out_n_cigar: NDArray[np.uint16],
    out_l_seq: NDArray[np.int32],
    out_cigar_at: NDArray[np.int64],
    out_seq_at: NDArray[np.int64],
    out_qual_at: NDArray[np.int64],
    out_mate_contig: NDArray[np.int32],
    out_mate_pos: NDArray[np.int32],
    out_template_length: NDArray[np.int32],
    out_name_hash: NDArray[np.uint64],
    out_read_group: NDArray[np.int16],
) -> tuple[int, int, int]:
    """Append the records of bytes [start, stop) that overlap the region to the output columns.

    contig: reference index, or ALL_CONTIGS. region_start, region_end: 0-based half-open.
    contig_lengths: (n_contigs,) int64. groups: (n_read_groups,) uint64, :func:`hash_bytes` of each read
    group's id. last: (2,) int64, contig and position of the record before these ((-1, -1) at first), updated.
    kept: rows already filled. Outputs: rows as in `oncoloom.reads.columns.ReadColumns`, room for every
    record.

    A record without reference bases counts as one base long, as htslib has it.

    Returns (rows filled, byte where it stopped, status). SCAN_BEHIND: the record at that byte lies wholly
    after the region. SCAN_CUT: the bytes end inside the record there. SCAN_BROKEN_RECORD, SCAN_BAD_CONTIG,
    SCAN_BAD_POSITION, SCAN_BAD_CIGAR, SCAN_UNSORTED: the record there is broken, names a contig that the
    header lacks (its own or its mate's), lies outside its contig, has a CIGAR of another length than its
    read, or comes before its predecessor. htslib refuses the same CIGARs: kernels may rely on them.
    """
    at: Any = start
    last_contig, last_pos = last[0], last[1]
    while at < stop:
        status = _record_status(arena, at, stop, contig_lengths)
        if status != SCAN_OK:
            return kept, at, status
        record_end = at + 4 + np.int64(load_i32(arena, at))
        tid = np.int64(load_i32(arena, at + 4))
        pos = np.int64(load_i32(arena, at + 8))
        n_cigar = np.int64(load_u16(arena, at + 16))
        flag = load_u16(arena, at + 18)
        l_seq = np.int64(load_i32(arena, at + 20))
        l_name = np.int64(arena[at + 12])
        cigar_at = at + _FIXED + l_name
        seq_at = cigar_at + 4 * n_cigar
        # reads without a place (-1) come last
        order = np.int64(0x7FFFFFFF) if tid < 0 else tid
        if order < last_contig or (order == last_contig and tid >= 0 and pos < last_pos):
            return kept, at, SCAN_UNSORTED
        last_contig, last_pos = order, pos
        last[0], last[1] = order, pos
        if contig != ALL_CONTIGS and (order > contig or (order == contig and pos >= region_end)):
            return kept, at, SCAN_BEHIND
        span = np.int64(0)
        if not flag & _FLAG_UNMAPPED:
            span = _reference_span(arena, cigar_at, n_cigar, l_seq)
            if span < 0:
                return kept, at, SCAN_BAD_CIGAR
        end = pos + max(span, np.int64(1))
        if end > _MOST_INT32:
            return kept, at, SCAN_BAD_POSITION
        if contig == ALL_CONTIGS or (order == contig and end > region_start):
            qual_at = seq_at + (l_seq + 1) // 2
            out_contig[kept] = tid
            out_pos[kept] = pos
            out_end[kept] = end
            out_flag[kept] = flag
            out_mapq[kept] = arena[at + 13]
            out_n_cigar[kept] = n_cigar
            out_l_seq[kept] = l_seq
            out_cigar_at[kept] = cigar_at
            out_seq_at[kept] = seq_at
            out_qual_at[kept] = qual_at
            out_mate_contig[kept] = load_i32(arena, at + 24)
            out_mate_pos[kept] = load_i32(arena, at + 28)
            out_template_length[kept] = load_i32(arena, at + 32)
            out_name_hash[kept] = hash_bytes(arena, at + _FIXED, l_name - 1)
            out_read_group[kept] = _read_group(arena, qual_at + l_seq, record_end, groups)
            kept += 1
        at = record_end
    return kept, at, SCAN_OK


@njit(nogil=True, cache=True)
def sum_read_hashes(
    arena: NDArray[np.uint8],
    contig: NDArray[np.int32],
    pos: NDArray[np.int32],
    flag: NDArray[np.uint16],
    mapq: NDArray[np.uint8],
    n_cigar: NDArray[np.uint16],
    l_seq: NDArray[np.int32],
    cigar_at: NDArray[np.int64],
    mate_contig: NDArray[np.int32],
    mate_pos: NDArray[np.int32],
    template_length: NDArray[np.int32],
    name_hash: NDArray[np.uint64],
    start: int,
    end: int,
) -> tuple[int, np.uint64]:
    """Number and summed content hash (mod 2^64) of the reads that start in [start, end).

    Arrays as in `ReadColumns`. Content is name, flag, place, mapping quality, CIGAR, bases, qualities and
    mate; tags are left out (CRAM may store some of them implied). A sum does not depend on the order or on
    tiles.
    """
    n, total = 0, np.uint64(0)
    for i in range(pos.shape[0]):
        if pos[i] < start or pos[i] >= end:
            continue
        length = 4 * np.int64(n_cigar[i]) + (np.int64(l_seq[i]) + 1) // 2 + np.int64(l_seq[i])
        value = hash_bytes(arena, cigar_at[i], length) ^ name_hash[i]
        value = _mix(value + _P1) ^ _two(contig[i], pos[i])
        value = _mix(value + _P1) ^ _two(mate_contig[i], mate_pos[i])
        value = _mix(value + _P1) ^ _two(template_length[i], np.int32(flag[i]))
        value = _mix(value + _P1) ^ _two(np.int32(mapq[i]), np.int32(l_seq[i]))
        total += _mix(value)
        n += 1
    return n, total


@njit(nogil=True, cache=True)
def _two(high: np.int32, low: np.int32) -> np.uint64:
    return (np.uint64(np.uint32(high)) << np.uint64(32)) | np.uint64(np.uint32(low))


@njit(nogil=True, cache=True)
def summarize_qualities(
    arena: NDArray[np.uint8], l_seq: NDArray[np.int32], qual_at: NDArray[np.int64]
) -> tuple[int, int, int]:
    """(reads with bases whose qualities are missing, lowest quality, highest quality) over all reads.

    Lowest and highest are of reads with qualities; 255 and 0 where there are none.
    """
    n_missing = 0
    lowest: Any = 255
    highest: Any = 0
    for i in range(l_seq.shape[0]):
        if l_seq[i] == 0:
            continue
        if arena[qual_at[i]] == 255:
            n_missing += 1
            continue
        for j in range(l_seq[i]):
            quality = np.int64(arena[qual_at[i] + j])
            lowest = min(lowest, quality)
            highest = max(highest, quality)
    return n_missing, lowest, highest
