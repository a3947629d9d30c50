"""Germline genotypes of the normal from the same fragments."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from oncoloom.calling.mixture import SparseHistograms
from oncoloom.calling.slippage import REPEAT_RATE
from oncoloom.kernels.arrays import N_BINS, NORMAL_FRAGMENTS, STATISTIC, log_mixture_table

HET, HOM = 1, 2
THETA_SNV, THETA_INDEL, REPEAT_FACTOR = 1e-3, 1.5e-4, 10.0
LEAST_FRAGMENTS, LEAST_FRACTION = 2, 0.12
_SLIP_MULTIPLES = (0.5, 1.0, 2.0, 3.0)


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
    """

    genotype: NDArray[np.int8]
    probability: NDArray[np.float64]
    quality: NDArray[np.float64]


def call_genotypes(
    histograms: SparseHistograms,
    normal: NDArray[np.int32],
    is_indel: NDArray[np.bool_],
    slippage_rate: NDArray[np.float64],
) -> Genotypes:
    """Genotypes by ``sum log(1 - g + g e^L)`` at g = 0.005, 0.5, 0.995 and population priors.

    In repeats 0/0 may show slippage (mean over 0.5 to 3 times the expected rate) and 1/1 lacks twice the rate.
    Candidates with fewer than two fragments or 12 % of them, and those on one strand only with at least four
    reads and less than 30 %, are reference.
    """
    n = len(is_indel)
    logs = np.zeros((n, 3))
    table = log_mixture_table(np.array([0.005, 0.5, 0.995]))
    for c in range(n):
        cells = slice(histograms.borders[c], histograms.borders[c + 1])
        mine = histograms.cells[cells] // N_BINS == NORMAL_FRAGMENTS
        bins = histograms.cells[cells][mine] % N_BINS
        counts = histograms.counts[cells][mine]
        logs[c] = table[:, bins] @ counts
        if slippage_rate[c] > REPEAT_RATE:
            rate = float(slippage_rate[c])
            slipped = log_mixture_table(np.array([m * rate for m in _SLIP_MULTIPLES] + [1 - 2 * rate]))
            values = slipped[:, bins] @ counts
            logs[c, 0] = max(logs[c, 0], np.logaddexp.reduce(values[:4]) - np.log(4))
            logs[c, 2] = max(logs[c, 2], values[4])
    theta = np.where(is_indel, THETA_INDEL, THETA_SNV)
    theta = np.where(slippage_rate > REPEAT_RATE, theta * REPEAT_FACTOR, theta)
    logs += np.log(np.stack([1 - theta, theta * 2 / 3, theta / 3], axis=1))
    logs -= np.logaddexp.reduce(logs, axis=1, keepdims=True)
    posterior = np.exp(logs)
    genotype = posterior.argmax(axis=1).astype(np.int8)
    carried = posterior[:, 1] + posterior[:, 2]
    genotype = np.where((genotype == 0) & (carried > 0.5), 1 + (posterior[:, 2] > posterior[:, 1]), genotype)
    genotype = np.where(carried > 0.5, genotype, 0).astype(np.int8)
    genotype[_implausible(normal)] = 0
    error = 1.0 - posterior[np.arange(n), genotype] if n else np.zeros(0)
    quality = np.minimum(99.0, -10 * np.log10(np.maximum(error, 1e-12)))
    return Genotypes(genotype, carried, quality)


def _implausible(normal: NDArray[np.int32]) -> NDArray[np.bool_]:
    alt, ref = normal[:, STATISTIC["alt"]], normal[:, STATISTIC["ref"]]
    fraction = alt / np.maximum(alt + ref + normal[:, STATISTIC["other"]], 1)
    one_strand = np.minimum(normal[:, STATISTIC["alt_forward"]], normal[:, STATISTIC["alt_reverse"]]) == 0
    few = (alt < LEAST_FRAGMENTS) | (fraction < LEAST_FRACTION)
    return few | (one_strand & (alt >= 4) & (fraction < 0.3))
