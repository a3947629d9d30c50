"""Likelihood histograms and counts of a tile's candidates, in both samples."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from oncoloom.calling.alleles import Allele, AllelePlaces, codes_of, places_of
from oncoloom.calling.indel_batches import IndelLoop, ReadWeighing, run_loop
from oncoloom.calling.options import CallOptions
from oncoloom.calling.rivals import RIVAL_DISTANCE_BP, choose_rivals
from oncoloom.calling.sample_reads import ReferenceWindow, SampleReads
from oncoloom.calling.settle import reads_fit_assembly
from oncoloom.calling.slippage import indel_context
from oncoloom.calling.strand_misreading import without_misreadings
from oncoloom.kernels.arrays import (
    N_BINS,
    N_CATEGORIES,
    N_STATISTICS,
    NORMAL_FORWARD,
    NORMAL_FRAGMENTS,
    NORMAL_REVERSE,
    STATISTIC,
    TUMOR_F1R2,
    TUMOR_F2R1,
    TUMOR_FORWARD,
    TUMOR_REVERSE,
    TUMOR_UNORIENTED,
    bin_centers,
    read_likelihood_table,
    with_mapping_doubt,
)
from oncoloom.kernels.haplotypes import HALF_WINDOW_BP, MOST_HAPLOTYPES, Haplotypes
from oncoloom.kernels.indel_alleles import right_slack
from oncoloom.kernels.indel_evidence import indel_evidence
from oncoloom.kernels.read_arrays import AlleleArrays
from oncoloom.kernels.read_placement import MAX_READ_BP, ReadBuffer
from oncoloom.kernels.read_ratios import ReadRatios
from oncoloom.kernels.read_scan import NIBBLE_TO_CODE
from oncoloom.kernels.sparse_cells import clear_categories
from oncoloom.kernels.substitution_evidence import substitution_evidence

LEAST_NEIGHBOR_FRAGMENTS = 2

TUMOR_CATEGORIES = np.array([TUMOR_F1R2, TUMOR_F2R1, TUMOR_UNORIENTED, TUMOR_FORWARD, TUMOR_REVERSE])
NORMAL_CATEGORIES = np.array([NORMAL_FRAGMENTS, NORMAL_FORWARD, NORMAL_REVERSE])
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
    alleles : list of Allele; places : AllelePlaces
    histogram : (n, N_CATEGORIES, N_BINS) int32
    tumor, normal : (n, N_STATISTICS) int32
        Counts; see `kernels.arrays.STATISTICS`.
    unit : (n,) int32; units, slippage_rate : (n,) float64
        Repeat context; 0 for substitutions.
    """

    alleles: list[Allele]
    places: AllelePlaces
    histogram: NDArray[np.int32]
    tumor: NDArray[np.int32]
    normal: NDArray[np.int32]
    unit: NDArray[np.int32]
    units: NDArray[np.float64]
    slippage_rate: NDArray[np.float64]


class _Sample(NamedTuple):
    reads: SampleReads
    is_tumor: bool
    counts: NDArray[np.int32]


class _Scoring(NamedTuple):
    """What every turn of scoring works on."""

    evidence: CandidateEvidence
    window: ReferenceWindow
    samples: Sequence[_Sample]
    options: CallOptions
    weighing: ReadWeighing


def weigh_candidates(
    alleles: list[Allele],
    window: ReferenceWindow,
    tumor: SampleReads | None,
    normal: SampleReads | None,
    options: CallOptions,
    *,
    assembled: Collection[Allele] = (),
    weighing: ReadWeighing = ReadWeighing(),  # noqa: B008 - frozen
) -> CandidateEvidence:
    """Score candidates (sorted) in the samples that are there.

    Each alone at first, against the reference; those with rivals (see `choose_rivals`) then again, on the
    haplotypes that they and their rivals make; and once more without rivals that are what one strand makes
    of them (see `without_misreadings`). `assembled`: alleles that no alignment shows, which are rivals only
    where their reads are those of a true one.
    """
    n, places = len(alleles), places_of(alleles)
    evidence = CandidateEvidence(
        alleles,
        places,
        np.zeros((n, N_CATEGORIES, N_BINS), np.int32),
        np.zeros((n, N_STATISTICS), np.int32),
        np.zeros((n, N_STATISTICS), np.int32),
        np.zeros(n, np.int32),
        np.zeros(n, np.float64),
        np.zeros(n, np.float64),
    )
    if not n:
        return evidence
    samples = [
        _Sample(reads, role == 0, (evidence.tumor, evidence.normal)[role])
        for role, reads in enumerate((tumor, normal))
        if reads is not None
    ]
    is_indel = places.change != 0
    substitutions, indels = np.flatnonzero(~is_indel), np.flatnonzero(is_indel)
    table = allele_arrays([alleles[c] for c in indels.tolist()], window)
    for c, slack in zip(indels.tolist(), table.slack.tolist(), strict=True):
        context = indel_context(alleles[c], slack)
        evidence.unit[c], evidence.units[c], evidence.slippage_rate[c] = context
    nobody = np.full(len(substitutions), -1, np.int64)
    scoring = _Scoring(evidence, window, samples, options, weighing)
    _weigh_substitutions(substitutions, nobody, table, scoring)
    _weigh_indels(indels, np.arange(len(indels)), table, scoring)
    _weigh_contested(scoring, assembled)
    for sample in samples:
        counts = sample.counts
        counts[:, STATISTIC["neighbors"]] = count_neighbors(places, counts[:, STATISTIC["alt"]])
    return evidence


def _weigh_contested(scoring: _Scoring, assembled: Collection[Allele]) -> None:
    """Score what has rivals again, against them. Their support is what the first turn found."""
    evidence = scoring.evidence
    alleles, places = evidence.alleles, evidence.places
    counts = evidence.tumor + evidence.normal
    support = counts[:, STATISTIC["alt"]].astype(np.int64)
    unseen = np.array([one in assembled for one in alleles], bool) if assembled else None
    if unseen is not None:
        mine = np.flatnonzero(unseen)
        support[mine[~reads_fit_assembly(counts[mine], places.change[mine])]] = 0
    borders, rivals = choose_rivals(places, support, unseen)
    contested = np.flatnonzero(np.diff(borders))
    if not contested.size:
        return
    _weigh_against(contested, borders, rivals, scoring)
    counts = evidence.tumor + evidence.normal
    misread, borders, rivals = without_misreadings(counts, borders, rivals)
    if misread.size:
        _weigh_against(misread, borders, rivals, scoring)


def _weigh_against(
    contested: NDArray[np.int64],
    borders: NDArray[np.int64],
    rivals: NDArray[np.int64],
    scoring: _Scoring,
) -> None:
    """Score these candidates against their rivals; nobody else in `borders` may have any."""
    evidence = scoring.evidence
    everyone = np.union1d(contested, rivals)
    place = np.searchsorted(everyone, rivals)
    sizes = np.diff(borders)[everyone]  # rivals of the uncontested are nobody
    table = allele_arrays([evidence.alleles[c] for c in everyone.tolist()], scoring.window)
    table = table._replace(rival_at=np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64), rival=place)
    is_indel = evidence.places.change[contested] != 0
    indels, substitutions = contested[is_indel], contested[~is_indel]
    own = np.searchsorted(everyone, substitutions)
    _weigh_substitutions(substitutions, own, table, scoring)
    own = np.searchsorted(everyone, indels)
    _weigh_indels(indels, own, table, scoring)


def count_neighbors(places: AllelePlaces, support: NDArray[np.int32]) -> NDArray[np.int64]:
    """(n,) other alleles (sorted) with two fragments that begin within 60 bp of each."""
    pos = places.pos
    # Longer spans would look beyond what a tile sees around itself.
    end = np.minimum(places.end, pos + RIVAL_DISTANCE_BP)
    seen = np.concatenate([[0], np.cumsum(support >= LEAST_NEIGHBOR_FRAGMENTS)])
    low = np.searchsorted(pos, pos - RIVAL_DISTANCE_BP, side="left")
    high = np.searchsorted(pos, end - 1 + RIVAL_DISTANCE_BP, side="right")
    return np.asarray(seen[high] - seen[low] - (support >= LEAST_NEIGHBOR_FRAGMENTS))


def _weigh_substitutions(
    index: NDArray[np.int64],
    contested: NDArray[np.int64],
    table: AlleleArrays,
    scoring: _Scoring,
) -> None:
    """Score substitutions; `contested`: their indexes in `table`, -1 to score one by its bases alone."""
    if not index.size:
        return
    evidence, window, samples, options, _ = scoring
    chosen = [evidence.alleles[c] for c in index.tolist()]
    alt = codes_of("".join([allele.alt for allele in chosen]))
    borders = np.concatenate([[0], np.cumsum([len(allele.alt) for allele in chosen])]).astype(np.int64)
    haplotypes, buffer = room_for(table)
    for sample in samples:
        if (contested >= 0).any():
            _clear(index, evidence, sample)
        sample.reads.scratch.stamp_of[:] = 0
        substitution_evidence(
            np.array([allele.pos for allele in chosen], np.int32),
            np.array([len(allele.ref) for allele in chosen], np.int32),
            borders,
            alt,
            window.code,
            window.start,
            sample.reads.arrays,
            sample.reads.longest,
            options.min_base_quality,
            options.max_depth,
            sample.is_tumor,
            NIBBLE_TO_CODE,
            READ_TABLE,
            contested,
            table,
            COST_TABLE,
            DOUBT_TABLE,
            haplotypes,
            buffer,
            sample.reads.scratch,
            index,
            evidence.histogram,
            sample.counts,
        )


def _clear(index: NDArray[np.int64], evidence: CandidateEvidence, sample: _Sample) -> None:
    """Forget what an earlier turn found for these candidates in one sample."""
    own = TUMOR_CATEGORIES if sample.is_tumor else NORMAL_CATEGORIES
    clear_categories(index, own, evidence.histogram)
    sample.counts[index] = 0


def allele_arrays(alleles: Sequence[Allele], window: ReferenceWindow) -> AlleleArrays:
    """Alleles (sorted) as the arrays that kernels take, without rivals."""
    shared = [1 if ref[0] == alt[0] else 0 for _, ref, alt in alleles]
    anchor = np.array([pos + s - 1 for (pos, _, _), s in zip(alleles, shared, strict=True)], np.int64)
    deleted = np.array([len(ref) - s for (_, ref, _), s in zip(alleles, shared, strict=True)], np.int64)
    pieces = [alt[s:] for (_, _, alt), s in zip(alleles, shared, strict=True)]
    borders = np.concatenate([[0], np.cumsum([len(piece) for piece in pieces])]).astype(np.int64)
    inserted = codes_of("".join(pieces))
    slack = np.zeros(len(alleles), np.int32)
    right_slack(anchor, deleted, borders, inserted, window.code, window.start, slack)
    nobody = np.zeros(len(alleles) + 1, np.int64)
    return AlleleArrays(anchor, deleted, borders, inserted, slack, nobody, np.empty(0, np.int64))


def room_for(table: AlleleArrays) -> tuple[Haplotypes, ReadBuffer]:
    """Room for the haplotypes of any allele of the table, and for a read."""
    longest = int(table.deleted.max(initial=0)), int(np.diff(table.inserted_at).max(initial=0))
    haplotypes = Haplotypes(
        np.empty((MOST_HAPLOTYPES, 2 * HALF_WINDOW_BP + 2 + longest[0] + 3 * longest[1]), np.uint8),
        np.zeros(MOST_HAPLOTYPES, np.int64),
        np.zeros((MOST_HAPLOTYPES, 8), np.int64),
        np.zeros(MOST_HAPLOTYPES, np.int64),
        np.zeros(MOST_HAPLOTYPES, np.uint8),
        np.zeros(3, np.int64),
    )
    buffer = ReadBuffer(
        np.empty(MAX_READ_BP, np.uint8),
        np.empty(MAX_READ_BP, np.float32),
        np.zeros(6, np.int64),
        np.zeros(5, np.int64),
        np.zeros(1),
    )
    return haplotypes, buffer


def _weigh_indels(
    index: NDArray[np.int64],
    chosen: NDArray[np.int64],
    table: AlleleArrays,
    scoring: _Scoring,
) -> None:
    """Score indels on haplotypes; `chosen`: their indexes in `table`."""
    if not index.size:
        return
    evidence, window, samples, options, weighing = scoring
    haplotypes, buffer = room_for(table)
    for sample in samples:

        def run(ratios: ReadRatios, sample: _Sample = sample) -> None:
            _clear(index, evidence, sample)
            sample.reads.scratch.stamp_of[:] = 0
            indel_evidence(
                chosen,
                table,
                window.code,
                window.start,
                sample.reads.arrays,
                sample.reads.longest,
                options.max_depth,
                sample.is_tumor,
                COST_TABLE,
                DOUBT_TABLE,
                sample.reads.scratch,
                haplotypes,
                buffer,
                ratios,
                index,
                evidence.histogram,
                sample.counts,
            )

        loop = IndelLoop(chosen, table, window, sample.reads, haplotypes, buffer, COST_TABLE, run)
        run_loop(loop, weighing)
