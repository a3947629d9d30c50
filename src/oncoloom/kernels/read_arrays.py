"""Bundles of arrays that the evidence kernels take: named tuples, which Numba passes as they are."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class ReadArrays(NamedTuple):
    """One sample's reads of a tile, sorted by start (see `reads.columns.ReadColumns` for the fields).

    `use` is 0 for reads that are evidence; `name` is the name's hash as int64; `mate` the index of the mate
    that can overlap, -1 none; `n_mismatches` and `n_indels` are the read's differences from the reference
    (see `read_scan.scan_events`).
    """

    use: NDArray[np.uint8]
    pos: NDArray[np.int32]
    end: NDArray[np.int32]
    flag: NDArray[np.uint16]
    mapq: NDArray[np.uint8]
    n_cigar: NDArray[np.uint16]
    l_seq: NDArray[np.int32]
    cigar_at: NDArray[np.int64]
    seq_at: NDArray[np.int64]
    qual_at: NDArray[np.int64]
    arena: NDArray[np.uint8]
    template_length: NDArray[np.int32]
    name: NDArray[np.int64]
    marks: NDArray[np.uint8]
    mate: NDArray[np.int32]
    n_mismatches: NDArray[np.uint16]
    n_indels: NDArray[np.uint16]


class FragmentScratch(NamedTuple):
    """Where the fragments of one candidate at a time are collected.

    Attributes
    ----------
    entry_of, stamp_of : (n_reads,) int32
        A read's fragment entry, and the candidate (from 1) for which it holds.
    entry_ratio : (n_reads + 1,) float64
        Summed log ratio of each entry.
    entry : (n_reads + 1, N_ENTRY_COLUMNS) int32
        Times seen reference, alternative, other; reverse; orientation; 5' end.
    end_distances : (64,) int32
        Alternative reads by distance to the nearer aligned end; zero between candidates.
    starts : (MOST_STARTS,) int32
        Different 5' ends of alternative fragments.
    shown : (6,) int64
        What one read shows of a substitution (`substitution_evidence.read_substitution`).
    spanning : (n_reads,) int64
        Reads that span a long insertion and fit both haplotypes.
    """

    entry_of: NDArray[np.int32]
    stamp_of: NDArray[np.int32]
    entry_ratio: NDArray[np.float64]
    entry: NDArray[np.int32]
    end_distances: NDArray[np.int32]
    starts: NDArray[np.int32]
    shown: NDArray[np.int64]
    spanning: NDArray[np.int64]


class AlleleArrays(NamedTuple):
    """Indels of a neighborhood, left-aligned, sorted.

    Attributes
    ----------
    anchor, deleted : (n,) int64
        0-based base before the change; reference bases deleted behind it.
    inserted_at : (n + 1,) int64; inserted : uint8
        Borders of each allele's inserted base codes.
    slack : (n,) int32
        How far each could be shifted to the right.
    rival_at : (n + 1,) int64; rival : int64
        Borders and indexes of the alleles each must compete with (at most 4).
    """

    anchor: NDArray[np.int64]
    deleted: NDArray[np.int64]
    inserted_at: NDArray[np.int64]
    inserted: NDArray[np.uint8]
    slack: NDArray[np.int32]
    rival_at: NDArray[np.int64]
    rival: NDArray[np.int64]
