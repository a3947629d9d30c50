"""Overlap: a comparison is made only where both therapies were given to such patients.

Inside means a propensity of 0.1 to 0.9 (Crump 2009). With fewer than half of the patients inside the whole
comparison is abstained from: what is left would be another population than the one asked about.
"""

from dataclasses import dataclass

import numpy as np

from oncoloom.response.array_types import BoolArray, FloatArray

LOW, HIGH = 0.1, 0.9
MIN_INSIDE = 0.5


@dataclass(frozen=True, slots=True)
class Overlap:
    """Share of the patients inside, and why there is no comparison (None: there is one)."""

    share_inside: float
    reason: str | None


def inside(propensity: FloatArray) -> BoolArray:
    """(n,) True where 0.1 <= e <= 0.9."""
    return np.asarray((propensity >= LOW) & (propensity <= HIGH), dtype=bool)


def judge_overlap(propensity: FloatArray) -> Overlap:
    """The verdict over a cohort's propensities (n,)."""
    share = float(inside(propensity).mean()) if propensity.size else 0.0
    if share >= MIN_INSIDE:
        return Overlap(share, None)
    return Overlap(
        share,
        f"no overlap: {share:.0%} of the patients could have got either therapy "
        f"(propensity {LOW:g} to {HIGH:g}), fewer than {MIN_INSIDE:.0%}",
    )
