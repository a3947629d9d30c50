"""BAM records in an inflated arena to column arrays. Source: SAMv1 §4.2."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from oncoloom.kernels.bam_records_bytes import load_i32, load_u16, load_u32
from oncoloom.kernels.bam_records_tags import find_long_cigar
from oncoloom.kernels.compiling import kernel
from oncoloom.kernels.read_hashes import hash_bytes

SCAN_OK, SCAN_BROKEN_RECORD, SCAN_BAD_CONTIG, SCAN_BAD_POSITION = 0, 1, 2, 3
SCAN_UNSORTED, SCAN_CUT, SCAN_BEHIND, SCAN_BAD_CIGAR, SCAN_LONG_CIGAR = 4, 5, 6, 7, 8

SMALLEST_RECORD = 37
"""Bytes of the smallest record there can be: no more records than bytes / 37."""

LARGEST_RECORD = 1 << 26
"""No record of a short read comes near 64 MiB: what claims more is broken, and is not read on for."""

ALL_CONTIGS = -2
"""As `contig` of :func:`scan_records`: keep every record, mapped or not."""

_FIXED = 36  # bytes of a record before the read name, block_size among them
_FLAG_UNMAPPED = 4
_MOST_INT32 = 0x7FFFFFFF

# Bits of a record's `marks`: what later passes need to know without a look into the arena.
MARK_NO_QUALITY, MARK_GAP = 1, 2


@kernel
def _reference_span(arena: NDArray[np.uint8], at: int, n_cigar: int, l_seq: int) -> tuple[int, int]:
    """Reference bases of a CIGAR, and whether some of them are deleted or skipped (not 0).

    l_seq: bases of the read; 0 (none are stored) agrees with any CIGAR. The span is -1 where the CIGAR has an
    unknown operation or other bases than the read.
    """
    span: Any = 0
    bases: Any = 0
    gaps: Any = 0
    for i in range(n_cigar):
        operation = load_u32(arena, at + 4 * i)
        kind, length = operation & np.uint32(15), np.int64(operation >> np.uint32(4))
        if kind > 8:
            return -1, 0
        bit = np.uint32(1) << kind
        # M 0, D 2, N 3, = 7, X 8 consume the reference: bits of 0x18D; D and N are bits of 0xC
        if bit & np.uint32(0x18D):
            span += length
            gaps |= np.int64(bit & np.uint32(0xC))
        # M 0, I 1, S 4, = 7, X 8 consume the read: bits of 0x193
        if bit & np.uint32(0x193):
            bases += length
    return (span, gaps) if bases == l_seq or l_seq == 0 or n_cigar == 0 else (-1, 0)


@kernel
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


@kernel
def scan_records(
    arena: NDArray[np.uint8],
    start: int,
    stop: int,
    contig: int,
    region_start: int,
    region_end: int,
    contig_lengths: NDArray[np.int64],
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
    out_record_end: NDArray[np.int64],
    out_mate_contig: NDArray[np.int32],
    out_mate_pos: NDArray[np.int32],
    out_template_length: NDArray[np.int32],
    out_name_hash: NDArray[np.uint64],
    out_content_hash: NDArray[np.uint64],
    out_marks: NDArray[np.uint8],
) -> tuple[int, int, int]:
    """Append the records of bytes [start, stop) that overlap the region to the output columns.

    contig: reference index, or ALL_CONTIGS. region_start, region_end: 0-based half-open.
    contig_lengths: (n_contigs,) int64.
    last: (2,) int64, contig and position of the record before these ((-1, -1) at first), updated.
    kept: rows already filled. Outputs: rows as in `oncoloom.reads.columns.ReadColumns`, room for every
    record.

    A record without reference bases counts as one base long, as htslib has it.

    Returns (rows filled, byte where it stopped, status). SCAN_BEHIND: the record at that byte lies wholly
    after the region. SCAN_CUT: the bytes end inside the record there. SCAN_BROKEN_RECORD, SCAN_BAD_CONTIG,
    SCAN_BAD_POSITION, SCAN_BAD_CIGAR, SCAN_LONG_CIGAR, SCAN_UNSORTED: the record there is broken, names a
    contig that the header lacks (its own or its mate's), lies outside its contig, has a CIGAR of another
    length than its read or one among its tags, or comes before its predecessor. htslib refuses the same
    CIGARs, but for those in tags: kernels may rely on them.
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
        span: Any = np.int64(0)
        gaps: Any = np.int64(0)
        if not flag & _FLAG_UNMAPPED:
            span, gaps = _reference_span(arena, cigar_at, n_cigar, l_seq)
            if span < 0:
                return kept, at, SCAN_BAD_CIGAR
            if n_cigar > 0 and load_u32(arena, cigar_at) == np.uint32((l_seq << 4) | 4) and l_seq > 0:
                # clipped whole: its CIGAR may stand among the tags, where htslib looks for it
                found = find_long_cigar(arena, seq_at + (l_seq + 1) // 2 + l_seq, record_end)
                if found != 0:
                    return kept, at, SCAN_LONG_CIGAR if found > 0 else SCAN_BROKEN_RECORD
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
            out_record_end[kept] = record_end
            out_mate_contig[kept] = load_i32(arena, at + 24)
            out_mate_pos[kept] = load_i32(arena, at + 28)
            out_template_length[kept] = load_i32(arena, at + 32)
            out_name_hash[kept] = hash_bytes(arena, at + _FIXED, l_name - 1)
            out_content_hash[kept] = hash_bytes(arena, cigar_at, qual_at + l_seq - cigar_at)
            marks = MARK_GAP if gaps != 0 or span == 0 else 0
            if l_seq == 0 or arena[qual_at] == 255:
                marks |= MARK_NO_QUALITY
            out_marks[kept] = marks
            kept += 1
        at = record_end
    return kept, at, SCAN_OK


@kernel
def summarize_qualities(
    arena: NDArray[np.uint8], l_seq: NDArray[np.int32], qual_at: NDArray[np.int64]
) -> tuple[int, int, int]:
    """(reads with bases whose qualities are missing, lowest quality, highest quality) over all reads.

    Lowest and highest are of reads with qualities; 255 and 0 where there are none.
    """
    n_missing = 0
    lowest: Any = np.uint8(255)
    highest: Any = np.uint8(0)
    for i in range(l_seq.shape[0]):
        if l_seq[i] == 0:
            continue
        at = qual_at[i]
        if arena[at] == 255:
            n_missing += 1
            continue
        for j in range(l_seq[i]):  # in bytes, so that many are looked at in one instruction
            quality = arena[np.uintp(at + j)]
            lowest = min(lowest, quality)
            highest = max(highest, quality)
    return n_missing, int(lowest), int(highest)
