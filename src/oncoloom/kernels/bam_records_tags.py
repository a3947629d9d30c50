"""Read groups of BAM records, from their tags. Source: SAMv1 §4.2.4."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from oncoloom.kernels.bam_records_bytes import load_u32
from oncoloom.kernels.compiling import kernel
from oncoloom.kernels.read_hashes import hash_bytes

NO_GROUP, UNDECLARED_GROUP = -1, -2


@kernel
def find_read_groups(
    arena: NDArray[np.uint8],
    tags_at: NDArray[np.int64],
    record_end: NDArray[np.int64],
    groups: NDArray[np.uint64],
    out: NDArray[np.int16],
) -> None:
    """Fill `out` (n,) with the read group of each record: index into `groups`, -1 none, -2 not among them.

    tags_at, record_end: (n,) int64 bytes of `arena`. groups: (k,) uint64, `hash_bytes` of the groups' ids.
    """
    for i in range(tags_at.shape[0]):
        out[i] = _read_group(arena, tags_at[i], record_end[i], groups)


@kernel
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


@kernel
def find_long_cigar(arena: NDArray[np.uint8], at: int, end: int) -> int:
    """Whether the tags in [at, end) hold a CIGAR (CG, of reads with more than 65,535 operations): 1 or 0.

    -1: a tag before it runs past the end, or is of no known type.
    """
    while at + 3 < end:
        length = _tag_bytes(arena, at + 3, end)
        if length < 0 or at + 3 + length > end:
            return -1
        if arena[at] == 67 and arena[at + 1] == 71 and arena[at + 2] == 66:  # CG:B
            return 1
        at += 3 + length
    return 0


@kernel
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
