"""Fragment likelihoods of indels: whole reads placed, without gaps, on the haplotypes that compete.

Against one haplotype an Illumina read is nearly always ungapped, so the best of a few placements replaces a
pair-HMM: anchored at the aligned start and at the aligned end, each with and without the haplotype's changes
of length. Clipped bases take part, so support is found in clipped and mis-gapped reads.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from oncoloom.kernels.arrays import SAMPLED
from oncoloom.kernels.bam_records_bytes import load_u64
from oncoloom.kernels.cigar import cigar_word
from oncoloom.kernels.fragments import (
    add_read,
    close_candidate,
    count_covering,
    first_read_from,
    keep_sampled,
    note_end_distance,
    note_read,
    ratio_bin,
)
from oncoloom.kernels.read_arrays import AlleleArrays, FragmentScratch, ReadArrays
from oncoloom.kernels.read_ratios import GIVEN, KEEP, LIST, ReadRatios, fits_poorly, keep_ratio

MAX_READ_BP = 1024  # longer reads are no evidence for indels
HALF_WINDOW_BP = 420
MOST_HAPLOTYPES = 22  # none, four rivals and their six pairs, without and with the candidate
LONG_INSERTION_BP, LEAST_SPAN_BP, SPANNING_NATS = 25, 12, -6.0
EIGHT_UNKNOWN = np.uint64(0x0404040404040404)  # the bit that tells N (4) from A, C, G, T (0 to 3)
CLIP_REACH_BP = 200  # how far aligned parts may lie from a site that their clipped bases reach


class Haplotypes(NamedTuple):
    """Room for the haplotypes of one candidate: all sets of at most two rivals, without it and with it.

    Attributes
    ----------
    bases : (MOST_HAPLOTYPES, m) uint8; length : (MOST_HAPLOTYPES,) int64
    shift : (MOST_HAPLOTYPES, 8) int64; n_shifts : (MOST_HAPLOTYPES,) int64
        By how much its alleles can displace a read: the different sums of their changes of length, 0 first.
    has_candidate : (MOST_HAPLOTYPES,) uint8
    """

    bases: NDArray[np.uint8]
    length: NDArray[np.int64]
    shift: NDArray[np.int64]
    n_shifts: NDArray[np.int64]
    has_candidate: NDArray[np.uint8]


class ReadBuffer(NamedTuple):
    """A read unpacked: base codes, cost of a mismatch by base, and its shape.

    shape : (6,) int64 of clipped bases left and right, summed length of its own indels at the site, flags:
    skips the site, shows an indel there, one of them has the candidate's length.
    frame : (5,) int64 of where its first base lies on a haplotype by its aligned start and by its aligned
    end, its bases without adapter [begin, stop), and the base over the site.
    fit : (1,) float64, penalty on the haplotype that it fits best.
    """

    bases: NDArray[np.uint8]
    costs: NDArray[np.float32]
    shape: NDArray[np.int64]
    frame: NDArray[np.int64]
    fit: NDArray[np.float64]


@njit(cache=True, nogil=True)
def build_haplotype(
    code: NDArray[np.uint8],
    window_start: int,
    low: int,
    high: int,
    applied: NDArray[np.int64],
    alleles: AlleleArrays,
    out: NDArray[np.uint8],
) -> int:
    """Write reference [low, high) with the alleles `applied` (left to right; -1 none); return its length."""
    n = 0
    at = low
    for c in applied:
        if c < 0:
            continue
        while at <= alleles.anchor[c]:
            out[n] = code[at - window_start]
            n += 1
            at += 1
        for u in range(alleles.inserted_at[c], alleles.inserted_at[c + 1]):
            out[n] = alleles.inserted[u]
            n += 1
        at += alleles.deleted[c]
    while at < high:
        out[n] = code[at - window_start]
        n += 1
        at += 1
    return n


@njit(cache=True, nogil=True)
def length_change(alleles: AlleleArrays, c: int) -> int:
    """Bases that allele c adds (negative: takes away)."""
    return alleles.inserted_at[c + 1] - alleles.inserted_at[c] - alleles.deleted[c]


@njit(cache=True, nogil=True)
def order_alleles(applied: NDArray[np.int64], alleles: AlleleArrays) -> bool:
    """Sort three alleles (-1 none, those first) from left to right; whether they can lie on one haplotype.

    They may touch, but not begin at one place: two insertions there are one other allele.
    """
    for turn in range(2):
        for u in range(2 - turn):
            x, y = applied[u], applied[u + 1]
            if y < 0 or (x >= 0 and alleles.anchor[y] < alleles.anchor[x]):
                applied[u], applied[u + 1] = y, x
    for u in range(2):
        x, y = applied[u], applied[u + 1]
        if x >= 0 and (
            alleles.anchor[x] + alleles.deleted[x] > alleles.anchor[y]
            or alleles.anchor[x] == alleles.anchor[y]
        ):
            return False
    return True


@njit(cache=True, nogil=True)
def list_shifts(applied: NDArray[np.int64], alleles: AlleleArrays, out: NDArray[np.int64]) -> int:
    """Write the different sums of the alleles' changes of length, 0 first; return how many there are."""
    out[0] = 0
    n = 1
    for c in applied:
        change = length_change(alleles, c) if c >= 0 else 0
        for u in range(n if change != 0 else 0):
            total = out[u] + change
            known = False
            for v in range(n):
                if out[v] == total:
                    known = True
            if not known:
                out[n] = total
                n += 1
    return n


@njit(cache=True, nogil=True)
def lay_out_haplotypes(
    c: int,
    low: int,
    high: int,
    alleles: AlleleArrays,
    code: NDArray[np.uint8],
    window_start: int,
    haplotypes: Haplotypes,
) -> int:
    """Fill the haplotypes that candidate c competes on over reference [low, high); return how many.

    Each set of none, one or two rivals that can lie on one haplotype makes one without and one with the
    candidate. What rebuilds the candidate's own haplotype (the parts of a block) is left out.
    """
    applied = np.empty(3, np.int64)
    first_rival, n_rivals = alleles.rival_at[c], alleles.rival_at[c + 1] - alleles.rival_at[c]
    n = 0
    for x in range(-1, n_rivals):
        for y in range(-1, max(x, 0)):
            for with_it in range(2):
                applied[0] = alleles.rival[first_rival + x] if x >= 0 else -1
                applied[1] = alleles.rival[first_rival + y] if y >= 0 else -1
                applied[2] = c if with_it else -1
                if not order_alleles(applied, alleles):
                    continue
                length = build_haplotype(code, window_start, low, high, applied, alleles, haplotypes.bases[n])
                if n > 1 and with_it == 0 and length == haplotypes.length[1]:
                    if (haplotypes.bases[n, :length] == haplotypes.bases[1, :length]).all():
                        continue
                haplotypes.length[n] = length
                haplotypes.n_shifts[n] = list_shifts(applied, alleles, haplotypes.shift[n])
                haplotypes.has_candidate[n] = with_it
                n += 1
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
        k = 0
        while k < n:
            if k + 8 <= n:  # eight equal bases cost one comparison
                i = pivot + k if forward else pivot - 8 - k
                x = at + i
                if x >= 0 and x + 8 <= n_haplotype:
                    eight = load_u64(bases, i)
                    if eight == load_u64(haplotype, x) and eight & EIGHT_UNKNOWN == np.uint64(0):
                        k += 8
                        continue
            last = min(k + 8, n)
            while k < last:
                i = pivot + k if forward else pivot - 1 - k
                x = at + i
                k += 1
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
    shift: NDArray[np.int64],
    n_shifts: int,
    bases: NDArray[np.uint8],
    costs: NDArray[np.float32],
    begin: int,
    stop: int,
    pivot: int,
    worst: float,
) -> float:
    """Lowest penalty over the placements at `left` and `right`, displaced by each of the shifts."""
    best = worst
    for u in range(2):
        at = left if u == 0 else right
        if u == 1 and right == left:
            break
        for v in range(n_shifts):
            penalty = placement_penalty(
                haplotype, n_haplotype, at + shift[v], bases, costs, begin, stop, pivot, v == 0, best
            )
            if penalty < best:
                best = penalty
    return best


@njit(cache=True, nogil=True)
def describe_alignment(
    i: int, anchor: int, slack: int, change: int, reads: ReadArrays, shape: NDArray[np.int64]
) -> None:
    """Fill `shape` (see `ReadBuffer`) from read i's CIGAR; the site is `anchor` and `slack` bases.

    `slack`: how far the change could be shifted, or the replaced bases of a block.
    """
    shape[:] = 0
    at = reads.pos[i]
    for k in range(reads.n_cigar[i]):
        word = cigar_word(reads.arena, reads.cigar_at[i] + 4 * k)
        op, n = word & 15, word >> 4
        if op == 4:
            shape[0 if at == reads.pos[i] and k <= 1 else 1] = n
        elif op == 1 or op == 2:
            if anchor - 1 <= at - 1 <= anchor + slack + 1:
                own = n if op == 1 else -n
                shape[2] += own
                shape[4] = 1
                if own == change:
                    shape[5] = 1
            if op == 2:
                at += n
        elif op == 3:
            if at <= anchor + 1 and at + n > anchor:
                shape[3] = 1
            at += n
        elif op == 0 or op == 7 or op == 8:
            at += n


@njit(cache=True, nogil=True)
def unpack_read(
    i: int,
    anchor: int,
    low: int,
    reads: ReadArrays,
    nibble_to_code: NDArray[np.uint8],
    cost_table: NDArray[np.float32],
    buffer: ReadBuffer,
) -> None:
    """Fill bases, costs and frame of the buffer with read i, whose shape is there.

    low: reference position of the haplotypes' first base.
    """
    begin, stop = 0, reads.l_seq[i]
    insert = abs(reads.template_length[i])
    if (reads.flag[i] & 0x2) and 0 < insert < reads.l_seq[i]:  # the read goes on into the adapter
        if reads.flag[i] & 0x10:
            begin = reads.l_seq[i] - insert
        else:
            stop = insert
    seq, qual = reads.seq_at[i], reads.qual_at[i]
    for u in range(begin, stop):  # unsigned indexes: no wrap-around test
        byte = np.int64(reads.arena[np.uintp(seq + (u >> 1))])
        buffer.bases[u] = nibble_to_code[np.uintp(byte >> 4 if (u & 1) == 0 else byte & 15)]
        buffer.costs[u] = cost_table[np.uintp(min(reads.arena[np.uintp(qual + u)], 93))]
    left = reads.pos[i] - buffer.shape[0] - low
    buffer.frame[0] = left
    buffer.frame[1] = reads.end[i] + buffer.shape[1] - reads.l_seq[i] - low
    buffer.frame[2] = begin
    buffer.frame[3] = stop
    buffer.frame[4] = max(begin, min(stop, anchor + 1 - low - left))


@njit(cache=True, nogil=True)
def weigh_read(
    i: int,
    anchor: int,
    low: int,
    n_haplotypes: int,
    haplotypes: Haplotypes,
    reads: ReadArrays,
    nibble_to_code: NDArray[np.uint8],
    cost_table: NDArray[np.float32],
    buffer: ReadBuffer,
) -> float:
    """Penalty of the best haplotype without the candidate minus that of the best with it, for read i."""
    unpack_read(i, anchor, low, reads, nibble_to_code, cost_table, buffer)
    frame = buffer.frame
    left, right, begin, stop, pivot = frame[0], frame[1], frame[2], frame[3], frame[4]
    best_with, best_without = 400.0, 400.0
    for h in range(n_haplotypes):
        known = best_with if haplotypes.has_candidate[h] else best_without
        penalty = best_penalty(
            haplotypes.bases[h],
            haplotypes.length[h],
            left,
            right,
            haplotypes.shift[h],
            haplotypes.n_shifts[h],
            buffer.bases,
            buffer.costs,
            begin,
            stop,
            pivot,
            min(known, min(best_with, best_without) + 14.0),  # beyond the cap nothing changes
        )
        if haplotypes.has_candidate[h]:
            best_with = min(best_with, penalty)
        else:
            best_without = min(best_without, penalty)
    buffer.fit[0] = min(best_with, best_without)
    return best_without - best_with


@njit(cache=True, nogil=True)
def ratio_of_read(
    candidate: int,
    i: int,
    anchor: int,
    low: int,
    n_haplotypes: int,
    haplotypes: Haplotypes,
    reads: ReadArrays,
    nibble_to_code: NDArray[np.uint8],
    cost_table: NDArray[np.float32],
    buffer: ReadBuffer,
    ratios: ReadRatios,
) -> float:
    """As `weigh_read`, or the ratio that is given; kept, or only listed, where `ratios` says so."""
    if ratios.mode[0] == GIVEN:
        ratios.seen[0] += 1
        return ratios.ratio[ratios.seen[0] - 1]
    if ratios.mode[0] == LIST:
        keep_ratio(candidate, i, 0.0, True, ratios)  # noqa: FBT003
        return 0.0
    plain = weigh_read(i, anchor, low, n_haplotypes, haplotypes, reads, nibble_to_code, cost_table, buffer)
    if ratios.mode[0] == KEEP:
        poor = fits_poorly(buffer.fit[0], buffer.costs, buffer.frame[2], buffer.frame[3])
        keep_ratio(candidate, i, plain, poor, ratios)
    return plain


@njit(cache=True, nogil=True)
def indel_evidence(
    chosen: NDArray[np.int64],
    alleles: AlleleArrays,
    code: NDArray[np.uint8],
    window_start: int,
    reads: ReadArrays,
    longest: int,
    max_depth: int,
    is_tumor: bool,  # noqa: FBT001
    nibble_to_code: NDArray[np.uint8],
    cost_table: NDArray[np.float32],
    doubt_table: NDArray[np.float32],
    scratch: FragmentScratch,
    haplotypes: Haplotypes,
    buffer: ReadBuffer,
    ratios: ReadRatios,
    histogram: NDArray[np.int32],
    statistic: NDArray[np.int32],
) -> None:
    """Fill histograms and counts of indel candidates in one sample.

    `chosen` alleles are scored, each against the reference and its rivals:
    ``l = best(with the candidate) - best(without)``. A read whose alignment shows an indel of another length
    there is no support.

    cost_table : (94,) float32
        Penalty of a mismatch by base quality, nats.
    doubt_table : (N_BINS, 256) float32
        Log ratio after mapping doubt by [bin of the plain ratio, MAPQ].
    ratios
        How the reads' ratios are come by, see `read_ratios`.
    histogram : (len(chosen), 8, N_BINS) int32, statistic : (len(chosen), N_STATISTICS) int32
        Outputs, zero on entry in this sample's categories.
    """
    shape = buffer.shape
    for x in range(chosen.shape[0]):
        c = chosen[x]
        anchor, slack, change = alleles.anchor[c], alleles.slack[c], length_change(alleles, c)
        if alleles.deleted[c] > 0 and change > -alleles.deleted[c]:
            slack = alleles.deleted[c]  # a block: its indels may be aligned anywhere in it
        low = max(window_start, anchor - HALF_WINDOW_BP)
        high = min(window_start + code.shape[0], anchor + alleles.deleted[c] + HALF_WINDOW_BP + 1)
        n_haplotypes = lay_out_haplotypes(c, low, high, alleles, code, window_start, haplotypes)
        first = first_read_from(reads.pos, anchor - longest - CLIP_REACH_BP)
        last = first_read_from(reads.pos, anchor + 1 + max(alleles.deleted[c], 1) + slack + CLIP_REACH_BP)
        covering = count_covering(reads, first, last, anchor, max_depth)
        statistic[x, SAMPLED] = 1 if covering > max_depth else 0
        n_entries = 0
        is_long = change >= LONG_INSERTION_BP
        reach = slack if is_long else 0  # a duplication's other end: reads clipped there show it, too
        spanning = np.empty(last - first if is_long else 0, np.int64)
        n_spanning, k = 0, first
        while k < last + n_spanning:
            i = k if k < last else spanning[k - last]
            k += 1
            if k <= last:
                if reads.use[i] != 0 or reads.l_seq[i] > MAX_READ_BP:
                    continue
                if reads.n_cigar[i] == 1 and (reads.pos[i] > anchor or reads.end[i] <= anchor + 1):
                    continue  # no clips, and not over the site
                if covering > max_depth and not keep_sampled(reads.name[i], covering, max_depth):
                    continue
            describe_alignment(i, anchor, slack, change, reads, shape)
            if shape[3] or reads.pos[i] - shape[0] > anchor + reach or reads.end[i] + shape[1] <= anchor + 1:
                continue
            if k <= last:
                plain = ratio_of_read(
                    x,
                    i,
                    anchor,
                    low,
                    n_haplotypes,
                    haplotypes,
                    reads,
                    nibble_to_code,
                    cost_table,
                    buffer,
                    ratios,
                )
                if is_long and abs(plain) < 1.0:
                    if reads.pos[i] + LEAST_SPAN_BP <= anchor + 1 and reads.end[i] > anchor + LEAST_SPAN_BP:
                        spanning[n_spanning] = i
                        n_spanning += 1
                        continue
                    if reads.pos[i] - shape[0] > anchor:
                        continue  # within the duplicated bases: not over the site
            else:
                # It fits both: a duplicated stretch has both of the reference's junctions, too. Beside a mate
                # that shows the insertion it says nothing; alone it counts as reference.
                j = reads.mate[i]
                if j >= 0 and scratch.stamp_of[j] == x + 1 and scratch.entry_ratio[scratch.entry_of[j]] > 1.0:
                    continue
                plain = SPANNING_NATS
            ratio = float(doubt_table[ratio_bin(plain), reads.mapq[i]])
            other_length = shape[4] and not shape[5] and shape[2] != change
            if other_length:
                ratio = min(ratio, 0.0)
            seen = 3
            if ratio > 1.0:
                seen = 1
            elif other_length:
                seen = 2
            elif ratio < -1.0:
                seen = 0
            n_entries = add_read(i, ratio, seen, x + 1, reads, scratch, n_entries)
            strand = (reads.flag[i] >> 4) & 1
            histogram[x, (4 if is_tumor else 6) + strand, ratio_bin(ratio)] += 1
            if seen < 2:
                offset = max(0, min(reads.l_seq[i] - 1, anchor - reads.pos[i] + shape[0]))
                clipped = shape[0] + shape[1] > 0
                note_read(i, seen == 1, clipped, 0, shape[4], offset, reads, statistic[x])
            if seen == 1:
                left, right = anchor + 1 - reads.pos[i], reads.end[i] - anchor - 1 - slack
                note_end_distance(left, right, scratch)
        close_candidate(is_tumor, scratch, n_entries, histogram[x], statistic[x])
