"""Microsatellite instability: length histograms of repeats in tumor against normal."""

from dataclasses import dataclass
from math import sqrt

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.special import xlogy
from scipy.stats import chi2

MIN_FRAGMENTS = 20
MAX_P_VALUE = 1e-3
MIN_NEW_SHARE = 0.10
_POOL_BELOW = 5
_Z95 = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Locus:
    """One assessable microsatellite: test, and share of tumor fragments on lengths new to the normal."""

    chrom: str
    start: int
    end: int
    unit: str
    p_value: float
    new_share: float

    @property
    def unstable(self) -> bool:
        """p < 0.001 and at least a tenth of the tumor's fragments on new lengths."""
        return self.p_value < MAX_P_VALUE and self.new_share >= MIN_NEW_SHARE


@dataclass(frozen=True, slots=True)
class MsiResult:
    """Score with its 95 % Wilson interval; status None with `reason` where too few loci could be assessed."""

    n_loci: int
    n_unstable: int
    score: float | None
    lower: float | None
    upper: float | None
    status: str | None
    reason: str | None


def assess_loci(raw: pl.DataFrame) -> list[Locus]:
    """Microsatellites with at least 20 spanning fragments in both samples.

    Parameters
    ----------
    raw
        `features_raw` table; kind `repeat`: fragments (count) by length in bases (key), role, place and unit.
    """
    repeats = raw.filter(pl.col("kind") == "repeat").sort("chrom", "start", "end", "key", "role")
    loci = []
    for (chrom, start, end, unit), group in repeats.group_by(
        "chrom", "start", "end", "label", maintain_order=True
    ):
        lengths = sorted(set(group["key"].to_list()))
        at = {length: n for n, length in enumerate(lengths)}
        counts = np.zeros((2, len(lengths)), dtype=np.int64)
        for role, key, count in group.select("role", "key", "count").iter_rows():
            counts[0 if role == "tumor" else 1, at[key]] += count
        if counts.sum(axis=1).min() < MIN_FRAGMENTS:
            continue
        loci.append(
            Locus(
                str(chrom),
                int(start),
                int(end),
                str(unit or ""),
                length_test(counts),
                new_length_share(counts),
            )
        )
    return loci


def length_test(counts: NDArray[np.int64]) -> float:
    """p-value of a G-test (likelihood ratio) that both samples share one length distribution.

    counts : (2, k) int64, tumor and normal by length; lengths with under 5 fragments in both together are
    pooled.
    """
    small = counts.sum(axis=0) < _POOL_BELOW
    pooled = np.concatenate([counts[:, ~small], counts[:, small].sum(axis=1, keepdims=True)], axis=1).astype(
        float
    )
    pooled = pooled[:, pooled.sum(axis=0) > 0]
    if pooled.shape[1] < 2:
        return 1.0
    expected = pooled.sum(axis=1, keepdims=True) * pooled.sum(axis=0, keepdims=True) / pooled.sum()
    statistic = 2 * float((xlogy(pooled, pooled) - xlogy(pooled, expected)).sum())
    return float(chi2.sf(max(statistic, 0.0), pooled.shape[1] - 1))


def new_length_share(counts: NDArray[np.int64]) -> float:
    """Σ max(0, tumor share − normal share) over lengths. counts : (2, k) int64."""
    share = counts / counts.sum(axis=1, keepdims=True)
    return float(np.maximum(0.0, share[0] - share[1]).sum())


def wilson_interval(k: int, n: int) -> tuple[float, float]:
    """95 % Wilson score interval of a share k/n (Wilson 1927).

    Examples
    --------
    >>> [round(x, 3) for x in wilson_interval(0, 50)]
    [0.0, 0.071]
    """
    center = (k + _Z95**2 / 2) / (n + _Z95**2)
    half = _Z95 / (n + _Z95**2) * sqrt(k * (n - k) / n + _Z95**2 / 4)
    return max(0.0, center - half), min(1.0, center + half)


def summarize_msi(
    loci: list[Locus], *, min_loci: int, unstable_high: float, tumor_seen: bool, paired: bool = True
) -> MsiResult:
    """Score and status of one tumor.

    MSI-H: score at least `unstable_high` and the lower limit above 2 %. MSS: upper limit below
    2 × `unstable_high`, score at most 2 % and the tumor seen otherwise (`tumor_seen`), since a tumor that is
    hardly there looks stable. Anything else is indeterminate.
    """
    n, k = len(loci), sum(locus.unstable for locus in loci)
    if not paired:
        return MsiResult(
            0, 0, None, None, None, None, "no matched normal: repeat lengths have nothing to compare with"
        )
    if n < min_loci:
        reason = f"{n} microsatellites with 20 fragments in tumor and normal; {min_loci} are needed"
        return MsiResult(n, k, None, None, None, None, reason)
    low, high = wilson_interval(k, n)
    score = k / n
    if score >= unstable_high and low > 0.02:
        status = "MSI-H"
    elif high < 2 * unstable_high and score <= 0.02 and tumor_seen:
        status = "MSS"
    else:
        status = "indeterminate"
    return MsiResult(n, k, score, low, high, status, None)
