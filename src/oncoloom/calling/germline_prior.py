"""How often a person carries an allele: the prior of germline genotypes.

Substitutions and indels outside repeats differ between two chromosomes at a fixed rate. Tandem repeats change
their length so much more often that from some twenty units on one in three persons is heterozygous. Their
curve follows the default table of DRAGstr (Illumina; GATK's `DragstrParams`, "API"): phred-scaled, it falls
by an exponential from short tracts to a level.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from oncoloom.calling.slip_counts import N_UNIT_CLASSES
from oncoloom.calling.slippage import FEWEST_UNITS

THETA_SNV, THETA_INDEL, REPEAT_FACTOR = 1e-3, 1.5e-4, 10.0
EACH_FURTHER_UNIT = 0.5  # of alleles with one unit more, or less
MOST_VARIABLE = 0.5


@dataclass(frozen=True, slots=True)
class RepeatCurve:
    """Phred-scaled rate of tracts that vary: ``level + fall exp(-(units - first) / scale)``."""

    level: float
    fall: float
    first: float
    scale: float

    def rate(self, units: NDArray[np.float64]) -> NDArray[np.float64]:
        """Share of tracts of so many units that vary in length."""
        beyond = np.maximum(units - self.first, 0.0)
        return 10.0 ** (-(self.level + self.fall * np.exp(-beyond / self.scale)) / 10.0)


CURVES = (
    RepeatCurve(4.0, 22.0, 6.0, 2.6),
    RepeatCurve(3.0, 26.0, 3.0, 3.0),
    RepeatCurve(2.5, 22.5, 3.0, 3.0),
)
"""By class of unit: one base, two, three and more."""


def carrier_rates(
    change: NDArray[np.int64],
    unit: NDArray[np.int32],
    units: NDArray[np.float64],
    in_repeat: NDArray[np.bool_],
) -> NDArray[np.float64]:
    """(n,) prior probability that a person carries each allele, in one copy or two.

    A varying tract is longer as often as it is shorter, and each further unit is half as frequent.

    Parameters
    ----------
    change : (n,)
        Bases that each allele adds; 0 for substitutions.
    unit, units : (n,)
        Repeat context (`slippage.indel_context`).
    in_repeat : (n,)
        Whether the typical slippage rate is one of repeats.
    """
    rates = np.where(change != 0, THETA_INDEL, THETA_SNV)
    rates = np.where(in_repeat, rates * REPEAT_FACTOR, rates)
    for k in range(N_UNIT_CLASSES):
        mine = np.minimum(unit, N_UNIT_CLASSES) == k + 1
        rows = np.flatnonzero(mine & (change != 0) & (units >= FEWEST_UNITS[k]))
        steps = np.abs(change[rows]) // unit[rows]
        varies = np.minimum(CURVES[k].rate(units[rows]), MOST_VARIABLE)
        rates[rows] = np.maximum(rates[rows], 0.5 * varies * EACH_FURTHER_UNIT ** (steps - 1))
    return rates
