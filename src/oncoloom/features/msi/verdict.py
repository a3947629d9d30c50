"""Score and status of a tumor from its loci: unstable, stable, or a zone in which neither may be said."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from oncoloom.shares import wilson_interval

MIN_LOCI = 30
BACKGROUND, MARGIN = 0.005, 0.01
MOST_Z2 = 50.0  # a single locus adds at most this to the spread of shifts


@dataclass(frozen=True, slots=True)
class MsiRules:
    """What a status rests on.

    Attributes
    ----------
    min_loci
        Fewer assessable loci: no score at all.
    unstable_share
        Share of loci unstable in the weakest MSI-H tumor.
    background
        Unstable share between two normal samples (of a baseline; 0.5 % where there is none).
    """

    min_loci: int = MIN_LOCI
    unstable_share: float = 0.10
    background: float = BACKGROUND


@dataclass(frozen=True, slots=True)
class MsiResult:
    """Score with its 95 % Wilson interval and status; None with `reason` where there is none.

    Attributes
    ----------
    n_loci, n_unstable
        Assessable loci, and unstable ones among them.
    expected_score
        What a tumor with the least unstable share would score at this purity and depth; None where the purity
        is unknown.
    shift_spread
        Mean squared shift of repeat lengths around the median shift, in standard errors (each locus at most
        50): second evidence at low purity, where the count of unstable loci fails.
    why
        Why the status is indeterminate.
    """

    n_loci: int
    n_unstable: int
    score: float | None = None
    lower: float | None = None
    upper: float | None = None
    status: str | None = None
    reason: str | None = None
    expected_score: float | None = None
    shift_spread: float | None = None
    why: str | None = None


def no_score(n_loci: int, n_unstable: int, reason: str) -> MsiResult:
    """A result without score."""
    return MsiResult(n_loci, n_unstable, reason=reason)


def judge(
    n_loci: int,
    n_unstable: int,
    rules: MsiRules,
    *,
    power: float | None,
    shift_spread: float | None = None,
) -> MsiResult:
    """Score and status of at least `min_loci` loci.

    MSI-H: the lower Wilson limit is above the background by 1 %. MSS: the score is not, and the upper limit
    is below what a tumor with the least unstable share would score. Else indeterminate.

    Parameters
    ----------
    power
        Probability that an unstable locus is found at this purity and depth (`power.detection_power`); None
        where the purity is unknown.
    """
    if n_loci < rules.min_loci:
        return no_score(n_loci, n_unstable, _too_few(n_loci, rules.min_loci))
    low, high = wilson_interval(n_unstable, n_loci)
    score, line = n_unstable / n_loci, rules.background + MARGIN
    expected = None
    if power is not None:
        expected = rules.unstable_share * power + (1 - rules.unstable_share) * rules.background
    status, why = "indeterminate", None
    if low > line:
        status = "MSI-H"
    elif score > line:
        why = f"score {score:.3f} is above {line:.3f}, but its interval is not"
    elif expected is None:
        why = "the purity is unknown (without a normal: or below 0.3); an unstable tumor might not show"
    elif high >= expected:
        why = f"an unstable tumor might score only {expected:.3f} here, and up to {high:.3f} is not excluded"
    else:
        status = "MSS"
    return MsiResult(
        n_loci,
        n_unstable,
        score,
        low,
        high,
        status,
        expected_score=expected,
        shift_spread=shift_spread,
        why=why,
    )


def spread_of_shifts(shift_z: NDArray[np.float64]) -> float:
    """Mean of min((z − median z)², 50); near or below 1 where nothing is unstable."""
    return float(np.minimum((shift_z - np.median(shift_z)) ** 2, MOST_Z2).mean())


def _too_few(n: int, least: int) -> str:
    return f"{n} microsatellites with 20 fragments; {least} are needed"
