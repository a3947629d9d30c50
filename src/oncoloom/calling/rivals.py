"""Which alleles must compete for the same reads."""

import numpy as np
from numpy.typing import NDArray

from oncoloom.calling.alleles import AllelePlaces

RIVAL_DISTANCE_BP = 60
LONGEST_SPAN_BP = 240  # of a rival, on its right: farther a tile would need to see beyond its edges
LONG_INSERTION_BP = (
    25  # from here on an insertion may be a duplication: its other end lies so far to the right
)
MOST_RIVALS = 4
LEAST_RIVAL_FRAGMENTS = 3
LEAST_RIVAL_SHARE = 0.15
LEAST_ASSEMBLED_SHARE = 0.5
"""Of the allele's support, for a rival that only local assembly knows. In tandem repeats a walk over a
deletion comes back as a duplication of some copies with the deletion in them. It explains the deletion's
reads, moved by as much, as well as the deletion does, although hardly a read crosses its own junction."""


def choose_rivals(
    places: AllelePlaces, support: NDArray[np.int64], assembled: NDArray[np.bool_] | None = None
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """For each allele (sorted) those it must compete with: borders (n + 1,) and indexes.

    A rival lies within 60 bp of the bases that the allele replaces, or the allele in those that the rival
    replaces; it has at least 3 supporting fragments and 15 % of the allele's support (half of it, if it is
    one of `assembled`, which no alignment shows); the four best supported count. Substitutions compete only
    with what could have put their base there: alleles that change the length, or replace it as part of a
    block.
    """
    n, pos = len(places.pos), places.pos
    end = np.where(places.change >= LONG_INSERTION_BP, pos + places.change, places.end)
    reach = np.minimum(end, pos + LONGEST_SPAN_BP)
    longer = places.change != 0
    block = ~longer & (places.end > pos + 1)
    strong = np.flatnonzero(support >= LEAST_RIVAL_FRAGMENTS)
    low = np.searchsorted(pos[strong], pos - RIVAL_DISTANCE_BP - LONGEST_SPAN_BP)
    high = np.searchsorted(pos[strong], end + RIVAL_DISTANCE_BP, side="right")
    contenders = np.concatenate([[0], np.cumsum((longer | block)[strong])])
    contested = np.where(longer, high - low, contenders[high] - contenders[low]) > 0
    # Each contested allele with each strong one in its range, as two columns.
    some = np.flatnonzero(contested)
    sizes = (high - low)[some]
    c = np.repeat(some, sizes)
    g = strong[np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes) + low[c]]
    inside = block[g] & (pos[g] <= pos[c]) & (end[c] <= end[g])
    competes = (c != g) & (reach[g] + RIVAL_DISTANCE_BP > pos[c])
    share = (
        LEAST_RIVAL_SHARE
        if assembled is None
        else np.where(assembled[g], LEAST_ASSEMBLED_SHARE, LEAST_RIVAL_SHARE)
    )
    competes &= (support[g] >= share * support[c]) & (longer[c] | longer[g] | inside)
    c, g = c[competes], g[competes]
    order = np.lexsort((g, -support[g], c))
    c, g = c[order], g[order]
    best = np.arange(len(c)) - np.searchsorted(c, c) < MOST_RIVALS
    counts = np.bincount(c[best], minlength=n)
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64), g[best]
