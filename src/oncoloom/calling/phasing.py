"""Phase sets: which neighboring variants lie on one molecule, from the fragments that show both."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import polars as pl
from numpy.typing import NDArray

from oncoloom.calling.candidate_table import CandidateTable
from oncoloom.calling.germline_model import HET, Genotypes
from oncoloom.kernels.arrays import STATISTIC

LEAST_FRAGMENTS = 2
MOST_EXCEPTIONS = 0.1


@dataclass(frozen=True, slots=True)
class PhaseSets:
    """Phase of each candidate.

    Attributes
    ----------
    position : (n,) int64
        0-based position of the first variant of its set; -1 where it is in none.
    swapped : (n,) bool
        On the other haplotype than the set's first variant.
    """

    position: NDArray[np.int64]
    swapped: NDArray[np.bool_]


def find_phase_sets(
    table: CandidateTable, genotypes: Genotypes, passes: NDArray[np.bool_], pairs: pl.DataFrame
) -> PhaseSets:
    """Put heterozygous germline variants and passing somatic ones into phase sets.

    Two germline variants are on one haplotype where fragments show them together (two, and a tenth of that
    number at most shows one alone), on different ones where fragments show either alone. A somatic variant is
    on a germline one's haplotype where its fragments show that, too; on the other where they do not. Two
    somatic variants are on one haplotype where the fragments of one show the other; fragments that show
    either alone may be those of two clones and tell nothing. Pairs with most fragments decide first; a pair
    that contradicts them is left out.

    Parameters
    ----------
    pairs
        `phase_pairs.PHASE_SCHEMA`.
    """
    n = len(table.pos)
    parent, turned = list(range(n)), [False] * n

    def root(c: int) -> tuple[int, bool]:
        side = False
        while parent[c] != c:
            side ^= turned[c]
            c = parent[c]
        return c, side

    for _, a, b, opposite in sorted(
        [*_links(table, genotypes, passes, pairs), *_of_one_site(table, genotypes)]
    ):
        (left, left_side), (right, right_side) = root(a), root(b)
        if left != right:
            first, second = min(left, right), max(left, right)
            parent[second] = first
            turned[second] = left_side ^ right_side ^ opposite
    position, swapped = np.full(n, -1, np.int64), np.zeros(n, bool)
    for c in range(n):
        first, side = root(c)
        if first != c:
            position[[first, c]] = table.pos[first]
            swapped[c] = side
    return PhaseSets(position, swapped)


def _links(
    table: CandidateTable, genotypes: Genotypes, passes: NDArray[np.bool_], pairs: pl.DataFrame
) -> list[tuple[int, int, int, bool]]:
    """(-fragments, candidate, candidate, whether on different haplotypes) of each pair that tells."""
    keys = zip(table.contig, table.pos.tolist(), table.ref, table.alt, strict=True)
    place = {key: c for c, key in enumerate(keys)}
    found = []
    for contig, pos, ref, alt, next_pos, next_ref, next_alt, tumor, normal in pairs.iter_rows():
        a = place.get((contig, pos, ref, alt))
        b = place.get((contig, next_pos, next_ref, next_alt))
        if a is None or b is None:
            continue
        kinds = [_kind(c, genotypes.genotype, passes) for c in (a, b)]
        if "" in kinds:
            continue
        both_germline = kinds[0] == kinds[1] == "germline"
        counts = [t + n for t, n in zip(tumor, normal, strict=True)] if both_germline else list(tumor)
        opposite = _opposite(counts, kinds)
        if opposite is not None:
            found.append((-sum(counts), a, b, opposite))
    return found


def _of_one_site(table: CandidateTable, genotypes: Genotypes) -> list[tuple[int, int, int, bool]]:
    """Links of germline alleles that replace the same bases; they need no fragment that shows both."""
    shared = np.flatnonzero(genotypes.shared).tolist()
    return [
        (-int(table.normal[[a, b], STATISTIC["alt"]].sum()), a, b, True)
        for a, b in pairwise(shared)
        if table.contig[a] == table.contig[b] and table.pos[b] < table.pos[a] + len(table.ref[a])
    ]


def _kind(c: int, genotype: NDArray[np.int8], passes: NDArray[np.bool_]) -> str:
    if passes[c]:
        return "somatic"
    return "germline" if genotype[c] == HET else ""


def _opposite(counts: list[int], kinds: list[str]) -> bool | None:
    """Whether two variants lie on different haplotypes; None where their fragments do not tell."""
    both, left, right = counts
    # Fragments with the one variant that the other should be on, too: of a germline pair either, of a somatic
    # variant its own, of two somatic ones those of the smaller clone.
    alone = {
        ("germline", "germline"): max(left, right),
        ("somatic", "germline"): left,
        ("germline", "somatic"): right,
        ("somatic", "somatic"): min(left, right),
    }[kinds[0], kinds[1]]
    if both >= LEAST_FRAGMENTS and alone <= MOST_EXCEPTIONS * both:
        return False
    if kinds == ["somatic", "somatic"]:
        return None
    if min(left, right) >= LEAST_FRAGMENTS and both <= MOST_EXCEPTIONS * min(left, right):
        return True
    return None
