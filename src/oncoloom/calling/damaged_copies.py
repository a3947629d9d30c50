"""Indels and blocks that are another allele with damage beside it.

Formalin and oxidation strike fragments that carry an indel as they strike all others. Where the indel is
frequent, a germline one above all, two or three of its fragments share a damaged base, and alignment or
local assembly makes one allele of both, which damage of substitutions does not explain.
"""

import numpy as np
from numpy.typing import NDArray

from oncoloom.calling.alleles import Allele, AllelePlaces, reference_text
from oncoloom.calling.rivals import RIVAL_DISTANCE_BP
from oncoloom.calling.sample_reads import ReferenceWindow
from oncoloom.kernels.arrays import STATISTIC

LEAST_ORIGINAL_FOLD = 4  # by which the allele without the damage is better supported
LEAST_ORIENTED_SHARE = 0.75  # of the fragments, in the orientation in which the damage shows
DAMAGE_ORIENTATION = {"CT": 0, "GT": 0, "GA": 1, "CA": 1}  # 0: F1R2, 1: F2R1 (as `mixture.SiteClasses`)


def damaged_copies(
    alleles: list[Allele], places: AllelePlaces, tumor: NDArray[np.int32], window: ReferenceWindow
) -> NDArray[np.bool_]:
    """(n,) bool: which of the alleles (sorted) are a better supported one with a damaged base.

    Both change the length alike, their haplotypes differ in one substitution of a damage class, the other
    allele has four times the fragments, and three quarters of the allele's own lie in the damage's
    orientation.

    Parameters
    ----------
    tumor
        (n, N_STATISTICS) int32, summed over the tumors.
    """
    found = np.zeros(len(alleles), bool)
    longer = np.flatnonzero(places.change != 0)
    support = tumor[:, STATISTIC["alt"]]
    some = longer[support[longer] > 0]
    first = np.searchsorted(places.pos[longer], places.pos[some] - RIVAL_DISTANCE_BP)
    sizes = np.searchsorted(places.pos[longer], places.end[some] + RIVAL_DISTANCE_BP) - first
    # each with each that is near, as two columns
    one = np.repeat(some, sizes)
    other = longer[np.repeat(first - (np.cumsum(sizes) - sizes), sizes) + np.arange(len(one))]
    alike = places.change[one] == places.change[other]
    alike &= support[other] >= LEAST_ORIGINAL_FOLD * support[one]
    for c, g in zip(one[alike].tolist(), other[alike].tolist(), strict=True):
        found[c] |= _is_damaged(alleles[c], alleles[g], tumor[c], window)
    return found


def _is_damaged(one: Allele, original: Allele, row: NDArray[np.int32], window: ReferenceWindow) -> bool:
    low, high = min(one.pos, original.pos), max(one.end, original.end)
    mine, other = (
        reference_text(window, low, allele.pos) + allele.alt + reference_text(window, allele.end, high)
        for allele in (one, original)
    )
    changes = [y + x for x, y in zip(mine, other, strict=True) if x != y]
    if len(changes) != 1 or changes[0] not in DAMAGE_ORIENTATION:
        return False
    oriented = int(row[STATISTIC["alt_f1r2"]]), int(row[STATISTIC["alt_f2r1"]])
    return oriented[DAMAGE_ORIENTATION[changes[0]]] >= LEAST_ORIENTED_SHARE * max(1, sum(oriented))
