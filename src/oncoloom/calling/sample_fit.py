"""What a fit over the whole sample needs and gives, whatever the mode."""

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from oncoloom.calling.candidate_table import Candidates
from oncoloom.calling.contamination import Estimate
from oncoloom.calling.mixture import Mixture, SparseHistograms, fit_mixture, score_candidates
from oncoloom.calling.pon.terms import PanelRates, add_panel_terms
from oncoloom.calling.purity import NO_PURITY, PurityEstimate
from oncoloom.calling.threads import run_in_threads
from oncoloom.kernels.arrays import STATISTIC
from oncoloom.kernels.dispatch import Device
from oncoloom.kernels.mixture_core import N_OUTPUTS

FORCED_SOMATIC_RATE = 1e-3  # of alleles that `--alleles` asks for
SHARED_SOMATIC_RATE = 1e-2  # of alleles that pass in another tumor of the patient


@dataclass(frozen=True, slots=True)
class FitSettings:
    """What a fit depends on beside the candidates.

    Attributes
    ----------
    callable_bp
        Bases that could have been called: rates are per site.
    has_population : bool
        Whether the call had a population resource (silent sites are NaN then, too).
    other_tumors : (n,) int64 or None
        In how many other tumors of the patient each candidate passes.
    foreign_share
        Estimated share of another person's DNA in the tumor; 0 where it is not known.
    panel : PanelRates or None
        Of the panel of normals, where the call had one.
    somatic_rate
        Judge by this somatic rate instead of the learned one (`mixture.fit_mixture`).
    threads
        Runs of candidates that are scored at once; changes nothing but the time.
    """

    callable_bp: int
    has_population: bool
    other_tumors: NDArray[np.int64] | None = None
    foreign_share: float = 0.0
    device: Device = "cpu"
    panel: PanelRates | None = None
    somatic_rate: float | None = None
    threads: int = 1


@dataclass(frozen=True, slots=True)
class SampleFit:
    """What the sample says of its candidates.

    Attributes
    ----------
    scores : (n, N_OUTPUTS) float64
        Log likelihoods of the hypotheses, then the two figures beside them.
    mixture : Mixture
        Posteriors and rates.
    foreign : (n,) float64
        Probability of being a variant of another person whose DNA is in the tumor; with the mixture's
        posteriors it adds up to 1.
    tumor_in_normal : Estimate
    purity : PurityEstimate
        Of a tumor without a normal.
    """

    scores: NDArray[np.float64]
    mixture: Mixture
    foreign: NDArray[np.float64]
    tumor_in_normal: Estimate = field(default_factory=lambda: Estimate(None, 0))
    purity: PurityEstimate = NO_PURITY

    def among(self, rows: NDArray[np.int64]) -> "SampleFit":
        """The fit of some candidates."""
        of_all = self.mixture
        mixture = Mixture(of_all.posterior[rows], of_all.rates, of_all.log_evidence[rows])
        return replace(self, scores=self.scores[rows], mixture=mixture, foreign=self.foreign[rows])


def score_sample(
    table: Candidates, settings: FitSettings, *, tumor_in_normal: float = 0.0, has_normal: bool = True
) -> NDArray[np.float64]:
    """(n, N_OUTPUTS) scores of all candidates (`mixture.score_candidates`), the panel's noise in them."""
    classes = table.classes
    scores = np.empty((len(table), N_OUTPUTS))

    def score(run: tuple[slice, SparseHistograms]) -> None:
        rows, histograms = run
        mine = classes.among(rows)
        scores[rows] = score_candidates(
            histograms, mine, tumor_in_normal=tumor_in_normal, has_normal=has_normal, device=settings.device
        )
        if settings.panel is not None:
            add_panel_terms(scores[rows], histograms, mine, table.panel[rows], settings.panel)

    run_in_threads(score, table.histogram_runs(), settings.threads if settings.device == "cpu" else 1)
    return scores


def fit_rates(
    table: Candidates,
    scores: NDArray[np.float64],
    settings: FitSettings,
    *,
    excluded: NDArray[np.bool_] | None = None,
    given: tuple[int, ...] = (),
) -> Mixture:
    """Rates by EM over all candidates that two fragments show; hotspots keep their own somatic prior.

    `excluded` ones do not teach the rates; the priors of `given` hypotheses are in their scores already.
    """
    teach = table.tumor[:, STATISTIC["alt"]] + table.normal[:, STATISTIC["alt"]] >= 2
    if excluded is not None:
        teach &= ~excluded
    return fit_mixture(
        scores,
        table.classes.index,
        settings.callable_bp,
        prior_bonus=expected_rate(table, settings),
        used=teach,
        somatic_rate=settings.somatic_rate,
        given=given,
    )


def expected_rate(table: Candidates, settings: FitSettings) -> NDArray[np.float64]:
    """(n,) somatic rate of candidates that something outside this sample speaks for; 0 for all others."""
    rate = np.where(table.forced, FORCED_SOMATIC_RATE, 0.0)
    if settings.other_tumors is not None:
        rate = np.maximum(rate, np.where(settings.other_tumors > 0, SHARED_SOMATIC_RATE, 0.0))
    return np.asarray(rate)
