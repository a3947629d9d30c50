"""Making and selecting `ReadColumns`, and summing their content into a digest."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from oncoloom.kernels.bam_records import sum_read_hashes
from oncoloom.reads.columns import ReadColumns

COLUMN_TYPES: tuple[tuple[str, Any], ...] = (
    ("contig", np.int32),
    ("pos", np.int32),
    ("end", np.int32),
    ("flag", np.uint16),
    ("mapq", np.uint8),
    ("n_cigar", np.uint16),
    ("l_seq", np.int32),
    ("cigar_at", np.int64),
    ("seq_at", np.int64),
    ("qual_at", np.int64),
    ("mate_contig", np.int32),
    ("mate_pos", np.int32),
    ("template_length", np.int32),
    ("name_hash", np.uint64),
    ("read_group", np.int16),
)


def allocate_columns(capacity: int) -> list[NDArray[Any]]:
    """One array a column, in the order of COLUMN_TYPES, values undefined."""
    return [np.empty(capacity, dtype) for _, dtype in COLUMN_TYPES]


def make_columns(arena: NDArray[np.uint8], arrays: list[NDArray[Any]], n: int) -> ReadColumns:
    """The first `n` rows of `arrays` (as :func:`allocate_columns` gives them) over `arena`."""
    named = {name: array[:n] for (name, _), array in zip(COLUMN_TYPES, arrays, strict=True)}
    return ReadColumns(arena=arena, **named)


def empty_columns() -> ReadColumns:
    """Columns without rows."""
    return make_columns(np.zeros(16, np.uint8), allocate_columns(0), 0)


def select_rows(columns: ReadColumns, rows: NDArray[Any]) -> ReadColumns:
    """The given rows (indexes or a mask), over the same arena."""
    named = {name: getattr(columns, name)[rows] for name, _ in COLUMN_TYPES}
    return ReadColumns(arena=columns.arena, **named)


class ReadsDigest:
    """Content digest of reads, the same whatever the order, the tiles, the threads, BAM or CRAM.

    It is a sum of 64-bit hashes of name, flag, place, mapping quality, CIGAR, bases, qualities and mate
    (tags are left out), and a count. Partial digests of disjoint regions add up with :meth:`merge`.
    """

    def __init__(self, n: int = 0, total: int = 0) -> None:
        self.n, self.total = n, total

    def add(self, columns: ReadColumns, start: int | None = None, end: int | None = None) -> None:
        """Add the reads that start in [start, end): with a tile's bounds, no read is counted twice."""
        n, total = sum_read_hashes(
            columns.arena,
            columns.contig,
            columns.pos,
            columns.flag,
            columns.mapq,
            columns.n_cigar,
            columns.l_seq,
            columns.cigar_at,
            columns.mate_contig,
            columns.mate_pos,
            columns.template_length,
            columns.name_hash,
            -2 if start is None else start,
            1 << 32 if end is None else end,
        )
        self.n += int(n)
        self.total = (self.total + int(total)) & 0xFFFFFFFFFFFFFFFF

    def merge(self, other: "ReadsDigest") -> None:
        """Add what another digest has counted."""
        self.n += other.n
        self.total = (self.total + other.total) & 0xFFFFFFFFFFFFFFFF

    def __str__(self) -> str:
        """``reads:<count>:<16 hex digits>``."""
        return f"reads:{self.n}:{self.total:016x}"

    @classmethod
    def parse(cls, text: str) -> "ReadsDigest":
        """The digest that :meth:`__str__` wrote (ValueError if it is none)."""
        kind, n, total = text.split(":")
        if kind != "reads":
            raise ValueError(text)
        return cls(int(n), int(total, 16))
