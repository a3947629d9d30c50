"""Walks over novel k-mers, from where they leave the reference to where they come back to it."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from oncoloom.kernels.compiling import inlined, kernel
from oncoloom.kernels.kmer_table import KMER_MASK, NOVEL, KmerTable, find_slot

MOST_NOVEL_KMERS = 230  # of one walk
MOST_STEPS = 4_096  # of all walks from one k-mer


class WalkArrays(NamedTuple):
    """Found walks: reference ends `leave` and `back` (exclusive), and the bases between.

    Attributes
    ----------
    leave, back : (n,) int64
        Relative to the window.
    border : (n + 1,) int64; bases : uint8
        Borders of each walk's base codes.
    """

    leave: NDArray[np.int64]
    back: NDArray[np.int64]
    border: NDArray[np.int64]
    bases: NDArray[np.uint8]


@inlined
def most_fragments_beside(key: int, table: KmerTable, size: int) -> int:
    """Fragments of the best supported novel k-mer that may follow a k-mer; 0 where none does."""
    most = 0
    for base in range(4):
        slot = find_slot(table, ((key << 2) | base) & KMER_MASK, size)
        if table.key[np.uintp(slot)] >= 0 and table.place[np.uintp(slot)] == NOVEL:
            most = max(most, table.weight[np.uintp(slot)])
    return most


@kernel
def walk_off(
    start: int,
    key: int,
    table: KmerTable,
    size: int,
    keys: NDArray[np.int64],
    tried: NDArray[np.uint8],
    path: NDArray[np.uint8],
    walks: WalkArrays,
    n_walks: int,
    least: int,
) -> int:
    """Add all walks from the unique reference k-mer `key` that ends at `start`; return the number of walks.

    Depth first, over k-mers of at least `least` fragments, at most 230 novel ones and 4,096 steps. `keys`,
    `tried`, `path`: room of 232.
    """
    depth, steps = 0, 0
    keys[0] = key
    tried[0] = 0
    while depth >= 0 and steps < MOST_STEPS:
        if tried[depth] == 4:
            depth -= 1
            continue
        base = np.int64(tried[depth])
        tried[depth] += 1
        following = ((keys[depth] << 2) | base) & KMER_MASK
        slot = find_slot(table, following, size)
        if table.key[slot] < 0:
            continue
        place = table.place[slot]
        path[depth] = base
        if place >= 0:
            room = n_walks < walks.leave.shape[0] and walks.border[n_walks] + depth < walks.bases.shape[0]
            if depth > 0 and room:
                walks.leave[n_walks] = start
                walks.back[n_walks] = place
                first = walks.border[n_walks]
                for u in range(depth + 1):
                    walks.bases[first + u] = path[u]
                walks.border[n_walks + 1] = first + depth + 1
                n_walks += 1
        elif place == NOVEL and table.weight[slot] >= least and depth < MOST_NOVEL_KMERS:
            depth += 1
            steps += 1
            keys[depth] = following
            tried[depth] = 0
    return n_walks
