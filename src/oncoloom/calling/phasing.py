"""Phase sets: which neighboring variants lie on one molecule, from the fragments that show both."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import polars as pl
from numpy.typing import NDArray

from oncoloom.calling.germline_model import HET, Genotypes

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
    alleles: pl.DataFrame,
    support: NDArray[np.int32],
    genotypes: Genotypes,
    passes: NDArray[np.bool_],
    pairs: pl.DataFrame,
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
    alleles
        Candidates in genome order: contig, pos, ref, alt.
    support : (n,) int32
        Fragments of the normal that show each.
    passes : (n,) bool
        Somatic ones.
    pairs
        `table_store.PHASE_SCHEMA`.
    """
    links = sorted(
        [*_links(alleles, genotypes, passes, pairs), *_of_one_site(alleles, support, genotypes.shared)]
    )
    pos = alleles["pos"].to_numpy()
    members = sorted({c for _, a, b, _ in links for c in (a, b)})
    parent, turned = {c: c for c in members}, dict.fromkeys(members, False)

    def root(c: int) -> tuple[int, bool]:
        side = False
        while parent[c] != c:
            side ^= turned[c]
            c = parent[c]
        return c, side

    for _, a, b, opposite in links:
        (left, left_side), (right, right_side) = root(a), root(b)
        if left != right:
            first, second = min(left, right), max(left, right)
            parent[second] = first
            turned[second] = left_side ^ right_side ^ opposite
    position, swapped = np.full(len(pos), -1, np.int64), np.zeros(len(pos), bool)
    for c in members:
        first, side = root(c)
        if first != c:
            position[[first, c]] = pos[first]
            swapped[c] = side
    return PhaseSets(position, swapped)


def _links(
    alleles: pl.DataFrame, genotypes: Genotypes, passes: NDArray[np.bool_], pairs: pl.DataFrame
) -> list[tuple[int, int, int, bool]]:
    """(-fragments, candidate, candidate, whether on different haplotypes) of each pair that tells."""
    if not len(pairs):
        return []
    rows = np.flatnonzero(passes | (genotypes.genotype == HET))
    left = alleles[rows].select("contig", "pos", "ref", "alt").with_columns(pl.Series("a", rows))
    right = left.rename({"pos": "next_pos", "ref": "next_ref", "alt": "next_alt", "a": "b"})
    known = pairs.join(left, on=["contig", "pos", "ref", "alt"])
    known = known.join(right, on=["contig", "next_pos", "next_ref", "next_alt"])
    a, b = known["a"].to_numpy(), known["b"].to_numpy()
    tumor, normal = (known[role].to_numpy().reshape(-1, 3).astype(np.int64) for role in ("tumor", "normal"))
    somatic = passes[a], passes[b]
    counts = tumor + np.where((somatic[0] | somatic[1])[:, None], 0, normal)
    same, opposite = _opposite(counts, *somatic)
    told = np.flatnonzero(same | opposite)
    columns = (-counts.sum(axis=1)[told], a[told], b[told], opposite[told])
    return list(zip(*(column.tolist() for column in columns), strict=True))


def _of_one_site(
    alleles: pl.DataFrame, support: NDArray[np.int32], shared: NDArray[np.bool_]
) -> list[tuple[int, int, int, bool]]:
    """Links of germline alleles that replace the same bases; they need no fragment that shows both."""
    rows = np.flatnonzero(shared)
    sites = alleles[rows].select("contig", "pos", pl.col("ref").str.len_bytes()).rows()
    return [
        (-int(support[a]) - int(support[b]), int(a), int(b), True)
        for (a, one), (b, other) in pairwise(zip(rows, sites, strict=True))
        if one[0] == other[0] and other[1] < one[1] + one[2]
    ]


def _opposite(
    counts: NDArray[np.int64], left_somatic: NDArray[np.bool_], right_somatic: NDArray[np.bool_]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """(k,) pairs on one haplotype, and on different ones; neither where their fragments do not tell.

    counts: (k, 3) fragments that show both, the left variant alone, the right one alone.
    """
    both, left, right = counts.T
    # Fragments with the one variant that the other should be on, too: of a germline pair either, of a somatic
    # variant its own, of two somatic ones those of the smaller clone.
    alone = np.where(left_somatic, left, np.where(right_somatic, right, np.maximum(left, right)))
    alone = np.where(left_somatic & right_somatic, np.minimum(left, right), alone)
    fewer = np.minimum(left, right)
    same = (both >= LEAST_FRAGMENTS) & (alone <= MOST_EXCEPTIONS * both)
    apart = (fewer >= LEAST_FRAGMENTS) & (both <= MOST_EXCEPTIONS * fewer)
    return same, ~same & apart & ~(left_somatic & right_somatic)
