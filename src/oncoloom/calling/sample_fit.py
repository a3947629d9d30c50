"""What a fit over the whole sample needs and gives, whatever the mode."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from oncoloom.calling.candidate_table import Candidates
from oncoloom.calling.columns import Rows, blocks, new_rows, zero_rows
from oncoloom.calling.contamination import Estimate
from oncoloom.calling.mixture import SparseHistograms, score_candidates
from oncoloom.calling.mixture_fit import Mixture, SampleMixture, fit_sample_mixture
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
    other_tumors : (n,) integer or None
        In how many other tumors of the patient each candidate passes.
    foreign_share
        Estimated share of another person's DNA in the tumor; 0 where it is not known.
    panel : PanelRates or None
        Of the panel of normals, where the call had one.
    somatic_rate
        Judge by this somatic rate instead of the learned one (`mixture.fit_mixture`).
    threads
        Runs of candidates that are scored at once; changes nothing but the time.
    folder
        Where columns of all candidates go that are too large for the memory.
    """

    callable_bp: int
    has_population: bool
    other_tumors: NDArray[np.integer] | None = None
    foreign_share: float = 0.0
    device: Device = "cpu"
    panel: PanelRates | None = None
    somatic_rate: float | None = None
    threads: int = 1
    folder: Path | None = None


@dataclass(frozen=True, slots=True)
class JudgedFit:
    """What the sample says of some candidates, in memory; see `SampleFit`."""

    scores: NDArray[np.float64]
    mixture: Mixture
    foreign: NDArray[np.float64]
    tumor_in_normal: Estimate
    purity: PurityEstimate


@dataclass(frozen=True, slots=True)
class SampleFit:
    """What the sample says of its candidates, which need not be in memory.

    Attributes
    ----------
    scores : (n, N_OUTPUTS) float64
        Log likelihoods of the hypotheses, then the two figures beside them.
    mixture : SampleMixture
        Posteriors and rates.
    foreign : (n,) float64
        Probability of being a variant of another person whose DNA is in the tumor; with the mixture's
        posteriors it adds up to 1.
    tumor_in_normal : Estimate
    purity : PurityEstimate
        Of a tumor without a normal.
    """

    scores: Rows
    mixture: SampleMixture
    foreign: Rows
    tumor_in_normal: Estimate = field(default_factory=lambda: Estimate(None, 0))
    purity: PurityEstimate = NO_PURITY

    def among(self, block: slice, rows: NDArray[np.int64]) -> JudgedFit:
        """The fit of some candidates: `rows` of a block of them."""
        of_all = self.mixture
        mixture = Mixture(of_all.posterior[block][rows], of_all.rates, of_all.log_evidence[block][rows])
        scores, foreign = self.scores[block][rows], self.foreign[block][rows]
        return JudgedFit(scores, mixture, foreign, self.tumor_in_normal, self.purity)


def score_sample(
    table: Candidates, settings: FitSettings, *, tumor_in_normal: float = 0.0, has_normal: bool = True
) -> Rows:
    """(n, N_OUTPUTS) scores of all candidates (`mixture.score_candidates`), the panel's noise in them."""
    scores = new_rows(len(table), width=N_OUTPUTS, folder=settings.folder)

    def score(run: tuple[slice, SparseHistograms]) -> None:
        rows, histograms = run
        mine = table.classes_among(rows)
        found = score_candidates(
            histograms, mine, tumor_in_normal=tumor_in_normal, has_normal=has_normal, device=settings.device
        )
        if settings.panel is not None:
            add_panel_terms(found, histograms, mine, table.panel[rows], settings.panel)
        scores[rows] = found

    run_in_threads(score, table.histogram_runs(), settings.threads if settings.device == "cpu" else 1)
    return scores


def fit_rates(
    table: Candidates,
    scores: Rows,
    settings: FitSettings,
    *,
    excluded: NDArray[np.bool_] | None = None,
    given: tuple[int, ...] = (),
) -> SampleMixture:
    """Rates by EM over all candidates that two fragments show; hotspots keep their own somatic prior.

    `excluded` ones do not teach the rates; the priors of `given` hypotheses are in their scores already.
    """
    alt, teach = STATISTIC["alt"], np.zeros(len(table), bool)
    for rows in blocks(len(table)):
        teach[rows] = table.tumor[rows][:, alt] + table.normal[rows][:, alt] >= 2
    if excluded is not None:
        teach &= ~excluded
    return fit_sample_mixture(
        scores,
        table.class_index,
        settings.callable_bp,
        prior_bonus=expected_rate(table, settings),
        used=teach,
        somatic_rate=settings.somatic_rate,
        given=given,
        folder=settings.folder,
        threads=settings.threads,
    )


def expected_rate(table: Candidates, settings: FitSettings) -> Rows:
    """(n,) somatic rate of candidates that something outside this sample speaks for; 0 for all others."""
    if settings.other_tumors is None and not table.forced.any():
        return zero_rows(len(table))
    rates = new_rows(len(table), folder=settings.folder)
    for rows in blocks(len(table)):
        rate = np.where(table.forced[rows], FORCED_SOMATIC_RATE, 0.0)
        if settings.other_tumors is not None:
            rate = np.maximum(rate, np.where(settings.other_tumors[rows] > 0, SHARED_SOMATIC_RATE, 0.0))
        rates[rows] = rate
    return rates
