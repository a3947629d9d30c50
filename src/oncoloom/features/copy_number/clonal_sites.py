"""Purity from somatic SNVs in balanced segments at the main level, for a copy number too quiet to fit."""

import numpy as np

from oncoloom.features.copy_number.levels import Segments
from oncoloom.features.purity import Purity, estimate_purity
from oncoloom.features.variants.calls import CallSet

_MAIN_LEVEL = 0.15  # |log2| up to which a segment counts as the main copy level
_MIN_BAF, _MIN_SITES = 0.42, 5


def purity_of_snvs(calls: CallSet, segments: Segments) -> Purity:
    """Twice the clonal peak of the allele fractions; null with its reason where there is none."""
    main = segments.main_log2()
    with np.errstate(invalid="ignore"):
        unbalanced = (segments.n_sites >= _MIN_SITES) & (segments.baf < _MIN_BAF)
    plain = segments.autosome & (np.abs(segments.log2 - main) <= _MAIN_LEVEL) & ~unbalanced
    places = [
        (str(segments.contig[n]), int(segments.start[n]), int(segments.end[n])) for n in np.flatnonzero(plain)
    ]
    chosen = [
        row
        for row in calls.rows
        if row["origin"] == "somatic"
        and row["filters"] == "PASS"
        and row["variant_class"] == "snv"
        and row["depth"]
        and row["alt_count"] is not None
        and any(c == row["chrom"] and a <= row["pos"] - 1 < b for c, a, b in places)
    ]
    alt = np.array([row["alt_count"] for row in chosen], dtype=np.int64)
    depth = np.array([max(row["depth"], row["alt_count"]) for row in chosen], dtype=np.int64)
    return estimate_purity(alt, depth)
