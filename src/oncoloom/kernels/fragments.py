"""Fragments at one candidate: mates add up, discordant mates cancel, then histograms and counts.

Shared by the substitution and the indel kernels. All state lies in arrays that the caller allocates once a
tile, so that nothing is allocated per candidate.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(cache=True, nogil=True)
def add_read(
    i: int,
    log_ratio: float,
    seen: int,
    in_block: int,
    stamp: int,
    flag: NDArray[np.uint16],
    pos: NDArray[np.int32],
    end: NDArray[np.int32],
    mate: NDArray[np.int32],
    entry_of: NDArray[np.int32],
    stamp_of: NDArray[np.int32],
    entry_ratio: NDArray[np.float64],
    entry: NDArray[np.int32],
    n_entries: int,
) -> int:
    """Add read i to its fragment's entry; return the number of entries.

    `seen`: 0 reference, 1 alternative, 2 another allele, 3 cannot say.
    """
    j = mate[i]
    if j >= 0 and stamp_of[j] == stamp:
        e = entry_of[j]
    else:
        e = n_entries
        n_entries += 1
        entry_ratio[e] = 0.0
        for u in range(7):
            entry[e, u] = 0
        reverse = (flag[i] >> 4) & 1
        entry[e, 3] = reverse
        if flag[i] & 1:
            first = (flag[i] & 0x40) != 0
            entry[e, 4] = 1 if first == (reverse == 0) else 2
        entry[e, 5] = -end[i] if reverse else pos[i]
    entry_of[i] = e
    stamp_of[i] = stamp
    entry_ratio[e] += log_ratio
    if seen < 3:
        entry[e, seen] += 1
    if in_block:
        entry[e, 6] = 1
    return n_entries


@njit(cache=True, nogil=True)
def ratio_bin(log_ratio: float) -> int:
    """Histogram bin of a log ratio, clipped to the cap (`arrays.CAP_NATS`, `arrays.BIN_NATS`)."""
    x = min(max(log_ratio, -13.0), 13.0)
    return int(np.floor((x + 13.0) * 10.0 + 0.5))


@njit(cache=True, nogil=True)
def close_candidate(
    is_tumor: bool,  # noqa: FBT001
    entry_ratio: NDArray[np.float64],
    entry: NDArray[np.int32],
    n_entries: int,
    end_distances: NDArray[np.int32],
    histogram: NDArray[np.int32],
    statistic: NDArray[np.int32],
) -> None:
    """Turn a candidate's entries into its histograms (8, N_BINS) and counts (see `arrays.STATISTICS`).

    `end_distances` (64,) counts alternative reads by distance to the nearer aligned end; it is cleared.
    """
    n_starts = 0
    starts = np.zeros(4, np.int32)
    for e in range(n_entries):
        ratio = entry_ratio[e]
        b = ratio_bin(ratio)
        if is_tumor:
            orientation = entry[e, 4]
            histogram[2 if orientation == 0 else orientation - 1, b] += 1
        else:
            histogram[3, b] += 1
        if entry[e, 0] > 0 and entry[e, 1] > 0:
            statistic[12] += 1
        if ratio > 1.0:
            group = 1
            statistic[18] += entry[e, 6]
            known = False
            for u in range(n_starts):
                if starts[u] == entry[e, 5]:
                    known = True
            if not known and n_starts < 4:
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
    statistic[16] = n_starts
    total = 0
    for d in range(64):
        total += end_distances[d]
    seen = 0
    median = -1
    for d in range(64):
        seen += end_distances[d]
        if median < 0 and 2 * seen >= total and total > 0:
            median = d
        end_distances[d] = 0
    statistic[17] = median


@njit(cache=True, nogil=True)
def note_alternative_read(
    i: int,
    left: int,
    right: int,
    mapq: int,
    clipped: bool,  # noqa: FBT001
    end_distances: NDArray[np.int32],
    statistic: NDArray[np.int32],
) -> None:
    """Count an alternative read: MAPQ, clip, and distance to its aligned ends (`left`, `right`, bases)."""
    statistic[13] += mapq
    statistic[14] += 1
    if clipped:
        statistic[15] += 1
    end_distances[max(0, min(63, min(left, right)))] += 1


@njit(cache=True, nogil=True)
def keep_sampled(name: int, n_reads: int, limit: int) -> bool:
    """Whether a fragment stays where `n_reads` cover a site that may have `limit`: by its name alone."""
    mixed = (name ^ (name >> 23) ^ (name >> 41)) & 0xFFFF
    return mixed * n_reads < limit * 65536


@njit(cache=True, nogil=True)
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
