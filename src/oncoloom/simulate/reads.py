"""Reads of one sample: fragments of its molecules, sequenced and laid on the reference."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from oncoloom.simulate.alignments import DELETION, INSERTION, MATCH, SOFT_CLIP, Cigar, align
from oncoloom.simulate.bam import Alignments
from oncoloom.simulate.damage import deaminated, slipped
from oncoloom.simulate.haplotypes import Haplotype
from oncoloom.simulate.library import (
    READ_LENGTH,
    capture_profile,
    draw_fragments,
    gc_bias,
    mean_copies,
)
from oncoloom.simulate.reference import DemoGenome, demo_genome
from oncoloom.simulate.sequencer import add_errors, other_base, quality_pool

_DUPLICATES, _LOW_MAPQ = 0.07, 0.012
_NOISE_SEED, _NOISY_SITES_PER_KB = 20260104, 0.12


@dataclass(frozen=True, slots=True)
class Library:
    """How a sample was made: mean depth in reads over the targets, FFPE factor (0 = fresh)."""

    depth: float
    ffpe: float


@dataclass(slots=True)
class _Rows:
    """Reads of one molecule kind before errors; `left` rows first, then the right mates in the same order."""

    bases: NDArray[np.uint8]
    pos: NDArray[np.int32]
    cigar: NDArray[np.int32]
    first_is_left: NDArray[np.bool_]
    duplicate: NDArray[np.bool_]


class _Cigars:
    """CIGARs by number; 0 is the read that matches throughout."""

    def __init__(self) -> None:
        self.known: dict[Cigar, int] = {((MATCH, READ_LENGTH),): 0}

    def number(self, cigar: Cigar) -> int:
        return self.known.setdefault(cigar, len(self.known))


@cache
def noisy_sites() -> dict[str, list[tuple[int, bool, int, float]]]:
    """Sites where the sequencer errs on one strand, whatever the sample: place, reverse, base step, rate."""
    rng = np.random.default_rng(_NOISE_SEED)
    out = {}
    for contig, sequence in demo_genome().sequences.items():
        n = int(rng.poisson(_NOISY_SITES_PER_KB * len(sequence) / 1000))
        places = np.sort(rng.choice(len(sequence), n, replace=False))
        out[contig] = [
            (int(place), bool(rng.random() < 0.5), int(rng.integers(1, 4)), float(rng.uniform(0.02, 0.12)))
            for place in places
        ]
    return out


def simulate_reads(
    rng: np.random.Generator, genome: DemoGenome, molecules: dict[str, list[Haplotype]], library: Library
) -> Alignments:
    """All reads of a sample.

    Parameters
    ----------
    molecules
        Contig to the kinds of molecules there (:func:`oncoloom.simulate.haplotypes.tumor_haplotypes`).
    """
    profile = capture_profile(genome)
    strength = float(rng.uniform(0.05, 0.35))
    per_base = library.depth / (2 * READ_LENGTH) / mean_copies(molecules, genome)
    cigars = _Cigars()
    pools = [quality_pool(rng, READ_LENGTH, second=second) for second in (False, True)]
    parts = []
    for index, (contig, sequence) in enumerate(genome.sequences.items()):
        weights = profile[contig] * gc_bias(sequence, strength)
        rows = [
            _molecule_rows(rng, genome, contig, haplotype, weights, per_base, library, cigars)
            for haplotype in molecules[contig]
        ]
        parts.append(_sequenced(rng, genome, contig, index, _joined(rows), pools, cigars))
    return _concatenated(parts, list(cigars.known))


def _molecule_rows(
    rng: np.random.Generator,
    genome: DemoGenome,
    contig: str,
    haplotype: Haplotype,
    weights: NDArray[np.float64],
    per_base: float,
    library: Library,
    cigars: _Cigars,
) -> _Rows:
    """Reads of one molecule kind, molecules that slipped or were damaged among them, duplicates last."""
    fragments = draw_fragments(rng, haplotype, weights, per_base)
    tracts = [tract for tract in genome.microsatellites if tract.contig == contig]
    changed = slipped(rng, haplotype, fragments, tracts)
    changed |= deaminated(rng, haplotype, fragments, library.ffpe)
    reference = np.frombuffer(genome.sequences[contig].encode(), dtype=np.uint8)
    left = _gathered(haplotype, reference, fragments.start, cigars)
    right = _gathered(haplotype, reference, fragments.end - READ_LENGTH, cigars)
    for index, molecule in changed.items():
        for (bases, pos, cigar), start in (
            (left, 0),
            (right, len(molecule.bases) - READ_LENGTH),
        ):
            bases[index] = molecule.bases[start : start + READ_LENGTH]
            pos[index], shape = align(molecule, reference, start, READ_LENGTH)
            cigar[index] = cigars.number(shape)
    again = np.flatnonzero(rng.random(len(fragments.start)) < _DUPLICATES)
    rows = np.concatenate([np.arange(len(fragments.start)), again])
    duplicate = np.arange(len(rows)) >= len(fragments.start)
    return _Rows(
        np.concatenate([left[0][rows], right[0][rows]]),
        np.concatenate([left[1][rows], right[1][rows]]),
        np.concatenate([left[2][rows], right[2][rows]]),
        fragments.first_is_left[rows],
        duplicate,
    )


def _gathered(
    haplotype: Haplotype, reference: NDArray[np.uint8], starts: NDArray[np.int64], cigars: _Cigars
) -> tuple[NDArray[np.uint8], NDArray[np.int32], NDArray[np.int32]]:
    """Bases, positions and CIGAR numbers of the reads that begin at `starts` of a haplotype."""
    bases = haplotype.bases[starts[:, None] + np.arange(READ_LENGTH)]
    pos = haplotype.places[starts].copy()
    cigar = np.zeros(len(starts), dtype=np.int32)
    broken = np.concatenate(([0], np.cumsum(np.diff(haplotype.places) != 1)))
    odd = np.flatnonzero((broken[starts + READ_LENGTH - 1] != broken[starts]) | (pos < 0))
    seen: dict[int, tuple[int, int]] = {}
    for row in odd:
        start = int(starts[row])
        if start not in seen:
            place, shape = align(haplotype, reference, start, READ_LENGTH)
            seen[start] = (place, cigars.number(shape))
        pos[row], cigar[row] = seen[start]
    return bases, pos, cigar


def _joined(rows: list[_Rows]) -> _Rows:
    """Several molecule kinds as one, left reads first."""

    def mates(name: str) -> NDArray[np.generic]:
        halves = [np.split(getattr(part, name), 2) for part in rows]
        return np.concatenate([half[0] for half in halves] + [half[1] for half in halves])

    return _Rows(
        mates("bases"),  # type: ignore[arg-type]
        mates("pos"),  # type: ignore[arg-type]
        mates("cigar"),  # type: ignore[arg-type]
        np.concatenate([part.first_is_left for part in rows]),
        np.concatenate([part.duplicate for part in rows]),
    )


def _sequenced(
    rng: np.random.Generator,
    genome: DemoGenome,
    contig: str,
    contig_index: int,
    rows: _Rows,
    pools: list[NDArray[np.uint8]],
    cigars: _Cigars,
) -> Alignments:
    """Add qualities, noisy sites and errors; set flags, mates and edit distances."""
    n = len(rows.first_is_left)
    is_right = np.arange(2 * n) >= n
    is_first = np.concatenate([rows.first_is_left, ~rows.first_is_left])
    quals = np.empty_like(rows.bases)
    for number, pool in enumerate(pools):
        for reverse in (False, True):
            here = np.flatnonzero((is_first == (number == 0)) & (is_right == reverse))
            drawn = pool[rng.integers(len(pool), size=len(here))]
            quals[here] = drawn[:, ::-1] if reverse else drawn
    _add_site_noise(rng, contig, rows, is_right, quals)
    add_errors(rng, rows.bases, quals)
    shapes = list(cigars.known)
    spans = np.array([sum(k for op, k in shape if op in (MATCH, DELETION)) for shape in shapes])
    end = rows.pos + spans[rows.cigar]
    template = (end[n:] - rows.pos[:n]).astype(np.int32)
    flag = np.where(is_right, 0x3 | 0x10, 0x3 | 0x20) | np.where(is_first, 0x40, 0x80)
    flag |= np.where(np.concatenate([rows.duplicate, rows.duplicate]), 0x400, 0)
    mapq = np.where(rng.random(2 * n) < _LOW_MAPQ, rng.integers(0, 59, 2 * n), 60)
    reference = np.frombuffer(genome.sequences[contig].encode(), dtype=np.uint8)
    return Alignments(
        bases=rows.bases,
        quals=quals,
        contig=np.full(2 * n, contig_index, dtype=np.int32),
        pos=rows.pos,
        mate_pos=np.concatenate([rows.pos[n:], rows.pos[:n]]),
        template_length=np.concatenate([template, -template]),
        flag=flag.astype(np.uint16),
        mapq=mapq.astype(np.uint8),
        cigar=rows.cigar,
        edits=_edit_distances(rows, reference, shapes),
        name=np.concatenate([np.arange(n), np.arange(n)]),
        cigars=[],
    )


def _add_site_noise(
    rng: np.random.Generator,
    contig: str,
    rows: _Rows,
    is_right: NDArray[np.bool_],
    quals: NDArray[np.uint8],
) -> None:
    for place, reverse, step, rate in noisy_sites()[contig]:
        column = place - rows.pos
        here = (rows.cigar == 0) & (is_right == reverse) & (column >= 0) & (column < READ_LENGTH)
        hit = np.flatnonzero(here & (rng.random(len(here)) < rate))
        rows.bases[hit, column[hit]] = other_base(rows.bases[hit, column[hit]], np.full(len(hit), step))
        quals[hit, column[hit]] = np.minimum(quals[hit, column[hit]], rng.choice([12, 23], len(hit)))


def _edit_distances(rows: _Rows, reference: NDArray[np.uint8], shapes: list[Cigar]) -> NDArray[np.int32]:
    """Mismatches plus inserted and deleted bases of each read (tag NM)."""
    out = np.zeros(len(rows.pos), dtype=np.int32)
    for number in np.unique(rows.cigar):
        here = np.flatnonzero(rows.cigar == number)
        read_at = reference_at = gaps = 0
        mismatches = np.zeros(len(here), dtype=np.int32)
        for operation, length in shapes[number]:
            if operation == MATCH:
                columns = np.arange(length)
                expected = reference[(rows.pos[here] + reference_at)[:, None] + columns]
                mismatches += (rows.bases[here, read_at : read_at + length] != expected).sum(axis=1)
            gaps += length * (operation in (INSERTION, DELETION))
            read_at += length * (operation in (MATCH, INSERTION, SOFT_CLIP))
            reference_at += length * (operation in (MATCH, DELETION))
        out[here] = mismatches + gaps
    return out


def _concatenated(parts: list[Alignments], cigars: list[Cigar]) -> Alignments:
    names, offset = [], 0
    for part in parts:
        names.append(part.name + offset)
        offset += len(part.name) // 2
    fields = (
        "bases", "quals", "contig", "pos", "mate_pos", "template_length", "flag", "mapq", "cigar", "edits",
    )  # fmt: skip
    columns = {field: np.concatenate([getattr(part, field) for part in parts]) for field in fields}
    return Alignments(**columns, name=np.concatenate(names), cigars=cigars)
