"""Somatic SNVs by segment, and the purity that they tell where the copy number is too quiet."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import betabinom

from oncoloom.features.copy_number.hets import OVERDISPERSION
from oncoloom.features.copy_number.levels import Segments
from oncoloom.features.copy_number.snv_evidence import MOST_SNVS, SomaticSites
from oncoloom.features.purity import Purity, estimate_purity
from oncoloom.features.variants.calls import CallSet

_MAIN_LEVEL = 0.15  # |log2| up to which a segment counts as the main copy level
_MIN_BAF, _MIN_SITES = 0.42, 5
_MIN_DEPTH = 20
_FAR = 0.005  # upper tail of the beta-binomial at the peak
_MIN_ABOVE, _MOST_ABOVE = 3, 0.05


def somatic_sites(calls: CallSet, segments: Segments) -> SomaticSites:
    """Somatic SNVs that passed, with 20 fragments, in autosomal segments; every n-th where there are many."""
    found: list[tuple[int, int, int]] = []
    for row in calls.rows:
        at = segments.containing(row["chrom"], row["pos"] - 1) if _told(row) else None
        if at is not None and segments.autosome[at]:
            found.append((row["alt_count"], max(row["depth"], row["alt_count"]), at))
    table = np.array(found, dtype=np.int64).reshape(-1, 3)
    table = table[table[:, 1] >= _MIN_DEPTH]
    table = table[:: -(-len(table) // MOST_SNVS) or 1]
    return SomaticSites(table[:, 0], table[:, 1], table[:, 2])


def purity_of_snvs(sites: SomaticSites, segments: Segments) -> tuple[Purity, str | None]:
    """Twice the clonal peak of the allele fractions in balanced segments at the main copy level.

    With it why that level may not be two copies: SNVs of several segments lie far above the peak; on two of
    two copies is rare, on two of four it is not.
    """
    with np.errstate(invalid="ignore"):
        unbalanced = (segments.n_sites >= _MIN_SITES) & (segments.baf < _MIN_BAF)
    plain = (np.abs(segments.log2 - segments.main_log2()) <= _MAIN_LEVEL) & ~unbalanced
    chosen = plain[sites.segment]
    found = estimate_purity(sites.alt[chosen], sites.depth[chosen])
    if found.value is None:
        return found, None
    n_above, spread = _above(sites, chosen, found.value / 2)
    if n_above >= _MIN_ABOVE and n_above > _MOST_ABOVE * int(chosen.sum()) and spread > 1:
        reason = (
            f"{n_above} of {int(chosen.sum())} somatic SNVs at the main copy level lie far above the clonal "
            "peak: it may not be two copies"
        )
        return found, reason
    return found, None


def _above(sites: SomaticSites, chosen: NDArray[np.bool_], peak: float) -> tuple[int, int]:
    """SNVs far above the clonal peak, and the segments they lie in: one alone may have lost an allele."""
    alt, depth = sites.alt[chosen], sites.depth[chosen]
    scale = (1 - OVERDISPERSION) / OVERDISPERSION
    far = betabinom.sf(alt - 1, depth, peak * scale, (1 - peak) * scale) < _FAR
    return int(far.sum()), len(np.unique(sites.segment[chosen][far]))


def _told(row: dict[str, Any]) -> bool:
    return (
        row["origin"] == "somatic"
        and row["filters"] == "PASS"
        and row["variant_class"] == "snv"
        and bool(row["depth"])
        and row["alt_count"] is not None
    )
