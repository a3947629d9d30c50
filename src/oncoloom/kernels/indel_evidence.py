"""Fragment likelihoods of indels: reads placed on the haplotypes that compete (`read_placement`)."""

import numpy as np
from numpy.typing import NDArray

from oncoloom.kernels.arrays import SAMPLED
from oncoloom.kernels.compiling import inlined, kernel
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
from oncoloom.kernels.haplotypes import HALF_WINDOW_BP, Haplotypes, lay_out_haplotypes, length_change
from oncoloom.kernels.machine_words import prefetch
from oncoloom.kernels.read_arrays import AlleleArrays, FragmentScratch, ReadArrays
from oncoloom.kernels.read_placement import (
    MAX_READ_BP,
    ReadBuffer,
    describe_alignment,
    unpack_costs,
    weigh_read,
)
from oncoloom.kernels.read_ratios import GIVEN, KEEP, LIST, ReadRatios, fits_poorly, keep_ratio

LONG_INSERTION_BP, LEAST_SPAN_BP, SPANNING_NATS = 25, 12, -6.0
AHEAD = 8  # reads whose bytes are asked for before their turn
CLIP_REACH_BP = 200  # how far aligned parts may lie from a site that their clipped bases reach


@inlined
def ratio_of_read(
    candidate: int,
    i: int,
    anchor: int,
    low: int,
    n_haplotypes: int,
    haplotypes: Haplotypes,
    reads: ReadArrays,
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
    plain = weigh_read(i, anchor, low, n_haplotypes, haplotypes, reads, cost_table, buffer)
    if ratios.mode[0] == KEEP:
        unpack_costs(i, reads, cost_table, buffer)
        poor = fits_poorly(buffer.fit[0], buffer.costs, buffer.frame[2], buffer.frame[3])
        keep_ratio(candidate, i, plain, poor, ratios)
    return plain


@inlined
def may_show(i: int, anchor: int, reads: ReadArrays) -> bool:
    """Whether read i lies over the site, or has clips (or gaps) that may."""
    return reads.n_cigar[i] != 1 or (reads.pos[i] <= anchor and reads.end[i] > anchor + 1)


@kernel
def indel_evidence(
    chosen: NDArray[np.int64],
    alleles: AlleleArrays,
    code: NDArray[np.uint8],
    window_start: int,
    reads: ReadArrays,
    longest: int,
    max_depth: int,
    is_tumor: bool,  # noqa: FBT001
    cost_table: NDArray[np.float32],
    doubt_table: NDArray[np.float32],
    scratch: FragmentScratch,
    haplotypes: Haplotypes,
    buffer: ReadBuffer,
    ratios: ReadRatios,
    rows: NDArray[np.int64],
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
    rows : (len(chosen),) int64
        Where in the outputs each candidate belongs.
    histogram : (m, 8, N_BINS) int32, statistic : (m, N_STATISTICS) int32
        Outputs; in these rows zero on entry in this sample's categories.
    """
    shape = buffer.shape
    for x in range(chosen.shape[0]):
        c, row = chosen[x], rows[x]
        anchor, slack, change = alleles.anchor[c], alleles.slack[c], length_change(alleles, c)
        if alleles.deleted[c] > 0 and change > -alleles.deleted[c]:
            slack = alleles.deleted[c]  # a block: its indels may be aligned anywhere in it
        low = max(window_start, anchor - HALF_WINDOW_BP)
        high = min(window_start + code.shape[0], anchor + alleles.deleted[c] + HALF_WINDOW_BP + 1)
        n_haplotypes = lay_out_haplotypes(c, low, high, alleles, code, window_start, haplotypes)
        first = first_read_from(reads.pos, anchor - longest - CLIP_REACH_BP)
        last = first_read_from(reads.pos, anchor + 1 + max(alleles.deleted[c], 1) + slack + CLIP_REACH_BP)
        covering = count_covering(reads, first, last, anchor, max_depth)
        statistic[row, SAMPLED] = 1 if covering > max_depth else 0
        n_entries = 0
        is_long = change >= LONG_INSERTION_BP
        reach = slack if is_long else 0  # a duplication's other end: reads clipped there show it, too
        n_spanning, spanning, k = 0, scratch.spanning, first
        while k < last + n_spanning:
            i = k if k < last else spanning[k - last]
            k += 1
            if k <= last:
                if k + AHEAD < last and may_show(k + AHEAD, anchor, reads):
                    # a tile's records do not fit into the cache
                    prefetch(reads.arena, reads.cigar_at[k + AHEAD])
                    prefetch(reads.arena, reads.seq_at[k + AHEAD] + 56)
                    prefetch(reads.arena, reads.qual_at[k + AHEAD] + max(0, anchor - reads.pos[k + AHEAD]))
                if reads.use[i] != 0 or reads.l_seq[i] > MAX_READ_BP:
                    continue
                if not may_show(i, anchor, reads):
                    continue
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
            histogram[row, (4 if is_tumor else 6) + strand, ratio_bin(ratio)] += 1
            if seen < 2:
                offset = max(0, min(reads.l_seq[i] - 1, anchor - reads.pos[i] + shape[0]))
                clipped = shape[0] + shape[1] > 0
                note_read(i, seen == 1, clipped, 0, shape[4], offset, reads, statistic[row])
            if seen == 1:
                left, right = anchor + 1 - reads.pos[i], reads.end[i] - anchor - 1 - slack
                note_end_distance(left, right, scratch)
        close_candidate(is_tumor, scratch, n_entries, histogram[row], statistic[row])
