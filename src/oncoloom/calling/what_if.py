"""What the model says of an allele with the rates that a call learned, and how much evidence would do."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from oncoloom.calling.call_folder import CallFolder
from oncoloom.calling.candidate_evidence import CandidateEvidence
from oncoloom.calling.mixture import SparseHistograms, classify_sites, score_candidates
from oncoloom.calling.sample_fit import FORCED_SOMATIC_RATE
from oncoloom.calling.slippage import REPEAT_RATE
from oncoloom.kernels.arrays import N_BINS, N_CATEGORIES, bin_centers
from oncoloom.kernels.mixture_core import HYPOTHESES, SOMATIC

MOST_FURTHER = 200
# A typical supporting fragment where none is there to copy: base quality 30, mapping quality 60.
_TYPICAL_NATS = 8.0
_F1R2, _F2R1, _FORWARD, _REVERSE = 0, 1, 4, 5


@dataclass(frozen=True, slots=True)
class Judged:
    """Posteriors of the hypotheses, by name, and fragments that would pass.

    Attributes
    ----------
    needed : int or None
        Supporting tumor fragments in all, like those seen, half of them on each strand and in each
        orientation, from which on the posterior passes; None where no number up to `MOST_FURTHER` does.
    """

    posterior: dict[str, float]
    needed: int | None

    @property
    def strongest(self) -> str:
        """The best explanation."""
        return max(self.posterior, key=lambda name: self.posterior[name])


def judge_allele(calls: CallFolder, evidence: CandidateEvidence, c: int, *, forced: bool) -> Judged | None:
    """Posteriors of candidate c of `evidence` by the rates in the call's header; None without rates.

    The same scores and priors as in the finish step; figures that the finish step learns beyond the rates
    (a learned filter) are not applied, so a posterior near the cut may differ from the call's.
    """
    if calls.rates is None:
        return None
    histogram = evidence.histogram[c].astype(np.int64)
    posterior = _posterior(calls, calls.rates, evidence, c, [histogram], forced=forced)[0]
    needed = None
    if calls.cut is not None:
        needed = _needed(calls, calls.rates, calls.cut, evidence, c, histogram, forced=forced)
    return Judged(dict(zip(HYPOTHESES, posterior.tolist(), strict=True)), needed)


def _posterior(
    calls: CallFolder,
    rates: NDArray[np.float64],
    evidence: CandidateEvidence,
    c: int,
    histograms: list[NDArray[np.int64]],
    *,
    forced: bool,
) -> NDArray[np.float64]:
    """(len(histograms), 7) posteriors of one allele under different evidence."""
    n = len(histograms)
    flat = np.stack([one.reshape(N_CATEGORIES * N_BINS) for one in histograms])
    row, cell = np.nonzero(flat)
    sparse = SparseHistograms(
        np.searchsorted(row, np.arange(n + 1)).astype(np.int64),
        cell.astype(np.int32),
        flat[row, cell].astype(np.int32),
    )
    allele = evidence.alleles[c]
    rate = np.repeat(evidence.slippage_rate[c], n).astype(np.float64)
    classes = classify_sites([allele.ref] * n, [allele.alt] * n, rate, rate > REPEAT_RATE)
    leak = calls.tumor_in_normal if calls.tumor_in_normal > 0.03 else 0.0
    scores = score_candidates(sparse, classes, tumor_in_normal=leak, has_normal=calls.mode == "tumor_normal")
    prior = np.log(rates[classes.index])
    if forced:
        prior[:, SOMATIC] = np.maximum(prior[:, SOMATIC], np.log(FORCED_SOMATIC_RATE))
    joint = scores[:, : prior.shape[1]] + prior
    weights = np.exp(joint - joint.max(axis=1, keepdims=True))
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


def _needed(
    calls: CallFolder,
    rates: NDArray[np.float64],
    cut: float,
    evidence: CandidateEvidence,
    c: int,
    histogram: NDArray[np.int64],
    *,
    forced: bool,
) -> int | None:
    """Supporting fragments in all from which the posterior passes, like those that are there."""
    tumor = histogram[:3].sum(axis=0)
    supporting = np.flatnonzero((bin_centers() > 1.0) & (tumor > 0))
    have = int(tumor[supporting].sum())
    nats = _TYPICAL_NATS
    if have:
        nats = float((bin_centers()[supporting] * tumor[supporting]).sum() / have)
    b = int(np.argmin(np.abs(bin_centers() - nats)))
    steps = np.arange(MOST_FURTHER + 1)
    trials = []
    for further in steps.tolist():
        one = histogram.copy()
        for categories in ((_F1R2, _F2R1), (_FORWARD, _REVERSE)):
            one[categories[0], b] += (further + 1) // 2
            one[categories[1], b] += further // 2
        trials.append(one)
    somatic = _posterior(calls, rates, evidence, c, trials, forced=forced)[:, SOMATIC]
    passing = np.flatnonzero((somatic >= cut) & (have + steps >= 2))
    return have + int(passing[0]) if passing.size else None
