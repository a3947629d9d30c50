"""Germline genotypes of the normal from the same fragments."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from oncoloom.calling.columns import Rows, new_rows
from oncoloom.calling.fragment_counts import shown_fraction
from oncoloom.calling.mixture import ShownFragments, SparseHistograms
from oncoloom.kernels.arrays import NORMAL_FRAGMENTS, STATISTIC

HET, HOM = 1, 2
LEAST_FRAGMENTS, LEAST_FRACTION = 2, 0.12
_SLIP_MULTIPLES = (0.5, 1.0, 1.5, 2.0)


@dataclass(frozen=True, slots=True)
class Genotypes:
    """Genotype of each candidate in the normal.

    Attributes
    ----------
    genotype : (n,) int8
        0 reference, 1 heterozygous, 2 homozygous.
    probability : (n,) float64
        That the normal carries the allele.
    quality : (n,) float64
        Phred of the genotype being another one, at most 99.
    shared : (n,) bool
        Another called allele replaces the same bases (see `shared_sites`).
    """

    genotype: NDArray[np.int8]
    probability: NDArray[np.float64]
    quality: NDArray[np.float64]
    shared: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class SampleGenotypes:
    """`Genotypes` of all candidates of a sample; what is large need not be in memory."""

    genotype: NDArray[np.int8]
    probability: Rows
    quality: Rows
    shared: NDArray[np.bool_]

    @classmethod
    def empty(cls, n: int, folder: Path | None) -> "SampleGenotypes":
        """Room for `n` candidates."""
        probability, quality = new_rows(n, folder=folder), new_rows(n, folder=folder)
        return cls(np.zeros(n, np.int8), probability, quality, np.zeros(n, bool))

    def put(self, rows: slice, called: Genotypes) -> None:
        """Set those of some candidates."""
        self.genotype[rows], self.shared[rows] = called.genotype, called.shared
        self.probability[rows], self.quality[rows] = called.probability, called.quality

    def without(self, index: NDArray[np.int64]) -> "SampleGenotypes":
        """The same, but that the normal does not carry these candidates."""
        genotype = self.genotype.copy()
        genotype[index] = 0
        return replace(self, genotype=genotype)

    def between(self, rows: slice) -> Genotypes:
        """Those of some candidates."""
        return Genotypes(self.genotype[rows], self.probability[rows], self.quality[rows], self.shared[rows])


def call_genotypes(
    histograms: SparseHistograms,
    normal: NDArray[np.int32],
    carrier_rate: NDArray[np.float64],
    slippage_rate: NDArray[np.float64],
    in_repeat: NDArray[np.bool_],
) -> Genotypes:
    """Genotypes by ``sum log(1 - g + g e^L)`` at g = 0.005, 0.5, 0.995 and `germline_prior.carrier_rates`.

    In repeats 0/0 may show slippage (mean over 0.5 to 2 times its rate) and 1/1 lacks twice the rate.
    Candidates with fewer than two fragments or 12 % of them, and those on one strand only with at least four
    reads and less than 30 %, are reference.
    """
    n = len(carrier_rate)
    shown = ShownFragments.of(histograms, (NORMAL_FRAGMENTS,))
    logs = np.stack([shown.log_likelihood(g) for g in (0.005, 0.5, 0.995)], axis=1)
    repeats = np.flatnonzero(in_repeat)
    if repeats.size:
        rate, shown = slippage_rate[repeats], shown.among(repeats)
        slipped = np.stack([shown.log_likelihood(m * rate) for m in _SLIP_MULTIPLES], axis=1)
        mean = np.logaddexp.reduce(slipped, axis=1) - np.log(len(_SLIP_MULTIPLES))
        logs[repeats, 0] = np.maximum(logs[repeats, 0], mean)
        logs[repeats, 2] = np.maximum(logs[repeats, 2], shown.log_likelihood(1 - 2 * rate))
    logs += np.log(np.stack([1 - carrier_rate, carrier_rate * 2 / 3, carrier_rate / 3], axis=1))
    logs -= np.logaddexp.reduce(logs, axis=1, keepdims=True)
    posterior = np.exp(logs)
    genotype = posterior.argmax(axis=1).astype(np.int8)
    carried = posterior[:, 1] + posterior[:, 2]
    genotype = np.where((genotype == 0) & (carried > 0.5), 1 + (posterior[:, 2] > posterior[:, 1]), genotype)
    genotype = np.where(carried > 0.5, genotype, 0).astype(np.int8)
    genotype[_implausible(normal)] = 0
    error = 1.0 - posterior[np.arange(n), genotype] if n else np.zeros(0)
    quality = np.minimum(99.0, -10 * np.log10(np.maximum(error, 1e-12)))
    return Genotypes(genotype, carried, quality, np.zeros(n, bool))


def _implausible(normal: NDArray[np.int32]) -> NDArray[np.bool_]:
    alt, fraction = normal[:, STATISTIC["alt"]], shown_fraction(normal)
    one_strand = np.minimum(normal[:, STATISTIC["alt_forward"]], normal[:, STATISTIC["alt_reverse"]]) == 0
    few = (alt < LEAST_FRAGMENTS) | (fraction < LEAST_FRACTION)
    return few | (one_strand & (alt >= 4) & (fraction < 0.3))
