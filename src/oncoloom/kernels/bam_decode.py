"""BGZF blocks of a BAM file to column arrays: each block is scanned while the cache still holds it."""

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from oncoloom.kernels.bam_records import SCAN_CUT, SCAN_OK, scan_records
from oncoloom.kernels.bgzf import INFLATE_OK, free_decompressor, inflate_block, new_decompressor
from oncoloom.kernels.read_scan import Comparison, compare_reads


@njit(nogil=True, cache=True)
def decode_blocks(
    raw: NDArray[np.uint8],
    blocks: NDArray[np.int64],
    arena: NDArray[np.uint8],
    base: int,
    end: int,
    start: int,
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
    nibble_to_code: NDArray[np.uint8],
    comparison: Comparison,
) -> tuple[int, int, int, int, int]:
    """Inflate `blocks` of `raw` into `arena` from byte `base` on, and scan the records from byte `start` on.

    The reads are compared with the reference where `comparison` has one (`read_scan.compare_reads`).

    Bytes from `end` on are inflated at most, not scanned. A record that is not whole when its block is there
    is scanned with the next one. Nothing is inflated beyond the block where the first record behind the
    region begins. Blocks as :func:`oncoloom.kernels.bgzf.find_blocks` gives them; all else as
    :func:`oncoloom.kernels.bam_records.scan_records` takes it.

    Returns (rows filled, byte where the scan stopped, its status, status of inflating, index of the bad block
    or -1).
    """
    at: Any = start
    status: Any = SCAN_OK
    inflated: Any = INFLATE_OK
    bad: Any = -1
    to: Any = base
    n_blocks = blocks.shape[0]
    decompressor = new_decompressor()
    for i in range(n_blocks):
        inflated = inflate_block(decompressor, raw, blocks, i, arena, to)
        if inflated != INFLATE_OK:
            bad = i
            break
        to += blocks[i, 3]
        stop = to if i + 1 < n_blocks else end
        if at >= stop:
            continue
        before = kept
        kept, at, status = scan_records(
            arena,
            at,
            stop,
            contig,
            region_start,
            region_end,
            contig_lengths,
            last,
            kept,
            out_contig,
            out_pos,
            out_end,
            out_flag,
            out_mapq,
            out_n_cigar,
            out_l_seq,
            out_cigar_at,
            out_seq_at,
            out_qual_at,
            out_record_end,
            out_mate_contig,
            out_mate_pos,
            out_template_length,
            out_name_hash,
            out_content_hash,
            out_marks,
        )
        if comparison.reference.code.shape[0] > 0:
            compare_reads(
                before,
                kept,
                out_flag,
                out_mapq,
                out_marks,
                out_pos,
                out_end,
                out_n_cigar,
                out_cigar_at,
                out_seq_at,
                out_qual_at,
                arena,
                nibble_to_code,
                comparison,
            )
        if status != SCAN_OK and status != SCAN_CUT:  # SCAN_BEHIND among them
            break
    free_decompressor(decompressor)
    return kept, at, status, inflated, bad
