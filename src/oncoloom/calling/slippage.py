"""How often a polymerase slips: the expected share of fragments that show an indel of whole repeat units.

Per class of unit length (1, 2, 3 to 6 bases) ``log rate = a + b (units - 6)``, for one unit more or less, up
to what long tracts show; each further unit takes 0.12 of it. The curves are fitted to the sample's own reads
(Poisson likelihood with priors on a and b, see docs/methods/calling.md); a class with few slipped reads keeps
the typical curve.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import exp
from typing import Any

import numpy as np
from numpy.typing import NDArray

from oncoloom.calling.alleles import Allele
from oncoloom.calling.slip_counts import N_UNIT_CLASSES, half_units, unit_class

EACH_FURTHER_UNIT = 0.12
HIGHEST_RATE = 0.3
OUTSIDE_REPEATS = 1.5e-5
REPEAT_RATE = 5e-4  # from here on an indel counts as "in a repeat"
FEWEST_UNITS = (5, 3, 3)  # by unit class
# Prior of a curve, and how it is fitted: beyond so many units most tracts are polymorphic.
PRIOR_A, PRIOR_B = (-7.5, 1.0), (0.4, 0.15)
MOST_UNITS = 18.0
# Level of long tracts: pooled share of slipped reads, with so many reads of the highest rate beside them.
PRIOR_LONG_READS = 50
LEAST_SLIPPED_READS = 20
_NEWTON_STEPS = 30


@dataclass(frozen=True, slots=True)
class SlippageCurve:
    """``log rate = a + b (units - 6)``, and the reads it rests on (0: it is the typical curve)."""

    a: float = -7.1
    b: float = 0.36
    highest: float = HIGHEST_RATE
    reads: int = 0
    slipped: int = 0

    def rate(self, units: float, steps: int = 1) -> float:
        """Expected share of fragments that show `steps` units more (or fewer) in a tract of `units`."""
        one = min(exp(min(self.a + self.b * (units - 6), 0.0)), self.highest)
        return max(OUTSIDE_REPEATS, one * EACH_FURTHER_UNIT ** (steps - 1))

    def as_dict(self) -> dict[str, Any]:
        """For qc.json."""
        return {
            "a": round(self.a, 4) + 0.0,
            "b": round(self.b, 4) + 0.0,
            "highest": round(self.highest, 4),
            "reads": self.reads,
            "slipped": self.slipped,
            "learned": self.reads > 0,
        }

    @classmethod
    def from_dict(cls, value: dict[str, Any]) -> "SlippageCurve":
        """From qc.json (rounded there)."""
        return cls(*(value[name] for name in ("a", "b", "highest", "reads", "slipped")))


Curves = Sequence[SlippageCurve]
UNIT_CLASSES = ("mono", "di", "longer")
TYPICAL_CURVES: Curves = (SlippageCurve(),) * len(UNIT_CLASSES)


def fit_curves(counts: NDArray[np.int64]) -> Curves:
    """Curves of a sample.

    Parameters
    ----------
    counts : (N_UNIT_CLASSES, N_HALF_UNITS, 2) int64
        Reads that span tracts, and those with one unit more or less (`slip_counts.count_slips`).
    """
    units = half_units()
    fitted = []
    for k in range(N_UNIT_CLASSES):
        use = (units >= FEWEST_UNITS[k]) & (units <= MOST_UNITS) & (counts[k, :, 0] > 0)
        reads, slipped = counts[k, use, 0], counts[k, use, 1]
        if slipped.sum() < LEAST_SLIPPED_READS:
            fitted.append(SlippageCurve())
            continue
        a, b = _most_likely(units[use] - 6.0, reads.astype(float), slipped.astype(float))
        of_long, slipped_long = counts[k, units > MOST_UNITS].sum(axis=0)
        highest = (slipped_long + HIGHEST_RATE * PRIOR_LONG_READS) / (of_long + PRIOR_LONG_READS)
        fitted.append(SlippageCurve(a, b, float(highest), int(reads.sum()), int(slipped.sum())))
    return tuple(fitted)


def _most_likely(
    x: NDArray[np.float64], reads: NDArray[np.float64], slipped: NDArray[np.float64]
) -> tuple[float, float]:
    """Mode of a and b, by Newton's method: the log posterior is concave."""
    design = np.stack([np.ones(len(x)), x])
    center, precision = np.array([PRIOR_A[0], PRIOR_B[0]]), 1 / np.array([PRIOR_A[1], PRIOR_B[1]]) ** 2
    value = center.copy()
    for _ in range(_NEWTON_STEPS):
        expected = reads * np.exp(np.minimum(value @ design, 0.0))
        slope = design @ (slipped - expected) - precision * (value - center)
        curvature = (design * expected) @ design.T + np.diag(precision)
        value = value + np.clip(np.linalg.solve(curvature, slope), -1.0, 1.0)
    return float(value[0]), float(value[1])


def indel_context(allele: Allele, slack: int) -> tuple[int, float, float]:
    """Repeat unit length, units in the reference, and typical slippage rate of an indel.

    Parameters
    ----------
    slack
        How far the left-aligned indel could be shifted to the right, in bases.
    """
    n_ref, n_alt = len(allele.ref), len(allele.alt)
    if n_ref > 1 and n_alt > 1:
        return 0, 0.0, OUTSIDE_REPEATS
    return _context(allele.ref[1:], slack + n_ref - 1) if n_ref > n_alt else _context(allele.alt[1:], slack)


@lru_cache(maxsize=8192)  # a sample's indels are mostly one unit of the same short repeats
def _context(sequence: str, tract: int) -> tuple[int, float, float]:
    """Unit, units and typical rate of inserted or deleted bases in a tract of so many bases."""
    if not sequence:
        return 0, 0.0, OUTSIDE_REPEATS
    unit = smallest_unit(sequence)
    units = tract / unit
    return unit, units, slippage_rate(unit, units, len(sequence) // unit, TYPICAL_CURVES)


def slippage_rate(unit: int, units: float, steps: int, curves: Curves) -> float:
    """Rate of an indel of `steps` units of `unit` bases in a tract of `units`; unit 0 is no repeat."""
    if unit < 1:
        return OUTSIDE_REPEATS
    k = unit_class(unit)
    return curves[k].rate(units, steps) if units >= FEWEST_UNITS[k] else OUTSIDE_REPEATS


def slippage_rates(
    change: NDArray[np.int64], unit: NDArray[np.int32], units: NDArray[np.float64], curves: Curves
) -> NDArray[np.float64]:
    """(n,) rates of candidates that add `change` bases (0: a substitution, which does not slip)."""
    rates = np.zeros(len(change))
    indels = np.flatnonzero(change)
    own = unit[indels].astype(np.int64)
    steps = np.maximum(np.abs(change[indels]) // np.maximum(own, 1), 1)
    rows, of_row = np.unique(np.stack([own, units[indels], steps], axis=1), axis=0, return_inverse=True)
    # few different ones: each rate is worked out once
    each = [slippage_rate(int(one), float(n), int(step), curves) for one, n, step in rows.tolist()]
    rates[indels] = np.array(each, np.float64)[of_row.reshape(-1)]
    return rates


def smallest_unit(sequence: str) -> int:
    """Length of the shortest unit of which `sequence` is a whole number of copies."""
    n = len(sequence)
    for unit in range(1, n + 1):
        if n % unit == 0 and sequence == sequence[:unit] * (n // unit):
            return unit
    return n
