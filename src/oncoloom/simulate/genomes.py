"""From a persona to two genomes: inherited haplotypes, copies of each contig, acquired variants."""

from dataclasses import dataclass

import numpy as np

from oncoloom.simulate.germline import draw_germline
from oncoloom.simulate.personas import Persona
from oncoloom.simulate.reference import DemoGenome
from oncoloom.simulate.variants import (
    Allele,
    GermlineVariant,
    SomaticVariant,
    coding_deletion,
    coding_duplication,
    coding_effect,
    left_aligned,
    protein_substitution,
    repeat_change,
)

SUBCLONE_LEVELS = (1.0, 0.6, 0.3)
_LEVEL_WEIGHTS = (0.62, 0.22, 0.16)
_UNSTABLE_SHARE = 0.5
_APART = 14


@dataclass(frozen=True, slots=True)
class PatientGenome:
    """Everything that reads of one patient are drawn from.

    Attributes
    ----------
    copies
        Contig to copies of haplotypes 0 and 1 in tumor cells.
    """

    patient_id: str
    persona: Persona
    germline: tuple[GermlineVariant, ...]
    somatic: tuple[SomaticVariant, ...]
    copies: dict[str, tuple[int, int]]


def build_genome(
    rng: np.random.Generator, genome: DemoGenome, patient_id: str, persona: Persona
) -> PatientGenome:
    """Draw a patient's variants: the story's own first, then common inherited ones, then passengers."""
    copies = dict.fromkeys(genome.sequences, (1, 1))
    copies |= {f"demo_{name}": pair for name, pair in persona.copies.items()}
    taken: dict[str, list[tuple[int, int]]] = {contig: [] for contig in genome.sequences}
    planted = [_planted(genome, text) for text in persona.drivers]
    inherited = [_planted(genome, text) for text in persona.germline]
    for allele, _, _ in (*planted, *inherited):
        taken[allele.contig].append((allele.pos, allele.end))
    germline = [GermlineVariant(allele, 0, label) for allele, _, label in inherited]
    germline += [variant for variant in draw_germline(rng) if _claim(taken, variant.allele)]
    somatic = [_somatic(rng, copies, allele, ccf, label) for allele, ccf, label in planted]
    somatic += _passengers(rng, genome, persona, copies, taken)
    if persona.msi_high:
        somatic += _unstable_repeats(rng, genome, copies, taken)
    order = {contig: at for at, contig in enumerate(genome.sequences)}

    def place(variant: GermlineVariant | SomaticVariant) -> tuple[int, int]:
        return order[variant.allele.contig], variant.allele.pos

    return PatientGenome(
        patient_id, persona, tuple(sorted(germline, key=place)), tuple(sorted(somatic, key=place)), copies
    )


def _planted(genome: DemoGenome, text: str) -> tuple[Allele, float, str]:
    """Allele, share of tumor cells and label of a planted change (grammar: :class:`Persona`)."""
    change, _, share = text.partition("@")
    symbol, _, what = change.partition(":")
    if what.startswith("del"):
        first, last = (int(part) for part in what[3:].split("_"))
        allele = coding_deletion(genome, symbol, first, last)
        label = f"{symbol} c.{first}_{last}del" if first != last else f"{symbol} c.{first}del"
    elif what.startswith("dup"):
        allele = coding_duplication(genome, symbol, int(what[3:]))
        label = f"{symbol} c.{what[3:]}dup"
    else:
        allele, label = protein_substitution(genome, change), f"{symbol} p.{what}"
    return allele, float(share or 1.0), label


def _claim(taken: dict[str, list[tuple[int, int]]], allele: Allele) -> bool:
    """Reserve the place of an allele; False if another lies too near."""
    spans = taken[allele.contig]
    if any(allele.pos < end + _APART and start < allele.end + _APART for start, end in spans):
        return False
    spans.append((allele.pos, allele.end))
    return True


def _somatic(
    rng: np.random.Generator, copies: dict[str, tuple[int, int]], allele: Allele, ccf: float, label: str
) -> SomaticVariant:
    """Put an allele on a haplotype that tumor cells still have; drivers and early ones on all its copies."""
    pair = copies[allele.contig]
    haplotype = int(rng.random() * max(1, sum(pair)) >= pair[0])
    early = bool(label) or rng.random() < 0.5
    multiplicity = max(1, pair[haplotype]) if ccf == 1.0 and early else 1
    return SomaticVariant(allele, haplotype, multiplicity, ccf, label)


def _passengers(
    rng: np.random.Generator,
    genome: DemoGenome,
    persona: Persona,
    copies: dict[str, tuple[int, int]],
    taken: dict[str, list[tuple[int, int]]],
) -> list[SomaticVariant]:
    """Acquired changes without meaning: never a stop, a splice site or a known hotspot."""
    places = [
        (contig, start, end) for contig, spans in genome.targets.items() for start, end in spans
        if sum(copies[contig])
    ]  # fmt: skip
    sizes = np.array([end - start for _, start, end in places], dtype=float)
    hotspots = _hotspot_positions(genome)
    out: list[SomaticVariant] = []
    while len(out) < persona.passengers:
        contig, start, end = places[rng.choice(len(places), p=sizes / sizes.sum())]
        pos = int(rng.integers(start, end))
        allele = _passenger_allele(rng, genome, contig, pos, persona.signature, len(out))
        if allele is None or (contig, pos) in hotspots or not _claim(taken, allele):
            continue
        ccf = SUBCLONE_LEVELS[rng.choice(len(SUBCLONE_LEVELS), p=_LEVEL_WEIGHTS)]
        out.append(_somatic(rng, copies, allele, ccf, ""))
    return out


def _passenger_allele(
    rng: np.random.Generator, genome: DemoGenome, contig: str, pos: int, signature: str, number: int
) -> Allele | None:
    """A change at `pos` if the signature and its meaning allow it; every eighth is a short indel."""
    sequence = genome.sequences[contig]
    if any(t.contig == contig and t.start - 12 <= pos < t.end + 12 for t in genome.microsatellites):
        return None
    base = sequence[pos]
    if number % 8 == 7:
        length = 1 + int(rng.integers(1, 12))
        if any(
            low - 15 < pos + length and pos < high + 15
            for gene in genome.genes.values() if gene.contig == contig for low, high in gene.cds
        ):  # fmt: skip
            return None
        return left_aligned(sequence, Allele(contig, pos, sequence[pos : pos + length], base))
    alt = _signature_alt(rng, signature, sequence[pos - 1 : pos + 2])
    if alt is None:
        return None
    allele = Allele(contig, pos, base, alt)
    return allele if coding_effect(genome, allele) in ("none", "synonymous", "missense") else None


def _signature_alt(rng: np.random.Generator, signature: str, context: str) -> str | None:
    """The new middle base of a trinucleotide, or None where this signature leaves it alone."""
    before, base, after = context[0], context[1], context[2]
    if base in "AT":
        return "ACGT".replace(base, "")[rng.integers(3)] if rng.random() < 0.08 else None
    inner, outer = (after, before) if base == "C" else (before, after)
    preferred = {
        "aging": inner in "GC" and (before + after)[base == "C"] in "GC",
        "uv": outer in ("TC" if base == "C" else "AG"),
        "smoking": True,
        "mmr": outer in "GC",
    }[signature]
    if not preferred and rng.random() > 0.12:
        return None
    transition, transversion = ("T", "A") if base == "C" else ("A", "T")
    return transversion if rng.random() < (0.65 if signature == "smoking" else 0.12) else transition


def _hotspot_positions(genome: DemoGenome) -> set[tuple[str, int]]:
    return {
        (gene.contig, int(place))
        for gene in genome.genes.values()
        for residue in gene.facts.hotspots
        for place in gene.cds_positions[3 * residue - 3 : 3 * residue]
    }


def _unstable_repeats(
    rng: np.random.Generator,
    genome: DemoGenome,
    copies: dict[str, tuple[int, int]],
    taken: dict[str, list[tuple[int, int]]],
) -> list[SomaticVariant]:
    """Length changes at half of the microsatellites, mostly losses of one to five units."""
    out = []
    for tract in genome.microsatellites:
        units = (tract.end - tract.start) // len(tract.unit)
        size = min(int(rng.geometric(0.45)), 5, units - 4)
        shift = -size if rng.random() < 0.8 else min(size, 2)
        ccf = SUBCLONE_LEVELS[rng.choice(2)]
        if rng.random() >= _UNSTABLE_SHARE:
            continue
        allele = repeat_change(genome, tract.contig, tract.start, tract.unit, shift)
        if _claim(taken, allele):
            out.append(_somatic(rng, copies, allele, ccf, ""))
    return out
