"""Fragment likelihoods of substitutions (SNV, MNV) from the bases that alignments put on them."""

import numpy as np
from numpy.typing import NDArray

from oncoloom.kernels.arrays import ALT_QUALITY_SUM, SAMPLED
from oncoloom.kernels.cigar import cigar_word
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
from oncoloom.kernels.haplotypes import HALF_WINDOW_BP, Haplotypes, lay_out_haplotypes
from oncoloom.kernels.machine_words import prefetch
from oncoloom.kernels.read_arrays import AlleleArrays, FragmentScratch, ReadArrays
from oncoloom.kernels.read_placement import MAX_READ_BP, ReadBuffer, describe_alignment, weigh_read

AHEAD = 8  # reads whose bytes are asked for before their turn: a tile's records do not fit into the cache


@kernel
def substitution_evidence(
    start: NDArray[np.int32],
    length: NDArray[np.int32],
    alt_at: NDArray[np.int64],
    alt: NDArray[np.uint8],
    code: NDArray[np.uint8],
    window_start: int,
    reads: ReadArrays,
    longest: int,
    min_quality: int,
    max_depth: int,
    is_tumor: bool,  # noqa: FBT001
    nibble_to_code: NDArray[np.uint8],
    read_table: NDArray[np.float32],
    contested: NDArray[np.int64],
    alleles: AlleleArrays,
    cost_table: NDArray[np.float32],
    doubt_table: NDArray[np.float32],
    haplotypes: Haplotypes,
    buffer: ReadBuffer,
    scratch: FragmentScratch,
    rows: NDArray[np.int64],
    histogram: NDArray[np.int32],
    statistic: NDArray[np.int32],
) -> None:
    """Fill histograms and counts of substitution candidates in one sample.

    Candidate c replaces `length[c]` reference bases from `start[c]` by ``alt[alt_at[c]:alt_at[c + 1]]``; only
    positions that differ count. A read's ratio is the sum over the differing bases it covers, each by its
    quality and the read's MAPQ (`read_table`, see `arrays.read_likelihood_table`). Bases below `min_quality`
    and clipped bases are no evidence.

    Where `contested[c]` is not -1, it is the candidate's index in `alleles`, and bases speak for it no more
    than haplotypes do: one that a rival explains as well says nothing, one that it explains better speaks
    against the candidate. (Bases that speak against it stand: a duplicated stretch has room for both.)
    `cost_table`, `doubt_table`, `haplotypes` and `buffer` are those of `indel_evidence`.

    rows : (n,) int64
        Where in the outputs each candidate belongs.
    histogram : (m, 8, N_BINS) int32, statistic : (m, N_STATISTICS) int32
        Outputs; in these rows zero on entry in this sample's categories.
    """
    shown = scratch.shown
    for c in range(start.shape[0]):
        row, first = rows[c], start[c]
        stop = first + length[c]
        low = first_read_from(reads.pos, first - longest)
        high = first_read_from(reads.pos, stop)
        covering = count_covering(reads, low, high, first, max_depth)
        statistic[row, SAMPLED] = 1 if covering > max_depth else 0
        change = alt[alt_at[c] : alt_at[c + 1]]
        reference = code[first - window_start : stop - window_start]
        n_entries = 0
        me = contested[c]
        n_haplotypes, left_end = 0, 0
        if me >= 0:
            left_end = max(window_start, first - 1 - HALF_WINDOW_BP)
            right_end = min(window_start + code.shape[0], stop + HALF_WINDOW_BP)
            n_haplotypes = lay_out_haplotypes(
                me, left_end, right_end, alleles, code, window_start, haplotypes
            )
        for i in range(low, high):
            ask_for_base(i + AHEAD, first, high, reads)
            if reads.use[i] != 0 or reads.end[i] <= first:
                continue
            if covering > max_depth and not keep_sampled(reads.name[i], covering, max_depth):
                continue
            ratio = read_substitution(
                i, first, change, reference, reads, min_quality, nibble_to_code, read_table, shown
            )
            if shown[0] + shown[1] + shown[2] == 0:
                continue
            seen = 2
            if shown[2] == 0:
                seen = 1 if shown[0] == 0 else (0 if shown[1] == 0 else 3)
            if seen == 2:
                ratio = 0.0
            elif me >= 0 and ratio > 0.0 and reads.l_seq[i] <= MAX_READ_BP:
                describe_alignment(i, first - 1, 0, 0, reads, buffer.shape)
                plain = weigh_read(
                    i,
                    first - 1,
                    left_end,
                    n_haplotypes,
                    haplotypes,
                    reads,
                    cost_table,
                    buffer,
                )
                ratio = min(ratio, float(doubt_table[ratio_bin(plain), reads.mapq[i]]))
                if seen == 1 and ratio <= 1.0:
                    seen = 3
            n_entries = add_read(i, ratio, seen, c + 1, reads, scratch, n_entries)
            if seen != 2:
                strand = (reads.flag[i] >> 4) & 1
                histogram[row, (4 if is_tumor else 6) + strand, ratio_bin(ratio)] += 1
            if seen < 2:
                note_read(i, seen == 1, shown[3] > 0, shown[1], 0, shown[4], reads, statistic[row])
            if seen == 1:
                statistic[row, ALT_QUALITY_SUM] += shown[5] // shown[1]
                note_end_distance(first - reads.pos[i], reads.end[i] - stop, scratch)
        close_candidate(is_tumor, scratch, n_entries, histogram[row], statistic[row])


@inlined
def ask_for_base(i: int, at: int, n_reads: int, reads: ReadArrays) -> None:
    """Ask for the cache lines in which read i has its CIGAR, and base and quality at reference place `at`."""
    if i < n_reads:
        offset = max(at - reads.pos[i], 0)
        prefetch(reads.arena, reads.cigar_at[i])
        prefetch(reads.arena, reads.seq_at[i] + (offset >> 1))
        prefetch(reads.arena, reads.qual_at[i] + offset)


@inlined
def read_substitution(
    i: int,
    first: int,
    change: NDArray[np.uint8],
    reference: NDArray[np.uint8],
    reads: ReadArrays,
    min_quality: int,
    nibble_to_code: NDArray[np.uint8],
    read_table: NDArray[np.float32],
    shown: NDArray[np.int64],
) -> float:
    """Log ratio of read i for a change of the bases from `first`; what it shows goes into `shown`.

    shown : (6,) int64
        Overwritten: positions with the reference, the alternative, another base or none; 1 if clipped; the
        read's last base that counted; summed quality of alternative bases.
    """
    shown[:] = 0
    ratio = 0.0
    stop = first + reference.shape[0]
    at, q = int(reads.pos[i]), 0
    for k in range(reads.n_cigar[i]):
        word = cigar_word(reads.arena, reads.cigar_at[i] + 4 * k)
        op, n = word & 15, word >> 4
        if op == 0 or op == 7 or op == 8:
            for p in range(max(first, at), min(stop, at + n)):
                wanted, present = change[p - first], reference[p - first]
                offset = q + p - at
                quality = min(reads.arena[reads.qual_at[i] + offset], 93)
                if wanted == present or quality < min_quality:
                    continue
                byte = np.int64(reads.arena[reads.seq_at[i] + (offset >> 1)])
                base = nibble_to_code[byte >> 4 if (offset & 1) == 0 else byte & 15]
                if base > 3:  # an N says nothing, whatever its quality
                    continue
                shown[4] = offset
                transition = 1 if (wanted ^ present) == 2 else 0
                if base == wanted:
                    ratio += read_table[1, transition, quality, reads.mapq[i]]
                    shown[1] += 1
                    shown[5] += quality
                elif base == present:
                    ratio += read_table[0, transition, quality, reads.mapq[i]]
                    shown[0] += 1
                else:
                    shown[2] += 1
            at += n
            q += n
        elif op == 1 or op == 4:
            q += n
            if op == 4:
                shown[3] = 1
        elif op == 2 or op == 3:
            if op == 2 and max(first, at) < min(stop, at + n):
                shown[2] += 1
            at += n
    return ratio
