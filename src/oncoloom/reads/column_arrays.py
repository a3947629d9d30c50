"""Making and selecting `ReadColumns`, and summing their content into a digest."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from oncoloom.kernels.bam_records_tags import find_read_groups
from oncoloom.kernels.read_hashes import sum_read_hashes
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
    ("record_end", np.int64),
    ("mate_contig", np.int32),
    ("mate_pos", np.int32),
    ("template_length", np.int32),
    ("name_hash", np.uint64),
    ("content_hash", np.uint64),
    ("marks", np.uint8),
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


def read_groups_of(columns: ReadColumns, groups: NDArray[np.uint64]) -> NDArray[np.int16]:
    """(n,) int16: index of each read's group in the header; -1 none, -2 not declared there.

    groups: (k,) uint64 as `AlignmentHeader.read_group_hashes` gives them.
    """
    out = np.empty(len(columns), np.int16)
    find_read_groups(columns.arena, columns.qual_at + columns.l_seq, columns.record_end, groups, out)
    return out


class ReadsDigest:
    """Content digest of reads, the same whatever the order, the tiles, the threads, BAM or CRAM.

    It is a sum of 64-bit hashes of name, flag, place, mapping quality, CIGAR, bases, qualities and mate
    (tags are left out), and a count. Partial digests of disjoint regions add up with :meth:`merge`.
    """

    def __init__(self, n: int = 0, total: int = 0) -> None:
        self.n, self.total = n, total

    def add(self, columns: ReadColumns, counted: NDArray[np.bool_] | None = None) -> None:
        """Add all reads, or those that `counted` (n,) says: with a tile's own, no read is counted twice."""
        chosen = np.ones(len(columns), bool) if counted is None else counted
        n, total = sum_read_hashes(
            chosen.view(np.uint8),
            columns.contig,
            columns.pos,
            columns.flag,
            columns.mapq,
            columns.l_seq,
            columns.mate_contig,
            columns.mate_pos,
            columns.template_length,
            columns.name_hash,
            columns.content_hash,
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
