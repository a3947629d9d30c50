"""Rates of the hypotheses by EM over the whole sample, and each candidate's posteriors under them.

Works block by block on `columns.Rows`, so that a sample's candidates need not be in memory together.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from oncoloom.calling.columns import BLOCK_ROWS, Rows, blocks, new_rows
from oncoloom.calling.mixture import CLASSES, ERROR, N_HYPOTHESES, OPPORTUNITIES, SOMATIC
from oncoloom.calling.threads import run_in_threads

# Rates to start from, per site: somatic, error (fixed), germline, shared noise, strand, damage, slippage.
START = np.array([3e-6, 1.0, 3e-4, 1e-5, 3e-5, 1e-5, 1e-5])
START_REPEAT = np.array([1e-5, 1.0, 1e-3, 1e-3, 3e-5, 1e-5, 0.1])
N_ITERATIONS = 40


@dataclass(frozen=True, slots=True)
class Mixture:
    """Posteriors and the rates behind them.

    Attributes
    ----------
    posterior : (n, 7) float64
        Columns as `HYPOTHESES`.
    rates : (5, 7) float64
        Per site of the class (`CLASSES`); error is fixed at 1.
    log_evidence : (n,) float64
        Log of the sum of rate times likelihood over the hypotheses.
    """

    posterior: NDArray[np.float64]
    rates: NDArray[np.float64]
    log_evidence: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SampleMixture:
    """A `Mixture` of all candidates of a sample, which need not be in memory."""

    posterior: Rows
    rates: NDArray[np.float64]
    log_evidence: Rows


def fit_mixture(
    scores: NDArray[np.float64],
    class_index: NDArray[np.integer],
    callable_bp: float,
    *,
    prior_bonus: NDArray[np.float64] | None = None,
    used: NDArray[np.bool_] | None = None,
    somatic_rate: float | None = None,
    given: tuple[int, ...] = (),
) -> Mixture:
    """As :func:`fit_sample_mixture`, of candidates that are in memory."""
    fitted = fit_sample_mixture(
        scores,
        class_index,
        callable_bp,
        prior_bonus=prior_bonus,
        used=used,
        somatic_rate=somatic_rate,
        given=given,
    )
    everything = slice(0, len(scores))
    return Mixture(fitted.posterior[everything], fitted.rates, fitted.log_evidence[everything])


def fit_sample_mixture(
    scores: Rows,
    class_index: NDArray[np.integer],
    callable_bp: float,
    *,
    prior_bonus: Rows | None = None,
    used: NDArray[np.bool_] | None = None,
    somatic_rate: float | None = None,
    given: tuple[int, ...] = (),
    folder: Path | None = None,
    threads: int = 1,
) -> SampleMixture:
    """Learn the rates per site by EM and give each candidate its posteriors.

    Parameters
    ----------
    scores : (n, >= 7)
        Log likelihoods.
    callable_bp
        Bases that could have been called.
    prior_bonus : (n,) float64
        Somatic rate of single candidates (hotspots) where it is above the class's.
    used : (n,) bool
        Which candidates teach the rates; all get posteriors.
    somatic_rate
        Judge by this somatic rate in every class, not by the learned one: what calls on a densely mutated
        test set would be worth at a real tumor's density. The other rates are learned beside the sample's own
        somatic rate all the same: were that held down meanwhile, the set's many true variants would pass for
        noise that no real tumor has.
    given
        Hypotheses whose prior is in their scores already: their rate is 1.
    folder
        Where columns go that are too large for the memory.
    threads
        How many classes learn their rates at once; changes nothing but the time.
    """
    rates = np.array([START, START, START, START, START_REPEAT])
    rates[:, list(given)] = 1.0
    start = rates.copy()
    sites = OPPORTUNITIES * max(callable_bp, 1.0)

    def learn(k: int) -> None:
        logs = _class_logs(scores, class_index, k, used, folder)
        for _ in range(N_ITERATIONS):
            sums = _expected_counts(logs, rates[k])
            rates[k] = np.minimum((sums + 0.5) / (sites[k] + 0.5 / start[k]), 0.5)
            rates[k, [ERROR, *given]] = 1.0

    run_in_threads(learn, range(len(CLASSES)), threads)
    if somatic_rate is not None:
        rates[:, SOMATIC] = somatic_rate
    n = len(scores)
    posterior = new_rows(n, width=N_HYPOTHESES, folder=folder)
    log_evidence = new_rows(n, folder=folder)
    for rows in blocks(n):
        bonus = None if prior_bonus is None else prior_bonus[rows]
        posterior[rows], log_evidence[rows] = _responsibilities(
            scores[rows][:, :N_HYPOTHESES], rates[class_index[rows]], bonus
        )
    return SampleMixture(posterior, rates, log_evidence)


@dataclass(frozen=True, slots=True)
class _ClassLogs:
    """Log likelihoods of one class's candidates; a row a hypothesis, for fast sums.

    flat : (7 n,) float64
        (7, at most BLOCK_ROWS) matrices one after the other.
    """

    flat: Rows

    def __iter__(self) -> Iterator[NDArray[np.float64]]:
        whole = N_HYPOTHESES * BLOCK_ROWS
        for start in range(0, len(self.flat), whole):
            yield self.flat[start : min(len(self.flat), start + whole)].reshape(N_HYPOTHESES, -1)


def _class_logs(
    scores: Rows,
    class_index: NDArray[np.integer],
    k: int,
    used: NDArray[np.bool_] | None,
    folder: Path | None,
) -> _ClassLogs:
    chosen = class_index == k
    if used is not None:
        chosen &= used
    flat = new_rows(N_HYPOTHESES * int(chosen.sum()), folder=folder)
    waiting, n_waiting, at = [], 0, 0

    def put(rows: NDArray[np.float64]) -> int:
        flat[at : at + rows.size] = np.ascontiguousarray(rows.T).ravel()
        return at + rows.size

    for block in blocks(len(class_index)):
        mine = scores[block][chosen[block], :N_HYPOTHESES]
        waiting.append(mine)
        n_waiting += len(mine)
        if n_waiting >= BLOCK_ROWS:
            together = np.concatenate(waiting)
            at = put(together[:BLOCK_ROWS])
            waiting, n_waiting = [together[BLOCK_ROWS:]], n_waiting - BLOCK_ROWS
    if n_waiting:
        put(np.concatenate(waiting))
    return _ClassLogs(flat)


def _expected_counts(logs: _ClassLogs, rates: NDArray[np.float64]) -> NDArray[np.float64]:
    """(7,) summed posteriors of candidates with these log likelihoods under these rates."""
    total, log_rates = np.zeros(len(rates)), np.log(rates)[:, None]
    for block in logs:
        joint = block + log_rates
        joint -= joint.max(axis=0)
        weights = np.exp(joint, out=joint)
        weights /= weights.sum(axis=0)
        total += weights.sum(axis=1)
    return total


def _responsibilities(
    logs: NDArray[np.float64], rates: NDArray[np.float64], bonus: NDArray[np.float64] | None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    log_prior = np.log(rates)
    if bonus is not None:
        log_prior = log_prior.copy()
        log_prior[:, SOMATIC] = np.maximum(log_prior[:, SOMATIC], np.log(np.maximum(bonus, 1e-300)))
    joint = logs + log_prior
    top = joint.max(axis=1, keepdims=True)
    weights = np.exp(joint - top)
    total = weights.sum(axis=1, keepdims=True)
    return weights / total, (top + np.log(total))[:, 0]


def best_cut(posterior: NDArray[np.float64], *, least: float = 0.4, most: float = 0.9) -> float:
    """The posterior cut with the highest expected F1, never below `least` (FilterMutectCalls does so, too).

    Expected F = 2 sum(p of called) / (n called + sum of all p).
    """
    ordered = np.sort(posterior[posterior > 1e-4])[::-1]
    if ordered.size == 0:
        return least
    expected = 2 * np.cumsum(ordered) / (np.arange(1, ordered.size + 1) + ordered.sum())
    return float(np.clip(ordered[int(np.argmax(expected))], least, most))
