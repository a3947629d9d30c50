"""Haplotypes that compete at a candidate: reference, candidate, and sets of its rivals, as bases."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from oncoloom.kernels.compiling import kernel
from oncoloom.kernels.read_arrays import AlleleArrays

HALF_WINDOW_BP = 420
MOST_HAPLOTYPES = 22  # none, four rivals and their six pairs, without and with the candidate


class Haplotypes(NamedTuple):
    """Room for the haplotypes of one candidate: all sets of at most two rivals, without it and with it.

    Attributes
    ----------
    bases : (MOST_HAPLOTYPES, m) uint8; length : (MOST_HAPLOTYPES,) int64
    shift : (MOST_HAPLOTYPES, 8) int64; n_shifts : (MOST_HAPLOTYPES,) int64
        By how much its alleles can displace a read: the different sums of their changes of length, 0 first.
    has_candidate : (MOST_HAPLOTYPES,) uint8
    applied : (3,) int64
        Scratch: the alleles of one haplotype.
    """

    bases: NDArray[np.uint8]
    length: NDArray[np.int64]
    shift: NDArray[np.int64]
    n_shifts: NDArray[np.int64]
    has_candidate: NDArray[np.uint8]
    applied: NDArray[np.int64]


@kernel
def copy_bases(source: NDArray[np.uint8], start: int, stop: int, out: NDArray[np.uint8], n: int) -> int:
    """Append source [start, stop), if there is any, behind the first n of `out`; return their new number."""
    for x in range(stop - start):  # unsigned indexes: no wrap-around test
        out[np.uintp(n + x)] = source[np.uintp(start + x)]
    return n + max(stop - start, 0)


@kernel
def build_haplotype(
    code: NDArray[np.uint8],
    window_start: int,
    low: int,
    high: int,
    applied: NDArray[np.int64],
    alleles: AlleleArrays,
    out: NDArray[np.uint8],
) -> int:
    """Write reference [low, high) with the alleles `applied` (left to right; -1 none); return its length."""
    n, at = 0, low
    for c in applied:
        if c < 0:
            continue
        n = copy_bases(code, at - window_start, alleles.anchor[c] + 1 - window_start, out, n)
        n = copy_bases(alleles.inserted, alleles.inserted_at[c], alleles.inserted_at[c + 1], out, n)
        at = max(at, alleles.anchor[c] + 1) + alleles.deleted[c]
    return copy_bases(code, at - window_start, high - window_start, out, n)


@kernel
def first_difference(one: NDArray[np.uint8], other: NDArray[np.uint8], n: int) -> int:
    """First of n bases in which two haplotypes differ; n if there is none."""
    x = 0
    while x < n and one[np.uintp(x)] == other[np.uintp(x)]:
        x += 1
    return x


@kernel
def length_change(alleles: AlleleArrays, c: int) -> int:
    """Bases that allele c adds (negative: takes away)."""
    return alleles.inserted_at[c + 1] - alleles.inserted_at[c] - alleles.deleted[c]


@kernel
def order_alleles(applied: NDArray[np.int64], alleles: AlleleArrays) -> bool:
    """Sort three alleles (-1 none, those first) from left to right; whether they can lie on one haplotype.

    They may touch, but not begin at one place: two insertions there are one other allele.
    """
    for turn in range(2):
        for u in range(2 - turn):
            x, y = applied[u], applied[u + 1]
            if y < 0 or (x >= 0 and alleles.anchor[y] < alleles.anchor[x]):
                applied[u], applied[u + 1] = y, x
    for u in range(2):
        x, y = applied[u], applied[u + 1]
        if x >= 0 and (
            alleles.anchor[x] + alleles.deleted[x] > alleles.anchor[y]
            or alleles.anchor[x] == alleles.anchor[y]
        ):
            return False
    return True


@kernel
def list_shifts(applied: NDArray[np.int64], alleles: AlleleArrays, out: NDArray[np.int64]) -> int:
    """Write the different sums of the alleles' changes of length, 0 first; return how many there are."""
    out[0] = 0
    n = 1
    for c in applied:
        change = length_change(alleles, c) if c >= 0 else 0
        for u in range(n if change != 0 else 0):
            total = out[u] + change
            known = False
            for v in range(n):
                if out[v] == total:
                    known = True
            if not known:
                out[n] = total
                n += 1
    return n


@kernel
def lay_out_haplotypes(
    c: int,
    low: int,
    high: int,
    alleles: AlleleArrays,
    code: NDArray[np.uint8],
    window_start: int,
    haplotypes: Haplotypes,
) -> int:
    """Fill the haplotypes that candidate c competes on over reference [low, high); return how many.

    Each set of none, one or two rivals that can lie on one haplotype makes one without and one with the
    candidate. What rebuilds the candidate's own haplotype (the parts of a block) is left out.
    """
    applied = haplotypes.applied
    first_rival, n_rivals = alleles.rival_at[c], alleles.rival_at[c + 1] - alleles.rival_at[c]
    n = 0
    for x in range(-1, n_rivals):
        for y in range(-1, max(x, 0)):
            for with_it in range(2):
                applied[0] = alleles.rival[first_rival + x] if x >= 0 else -1
                applied[1] = alleles.rival[first_rival + y] if y >= 0 else -1
                applied[2] = c if with_it else -1
                if not order_alleles(applied, alleles):
                    continue
                length = build_haplotype(code, window_start, low, high, applied, alleles, haplotypes.bases[n])
                if n > 1 and with_it == 0 and length == haplotypes.length[1]:
                    if first_difference(haplotypes.bases[n], haplotypes.bases[1], length) == length:
                        continue
                haplotypes.length[n] = length
                haplotypes.n_shifts[n] = list_shifts(applied, alleles, haplotypes.shift[n])
                haplotypes.has_candidate[n] = with_it
                n += 1
    return n
