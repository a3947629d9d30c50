"""What the model says of an allele with the rates that a call learned, and how much evidence would do."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from oncoloom.calling.candidate_evidence import CandidateEvidence
from oncoloom.calling.look.call_folder import CallFolder
from oncoloom.calling.slippage import REPEAT_RATE, Curves, slippage_rates
from oncoloom.calling.trial import (
    N_CELLS,
    SUPPORTS,
    TUMOR_CATEGORIES,
    TYPICAL_NATS,
    SampleModel,
    trial_posteriors,
    with_fragments,
)
from oncoloom.kernels.arrays import N_BINS, bin_centers
from oncoloom.kernels.mixture_core import HYPOTHESES, SOMATIC

MOST_FURTHER = 200


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

    The same scores, priors and slippage as in the finish step; a learned filter is not applied, so a
    posterior near the cut may differ from the call's.
    """
    if calls.rates is None or calls.cut is None:
        return None
    model = SampleModel(calls.rates, calls.cut, calls.tumor_in_normal, calls.mode == "tumor_normal")
    cells = evidence.histogram[c].astype(np.int64).reshape(1, N_CELLS)
    have, trials = _trials(cells[0])
    cells = np.concatenate([cells, trials])
    posterior = _posteriors(model, cells, evidence, c, calls.curves, forced=forced)
    passing = np.flatnonzero((posterior[1:, SOMATIC] >= calls.cut) & (have + np.arange(len(trials)) >= 2))
    return Judged(
        dict(zip(HYPOTHESES, posterior[0].tolist(), strict=False)),
        have + int(passing[0]) if passing.size else None,
    )


def _posteriors(
    model: SampleModel,
    cells: NDArray[np.int64],
    evidence: CandidateEvidence,
    c: int,
    curves: Curves,
    *,
    forced: bool,
) -> NDArray[np.float64]:
    n, allele = len(cells), evidence.alleles[c]
    change = np.array([len(allele.alt) - len(allele.ref)])
    rate = np.repeat(slippage_rates(change, evidence.unit[[c]], evidence.units[[c]], curves), n)
    in_repeat = np.full(n, evidence.slippage_rate[c] > REPEAT_RATE)
    names = [allele.ref] * n, [allele.alt] * n
    return trial_posteriors(model, cells, *names, rate, in_repeat, np.full(n, forced))


def _trials(cells: NDArray[np.int64]) -> tuple[int, NDArray[np.int64]]:
    """Supporting fragments that are there, and the histogram with 0, 1, … more like them."""
    fragments = cells.reshape(-1, N_BINS)[list(TUMOR_CATEGORIES[:3])].sum(axis=0)
    supporting = np.flatnonzero((bin_centers() > SUPPORTS) & (fragments > 0))
    have = int(fragments[supporting].sum())
    nats = TYPICAL_NATS
    if have:
        nats = float((bin_centers()[supporting] * fragments[supporting]).sum() / have)
    return have, np.stack([with_fragments(cells, further, nats) for further in range(MOST_FURTHER + 1)])
