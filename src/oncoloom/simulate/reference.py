"""The synthetic genome `oncoloom-demo-1`: a contig a cancer gene and two contigs without genes.

It does not depend on the seed of a simulation: one genome build, one sequence.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from oncoloom.simulate.facts import GeneFacts, demo_genes
from oncoloom.simulate.sequence import random_bases, random_coding_sequence, reverse_complement

GENOME_BUILD = "oncoloom-demo-1"
_GENOME_SEED = 20260101
_FLANK, _UTR5, _UTR3 = 900, 110, 180
_SPLICE_DONOR, _SPLICE_ACCEPTOR = "GTAAGT", "TTCTTTCCTGCAG"
_GENE_FREE = ("demo_MARK1", "demo_MARK2")
_MARKER_SPACING, _MARKERS_PER_CONTIG = 420, 34
_EXON_PADDING, _MERGE_GAP = 60, 120


@dataclass(frozen=True, slots=True)
class Microsatellite:
    """A planted tract: 0-based half-open, `unit` repeated."""

    contig: str
    start: int
    end: int
    unit: str


@dataclass(frozen=True, slots=True)
class GeneModel:
    """A gene on its contig.

    Attributes
    ----------
    exons
        Exons with their untranslated parts, 0-based half-open, ascending.
    cds
        Coding parts of the exons, 0-based half-open, ascending.
    cds_positions : (n_coding_bases,) int64
        Contig position of each coding base, in transcript order.
    """

    facts: GeneFacts
    contig: str
    exons: tuple[tuple[int, int], ...]
    cds: tuple[tuple[int, int], ...]
    cds_positions: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class DemoGenome:
    """Sequences and what lies on them.

    Attributes
    ----------
    sequences
        Contig to upper-case bases, in file order.
    targets
        Contig to the intervals that the simulated panel captures, 0-based half-open.
    """

    sequences: dict[str, str]
    genes: dict[str, GeneModel]
    microsatellites: tuple[Microsatellite, ...]
    targets: dict[str, tuple[tuple[int, int], ...]]


@cache
def demo_genome() -> DemoGenome:
    """Build the genome (0.3 s once a process; the same on every call)."""
    sequences: dict[str, str] = {}
    genes: dict[str, GeneModel] = {}
    repeats: list[Microsatellite] = []
    targets: dict[str, tuple[tuple[int, int], ...]] = {}
    for index, facts in enumerate(demo_genes()):
        rng = np.random.default_rng([_GENOME_SEED, index])
        contig = f"demo_{facts.symbol}"
        model, bases, found = _gene_contig(rng, facts, contig)
        sequences[contig], genes[facts.symbol] = bases, model
        repeats += found
        targets[contig] = _padded(model.exons, len(bases))
    for index, contig in enumerate(_GENE_FREE):
        rng = np.random.default_rng([_GENOME_SEED, 1000 + index])
        sequences[contig], found = _marker_contig(rng, contig)
        repeats += found
        centers = range(_FLANK, len(sequences[contig]) - _FLANK + 1, _MARKER_SPACING)
        targets[contig] = tuple((at - 100, at + 140) for at in centers)
    return DemoGenome(sequences, genes, tuple(repeats), targets)


def _gene_contig(
    rng: np.random.Generator, facts: GeneFacts, contig: str
) -> tuple[GeneModel, str, list[Microsatellite]]:
    """Lay a gene out in transcript direction, then turn it round if it lies on the minus strand."""
    n_codons = sum(facts.exon_lengths) // 3
    coding = random_coding_sequence(rng, n_codons, facts.hotspots)
    parts = [random_bases(rng, _FLANK), random_bases(rng, _UTR5)]
    at, used = _FLANK + _UTR5, 0
    cds: list[tuple[int, int]] = []
    repeats: list[tuple[int, int, str]] = []
    for number, length in enumerate(facts.exon_lengths):
        if number:
            intron, tract = _intron(rng, with_repeat=number % 5 == 2)
            if tract:
                repeats.append((at + tract[0], at + tract[1], tract[2]))
            parts.append(intron)
            at += len(intron)
        parts.append(coding[used : used + length])
        cds.append((at, at + length))
        used, at = used + length, at + length
    parts += [random_bases(rng, _UTR3), random_bases(rng, _FLANK)]
    bases = "".join(parts)
    exons = list(cds)
    exons[0] = (exons[0][0] - _UTR5, exons[0][1])
    exons[-1] = (exons[-1][0], exons[-1][1] + _UTR3)
    positions = np.concatenate([np.arange(start, end) for start, end in cds])
    if facts.strand == "-":
        n = len(bases)
        bases = reverse_complement(bases)
        exons, cds = _mirrored(exons, n), _mirrored(cds, n)
        positions = n - 1 - positions
        repeats = [(n - end, n - start, reverse_complement(unit)) for start, end, unit in reversed(repeats)]
    found = [Microsatellite(contig, start, end, unit) for start, end, unit in repeats]
    return GeneModel(facts, contig, tuple(exons), tuple(cds), positions), bases, found


def _mirrored(intervals: list[tuple[int, int]], length: int) -> list[tuple[int, int]]:
    return [(length - end, length - start) for start, end in reversed(intervals)]


def _intron(rng: np.random.Generator, *, with_repeat: bool) -> tuple[str, tuple[int, int, str] | None]:
    """An intron with its splice sites; a microsatellite, where asked for, within the panel's padding."""
    body = random_bases(rng, int(rng.integers(260, 400)))
    tract = None
    head = _SPLICE_DONOR
    if with_repeat:
        lead, repeat, unit = random_bases(rng, 12), *_tract(rng)
        lead = _fenced(lead, unit, before=True)
        start = len(head) + len(lead)
        tract = (start, start + len(repeat), unit)
        head += lead + repeat
        body = _fenced(body, unit, before=False)
    return head + body + _SPLICE_ACCEPTOR, tract


def _marker_contig(rng: np.random.Generator, contig: str) -> tuple[str, list[Microsatellite]]:
    """A contig without genes: a microsatellite every few hundred bases."""
    parts = [random_bases(rng, _FLANK)]
    at = _FLANK
    found = []
    for _ in range(_MARKERS_PER_CONTIG):
        repeat, unit = _tract(rng)
        filler = _fenced(random_bases(rng, _MARKER_SPACING - len(repeat)), unit, before=False)
        parts[-1] = _fenced(parts[-1], unit, before=True)
        parts += [repeat, filler]
        found.append(Microsatellite(contig, at, at + len(repeat), unit))
        at += _MARKER_SPACING
    parts.append(random_bases(rng, _FLANK))
    return "".join(parts), found


def _tract(rng: np.random.Generator) -> tuple[str, str]:
    """A mononucleotide (mostly A/T, 10 to 18) or dinucleotide (7 to 13 units) tract and its unit."""
    if rng.random() < 0.6:
        unit = "AATTATGC"[rng.integers(8)]
        return unit * int(rng.integers(10, 19)), unit
    unit = ("CA", "GT", "AG", "TC", "TA")[rng.integers(5)]
    return unit * int(rng.integers(7, 14)), unit


def _fenced(bases: str, unit: str, *, before: bool) -> str:
    """`bases` with its two bases next to a tract unlike the unit, so that the tract has a clear end."""
    other = next(base for base in "GCTA" if base not in unit)
    return bases[:-2] + other * 2 if before else other * 2 + bases[2:]


def _padded(intervals: tuple[tuple[int, int], ...], length: int) -> tuple[tuple[int, int], ...]:
    """Exons with padding, joined where little is left between them."""
    out: list[tuple[int, int]] = []
    for start, end in intervals:
        low, high = max(0, start - _EXON_PADDING), min(length, end + _EXON_PADDING)
        if out and low - out[-1][1] < _MERGE_GAP:
            out[-1] = (out[-1][0], high)
        else:
            out.append((low, high))
    return tuple(out)
