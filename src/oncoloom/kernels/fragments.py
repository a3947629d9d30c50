"""Fragments at one candidate: mates add up, discordant mates cancel, then histograms and counts.

Shared by the substitution and the indel kernels. All state lies in arrays that the caller allocates once a
tile, so that nothing is allocated per candidate.
"""

import numpy as np
from numpy.typing import NDArray

from oncoloom.kernels.arrays import (
    ALT_READS,
    ALT_STARTS,
    CONCORDANT,
    DISCORDANT,
    END_MAX,
    END_MEDIAN,
    END_SD,
    LOW_MAPQ,
    MOST_INSERT_BP,
    MOST_STARTS,
    REF_READS,
    WEAK_ALT,
)
from oncoloom.kernels.compiling import kernel
from oncoloom.kernels.read_arrays import FragmentScratch, ReadArrays


@kernel
def add_read(
    i: int,
    log_ratio: float,
    seen: int,
    stamp: int,
    reads: ReadArrays,
    scratch: FragmentScratch,
    n_entries: int,
) -> int:
    """Add read i to its fragment's entry; return the number of entries.

    `seen`: 0 reference, 1 alternative, 2 another allele, 3 cannot say. `stamp`: candidate number, from 1.
    """
    j = reads.mate[i]
    if j >= 0 and scratch.stamp_of[j] == stamp:
        e = scratch.entry_of[j]
    else:
        e = n_entries
        n_entries += 1
        scratch.entry_ratio[e] = 0.0
        for u in range(scratch.entry.shape[1]):
            scratch.entry[e, u] = 0
        reverse = (reads.flag[i] >> 4) & 1
        scratch.entry[e, 3] = reverse
        if reads.flag[i] & 1:
            first = (reads.flag[i] & 0x40) != 0
            scratch.entry[e, 4] = 1 if first == (reverse == 0) else 2
        scratch.entry[e, 5] = -reads.end[i] if reverse else reads.pos[i]
    scratch.entry_of[i] = e
    scratch.stamp_of[i] = stamp
    scratch.entry_ratio[e] += log_ratio
    if seen < 3:
        scratch.entry[e, seen] += 1
    return n_entries


@kernel
def ratio_bin(log_ratio: float) -> int:
    """Histogram bin of a log ratio, clipped to the cap (`arrays.CAP_NATS`, `arrays.BIN_NATS`)."""
    x = min(max(log_ratio, -13.0), 13.0)
    return int(np.floor((x + 13.0) * 10.0 + 0.5))


@kernel
def close_candidate(
    is_tumor: bool,  # noqa: FBT001
    scratch: FragmentScratch,
    n_entries: int,
    histogram: NDArray[np.int32],
    statistic: NDArray[np.int32],
) -> None:
    """Turn a candidate's entries into its histograms (8, N_BINS) and counts (see `arrays.STATISTICS`)."""
    entry_ratio, entry, end_distances = scratch.entry_ratio, scratch.entry, scratch.end_distances
    n_starts, starts = 0, scratch.starts
    for e in range(n_entries):
        ratio = entry_ratio[e]
        b = ratio_bin(ratio)
        if is_tumor:
            orientation = entry[e, 4]
            histogram[2 if orientation == 0 else orientation - 1, b] += 1
        else:
            histogram[3, b] += 1
        if entry[e, 0] > 0 and entry[e, 1] > 0:
            statistic[DISCORDANT] += 1
        if entry[e, 1] > 1:
            statistic[CONCORDANT] += 1
        if ratio > 0.7:
            statistic[WEAK_ALT] += 1
        if ratio > 1.0:
            group = 1
            known = False
            for u in range(n_starts):
                if starts[u] == entry[e, 5]:
                    known = True
            if not known and n_starts < MOST_STARTS:
                starts[n_starts] = entry[e, 5]
                n_starts += 1
        elif entry[e, 2] > 0 and entry[e, 1] == 0 and entry[e, 0] == 0:
            statistic[2] += 1
            continue
        elif ratio < -1.0:
            group = 0
        else:
            statistic[3] += 1
            continue
        statistic[group] += 1
        statistic[4 + 2 * group + entry[e, 3]] += 1
        if entry[e, 4] > 0:
            statistic[8 + 2 * group + entry[e, 4] - 1] += 1
    statistic[ALT_STARTS] = n_starts
    describe_end_distances(end_distances, statistic)


@kernel
def describe_end_distances(end_distances: NDArray[np.int32], statistic: NDArray[np.int32]) -> None:
    """Median, maximum and standard deviation of the alternative reads' end distances; clears them."""
    total, summed, squared = 0, 0, 0
    for d in range(64):
        total += end_distances[d]
        summed += d * end_distances[d]
        squared += d * d * end_distances[d]
    seen, median, most = 0, -1, -1
    for d in range(64):
        seen += end_distances[d]
        if median < 0 and 2 * seen >= total and total > 0:
            median = d
        if end_distances[d] > 0:
            most = d
        end_distances[d] = 0
    statistic[END_MEDIAN], statistic[END_MAX] = median, most
    if total > 0:
        variance = (total * squared - summed * summed) / (total * total)
        statistic[END_SD] = int(np.floor(10.0 * np.sqrt(variance) + 0.5))


@kernel
def note_read(
    i: int,
    shows_alternative: bool,  # noqa: FBT001
    clipped: bool,  # noqa: FBT001
    own_mismatches: int,
    own_indels: int,
    offset: int,
    reads: ReadArrays,
    statistic: NDArray[np.int32],
) -> None:
    """Add read i to the sums of the reads that show one allele (`arrays.READ_SUMS`).

    `own_mismatches`, `own_indels`: those of its differences that are the candidate's; `offset`: its base at
    the candidate.
    """
    u = ALT_READS if shows_alternative else REF_READS
    statistic[u] += 1
    statistic[u + 1] += reads.mapq[i]
    if reads.mapq[i] < LOW_MAPQ:
        statistic[u + 2] += 1
    if clipped:
        statistic[u + 3] += 1
    statistic[u + 4] += max(0, reads.n_mismatches[i] - own_mismatches)
    statistic[u + 5] += max(0, reads.n_indels[i] - own_indels)
    statistic[u + 6] += reads.l_seq[i] - 1 - offset if reads.flag[i] & 0x10 else offset
    insert = abs(reads.template_length[i])
    if 0 < insert <= MOST_INSERT_BP:
        statistic[u + 7] += 1
        statistic[u + 8] += insert


@kernel
def note_end_distance(left: int, right: int, scratch: FragmentScratch) -> None:
    """Count an alternative read by the distance to its nearer aligned end (`left`, `right`, bases)."""
    scratch.end_distances[max(0, min(63, min(left, right)))] += 1


@kernel
def count_covering(reads: ReadArrays, low: int, high: int, at: int, limit: int) -> int:
    """Used reads of [low, high) over position `at`; 0 without counting where there cannot be `limit`."""
    covering = 0
    if high - low > limit:
        for i in range(low, high):
            if reads.use[i] == 0 and reads.pos[i] <= at and reads.end[i] > at:
                covering += 1
    return covering


@kernel
def keep_sampled(name: int, n_reads: int, limit: int) -> bool:
    """Whether a fragment stays where `n_reads` cover a site that may have `limit`: by its name alone."""
    mixed = (name ^ (name >> 23) ^ (name >> 41)) & 0xFFFF
    return mixed * n_reads < limit * 65536


@kernel
def first_read_from(pos: NDArray[np.int32], least: int) -> int:
    """Index of the first read whose start is not before `least` (reads sorted by start)."""
    low, high = 0, pos.shape[0]
    while low < high:
        middle = (low + high) >> 1
        if pos[middle] < least:
            low = middle + 1
        else:
            high = middle
    return low
