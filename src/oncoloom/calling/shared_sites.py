"""Germline alleles that replace the same bases: two haplotypes of one person, one record each."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from oncoloom.calling.germline_model import HET, HOM, Genotypes
from oncoloom.kernels.arrays import STATISTIC

LEAST_OTHER_SHARE = 0.15  # of the fragments, to show another allele beside one that looks homozygous
ERROR = 0.005
PLACE_BITS = 40  # of a position within a number that holds its contig, too


def resolve_shared_sites(
    genotypes: Genotypes,
    contig: NDArray[np.int64],
    pos: NDArray[np.int64],
    ref: Sequence[str],
    alt: Sequence[str],
    normal: NDArray[np.int32],
) -> Genotypes:
    """Genotypes with `shared` set where two called alleles replace the same bases.

    Each is then heterozygous at most: one that its own fragments let look homozygous (fragments of the other
    allele say nothing of it) becomes so where the others are 15 % of the depth, with the quality that the
    counts give.

    Parameters
    ----------
    contig, pos : (n,) int64
        In genome order.
    normal : (n, N_STATISTICS) int32
    """
    called = np.flatnonzero(genotypes.genotype > 0)
    shared = np.zeros(len(pos), bool)
    place = (contig[called] << PLACE_BITS) + pos[called]
    length = np.array([len(ref[c]) for c in called.tolist()], np.int64)
    last = np.searchsorted(place, place + length)  # from here on alleles begin behind this one's bases
    for turn in np.flatnonzero(last > np.arange(1, len(called) + 1)).tolist():
        a = int(called[turn])
        start, end = _replaced(int(pos[a]), ref[a], alt[a])
        for b in called[turn + 1 : last[turn]].tolist():
            other = _replaced(int(pos[b]), ref[b], alt[b])
            if pos[a] == pos[b] or max(start, other[0]) < min(end, other[1]):
                shared[[a, b]] = True
    genotype, quality = genotypes.genotype.copy(), genotypes.quality.copy()
    for c in np.flatnonzero(shared & (genotype == HOM)).tolist():
        own, others = (int(normal[c, STATISTIC[name]]) for name in ("alt", "other"))
        if others < LEAST_OTHER_SHARE * (own + others + int(normal[c, STATISTIC["ref"]])):
            shared[c] = False
            continue
        genotype[c] = HET
        homozygous = own * np.log(1 - ERROR) + others * np.log(ERROR) - (own + others) * np.log(0.5)
        quality[c] = min(99.0, 10 / np.log(10) * float(np.logaddexp(0.0, -homozygous)))
    return replace(genotypes, genotype=genotype, quality=quality, shared=shared)


def _replaced(pos: int, ref: str, alt: str) -> tuple[int, int]:
    """Reference bases [start, end) that an allele replaces."""
    kept = 1 if ref[0] == alt[0] else 0
    return pos + kept, pos + len(ref)
