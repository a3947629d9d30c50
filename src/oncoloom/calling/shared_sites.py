"""Germline alleles that replace the same bases: two haplotypes, one record each, and no third."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from oncoloom.calling.alleles import replaced_bases
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
    counts give. A person has two haplotypes: of alleles that exclude each other the two best supported stay,
    or one that is homozygous; what is left is an error on top of one of these (a misread base in an
    insertion).

    Parameters
    ----------
    contig, pos : (n,) int64
        In genome order.
    normal : (n, N_STATISTICS) int32
    """
    called = np.flatnonzero(genotypes.genotype > 0)
    shared, excluding = np.zeros(len(pos), bool), defaultdict(set)
    place = (contig[called] << PLACE_BITS) + pos[called]
    length = np.array([len(ref[c]) for c in called.tolist()], np.int64)
    last = np.searchsorted(place, place + length)  # from here on alleles begin behind this one's bases
    for turn in np.flatnonzero(last > np.arange(1, len(called) + 1)).tolist():
        a = int(called[turn])
        start, end = replaced_bases(int(pos[a]), ref[a], alt[a])
        for b in called[turn + 1 : last[turn]].tolist():
            other = replaced_bases(int(pos[b]), ref[b], alt[b])
            if pos[a] == pos[b] or max(start, other[0]) < min(end, other[1]):
                shared[[a, b]] = True
                if _exclude(pos[a], (start, end), pos[b], other):
                    excluding[a].add(b)
                    excluding[b].add(a)
    genotype, quality = genotypes.genotype.copy(), genotypes.quality.copy()
    for c in np.flatnonzero(shared & (genotype == HOM)).tolist():
        own, others = (int(normal[c, STATISTIC[name]]) for name in ("alt", "other"))
        if others < LEAST_OTHER_SHARE * (own + others + int(normal[c, STATISTIC["ref"]])):
            shared[c] = False
            continue
        genotype[c] = HET
        homozygous = own * np.log(1 - ERROR) + others * np.log(ERROR) - (own + others) * np.log(0.5)
        quality[c] = min(99.0, 10 / np.log(10) * float(np.logaddexp(0.0, -homozygous)))
    for c in _third_haplotypes(excluding, genotype, normal[:, STATISTIC["alt"]]):
        genotype[c], shared[c] = 0, False
    return replace(genotypes, genotype=genotype, quality=quality, shared=shared)


def _exclude(pos: int, one: tuple[int, int], other_pos: int, other: tuple[int, int]) -> bool:
    """Whether two alleles cannot lie on one haplotype; `one`, `other`: reference bases that they replace."""
    if max(one[0], other[0]) < min(one[1], other[1]):
        return True
    return pos == other_pos and one[0] == other[0]  # both insert there, or one inserts what the other deletes


def _third_haplotypes(
    excluding: Mapping[int, Collection[int]], genotype: NDArray[np.int8], support: NDArray[np.int32]
) -> list[int]:
    """Alleles for which better supported ones, that exclude them and each other, leave no haplotype."""
    stay: set[int] = set()
    for c in sorted(excluding, key=lambda c: (-int(support[c]), c)):
        before = sorted(stay.intersection(excluding[c]))
        copies = any(genotype[a] == HOM for a in before)
        if not copies and not any(b in excluding[a] for a, b in combinations(before, 2)):
            stay.add(c)
    return sorted(set(excluding) - stay)
