"""Reads as column arrays: what every kernel works on, whatever file the reads came from."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class ReadColumns:
    """Reads that overlap one region, as a structure of arrays over an arena of BAM-encoded records.

    The arena holds records exactly as the BAM specification lays them out (SAMv1 §4.2, uncompressed), in
    coordinate order; kernels index bases (4-bit), qualities and CIGAR operations in place. Reads of CRAM and
    SAM are transcoded to the same layout, so kernels never know. All coordinates are 0-based, half-open.

    Attributes
    ----------
    arena : (n_bytes,) uint8
        Inflated records.
    contig, pos, end : (n,) int32
        Reference id in the header; aligned start; aligned end (start + reference bases consumed).
    flag : (n,) uint16
    mapq : (n,) uint8
    n_cigar : (n,) uint16
    l_seq : (n,) int32
    cigar_at, seq_at, qual_at, record_end : (n,) int64
        Byte offsets into `arena`; CIGAR operations are little-endian uint32 (length << 4 | op), bases two a
        byte (high nibble first; A 1, C 2, G 4, T 8, N 15), qualities a byte each (255 = missing), tags from
        there to the record's end.
    mate_contig, mate_pos, template_length : (n,) int32
        As in the record; -1 where there is no mate.
    name_hash : (n,) uint64
        64-bit hash of the read name: equal for mates, so fragments are found without strings.
    content_hash : (n,) uint64
        64-bit hash of CIGAR, bases and qualities.
    marks : (n,) uint8
        Bits `MARK_NO_QUALITY` (no bases, or their qualities are missing) and `MARK_GAP` (the alignment
        deletes or skips reference bases, or has none) of `kernels.bam_records`.
    """

    arena: NDArray[np.uint8]
    contig: NDArray[np.int32]
    pos: NDArray[np.int32]
    end: NDArray[np.int32]
    flag: NDArray[np.uint16]
    mapq: NDArray[np.uint8]
    n_cigar: NDArray[np.uint16]
    l_seq: NDArray[np.int32]
    cigar_at: NDArray[np.int64]
    seq_at: NDArray[np.int64]
    qual_at: NDArray[np.int64]
    record_end: NDArray[np.int64]
    mate_contig: NDArray[np.int32]
    mate_pos: NDArray[np.int32]
    template_length: NDArray[np.int32]
    name_hash: NDArray[np.uint64]
    content_hash: NDArray[np.uint64]
    marks: NDArray[np.uint8]

    def __len__(self) -> int:
        return int(self.pos.shape[0])
