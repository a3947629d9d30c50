"""Tumor mutational burden: coding mutations per callable megabase, with its exact Poisson interval."""

from dataclasses import dataclass

from scipy.stats import chi2


@dataclass(frozen=True, slots=True)
class Tmb:
    """Mutations per callable coding Mb; None with `reason` where the callable size cannot carry it."""

    value: float | None
    lower: float | None
    upper: float | None
    all_coding: float | None
    reason: str | None


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


def compute_tmb(n_nonsynonymous: int, n_coding: int, callable_coding_bp: int, min_mb: float) -> Tmb:
    """TMB over callable coding bases.

    Parameters
    ----------
    n_nonsynonymous, n_coding
        Somatic PASS mutations in the callable coding sequence.
    callable_coding_bp
        Coding bases of the chosen transcripts with enough depth in both samples.
    min_mb
        Below this many Mb a rate says nothing (Vega 2021: 0.67): null with reason.
    """
    mb = callable_coding_bp / 1e6
    if mb < max(min_mb, 1e-9):
        return Tmb(None, None, None, None, f"{mb:.3f} Mb of coding sequence callable, {min_mb:g} Mb needed")
    low, high = poisson_limits(n_nonsynonymous)
    return Tmb(n_nonsynonymous / mb, low / mb, high / mb, n_coding / mb, None)
