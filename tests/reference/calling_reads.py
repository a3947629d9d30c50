"""Reads as plain values, encoded into the column arrays that kernels take."""

import struct
from dataclasses import dataclass

import numpy as np

from oncoloom.reads.columns import ReadColumns

NIBBLES = "=ACMGRSVTWYHKDBN"
OPS = "MIDNSHP=X"


@dataclass(frozen=True)
class Read:
    """A read of a test; cigar as [(operation letter, length)]."""

    name: int
    pos: int
    cigar: tuple
    bases: str
    quality: int | tuple = 37
    flag: int = 0
    mapq: int = 60
    mate_pos: int = -1
    tlen: int = 0

    @property
    def end(self):
        return self.pos + sum(n for op, n in self.cigar if op in "MDN=X")

    def qualities(self):
        if isinstance(self.quality, int):
            return [self.quality] * len(self.bases)
        return list(self.quality)


def marks_of(read):
    """No qualities (1), gaps in the alignment or nothing aligned (2)."""
    gaps = any(op in "DN" for op, _ in read.cigar) or read.end == read.pos
    return (1 if not read.bases or read.qualities()[0] == 255 else 0) | (2 if gaps else 0)


def encode(reads):
    """ReadColumns of reads, sorted by position."""
    reads = sorted(reads, key=lambda read: read.pos)
    arena, fields = bytearray(b"\0" * 3), []
    for read in reads:
        cigar_at = len(arena)
        for op, n in read.cigar:
            arena += struct.pack("<I", n << 4 | OPS.index(op))
        seq_at = len(arena)
        nibbles = [NIBBLES.index(base) for base in read.bases] + [0]
        for i in range(0, len(read.bases), 2):
            arena.append(nibbles[i] << 4 | nibbles[i + 1])
        qual_at = len(arena)
        arena += bytes(read.qualities())
        fields.append((cigar_at, seq_at, qual_at))
    column = lambda values, dtype: np.array(list(values), dtype=dtype)  # noqa: E731
    paired = [read.mate_pos >= 0 for read in reads]
    return ReadColumns(
        arena=np.frombuffer(bytes(arena), np.uint8).copy(),
        contig=np.zeros(len(reads), np.int32),
        pos=column((read.pos for read in reads), np.int32),
        end=column((read.end for read in reads), np.int32),
        flag=column((read.flag for read in reads), np.uint16),
        mapq=column((read.mapq for read in reads), np.uint8),
        n_cigar=column((len(read.cigar) for read in reads), np.uint16),
        l_seq=column((len(read.bases) for read in reads), np.int32),
        cigar_at=column((field[0] for field in fields), np.int64),
        seq_at=column((field[1] for field in fields), np.int64),
        qual_at=column((field[2] for field in fields), np.int64),
        mate_contig=column((0 if mate else -1 for mate in paired), np.int32),
        mate_pos=column((read.mate_pos for read in reads), np.int32),
        template_length=column((read.tlen for read in reads), np.int32),
        name_hash=column((read.name * 0x9E3779B97F4A7C15 % 2**64 for read in reads), np.uint64),
        record_end=column(
            (field[2] + len(read.bases) for field, read in zip(fields, reads, strict=True)), np.int64
        ),
        content_hash=np.zeros(len(reads), np.uint64),
        marks=column((marks_of(read) for read in reads), np.uint8),
    ), reads


def apply_edits(reference, start, length, edits):
    """Bases and CIGAR of a read of about `length` reference bases from `start`.

    edits: {position: ("sub", base) | ("ins", bases) | ("del", n)}; an insertion follows its position.
    """
    bases, ops, at = [], [], start
    while at < start + length:
        kind, value = edits.get(at, (None, None))
        if kind == "del":
            ops += ["D"] * value
            at += value
            continue
        bases.append(value if kind == "sub" else reference[at])
        ops.append("M")
        if kind == "ins":
            bases += list(value)
            ops += ["I"] * len(value)
        at += 1
    while ops and ops[-1] != "M":  # an alignment does not end in a gap
        if ops.pop() == "I":
            bases.pop()
    cigar = []
    for op in ops:
        if cigar and cigar[-1][0] == op:
            cigar[-1] = (op, cigar[-1][1] + 1)
        else:
            cigar.append((op, 1))
    return "".join(bases), tuple(cigar)
