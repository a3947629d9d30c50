"""Inherited variation: sites that a population shares, and what one person got of them."""

from dataclasses import dataclass
from functools import cache

import numpy as np

from oncoloom.simulate.reference import DemoGenome, demo_genome
from oncoloom.simulate.variants import (
    Allele,
    GermlineVariant,
    coding_effect,
    left_aligned,
    repeat_change,
)

_POPULATION_SEED = 20260102
_SITE_SPACING, _INDEL_SHARE, _REPEAT_SHARE, _GAP = 260, 0.09, 0.15, 25
_TRANSITIONS = {"A": "G", "G": "A", "C": "T", "T": "C"}


@dataclass(frozen=True, slots=True)
class PopulationSite:
    """An allele that the simulated population carries at frequency `frequency`."""

    allele: Allele
    frequency: float


@cache
def population_sites() -> tuple[PopulationSite, ...]:
    """Common alleles of the demo's population, sorted; the same whatever the seed of a simulation.

    Coding ones are synonymous; none lies within 25 bases of another, nor in a splice site.
    """
    genome = demo_genome()
    rng = np.random.default_rng(_POPULATION_SEED)
    sites = [site for contig in genome.sequences for site in _contig_sites(rng, genome, contig)]
    for tract in genome.microsatellites:
        if rng.random() < _REPEAT_SHARE:
            shift = int(rng.choice([-2, -1, 1, 2], p=[0.2, 0.4, 0.3, 0.1]))
            allele = repeat_change(genome, tract.contig, tract.start, tract.unit, shift)
            sites.append(PopulationSite(allele, round(float(rng.uniform(0.1, 0.5)), 3)))
    order = {contig: at for at, contig in enumerate(genome.sequences)}
    return tuple(sorted(sites, key=lambda site: (order[site.allele.contig], site.allele.pos)))


def _contig_sites(rng: np.random.Generator, genome: DemoGenome, contig: str) -> list[PopulationSite]:
    sequence = genome.sequences[contig]
    closed = [
        (tract.start - _GAP, tract.end + _GAP) for tract in genome.microsatellites if tract.contig == contig
    ]
    out: list[PopulationSite] = []
    for low in range(300, len(sequence) - 300 - _SITE_SPACING, _SITE_SPACING):
        for _ in range(12):  # tries until one is harmless
            pos = low + int(rng.integers(_SITE_SPACING - _GAP))
            allele = _common_allele(rng, sequence, contig, pos)
            if allele.is_snv:
                harmless = coding_effect(genome, allele) in ("none", "synonymous")
            else:
                harmless = not _near_coding(genome, allele)
            if harmless and not any(start <= allele.pos and allele.end <= end for start, end in closed):
                out.append(PopulationSite(allele, round(float(rng.beta(2.2, 2.6)), 3)))
                break
    return out


def _common_allele(rng: np.random.Generator, sequence: str, contig: str, pos: int) -> Allele:
    base = sequence[pos]
    if rng.random() >= _INDEL_SHARE:
        others = "ACGT".replace(base, "").replace(_TRANSITIONS[base], "")
        alt = _TRANSITIONS[base] if rng.random() < 0.68 else others[rng.integers(2)]
        return Allele(contig, pos, base, alt)
    length = min(int(rng.geometric(0.45)), 8)
    if rng.random() < 0.55:
        return left_aligned(sequence, Allele(contig, pos, sequence[pos : pos + length + 1], base))
    inserted = "".join("ACGT"[at] for at in rng.integers(0, 4, length))
    return left_aligned(sequence, Allele(contig, pos, base, base + inserted))


def _near_coding(genome: DemoGenome, allele: Allele) -> bool:
    """Whether an indel touches a coding exon or the twelve bases beside it."""
    gene = next((gene for gene in genome.genes.values() if gene.contig == allele.contig), None)
    return gene is not None and any(
        low - 12 < allele.end and allele.pos < high + 12 for low, high in gene.cds
    )


def draw_germline(rng: np.random.Generator) -> list[GermlineVariant]:
    """One person's common alleles: each haplotype draws each site by its frequency."""
    out = []
    for site in population_sites():
        first, second = rng.random(2) < site.frequency
        if first or second:
            out.append(GermlineVariant(site.allele, 2 if first and second else 0 if first else 1))
    return out
