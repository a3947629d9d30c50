"""Survival metrics: Kaplan-Meier, Harrell's C, inverse-probability-of-censoring Brier, D-calibration."""

from dataclasses import dataclass

import numpy as np

from oncoloom.response.array_types import FloatArray


@dataclass(frozen=True, slots=True)
class KaplanMeier:
    """A step curve: survival after each distinct event time, S = 1 before the first.

    `at_risk` and `deaths` are counts at those times. Day 0 counts: a death there lowers S(0).
    """

    times: FloatArray
    survival: FloatArray
    at_risk: FloatArray
    deaths: FloatArray

    def at(self, days: FloatArray) -> FloatArray:
        """Survival at `days`, right-continuous."""
        place = np.searchsorted(self.times, days, side="right")
        return np.concatenate([[1.0], self.survival])[place]

    def before(self, days: FloatArray) -> FloatArray:
        """Survival just before `days` (left limit)."""
        place = np.searchsorted(self.times, days, side="left")
        return np.concatenate([[1.0], self.survival])[place]

    def standard_error(self, day: float) -> float:
        """Greenwood's standard error of S(day)."""
        k = int(np.searchsorted(self.times, day, side="right"))
        left = self.at_risk[:k] - self.deaths[:k]
        if k == 0 or (left <= 0).any():
            return 0.0 if k == 0 else float("nan")
        return float(self.survival[k - 1] * np.sqrt((self.deaths[:k] / (self.at_risk[:k] * left)).sum()))

    def median(self) -> float | None:
        """First time with S <= 0.5; None if the curve stays above."""
        below = np.flatnonzero(self.survival <= 0.5 + 1e-12)
        return float(self.times[below[0]]) if below.size else None


def kaplan_meier(time: FloatArray, event: FloatArray, weight: FloatArray | None = None) -> KaplanMeier:
    """Product-limit curve (Kaplan & Meier 1958); weights default to 1."""
    weight = np.ones_like(time) if weight is None else weight
    times = np.unique(time[event > 0])
    order = np.argsort(time, kind="stable")
    sorted_time, tail = time[order], np.cumsum(weight[order][::-1])[::-1]
    at_risk = tail[np.searchsorted(sorted_time, times, side="left")] if times.size else np.zeros(0)
    place = np.searchsorted(times, time[event > 0])
    deaths = np.bincount(place, weights=weight[event > 0], minlength=times.size).astype(np.float64)
    survival = np.cumprod(1 - deaths / at_risk, dtype=np.float64) if times.size else np.zeros(0)
    return KaplanMeier(times, survival, at_risk, deaths)


def log_log_interval(curve: KaplanMeier, day: float) -> tuple[float, float, float]:
    """Survival at `day` with its 95 % interval on the log(-log) scale (Kalbfleisch & Prentice 1980)."""
    survival = float(curve.at(np.array([day]))[0])
    error = curve.standard_error(day)
    if not 0 < survival < 1 or not np.isfinite(error):
        return survival, survival, survival
    scaled = 1.959964 * error / (survival * abs(np.log(survival)))
    return survival, float(survival ** np.exp(scaled)), float(survival ** np.exp(-scaled))


def concordance(time: FloatArray, event: FloatArray, risk: FloatArray) -> float | None:
    """Harrell's C: among pairs whose order is known, the share where the earlier had the higher risk.

    Ties in risk count half; pairs with equal times count only if one is an event and the other censored (the
    event came first). None if no pair is comparable.
    """
    comparable = concordant = 0.0
    for i in np.flatnonzero(event > 0):
        later = (time > time[i]) | ((time == time[i]) & (event == 0))
        n = int(later.sum())
        if n:
            comparable += n
            concordant += (risk[i] > risk[later]).sum() + 0.5 * (risk[i] == risk[later]).sum()
    return float(concordant / comparable) if comparable else None


def concordance_draws(
    time: FloatArray, event: FloatArray, risk: FloatArray, *, n_draws: int, seed: int
) -> FloatArray:
    """(n_draws,) bootstrap draws of :func:`concordance` over patients; NaN where no pair is comparable.

    Equal seeds and patients draw the same patients, so that draws of two risks are paired. A draw is a
    vector of counts c; with the n x n tables of comparable and concordant pairs its C is c'Mc / c'Pc, so
    that all draws are two matrix products, in blocks of rows.
    """
    n = time.size
    rng = np.random.default_rng(seed)
    counts = np.stack([np.bincount(rng.integers(0, n, n), minlength=n) for _ in range(n_draws)]).astype(
        np.float64
    )
    concordant, comparable = np.zeros(n_draws), np.zeros(n_draws)
    for rows in np.array_split(np.flatnonzero(event > 0), max(1, n // 1000)):
        if not rows.size:
            continue
        later = (time > time[rows, None]) | ((time == time[rows, None]) & (event == 0))
        higher = np.where(risk[rows, None] > risk, 1.0, np.where(risk[rows, None] == risk, 0.5, 0.0)) * later
        comparable += (counts[:, rows] * (counts @ later.T)).sum(axis=1)
        concordant += (counts[:, rows] * (counts @ higher.T)).sum(axis=1)
    return np.where(comparable > 0, concordant / np.maximum(comparable, 1e-12), np.nan)


def concordance_interval(
    time: FloatArray, event: FloatArray, risk: FloatArray, *, n_draws: int = 400, seed: int = 1
) -> tuple[float, float] | None:
    """95 % bootstrap interval of :func:`concordance` over patients."""
    draws = concordance_draws(time, event, risk, n_draws=n_draws, seed=seed)
    known = np.isfinite(draws)
    if known.sum() < n_draws / 2:
        return None
    low, high = np.quantile(draws[known], [0.025, 0.975])
    return float(low), float(high)


def censoring_curve(time: FloatArray, event: FloatArray) -> KaplanMeier:
    """Kaplan-Meier of staying uncensored (an event at the same time as a censoring comes first)."""
    return kaplan_meier(time, 1 - event)


def brier_at(time: FloatArray, event: FloatArray, survival: FloatArray, day: float) -> float | None:
    """Brier score of S(day) with inverse-probability-of-censoring weights (Graf 1999).

    None if nobody is followed to `day` or had the event before.
    """
    g = censoring_curve(time, event)
    died = (time <= day) & (event > 0)
    alive = time > day
    g_time = np.maximum(g.before(time), 1e-3)
    g_day = max(float(g.at(np.array([day]))[0]), 1e-3)
    if not (died.any() or alive.any()):
        return None
    loss = np.where(died, survival**2 / g_time, 0.0) + np.where(alive, (1 - survival) ** 2 / g_day, 0.0)
    return float(loss.mean())


def integrated_brier(
    time: FloatArray, event: FloatArray, survival: FloatArray, days: FloatArray
) -> float | None:
    """Mean of the Brier score over the grid `days`; `survival` is (n, len(days))."""
    values = [brier_at(time, event, survival[:, j], float(day)) for j, day in enumerate(days)]
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None


def d_calibration(survival_at_time: FloatArray, event: FloatArray, *, n_bins: int = 10) -> float | None:
    """p-value that S(T|x) is uniform; a censored patient is spread over the lower bins (Haider 2020)."""
    from scipy.stats import chi2

    if survival_at_time.size < n_bins:
        return None
    edges = np.linspace(0, 1, n_bins + 1)
    counts = np.zeros(n_bins)
    for s, e in zip(np.clip(survival_at_time, 1e-9, 1.0), event, strict=True):
        k = min(int(np.ceil(s * n_bins)) - 1, n_bins - 1)
        if e > 0:
            counts[k] += 1
        else:
            counts[k] += (s - edges[k]) / s
            counts[:k] += (1 / n_bins) / s
    expected = survival_at_time.size / n_bins
    return float(chi2.sf(((counts - expected) ** 2 / expected).sum(), n_bins - 1))


def restricted_mean(curve: KaplanMeier, tau: float) -> float:
    """Mean survival time up to `tau`: the area under the curve."""
    times = np.concatenate([[0.0], curve.times[curve.times < tau], [tau]])
    return float((np.diff(times) * curve.at(times[:-1])).sum())
