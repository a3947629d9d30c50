"""Named hypotheses for each candidate, and how likely each is.

Their rates are learned from the sample (`mixture_fit`), per site and class: a quiet sample makes the caller
strict by itself, one with formalin damage teaches it the damage's rate. Method: docs/methods/calling.md.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from oncoloom.kernels.arrays import (
    FRACTIONS,
    N_BINS,
    bin_centers,
    fraction_weights,
    log_mixture_table,
)
from oncoloom.kernels.dispatch import Device, mixture
from oncoloom.kernels.mixture_core import (
    DAMAGE,
    ERROR,
    GERMLINE,
    HYPOTHESES,
    N_OUTPUTS,
    SHARED_NOISE,
    SLIPPAGE,
    SOMATIC,
    STRAND,
)
from oncoloom.kernels.mixture_cpu import SLIPPED

CLASSES = ("snv_other", "snv_ct", "snv_gt", "indel", "indel_repeat")
INDEL, INDEL_IN_REPEAT = 3, 4
# Sites of each class in one callable base.
OPPORTUNITIES = np.array([2.0, 0.5, 0.5, 2.0, 0.06])
NORMAL_LEAKS = (0.03, 0.06, 0.1, 0.15, 0.2)
LEAK_WEIGHT = 0.03
LEAST_TUMOR_IN_NORMAL = 0.03  # an estimate below it changes nothing
N_HYPOTHESES = len(HYPOTHESES)


@dataclass(frozen=True, slots=True)
class SparseHistograms:
    """Histograms of all candidates, empty cells left out.

    Attributes
    ----------
    borders : (n + 1,) int64
    cells : int32
        category * N_BINS + bin.
    counts : int32
    """

    borders: NDArray[np.int64]
    cells: NDArray[np.int32]
    counts: NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class ShownFragments:
    """Fragments of some categories, of all candidates.

    Attributes
    ----------
    row : (k,) int64
        Candidate of each cell.
    bins : (k,) int32
        Bin of its log ratio.
    counts : (k,) int32
    n : int
        Candidates.
    """

    row: NDArray[np.int64]
    bins: NDArray[np.int32]
    counts: NDArray[np.int32]
    n: int

    @classmethod
    def of(cls, histograms: SparseHistograms, categories: tuple[int, ...]) -> "ShownFragments":
        """Those of the histograms' `categories`."""
        n = len(histograms.borders) - 1
        category = histograms.cells // N_BINS
        mine = np.flatnonzero(np.logical_or.reduce([category == one for one in categories]))
        row = np.repeat(np.arange(n), np.diff(histograms.borders))[mine]
        return cls(row, histograms.cells[mine] % N_BINS, histograms.counts[mine], n)

    def among(self, rows: NDArray[np.int64]) -> "ShownFragments":
        """Those of some candidates (ascending)."""
        place = np.full(self.n, -1, np.int64)
        place[rows] = np.arange(len(rows))
        row = place[self.row]
        mine = np.flatnonzero(row >= 0)
        return ShownFragments(row[mine], self.bins[mine], self.counts[mine], len(rows))

    def log_likelihood(self, fraction: float | NDArray[np.float64]) -> NDArray[np.float64]:
        """(n,) log likelihood of an allele fraction, one for all candidates or each one's own."""
        less = np.exp(bin_centers()) - 1.0
        f = np.minimum(fraction, 1 - 1e-9)
        terms = np.log1p(f[self.row] * less[self.bins]) if f.ndim else np.log1p(f * less)[self.bins]
        return np.bincount(self.row, weights=self.counts * terms, minlength=self.n).astype(np.float64)


@dataclass(frozen=True, slots=True)
class SiteClasses:
    """What decides a candidate's priors.

    Attributes
    ----------
    index : (n,) integer
        Into `CLASSES`.
    damage : (n,) int8
        0 made in F1R2 fragments, 1 in F2R1, -1 no damage class.
    slippage_rate : (n,) float64
        0 for substitutions.
    """

    index: NDArray[np.integer]
    damage: NDArray[np.int8]
    slippage_rate: NDArray[np.float64]

    def among(self, rows: slice) -> "SiteClasses":
        """Those of some candidates."""
        return SiteClasses(self.index[rows], self.damage[rows], self.slippage_rate[rows])


NO_HISTOGRAMS = SparseHistograms(np.zeros(1, np.int64), np.zeros(0, np.int32), np.zeros(0, np.int32))
NO_SITES = SiteClasses(np.zeros(0, np.int64), np.zeros(0, np.int8), np.zeros(0))


@lru_cache(maxsize=4_096)  # nearly all are one of twelve
def _substitution_class(ref: str, alt: str) -> tuple[int, int]:
    """Class and damage orientation of a substitution or block of substitutions."""
    changes = {x + y for x, y in zip(ref, alt, strict=True) if x != y}
    if changes <= {"CT"} or changes <= {"GA"}:
        return 1, 0 if changes <= {"CT"} else 1
    if changes <= {"GT"} or changes <= {"CA"}:
        return 2, 0 if changes <= {"GT"} else 1
    return 0, -1


def classify_sites(
    ref: list[str], alt: list[str], slippage_rate: NDArray[np.float64], in_repeat: NDArray[np.bool_]
) -> SiteClasses:
    """Class, damage orientation and slippage rate of each allele."""
    index = np.zeros(len(ref), np.int64)
    damage = np.full(len(ref), -1, np.int8)
    for c, (r, a) in enumerate(zip(ref, alt, strict=True)):
        if len(r) != len(a):
            index[c] = INDEL_IN_REPEAT if in_repeat[c] else INDEL
            continue
        index[c], damage[c] = _substitution_class(r, a)
    return SiteClasses(index, damage, slippage_rate)


def score_candidates(
    histograms: SparseHistograms,
    classes: SiteClasses,
    *,
    tumor_in_normal: float = 0.0,
    has_normal: bool = True,
    device: Device = "cpu",
) -> NDArray[np.float64]:
    """(n, N_OUTPUTS) log marginal likelihoods of the hypotheses, and the two figures beside them.

    tumor_in_normal
        Estimated share of the tumor's allele fraction that the normal shows; above `LEAST_TUMOR_IN_NORMAL` it
        replaces the fixed allowance for leaks.
    """
    n = len(classes.index)
    out = np.zeros((n, N_OUTPUTS))
    leaks = [(t, LEAK_WEIGHT / len(NORMAL_LEAKS)) for t in NORMAL_LEAKS]
    base = 1.0 - LEAK_WEIGHT
    if tumor_in_normal > LEAST_TUMOR_IN_NORMAL:
        leaks = [(t, 0.1 * weight) for t, weight in leaks]
        leaks += [(k * tumor_in_normal, 0.3) for k in (0.6, 1.0, 1.4)]
        base *= 0.1
    leak_table = np.stack([log_mixture_table(t * FRACTIONS).T for t, _ in leaks])
    with np.errstate(divide="ignore"):
        log_w = np.log(fraction_weights(1.0, 1.0))
        log_v = np.maximum(np.log(fraction_weights(2.0, 0.12)), -1e9)
    genotype = np.array([np.argmin(np.abs(FRACTIONS - g)) for g in (0.35, 0.42, 0.5, 0.97, 1.0)])
    repeat = (classes.index == INDEL_IN_REPEAT) & has_normal
    mixture(device)(
        histograms.borders,
        histograms.cells,
        histograms.counts,
        classes.damage,
        classes.slippage_rate,
        repeat.astype(np.uint8),
        np.ascontiguousarray(log_mixture_table(FRACTIONS).T),
        np.ascontiguousarray(leak_table),
        np.array([weight for _, weight in leaks]),
        base,
        FRACTIONS,
        log_w,
        log_v,
        genotype,
        SLIPPED,
        out,
    )
    if not has_normal:  # without a normal, germline and noise of the person cannot be told apart from somatic
        out[:, [GERMLINE, SHARED_NOISE]] = -1e9
    return out


__all__ = [
    "CLASSES",
    "DAMAGE",
    "ERROR",
    "GERMLINE",
    "HYPOTHESES",
    "LEAST_TUMOR_IN_NORMAL",
    "NO_HISTOGRAMS",
    "NO_SITES",
    "SHARED_NOISE",
    "SLIPPAGE",
    "SOMATIC",
    "STRAND",
    "ShownFragments",
    "SiteClasses",
    "SparseHistograms",
    "classify_sites",
    "score_candidates",
]
