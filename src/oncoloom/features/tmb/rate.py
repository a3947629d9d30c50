"""Tumor mutational burden as a rate: mutations per callable megabase with exact Poisson limits."""

from dataclasses import dataclass

from scipy.stats import chi2, gamma

HIGH_CUTOFF = 10.0  # mutations per Mb, the cutoff of pembrolizumab's tissue-agnostic label (KEYNOTE-158)
HYPERMUTATED = 100.0  # mutations per Mb; replication repair is lost above it (Campbell 2017, Cell 171)
SURE = 0.95  # probability from which on a rate is called above or below the cutoff


@dataclass(frozen=True, slots=True)
class Rate:
    """Mutations per Mb with exact 95 % limits."""

    value: float
    lower: float
    upper: float


@dataclass(frozen=True, slots=True)
class Tmb:
    """Mutations per callable coding Mb; None with `reason` where the callable size cannot carry it.

    `probability_high` is the probability that the true rate is above the cutoff; `level` low, indeterminate,
    high or hypermutated.
    """

    value: float | None = None
    lower: float | None = None
    upper: float | None = None
    all_coding: float | None = None
    all_coding_lower: float | None = None
    all_coding_upper: float | None = None
    probability_high: float | None = None
    level: str | None = None
    reason: str | None = None


def poisson_limits(n: int) -> tuple[float, float]:
    """Exact 95 % limits of a Poisson mean after `n` events (Garwood 1936).

    Examples
    --------
    >>> [round(x, 2) for x in poisson_limits(0)]
    [0.0, 3.69]
    >>> [round(x, 1) for x in poisson_limits(10)]
    [4.8, 18.4]
    """
    lower = float(chi2.ppf(0.025, 2 * n) / 2) if n else 0.0
    return lower, float(chi2.ppf(0.975, 2 * n + 2) / 2)


def rate_of(n: int, mb: float) -> Rate:
    """`n` mutations on `mb` megabases as a rate with its exact limits."""
    low, high = poisson_limits(n)
    return Rate(n / mb, low / mb, high / mb)


def probability_above(n: int, mb: float, cutoff: float) -> float:
    """Probability that the true rate is above `cutoff` per Mb: Gamma(n + 1/2, mb), Jeffreys' prior.

    Examples
    --------
    >>> round(probability_above(10, 1.0, 10.0), 2), round(probability_above(40, 1.0, 10.0), 4)
    (0.53, 1.0)
    """
    return float(gamma.sf(cutoff, n + 0.5, scale=1.0 / mb))


def compute_tmb(
    n_nonsynonymous: int,
    n_coding: int,
    callable_coding_bp: int,
    min_mb: float,
    *,
    high_cutoff: float = HIGH_CUTOFF,
) -> Tmb:
    """TMB over callable coding bases.

    Parameters
    ----------
    n_nonsynonymous, n_coding
        Somatic PASS mutations in the callable coding sequence.
    callable_coding_bp
        Coding bases of the chosen transcripts with enough depth in both samples.
    min_mb
        Below this many Mb a rate says nothing (Vega 2021: 0.67): null with reason.
    high_cutoff
        Mutations per Mb that `probability_high` is about.
    """
    mb = callable_coding_bp / 1e6
    if mb < max(min_mb, 1e-9):
        return Tmb(reason=f"{mb:.3f} Mb of coding sequence callable, {min_mb:g} Mb needed")
    changing, coding = rate_of(n_nonsynonymous, mb), rate_of(n_coding, mb)
    above = probability_above(n_nonsynonymous, mb, high_cutoff)
    return Tmb(
        changing.value,
        changing.lower,
        changing.upper,
        coding.value,
        coding.lower,
        coding.upper,
        above,
        _level(changing, above),
    )


def _level(rate: Rate, above: float) -> str:
    """Hypermutated where even the lower limit is above that mark; else by the probability alone."""
    if rate.lower > HYPERMUTATED:
        return "hypermutated"
    if above >= SURE:
        return "high"
    return "low" if above <= 1 - SURE else "indeterminate"
