"""Fragment likelihoods of indels: whole reads placed, without gaps, on the haplotypes that compete.

Against one haplotype an Illumina read is nearly always ungapped, so the best of a few placements replaces a
pair-HMM: anchored at the aligned start and at the aligned end, each with and without the haplotype's changes
of length. Clipped bases take part, so support is found in clipped and mis-gapped reads.
"""

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

MAX_HAPLOTYPES = (
    10  # reference, candidate, and for up to 4 competitors: alone, and together with the candidate
)
HALF_WINDOW = 420


@njit(cache=True, nogil=True)
def build_haplotype(
    code: NDArray[np.uint8],
    window_start: int,
    low: int,
    high: int,
    first: int,
    second: int,
    anchor: NDArray[np.int64],
    deleted: NDArray[np.int64],
    inserted_at: NDArray[np.int64],
    inserted: NDArray[np.uint8],
    out: NDArray[np.uint8],
) -> int:
    """Write reference [low, high) with up to two alleles applied (-1 none, `first` left of `second`).

    Returns the haplotype's length.
    """
    n = 0
    at = low
    for turn in range(2):
        c = first if turn == 0 else second
        if c < 0:
            continue
        while at <= anchor[c]:
            out[n] = code[at - window_start]
            n += 1
            at += 1
        for u in range(inserted_at[c], inserted_at[c + 1]):
            out[n] = inserted[u]
            n += 1
        at += deleted[c]
    while at < high and n < out.shape[0]:
        out[n] = code[at - window_start]
        n += 1
        at += 1
    return n


@njit(cache=True, nogil=True)
def placement_penalty(
    haplotype: NDArray[np.uint8],
    n_haplotype: int,
    at: int,
    bases: NDArray[np.uint8],
    costs: NDArray[np.float32],
    begin: int,
    stop: int,
    pivot: int,
    rightwards: bool,  # noqa: FBT001
    worst: float,
) -> float:
    """Penalty (nats) of read bases [begin, stop) placed without a gap so that base 0 lies at `at`.

    Begins at read base `pivot` and goes to one end (`rightwards` or not) before it does the other part: where
    a placement is wrong, the mismatches are met at once. Stops above `worst`. A base outside the haplotype
    costs 1, one against an N (or an N itself) 1.4.
    """
    penalty = 0.0
    for part in range(2):
        forward = rightwards == (part == 0)
        n = stop - pivot if forward else pivot - begin
        for k in range(n):
            i = pivot + k if forward else pivot - 1 - k
            x = at + i
            if x < 0 or x >= n_haplotype:
                penalty += 1.0
            else:
                base, other = bases[np.uintp(i)], haplotype[np.uintp(x)]  # unsigned: no wrap-around test
                if base == other and base < 4:
                    continue
                penalty += 1.4 if base > 3 or other > 3 else costs[np.uintp(i)]
            if penalty > worst:
                return penalty
    return penalty


@njit(cache=True, nogil=True)
def best_penalty(
    haplotype: NDArray[np.uint8],
    n_haplotype: int,
    left: int,
    right: int,
    change_1: int,
    change_2: int,
    bases: NDArray[np.uint8],
    costs: NDArray[np.float32],
    begin: int,
    stop: int,
    pivot: int,
    worst: float,
) -> float:
    """Lowest penalty over the placements at `left` and `right`, with and without the length changes."""
    best = worst
    for u in range(2):
        at = left if u == 0 else right
        if u == 1 and right == left:
            break
        for mask in range(4):
            if (mask & 1 and change_1 == 0) or (mask & 2 and change_2 == 0):
                continue
            delta = (change_1 if mask & 1 else 0) + (change_2 if mask & 2 else 0)
            if mask == 3 and delta == 0:
                continue
            penalty = placement_penalty(
                haplotype, n_haplotype, at + delta, bases, costs, begin, stop, pivot, mask == 0, best
            )
            if penalty < best:
                best = penalty
    return best


@njit(cache=True, nogil=True)
def indel_evidence(
    chosen: NDArray[np.int64],
    anchor: NDArray[np.int64],
    deleted: NDArray[np.int64],
    inserted_at: NDArray[np.int64],
    inserted: NDArray[np.uint8],
    slack: NDArray[np.int32],
    rival_at: NDArray[np.int64],
    rival: NDArray[np.int64],
    code: NDArray[np.uint8],
    window_start: int,
    use: NDArray[np.uint8],
    pos: NDArray[np.int32],
    end: NDArray[np.int32],
    flag: NDArray[np.uint16],
    mapq: NDArray[np.uint8],
    n_cigar: NDArray[np.uint16],
    l_seq: NDArray[np.int32],
    cigar_at: NDArray[np.int64],
    seq_at: NDArray[np.int64],
    qual_at: NDArray[np.int64],
    arena: NDArray[np.uint8],
    template_length: NDArray[np.int32],
    name: NDArray[np.int64],
    mate: NDArray[np.int32],
    longest: int,
    max_depth: int,
    is_tumor: bool,  # noqa: FBT001
    nibble_to_code: NDArray[np.uint8],
    cost_table: NDArray[np.float32],
    doubt_table: NDArray[np.float32],
    entry_of: NDArray[np.int32],
    stamp_of: NDArray[np.int32],
    entry_ratio: NDArray[np.float64],
    entry: NDArray[np.int32],
    end_distances: NDArray[np.int32],
    histogram: NDArray[np.int32],
    statistic: NDArray[np.int32],
) -> None:
    """Fill histograms and counts of indel candidates in one sample.

    All alleles of the neighborhood are given (`anchor`, `deleted`, `inserted`); those of `chosen` are scored,
    each against the reference and its rivals (``rival[rival_at[c]:rival_at[c + 1]]``, at most 4):
    ``l = best(with the candidate) - best(without)``.

    cost_table : (94,) float32
        Penalty of a mismatch by base quality, nats.
    doubt_table : (261, 256) float32
        Log ratio after mapping doubt by [bin of the plain ratio, MAPQ].
    histogram : (len(chosen), 8, N_BINS) int32, statistic : (len(chosen), N_STATISTICS) int32
        Outputs, zero on entry in this sample's categories.
    """
    n_rooms = 10
    size = 2 * 420 + 600
    haplotypes = np.empty((n_rooms, size), np.uint8)
    lengths = np.zeros(n_rooms, np.int64)
    changes = np.zeros((n_rooms, 2), np.int64)
    with_candidate = np.zeros(n_rooms, np.uint8)
    bases = np.empty(1024, np.uint8)
    costs = np.empty(1024, np.float32)
    for x in range(chosen.shape[0]):
        c = chosen[x]
        low = max(window_start, anchor[c] - 420)
        high = min(window_start + code.shape[0], anchor[c] + deleted[c] + 421)
        n_haplotypes = 0
        for room in range(2 + 2 * (rival_at[c + 1] - rival_at[c])):
            first, second = -1, -1
            if room == 1:
                first = c
            elif room > 1:
                g = rival[rival_at[c] + (room - 2) // 2]
                if room % 2 == 0:
                    first = g
                else:
                    first, second = (g, c) if anchor[g] < anchor[c] else (c, g)
                    if anchor[first] + deleted[first] >= anchor[second]:
                        continue  # these two alleles cannot lie on one haplotype
            lengths[n_haplotypes] = build_haplotype(
                code,
                window_start,
                low,
                high,
                first,
                second,
                anchor,
                deleted,
                inserted_at,
                inserted,
                haplotypes[n_haplotypes],
            )
            changes[n_haplotypes, 0] = 0
            changes[n_haplotypes, 1] = 0
            if first >= 0:
                changes[n_haplotypes, 0] = inserted_at[first + 1] - inserted_at[first] - deleted[first]
            if second >= 0:
                changes[n_haplotypes, 1] = inserted_at[second + 1] - inserted_at[second] - deleted[second]
            with_candidate[n_haplotypes] = 1 if room == 1 or (room > 1 and room % 2 == 1) else 0
            n_haplotypes += 1
        change = inserted_at[c + 1] - inserted_at[c] - deleted[c]
        site_end = anchor[c] + 1 + max(deleted[c], 1)
        from_read = first_read_from(pos, anchor[c] - longest - 200)
        to_read = first_read_from(pos, site_end + slack[c] + 200)
        covering = 0
        if to_read - from_read > max_depth:
            for i in range(from_read, to_read):
                if use[i] == 0 and pos[i] <= anchor[c] and end[i] > anchor[c]:
                    covering += 1
        sampling = covering > max_depth
        statistic[x, 19] = 1 if sampling else 0
        n_entries = 0
        for i in range(from_read, to_read):
            if use[i] != 0 or l_seq[i] > 1024:
                continue
            if n_cigar[i] == 1 and (pos[i] > anchor[c] or end[i] <= anchor[c] + 1):
                continue  # no clips, and not over the site
            if sampling and not keep_sampled(name[i], covering, max_depth):
                continue
            lead, trail, skips, own, agrees, shown = 0, 0, False, 0, False, False
            at = pos[i]
            for k in range(n_cigar[i]):
                word = cigar_word(arena, cigar_at[i] + 4 * k)
                op = word & 15
                n = word >> 4
                if op == 4:
                    if at == pos[i] and k <= 1:
                        lead = n
                    else:
                        trail = n
                elif op == 3:
                    if at <= anchor[c] + 1 and at + n > anchor[c]:
                        skips = True
                    at += n
                elif op == 1 or op == 2:
                    if at - 1 >= anchor[c] - 1 and at - 1 <= anchor[c] + slack[c] + 1:
                        own += n if op == 1 else -n
                        shown = True
                        agrees = agrees or (n if op == 1 else -n) == change
                    if op == 2:
                        at += n
                elif op == 0 or op == 7 or op == 8:
                    at += n
            left_end = pos[i] - lead
            right_end = end[i] + trail
            if skips or left_end > anchor[c] or right_end <= anchor[c] + 1:
                continue
            begin, stop = 0, l_seq[i]
            if (flag[i] & 0x2) and 0 < abs(template_length[i]) < l_seq[i]:  # reads on into the adapter
                if flag[i] & 0x10:
                    begin = l_seq[i] - abs(template_length[i])
                else:
                    stop = abs(template_length[i])
            seq, qual = seq_at[i], qual_at[i]
            for u in range(begin, stop):
                byte = np.int64(arena[np.uintp(seq + (u >> 1))])
                bases[u] = nibble_to_code[np.uintp(byte >> 4 if (u & 1) == 0 else byte & 15)]
                costs[u] = cost_table[np.uintp(min(arena[np.uintp(qual + u)], 93))]
            left = left_end - low
            pivot = max(begin, min(stop, anchor[c] + 1 - left_end))
            right = right_end - l_seq[i] - low
            best_with, best_without = 400.0, 400.0
            for h in range(n_haplotypes):
                known = best_with if with_candidate[h] else best_without
                worst = min(known, min(best_with, best_without) + 14.0)
                penalty = best_penalty(
                    haplotypes[h],
                    lengths[h],
                    left,
                    right,
                    changes[h, 0],
                    changes[h, 1],
                    bases,
                    costs,
                    begin,
                    stop,
                    pivot,
                    worst,
                )
                if with_candidate[h]:
                    best_with = min(best_with, penalty)
                else:
                    best_without = min(best_without, penalty)
            plain = best_without - best_with
            ratio = float(doubt_table[ratio_bin(plain), mapq[i]])
            other_length = shown and not agrees and own != change
            if other_length:
                ratio = min(ratio, 0.0)  # the alignment shows another length: no support for this one
            seen = 3
            if ratio > 1.0:
                seen = 1
            elif other_length:
                seen = 2
            elif ratio < -1.0:
                seen = 0
            n_entries = add_read(
                i,
                ratio,
                seen,
                0,
                x + 1,
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
            strand = (flag[i] >> 4) & 1
            histogram[x, (4 if is_tumor else 6) + strand, ratio_bin(ratio)] += 1
            if seen == 1:
                note_alternative_read(
                    i,
                    anchor[c] + 1 - pos[i],
                    end[i] - anchor[c] - 1 - slack[c],
                    mapq[i],
                    lead + trail > 0,
                    end_distances,
                    statistic[x],
                )
        close_candidate(is_tumor, entry_ratio, entry, n_entries, end_distances, histogram[x], statistic[x])
