"""Whose DNA is in the tubes: concordance of tumor and normal, and tumor cells in the normal."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from oncoloom.kernels.arrays import STATISTIC

LEAST_DEPTH = 8
LEAST_CONTAMINATION_SITES = 5


@dataclass(frozen=True, slots=True)
class Estimate:
    """A fraction and how many sites it rests on; None where there are too few."""

    fraction: float | None
    sites: int

    def as_dict(self) -> dict[str, float | int | None]:
        """For qc.json."""
        fraction = None if self.fraction is None else round(self.fraction, 4) + 0.0
        return {"fraction": fraction, "sites": self.sites}


def _counts(table: NDArray[np.int32]) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    ref = table[:, STATISTIC["ref"]].astype(np.int64)
    alt = table[:, STATISTIC["alt"]].astype(np.int64)
    other = table[:, STATISTIC["other"]].astype(np.int64)
    return ref, alt, other


def estimate_concordance(
    tumor: NDArray[np.int32],
    normal: NDArray[np.int32],
    genotype: NDArray[np.int8],
    is_snv: NDArray[np.bool_],
) -> tuple[int, int]:
    """Informative germline sites and how many agree; lost heterozygosity never counts against.

    Informative: SNVs homozygous in one sample, and with the other allele near fixation in the other sample or
    carried by it. A site that is homozygous alternative in the normal agrees when the tumor shows mostly the
    alternative; a site without it in the normal disagrees when the tumor is nearly all alternative; a
    heterozygous one in the tumor (0.3 to 0.7 with the normal clear of it at >= 15 fragments) counts against
    only where it stands among many, which the fraction shows.
    """
    ref_t, alt_t, _ = _counts(tumor)
    ref_n, alt_n, _ = _counts(normal)
    deep = is_snv & (ref_t + alt_t >= LEAST_DEPTH) & (ref_n + alt_n >= LEAST_DEPTH)
    af_t = alt_t / np.maximum(ref_t + alt_t, 1)
    af_n = alt_n / np.maximum(ref_n + alt_n, 1)
    hom = deep & (genotype == 2) & (af_n > 0.9)
    agree = hom & (af_t > 0.7)
    foreign = deep & (af_n < 0.02) & (af_t > 0.9)
    return int(hom.sum() + foreign.sum()), int(agree.sum())


def estimate_tumor_in_normal(tumor: NDArray[np.int32], normal: NDArray[np.int32]) -> Estimate:
    """How much of the tumor's allele fraction the normal shows; counts of confident somatic SNVs.

    Maximises ``sum log[0.9 Bin(a_N; n, t AF_T + 5e-4) + 0.1 Bin(a_N; n, AF_T)]`` over t.
    """
    ref_t, alt_t, _ = _counts(tumor)
    ref_n, alt_n, _ = _counts(normal)
    depth_t, depth_n = ref_t + alt_t, ref_n + alt_n
    af_t = alt_t / np.maximum(depth_t, 1)
    af_n = alt_n / np.maximum(depth_n, 1)
    use = (alt_t >= 5) & (af_t > 0.08) & (af_n < 0.6 * af_t) & (af_n < 0.3) & (depth_n >= LEAST_DEPTH)
    n = int(use.sum())
    if n < LEAST_CONTAMINATION_SITES:
        return Estimate(None, n)
    grid = np.linspace(0.0, 0.6, 121)
    a, d, f = alt_n[use].astype(float), depth_n[use].astype(float), af_t[use]
    total = np.zeros(grid.shape)
    for index, t in enumerate(grid):
        p = np.clip(t * f + 5e-4, 1e-6, 0.999)
        q = np.clip(f, 1e-6, 0.999)
        leak = a * np.log(p) + (d - a) * np.log1p(-p)
        germline = a * np.log(q) + (d - a) * np.log1p(-q)
        total[index] = np.logaddexp(np.log(0.9) + leak, np.log(0.1) + germline).sum()
    return Estimate(float(grid[int(total.argmax())]), n)
