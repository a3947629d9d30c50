"""Cancer cell fraction of variants, with its interval, from allele fraction, copies and purity.

`AF = α m c / (α T + N (1 − α))`: a share α of tumor cells, of which a share c carries the variant on m of its
T copies; N copies in a normal cell. m and α are not known exactly, and the posterior of c is over both.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from oncoloom.kernels.cell_fraction import N_STEPS, cell_fraction_posterior

Clonality = Literal["clonal", "subclonal", "indeterminate"]

OVERDISPERSION = 0.005
LEAST_PURITY_SD = 0.03
MIN_DEPTH = 10
CLONAL_FROM = 0.9
_CLONAL_ABOVE, _SUBCLONAL_BELOW = 0.5, 0.05  # probability of a fraction over 0.9
_MASS = 0.95
_STEPS = np.arange(1, N_STEPS + 1) / N_STEPS


@dataclass(frozen=True, slots=True)
class SiteCopies:
    """Copies at a variant: total in tumor cells, the most that may carry it, in a normal cell."""

    total: float
    most: int
    normal: float = 2.0


@dataclass(frozen=True, slots=True)
class CellFraction:
    """Fraction of tumor cells with a variant: median and hull of the 95 % highest density; its class."""

    value: float
    lower: float
    upper: float
    clonality: Clonality


def cell_fractions(
    alt: Sequence[int],
    depth: Sequence[int],
    copies: Sequence[SiteCopies],
    *,
    purity: float,
    purity_sd: float,
) -> list[CellFraction]:
    """Cancer cell fractions of variants.

    Parameters
    ----------
    alt, depth
        Fragments with the variant and in all, depth >= 1.
    purity_sd
        Error of the purity; at least 0.03 is taken.

    Notes
    -----
    Beta-binomial counts (ρ 0.005), multiplicities 1 … `most` alike, purity at three points (¼ ½ ¼); flat
    prior on 0.01–1. Clonal: P(fraction > 0.9) > 0.5; subclonal: < 0.05; else indeterminate.
    """
    posterior = np.empty((len(alt), N_STEPS))
    cell_fraction_posterior(
        np.minimum(np.array(alt, dtype=np.int64), np.array(depth, dtype=np.int64)),
        np.array(depth, dtype=np.int64),
        np.array([one.total for one in copies], dtype=np.float64),
        np.array([max(1, one.most) for one in copies], dtype=np.int64),
        np.array([one.normal for one in copies], dtype=np.float64),
        purity,
        max(purity_sd, LEAST_PURITY_SD),
        (1 - OVERDISPERSION) / OVERDISPERSION,
        posterior,
    )
    return [_summary(row) for row in posterior]


def _summary(row: NDArray[np.float64]) -> CellFraction:
    order = np.argsort(-row, kind="stable")
    inside = order[: int(np.searchsorted(np.cumsum(row[order]), _MASS)) + 1]
    median = int(np.searchsorted(np.cumsum(row), 0.5))
    whole = float(row[_STEPS > CLONAL_FROM].sum())
    return CellFraction(
        float(_STEPS[min(median, N_STEPS - 1)]),
        float(_STEPS[inside.min()]),
        float(_STEPS[inside.max()]),
        "clonal" if whole > _CLONAL_ABOVE else "subclonal" if whole < _SUBCLONAL_BELOW else "indeterminate",
    )
