"""Fragment likelihoods of substitutions (SNV, MNV) from the bases that alignments put on them."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from oncoloom.kernels.cigar import cigar_word
from oncoloom.kernels.fragments import (
    add_read,
    close_candidate,
    first_read_from,
    keep_sampled,
    note_alternative_read,
    ratio_bin,
)


@njit(cache=True, nogil=True)
def substitution_evidence(
    start: NDArray[np.int32],
    length: NDArray[np.int32],
    alt_at: NDArray[np.int64],
    alt: NDArray[np.uint8],
    code: NDArray[np.uint8],
    window_start: int,
    use: NDArray[np.uint8],
    pos: NDArray[np.int32],
    end: NDArray[np.int32],
    flag: NDArray[np.uint16],
    mapq: NDArray[np.uint8],
    n_cigar: NDArray[np.uint16],
    cigar_at: NDArray[np.int64],
    seq_at: NDArray[np.int64],
    qual_at: NDArray[np.int64],
    arena: NDArray[np.uint8],
    name: NDArray[np.int64],
    mate: NDArray[np.int32],
    longest: int,
    min_quality: int,
    max_depth: int,
    is_tumor: bool,  # noqa: FBT001
    nibble_to_code: NDArray[np.uint8],
    read_table: NDArray[np.float32],
    entry_of: NDArray[np.int32],
    stamp_of: NDArray[np.int32],
    entry_ratio: NDArray[np.float64],
    entry: NDArray[np.int32],
    end_distances: NDArray[np.int32],
    histogram: NDArray[np.int32],
    statistic: NDArray[np.int32],
) -> None:
    """Fill histograms and counts of substitution candidates in one sample.

    Candidate c replaces `length[c]` reference bases from `start[c]` by ``alt[alt_at[c]:alt_at[c + 1]]``; only
    positions that differ count. A read's ratio is the sum over the differing bases it covers, each by its
    quality and the read's MAPQ (`read_table`, see `arrays.read_likelihood_table`). Bases below `min_quality`
    and clipped bases are no evidence.

    histogram : (n, 8, N_BINS) int32, statistic : (n, N_STATISTICS) int32
        Outputs, zero on entry in this sample's categories.
    """
    for c in range(start.shape[0]):
        first = start[c]
        stop = first + length[c]
        low = first_read_from(pos, first - longest)
        high = first_read_from(pos, stop)
        covering = 0
        if high - low > max_depth:
            for i in range(low, high):
                if use[i] == 0 and end[i] > first:
                    covering += 1
        sampling = covering > max_depth
        statistic[c, 19] = 1 if sampling else 0
        n_entries = 0
        for i in range(low, high):
            if use[i] != 0 or end[i] <= first:
                continue
            if sampling and not keep_sampled(name[i], covering, max_depth):
                continue
            at = pos[i]
            q = 0
            ratio = 0.0
            n_ref = 0
            n_alt = 0
            n_other = 0
            clipped = False
            for k in range(n_cigar[i]):
                word = cigar_word(arena, cigar_at[i] + 4 * k)
                op = word & 15
                n = word >> 4
                if op == 0 or op == 7 or op == 8:
                    for p in range(max(first, at), min(stop, at + n)):
                        wanted = alt[alt_at[c] + p - first]
                        reference = code[p - window_start]
                        if wanted == reference:
                            continue
                        offset = q + p - at
                        quality = arena[qual_at[i] + offset]
                        if quality < min_quality:
                            continue
                        byte = np.int64(arena[seq_at[i] + (offset >> 1)])
                        base = nibble_to_code[byte >> 4 if (offset & 1) == 0 else byte & 15]
                        transition = 1 if (wanted ^ reference) == 2 else 0
                        quality = min(quality, 93)
                        if base == wanted:
                            ratio += read_table[1, transition, quality, mapq[i]]
                            n_alt += 1
                        elif base == reference:
                            ratio += read_table[0, transition, quality, mapq[i]]
                            n_ref += 1
                        else:
                            n_other += 1
                    at += n
                    q += n
                elif op == 1:
                    q += n
                elif op == 2:
                    if max(first, at) < min(stop, at + n):
                        n_other += 1
                    at += n
                elif op == 3:
                    at += n
                elif op == 4:
                    q += n
                    clipped = True
            if n_ref + n_alt + n_other == 0:
                continue
            seen = 2
            if n_other == 0:
                seen = 1 if n_ref == 0 else (0 if n_alt == 0 else 3)
            if seen == 2:
                ratio = 0.0
            n_entries = add_read(
                i,
                ratio,
                seen,
                0,
                c + 1,
                flag,
                pos,
                end,
                mate,
                entry_of,
                stamp_of,
                entry_ratio,
                entry,
                n_entries,
            )
            if seen != 2:
                strand = (flag[i] >> 4) & 1
                histogram[c, (4 if is_tumor else 6) + strand, ratio_bin(ratio)] += 1
            if seen == 1:
                note_alternative_read(
                    i, first - pos[i], end[i] - stop, mapq[i], clipped, end_distances, statistic[c]
                )
        close_candidate(is_tumor, entry_ratio, entry, n_entries, end_distances, histogram[c], statistic[c])
