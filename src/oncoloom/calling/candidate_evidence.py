"""Likelihood histograms and counts of a tile's candidates, in both samples."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from oncoloom.calling.alleles import Allele, codes_of
from oncoloom.calling.options import CallOptions
from oncoloom.calling.sample_reads import ReferenceWindow, SampleReads
from oncoloom.calling.settle import reads_fit_assembly
from oncoloom.calling.slippage import indel_context
from oncoloom.kernels.arrays import (
    N_BINS,
    N_CATEGORIES,
    N_STATISTICS,
    STATISTIC,
    bin_centers,
    read_likelihood_table,
    with_mapping_doubt,
)
from oncoloom.kernels.indel_alleles import right_slack
from oncoloom.kernels.indel_evidence import (
    HALF_WINDOW_BP,
    MAX_READ_BP,
    Haplotypes,
    ReadBuffer,
    indel_evidence,
)
from oncoloom.kernels.read_arrays import AlleleArrays
from oncoloom.kernels.read_scan import NIBBLE_TO_CODE
from oncoloom.kernels.substitution_evidence import substitution_evidence

RIVAL_DISTANCE_BP = 60
MOST_RIVALS = 4
LEAST_RIVAL_FRAGMENTS = 3
LEAST_RIVAL_SHARE = 0.15
LEAST_NEIGHBOR_FRAGMENTS = 2

READ_TABLE = read_likelihood_table()
DOUBT_TABLE = with_mapping_doubt(bin_centers()[:, None], np.arange(256)[None, :]).astype(np.float32)
_QUALITY = np.arange(94, dtype=np.float64)
_ERROR = np.minimum(10.0 ** (-_QUALITY / 10.0), 0.75)
COST_TABLE = np.maximum(np.log((1.0 - _ERROR) * 3.0 / _ERROR), 0.0).astype(np.float32)


@dataclass(frozen=True, slots=True)
class CandidateEvidence:
    """What the reads say of each candidate of a tile.

    Attributes
    ----------
    alleles : list of Allele
    histogram : (n, N_CATEGORIES, N_BINS) int32
    tumor, normal : (n, N_STATISTICS) int32
        Counts; see `kernels.arrays.STATISTICS`.
    unit : (n,) int32; units, slippage_rate : (n,) float64
        Repeat context; 0 for substitutions.
    """

    alleles: list[Allele]
    histogram: NDArray[np.int32]
    tumor: NDArray[np.int32]
    normal: NDArray[np.int32]
    unit: NDArray[np.int32]
    units: NDArray[np.float64]
    slippage_rate: NDArray[np.float64]


def weigh_candidates(
    alleles: list[Allele],
    window: ReferenceWindow,
    tumor: SampleReads | None,
    normal: SampleReads | None,
    options: CallOptions,
    *,
    assembled: Collection[Allele] = (),
) -> CandidateEvidence:
    """Score candidates (sorted) in the samples that are there.

    `assembled` ones, which no alignment shows, compete with the substitutions around them, too.
    """
    n = len(alleles)
    evidence = CandidateEvidence(
        alleles,
        np.zeros((n, N_CATEGORIES, N_BINS), np.int32),
        np.zeros((n, N_STATISTICS), np.int32),
        np.zeros((n, N_STATISTICS), np.int32),
        np.zeros(n, np.int32),
        np.zeros(n, np.float64),
        np.zeros(n, np.float64),
    )
    if not n:
        return evidence
    is_indel = np.array([allele.is_indel for allele in alleles])
    samples = [
        (reads, role == 0, (evidence.tumor, evidence.normal)[role])
        for role, reads in enumerate((tumor, normal))
        if reads is not None
    ]
    substitutions = np.flatnonzero(~is_indel)
    indels = np.flatnonzero(is_indel)
    for reads, is_tumor, counts in samples:
        _weigh_substitutions(substitutions, evidence, window, reads, is_tumor, counts, options)
    if indels.size:
        beside = _substitutions_beside(alleles, substitutions, assembled)
        _weigh_indels(indels, beside, evidence, window, samples, options, assembled)
    for _, _, counts in samples:
        counts[:, STATISTIC["neighbors"]] = count_neighbors(alleles, counts[:, STATISTIC["alt"]])
    return evidence


def count_neighbors(alleles: list[Allele], support: NDArray[np.int32]) -> NDArray[np.int64]:
    """(n,) other alleles (sorted) with two fragments that begin within 60 bp of each."""
    pos = np.array([one.pos for one in alleles], np.int64)
    # Longer spans would look beyond what a tile sees around itself.
    end = np.minimum(np.array([one.end for one in alleles], np.int64), pos + RIVAL_DISTANCE_BP)
    seen = np.concatenate([[0], np.cumsum(support >= LEAST_NEIGHBOR_FRAGMENTS)])
    low = np.searchsorted(pos, pos - RIVAL_DISTANCE_BP, side="left")
    high = np.searchsorted(pos, end - 1 + RIVAL_DISTANCE_BP, side="right")
    return np.asarray(seen[high] - seen[low] - (support >= LEAST_NEIGHBOR_FRAGMENTS))


def _substitutions_beside(
    alleles: list[Allele], substitutions: NDArray[np.int64], assembled: Collection[Allele]
) -> NDArray[np.int64]:
    """Indexes of substitutions that may be rivals of assembled alleles."""
    if not assembled:
        return substitutions[:0]
    pos = np.array([alleles[c].pos for c in substitutions.tolist()], np.int64)
    near = np.zeros(len(pos), bool)
    for one in assembled:
        low, high = np.searchsorted(pos, [one.pos - RIVAL_DISTANCE_BP, one.end + RIVAL_DISTANCE_BP])
        near[low:high] = True
    return substitutions[near]


def _weigh_substitutions(
    index: NDArray[np.int64],
    evidence: CandidateEvidence,
    window: ReferenceWindow,
    reads: SampleReads,
    is_tumor: bool,  # noqa: FBT001
    counts: NDArray[np.int32],
    options: CallOptions,
) -> None:
    if not index.size:
        return
    chosen = [evidence.alleles[c] for c in index.tolist()]
    alt = np.concatenate([codes_of(allele.alt) for allele in chosen])
    borders = np.concatenate([[0], np.cumsum([len(allele.alt) for allele in chosen])]).astype(np.int64)
    histogram = np.zeros((len(chosen), N_CATEGORIES, N_BINS), np.int32)
    statistic = np.zeros((len(chosen), N_STATISTICS), np.int32)
    reads.scratch.stamp_of[:] = 0
    substitution_evidence(
        np.array([allele.pos for allele in chosen], np.int32),
        np.array([len(allele.ref) for allele in chosen], np.int32),
        borders,
        alt,
        window.code,
        window.start,
        reads.arrays,
        reads.longest,
        options.min_base_quality,
        options.max_depth,
        is_tumor,
        NIBBLE_TO_CODE,
        READ_TABLE,
        reads.scratch,
        histogram,
        statistic,
    )
    evidence.histogram[index] += histogram
    counts[index] = statistic


def indel_arrays(alleles: Sequence[Allele], window: ReferenceWindow) -> AlleleArrays:
    """Indels (sorted) as the arrays that kernels take, without rivals."""
    shared = [1 if allele.ref[0] == allele.alt[0] else 0 for allele in alleles]
    anchor = np.array([one.pos + s - 1 for one, s in zip(alleles, shared, strict=True)], np.int64)
    deleted = np.array([len(one.ref) - s for one, s in zip(alleles, shared, strict=True)], np.int64)
    pieces = [codes_of(one.alt[s:]) for one, s in zip(alleles, shared, strict=True)]
    borders = np.concatenate([[0], np.cumsum([len(piece) for piece in pieces])]).astype(np.int64)
    inserted = np.concatenate([*pieces, np.empty(0, np.uint8)])
    slack = np.zeros(len(alleles), np.int32)
    right_slack(anchor, deleted, borders, inserted, window.code, window.start, slack)
    nobody = np.zeros(len(alleles) + 1, np.int64)
    return AlleleArrays(anchor, deleted, borders, inserted, slack, nobody, np.empty(0, np.int64))


def _weigh_indels(
    index: NDArray[np.int64],
    beside: NDArray[np.int64],
    evidence: CandidateEvidence,
    window: ReferenceWindow,
    samples: Sequence[tuple[SampleReads, bool, NDArray[np.int32]]],
    options: CallOptions,
    assembled: Collection[Allele],
) -> None:
    everyone = np.union1d(index, beside)  # the substitutions `beside` are rivals only
    alleles = [evidence.alleles[c] for c in everyone.tolist()]
    table = indel_arrays(alleles, window)
    own = np.searchsorted(everyone, index)
    for c, x in zip(index.tolist(), own.tolist(), strict=True):
        context = indel_context(alleles[x], int(table.slack[x]))
        evidence.unit[c], evidence.units[c], evidence.slippage_rate[c] = context
    first = _run_indels(own, table, window, samples, options)
    support = np.asarray(sum(counts[everyone, STATISTIC["alt"]] for _, _, counts in samples))
    support[own] = sum(statistic[:, STATISTIC["alt"]] for _, statistic in first)
    if assembled:
        change = np.array([len(alleles[x].alt) - len(alleles[x].ref) for x in own], np.int64)
        mine = np.array([alleles[x] in assembled for x in own], bool)
        fits = reads_fit_assembly(np.asarray(sum(statistic for _, statistic in first)), change)
        support[own[mine & ~fits]] = 0  # no rival of others
    borders, rivals = choose_rivals(table.anchor, table.deleted, support)
    again = np.flatnonzero(np.diff(borders)[own])
    second = []
    if again.size:
        contested = table._replace(rival_at=borders, rival=rivals)
        second = _run_indels(own[again], contested, window, samples, options)
    for turn, (_, _, counts) in enumerate(samples):
        histogram, statistic = first[turn]
        if again.size:
            histogram[again], statistic[again] = second[turn]
        evidence.histogram[index] += histogram
        counts[index] = statistic


def choose_rivals(
    anchor: NDArray[np.int64], deleted: NDArray[np.int64], support: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """For each indel the neighbours it must compete with: borders (n + 1,) and indexes.

    A neighbour lies within 60 bp or inside the span, has >= 3 supporting fragments and >= 15 % of the
    candidate's support; at most the four best supported count.
    """
    borders, chosen = [0], []
    for c in range(anchor.shape[0]):
        low = np.searchsorted(anchor, anchor[c] - RIVAL_DISTANCE_BP)
        high = np.searchsorted(anchor, anchor[c] + deleted[c] + RIVAL_DISTANCE_BP, side="right")
        near = [
            g
            for g in range(int(low), int(high))
            if g != c and support[g] >= LEAST_RIVAL_FRAGMENTS and support[g] >= LEAST_RIVAL_SHARE * support[c]
        ]
        near.sort(key=lambda g: (-int(support[g]), g))
        chosen.extend(near[:MOST_RIVALS])
        borders.append(len(chosen))
    return np.array(borders, np.int64), np.array(chosen, np.int64)


def _run_indels(
    chosen: NDArray[np.int64],
    table: AlleleArrays,
    window: ReferenceWindow,
    samples: Sequence[tuple[SampleReads, bool, NDArray[np.int32]]],
    options: CallOptions,
) -> list[tuple[NDArray[np.int32], NDArray[np.int32]]]:
    size = 2 * HALF_WINDOW_BP + 2 + int(table.deleted.max() + 2 * np.diff(table.inserted_at).max())
    n = 2 + 2 * MOST_RIVALS
    haplotypes = Haplotypes(
        np.empty((n, size), np.uint8),
        np.zeros(n, np.int64),
        np.zeros((n, 2), np.int64),
        np.zeros(n, np.uint8),
    )
    buffer = ReadBuffer(
        np.empty(MAX_READ_BP, np.uint8), np.empty(MAX_READ_BP, np.float32), np.zeros(6, np.int64)
    )
    out = []
    for reads, is_tumor, _ in samples:
        histogram = np.zeros((chosen.shape[0], N_CATEGORIES, N_BINS), np.int32)
        statistic = np.zeros((chosen.shape[0], N_STATISTICS), np.int32)
        reads.scratch.stamp_of[:] = 0
        indel_evidence(
            chosen,
            table,
            window.code,
            window.start,
            reads.arrays,
            reads.longest,
            options.max_depth,
            is_tumor,
            NIBBLE_TO_CODE,
            COST_TABLE,
            DOUBT_TABLE,
            reads.scratch,
            haplotypes,
            buffer,
            histogram,
            statistic,
        )
        out.append((histogram, statistic))
    return out
