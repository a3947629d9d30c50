"""Haplotypes as arrays: bases of each kind of DNA molecule in a sample, and their reference positions."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from oncoloom.simulate.genomes import SUBCLONE_LEVELS, PatientGenome
from oncoloom.simulate.variants import Allele


@dataclass(frozen=True, slots=True)
class Haplotype:
    """One kind of molecule of a contig.

    Attributes
    ----------
    bases : (n,) uint8
        ASCII.
    places : (n,) int32
        0-based reference position of each base; -1 for inserted bases.
    copies
        Copies per cell of the sample, averaged over all its cells.
    """

    bases: NDArray[np.uint8]
    places: NDArray[np.int32]
    copies: float


def normal_haplotypes(patient: PatientGenome, contig: str, sequence: str) -> list[Haplotype]:
    """The two inherited haplotypes, a copy each."""
    return [_haplotype(sequence, _inherited(patient, contig, side), 1.0) for side in (0, 1)]


def tumor_haplotypes(patient: PatientGenome, contig: str, sequence: str) -> list[Haplotype]:
    """All kinds of molecules of the tumor sample: normal cells, and each subclone's copies of each haplotype.

    Subclones are nested: a cell of level u carries every variant with a cell fraction above u.
    """
    purity = patient.persona.purity
    weights: dict[tuple[Allele, ...], float] = {}
    acquired = [variant for variant in patient.somatic if variant.allele.contig == contig]
    edges = (*SUBCLONE_LEVELS, 0.0)
    for side in (0, 1):
        inherited = _inherited(patient, contig, side)
        weights[inherited] = weights.get(inherited, 0.0) + (1 - purity)
        for upper, lower in pairwise(edges):
            for copy in range(patient.copies[contig][side]):
                own = [
                    variant.allele
                    for variant in acquired
                    if variant.haplotype == side and variant.multiplicity > copy and variant.ccf >= upper
                ]
                key = tuple(sorted((*inherited, *own), key=lambda allele: allele.pos))
                weights[key] = weights.get(key, 0.0) + purity * (upper - lower)
    return [_haplotype(sequence, alleles, copies) for alleles, copies in weights.items() if copies > 0]


def _inherited(patient: PatientGenome, contig: str, side: int) -> tuple[Allele, ...]:
    return tuple(
        variant.allele
        for variant in patient.germline
        if variant.allele.contig == contig and variant.haplotype in (side, 2)
    )


def _haplotype(sequence: str, alleles: tuple[Allele, ...], copies: float) -> Haplotype:
    """Apply sorted, disjoint alleles to a reference sequence."""
    reference = np.frombuffer(sequence.encode(), dtype=np.uint8)
    bases: list[NDArray[np.uint8]] = []
    places: list[NDArray[np.int32]] = []
    at = 0
    for allele in alleles:
        bases += [reference[at : allele.pos], np.frombuffer(allele.alt.encode(), dtype=np.uint8)]
        places += [np.arange(at, allele.pos, dtype=np.int32), _allele_places(allele)]
        at = allele.end
    bases.append(reference[at:])
    places.append(np.arange(at, len(reference), dtype=np.int32))
    return Haplotype(np.concatenate(bases), np.concatenate(places), copies)


def _allele_places(allele: Allele) -> NDArray[np.int32]:
    """Reference positions of the alternative bases: shared leading bases, then inserted ones."""
    shared = min(len(allele.ref), len(allele.alt))
    places = np.full(len(allele.alt), -1, dtype=np.int32)
    places[:shared] = np.arange(allele.pos, allele.pos + shared)
    return places
