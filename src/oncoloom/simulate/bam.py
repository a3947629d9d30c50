"""Whole BAM files from arrays: records laid out at once (SAMv1 §4.2), BGZF blocks, index."""

import struct
from dataclasses import dataclass
from pathlib import Path

import deflate
import numpy as np
import pysam
from numpy.typing import NDArray

from oncoloom.files import atomic_path
from oncoloom.simulate.alignments import DELETION, MATCH, Cigar

_BLOCK, _LEVEL = 0xFF00, 5
_EOF = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")
_NIBBLES = np.zeros(256, dtype=np.uint8)
for _base, _code in ((b"A", 1), (b"C", 2), (b"G", 4), (b"T", 8), (b"N", 15)):
    _NIBBLES[_base[0]] = _code


@dataclass(slots=True)
class Alignments:
    """Reads of one sample, all of one length, in any order.

    Attributes
    ----------
    bases, quals : (n, read_length) uint8
        ASCII bases on the reference's forward strand; Phred qualities.
    contig, pos, mate_pos, template_length : (n,) int32
        Mates lie on the same contig.
    flag : (n,) uint16
    mapq : (n,) uint8
    cigar : (n,) int32
        Index into `cigars`.
    edits : (n,) int32
        Edit distance (tag NM).
    name : (n,) int64
        Number of the fragment; mates share it.
    """

    bases: NDArray[np.uint8]
    quals: NDArray[np.uint8]
    contig: NDArray[np.int32]
    pos: NDArray[np.int32]
    mate_pos: NDArray[np.int32]
    template_length: NDArray[np.int32]
    flag: NDArray[np.uint16]
    mapq: NDArray[np.uint8]
    cigar: NDArray[np.int32]
    edits: NDArray[np.int32]
    name: NDArray[np.int64]
    cigars: list[Cigar]


def write_bam(path: Path, reads: Alignments, header: str, contigs: dict[str, int], read_group: str) -> None:
    """Write a coordinate-sorted BAM and its ``.bai``; the same arrays give the same bytes.

    Parameters
    ----------
    header
        SAM header text, with its last line end.
    contigs
        Name to length, in the order of the contig indices.
    """
    references = b"".join(
        struct.pack("<i", len(name) + 1) + name.encode() + b"\0" + struct.pack("<i", length)
        for name, length in contigs.items()
    )
    text = header.encode()
    head = b"BAM\1" + struct.pack("<i", len(text)) + text + struct.pack("<i", len(contigs)) + references
    order = np.lexsort((reads.flag & 0x10, reads.name, reads.pos, reads.contig))
    with atomic_path(path) as temporary:
        with temporary.open("wb") as handle:
            for block in _bgzf(head):
                handle.write(block)
            for block in _bgzf(_records(reads, order, read_group)):
                handle.write(block)
            handle.write(_EOF)
        index = path.with_name(path.name + ".bai")
        with atomic_path(index) as temporary_index:
            pysam.index("-o", str(temporary_index), str(temporary))


def _bgzf(data: bytes) -> list[bytes]:
    out = []
    for at in range(0, len(data), _BLOCK):
        chunk = data[at : at + _BLOCK]
        packed = bytes(deflate.deflate_compress(chunk, _LEVEL))
        head = struct.pack("<4BI2BH2BHH", 31, 139, 8, 4, 0, 0, 255, 6, 66, 67, 2, len(packed) + 25)
        out.append(head + packed + struct.pack("<II", deflate.crc32(chunk), len(chunk)))
    return out


def _records(reads: Alignments, order: NDArray[np.intp], read_group: str) -> bytes:
    """All records in `order`, those with equally many CIGAR operations laid out together."""
    operations = np.array([len(cigar) for cigar in reads.cigars], dtype=np.int64)[reads.cigar[order]]
    tags = b"RGZ" + read_group.encode() + b"\0" + b"NMC"
    name_length = 12
    length = reads.bases.shape[1]
    sizes = 36 + name_length + 4 * operations + (length + 1) // 2 + length + len(tags) + 1
    starts = np.concatenate(([0], np.cumsum(sizes)))
    arena = np.zeros(int(starts[-1]), dtype=np.uint8)
    for count in np.unique(operations):
        rows = np.flatnonzero(operations == count)
        block = _block(reads, order[rows], int(count), tags, name_length)
        arena[starts[rows][:, None] + np.arange(block.shape[1])] = block
    return arena.tobytes()


def _block(
    reads: Alignments, rows: NDArray[np.intp], n_operations: int, tags: bytes, name_length: int
) -> NDArray[np.uint8]:
    """Records of reads with `n_operations` CIGAR operations each, shape (n, record size)."""
    n, length = len(rows), reads.bases.shape[1]
    used = reads.cigar[rows]
    spans = np.array([sum(k for op, k in cigar if op in (MATCH, DELETION)) for cigar in reads.cigars])
    packed = np.zeros((len(reads.cigars), n_operations), dtype="<u4")
    for index in np.unique(used):
        packed[index] = [(k << 4) | op for op, k in reads.cigars[index]]
    pos = reads.pos[rows].astype(np.int64)
    fixed = np.zeros((n, 9), dtype="<i4")
    size = 32 + name_length + 4 * n_operations + (length + 1) // 2 + length + len(tags) + 1
    fixed[:, 0] = size
    fixed[:, 1] = reads.contig[rows]
    fixed[:, 2] = pos
    bins = _bins(pos, pos + spans[used])
    fixed[:, 3] = (bins << 16) | (reads.mapq[rows].astype(np.int64) << 8) | name_length
    fixed[:, 4] = (reads.flag[rows].astype(np.int64) << 16) | n_operations
    fixed[:, 5] = length
    fixed[:, 6] = reads.contig[rows]
    fixed[:, 7] = reads.mate_pos[rows]
    fixed[:, 8] = reads.template_length[rows]
    names = np.zeros((n, name_length), dtype=np.uint8)
    names[:, 0] = ord("f")
    digits = reads.name[rows][:, None] // 10 ** np.arange(9, -1, -1, dtype=np.int64) % 10
    names[:, 1 : name_length - 1] = digits + ord("0")
    nibbles = _NIBBLES[reads.bases[rows]]
    if length % 2:
        nibbles = np.hstack([nibbles, np.zeros((n, 1), dtype=np.uint8)])
    tail = np.tile(np.frombuffer(tags + b"\0", dtype=np.uint8), (n, 1))
    tail[:, -1] = np.minimum(reads.edits[rows], 255)
    return np.hstack(
        [
            fixed.view(np.uint8).reshape(n, 36),
            names,
            packed[used].view(np.uint8).reshape(n, 4 * n_operations),
            (nibbles[:, ::2] << 4) | nibbles[:, 1::2],
            reads.quals[rows],
            tail,
        ]
    )


def _bins(start: NDArray[np.int64], end: NDArray[np.int64]) -> NDArray[np.int64]:
    """UCSC bin of each interval, as the BAM specification's `reg2bin`."""
    last = end - 1
    out = np.zeros(len(start), dtype=np.int64)
    for shift, offset in ((26, 1), (23, 9), (20, 73), (17, 585), (14, 4681)):
        out = np.where(start >> shift == last >> shift, offset + (start >> shift), out)
    return out
