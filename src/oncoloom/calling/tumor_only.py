"""Without a normal: how well a germline variant of known population frequency explains a tumor's counts."""

import numpy as np
from numpy.typing import NDArray

from oncoloom.calling.candidate_table import CandidateTable
from oncoloom.calling.mixture import GERMLINE, SOMATIC, score_candidates
from oncoloom.calling.sample_fit import FitSettings, SampleFit, fit_rates, site_classes
from oncoloom.kernels.arrays import STATISTIC

UNKNOWN_AF = 3e-5
GERMLINE_RATE = 3e-4  # start rate of the hypothesis in `mixture`: taken out, since q is the prior here


def fit_tumor_only(table: CandidateTable, settings: FitSettings) -> SampleFit:
    """Fit without a normal; with a population resource, germline is a hypothesis of its own."""
    classes = site_classes(table)
    scores = score_candidates(table.histograms, classes, has_normal=False, device=settings.device)
    if settings.has_population:
        scores[:, GERMLINE] = germline_log_likelihood(scores, table.tumor, table.population_af)
    return SampleFit(scores, fit_rates(table, scores, classes, settings), np.zeros(len(table.ref)))


def germline_log_likelihood(
    scores: NDArray[np.float64], tumor: NDArray[np.int32], population_af: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(n,) log likelihood of "germline" against sequencing errors, prior frequency q included.

    ``log[2q(1-q)(0.7 BB(30,30) + 0.3 BB(4,4)) + q^2 BB(60,0.8)]`` on counts, set against the somatic prior on
    counts (log-uniform), and put on the scale of the somatic score. q is 3e-5 where the resource is silent.
    """
    alt = tumor[:, STATISTIC["alt"]].astype(float)
    ref = tumor[:, STATISTIC["ref"]].astype(float)
    q = np.clip(np.where(np.isnan(population_af), UNKNOWN_AF, population_af), UNKNOWN_AF, 0.9999)
    het = np.logaddexp(
        np.log(0.7) + _log_beta_binomial(alt, ref, 30, 30), np.log(0.3) + _log_beta_binomial(alt, ref, 4, 4)
    )
    hom = _log_beta_binomial(alt, ref, 60, 0.8)
    germline = np.logaddexp(np.log(2 * q * (1 - q)) + het, 2 * np.log(q) + hom)
    fractions = np.geomspace(0.01, 1.0, 60)[:, None] - 1e-6
    somatic = np.logaddexp.reduce(alt * np.log(fractions) + ref * np.log1p(-fractions), axis=0) - np.log(60)
    return scores[:, SOMATIC] + germline - somatic - np.log(GERMLINE_RATE)


def _log_beta_binomial(
    a: NDArray[np.float64], b: NDArray[np.float64], alpha: float, beta: float
) -> NDArray[np.float64]:
    """Log probability of one order of a successes and b failures (the binomial coefficient is left out)."""
    from scipy.special import betaln  # scipy takes a quarter of a second to import

    return betaln(a + alpha, b + beta) - betaln(alpha, beta)
