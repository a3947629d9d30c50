"""Counts of alleles at a place: those that the caller weighed, and those it never looked at."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from oncoloom.calling.alleles import Allele
from oncoloom.calling.candidate_evidence import CandidateEvidence
from oncoloom.calling.candidates import indel_alleles
from oncoloom.calling.evidence import ExaminedTile
from oncoloom.calling.look.model import AlleleCounts
from oncoloom.calling.look.pileup import read_bases, read_cigar
from oncoloom.calling.sample_reads import SampleReads
from oncoloom.kernels.arrays import BASES, EVENT_CLIP, EVENT_DELETION, EVENT_SNV, STATISTIC, USED


def shown_alleles(examined: ExaminedTile, start: int, end: int) -> dict[Allele, dict[str, NDArray[np.int64]]]:
    """Alleles that alignments show at [start, end), with the base qualities of their reads by role.

    Every read counts that the caller uses, from one on. A substitution's quality is that of its base; an
    indel's is that of the base before it. Indels are listed where their record would stand.
    """
    found: dict[Allele, dict[str, NDArray[np.int64]]] = {}
    for role, reads in zip(("tumor", "normal"), examined.reads, strict=True):
        if reads is None:
            continue
        for allele, index in _events_at(reads, examined, start, end).items():
            found.setdefault(allele, {})[role] = _qualities(reads, index)
    return found


def _events_at(reads: SampleReads, examined: ExaminedTile, start: int, end: int) -> dict[Allele, list[int]]:
    events = reads.events
    last = events.anchor + np.where(events.kind == EVENT_DELETION, events.value, 0)
    on = (events.kind != EVENT_CLIP) & (last >= start - 1) & (events.anchor < end)
    found: dict[Allele, list[int]] = {}
    for x in np.flatnonzero(on).tolist():
        if events.kind[x] == EVENT_SNV:
            if events.pos[x] < start:
                continue
            at = int(events.pos[x])
            present = int(examined.window.code[at - examined.window.start])
            allele = Allele(at, BASES[present], BASES[int(events.value[x])])
        else:
            (allele,) = indel_alleles(reads, examined.window, [x])
        found.setdefault(allele, []).append(x)
    return found


def _qualities(reads: SampleReads, index: Sequence[int]) -> NDArray[np.int64]:
    events, columns = reads.events, reads.columns
    at = np.array(index, np.int64)
    read = events.read[at]
    offset = events.offset[at].astype(np.int64)
    before = (events.kind[at] != EVENT_SNV) & (offset > 0)
    return columns.arena[columns.qual_at[read] + offset - before].astype(np.int64)


def allele_counts(
    weighed: CandidateEvidence, c: int, role: str, qualities: NDArray[np.int64] | None
) -> AlleleCounts:
    """Figures of candidate c in one sample."""
    row = (weighed.tumor if role == "tumor" else weighed.normal)[c]

    def figure(name: str) -> int:
        return int(row[STATISTIC[name]])

    depth = figure("ref") + figure("alt") + figure("other")
    reads = figure("alt_reads")
    seen = qualities if qualities is not None and qualities.size else None
    return AlleleCounts(
        depth=depth,
        ref=figure("ref"),
        alt=figure("alt"),
        other=figure("other"),
        ambiguous=figure("ambiguous"),
        af=round(figure("alt") / depth, 4) if depth else None,
        forward=figure("alt_forward"),
        reverse=figure("alt_reverse"),
        f1r2=figure("alt_f1r2"),
        f2r1=figure("alt_f2r1"),
        discordant=figure("discordant"),
        reads=0 if seen is None else int(seen.size),
        base_quality=None if seen is None else (int(seen.min()), int(np.median(seen)), int(seen.max())),
        supporting_reads=reads,
        mapq=round(figure("alt_mapq_sum") / reads, 1) if reads else None,
        clipped=figure("alt_clipped_reads"),
        starts=figure("alt_starts"),
        end_distance=figure("alt_end_distance") if figure("alt_end_distance") >= 0 else None,
        sampled=bool(figure("sampled")),
    )


def bases_on(reads: SampleReads, pos: int, min_base_quality: int) -> dict[str, int]:
    """Used reads over `pos` (0-based) by base; ``del``, ``skip``, and bases too poor to be evidence apart."""
    columns = reads.columns
    over = np.flatnonzero((reads.fate == USED) & (columns.pos <= pos) & (columns.end > pos))
    counted: Counter[str] = Counter()
    for i in over.tolist():
        counted[_shown_on(reads, i, pos, min_base_quality)] += 1
    order = [*BASES, "del", "skip", "low quality"]
    return {name: counted[name] for name in order if counted[name]}


def _shown_on(reads: SampleReads, i: int, pos: int, min_base_quality: int) -> str:
    at, q = int(reads.columns.pos[i]), 0
    for op, n in read_cigar(reads, i):
        if op in (0, 7, 8):
            if at <= pos < at + n:
                bases, quality = read_bases(reads, i)
                x = q + pos - at
                return BASES[int(bases[x])] if quality[x] >= min_base_quality else "low quality"
            at, q = at + n, q + n
        elif op in (2, 3):
            if at <= pos < at + n:
                return "del" if op == 2 else "skip"
            at += n
        elif op in (1, 4):
            q += n
    return "skip"
