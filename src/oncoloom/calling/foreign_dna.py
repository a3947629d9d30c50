"""Another person's DNA in a sample: how much there is, and which candidates it explains."""

from dataclasses import replace
from math import lgamma, log

import numpy as np
from numpy.typing import NDArray

from oncoloom.calling.candidate_table import Candidates
from oncoloom.calling.columns import blocks, new_rows
from oncoloom.calling.contamination import LEAST_CONTAMINATION_SITES, LEAST_DEPTH, Estimate
from oncoloom.calling.mixture import ShownFragments, SparseHistograms
from oncoloom.calling.sample_fit import FitSettings, SampleFit, fit_rates
from oncoloom.kernels.arrays import STATISTIC, TUMOR_F1R2, TUMOR_F2R1, TUMOR_UNORIENTED

LEAST_FOREIGN = 0.02  # from here on foreign DNA is a hypothesis for every candidate
MOST_SITES = 2_000
MOST_REFERENCE_SHARE = 0.25
# Share of reference bases at such sites without any foreign DNA: mis-mapped reads, mostly. What the patient's
# other sample shows there is better; so many reads of this share stand for what is known without it.
PLAIN_SHARE, PLAIN_READS, HIGHEST_PLAIN_SHARE = 0.0025, 400.0, 0.005
# Genotype of a foreign person where the patient is homozygous for the alternative: reference, heterozygous,
# alternative. The first row is what a neutral spectrum of allele frequencies leads to, the last is for rare
# alleles; which fits best is found out.
UNKNOWN_GENOTYPES = np.array([[s * 2 / 3, 1 / 3, (1 - s) * 2 / 3] for s in (0.25, 0.5, 0.75)])
POPULATION_WEIGHT = 0.7  # the foreign person may come from another population
OUTLIER_WEIGHT = 0.02
LEAST_AF = 1e-6
SHARE_MULTIPLES = (0.7, 1.0, 1.4)
TUMOR_FRAGMENTS = (TUMOR_F1R2, TUMOR_F2R1, TUMOR_UNORIENTED)


def estimate_foreign_share(
    sample: NDArray[np.int32],
    partner: NDArray[np.int32] | None,
    population_af: NDArray[np.float64],
) -> Estimate:
    """Share of foreign DNA in a sample, by maximum likelihood over sites homozygous for the alternative.

    Reference fragments there are binomial around ``e + (1 - e) chi g / 2``, where g = 0, 1, 2 is how many
    reference alleles the foreign person has: by the site's population frequency where it is known, else by
    the best of three spectra. The levels (half of chi and chi) tell chi from the share of sites that differ.

    Parameters
    ----------
    sample, partner : (n, at least 2)
        Counts (ref, alt first) of the sample at substitutions of one base that are homozygous for the
        alternative in the patient, and of the patient's other one (None: there is none), whose reference
        fragments there give e; where it shows more than one, the site is left out (a paralog).
    population_af : (n,) float64
        NaN where it is not known.
    """
    ref, depth = _reference_share(sample)
    use = (depth >= LEAST_DEPTH) & (ref < MOST_REFERENCE_SHARE * depth)
    plain, reads = PLAIN_SHARE * PLAIN_READS, PLAIN_READS
    if partner is not None:
        ref_p, depth_p = _reference_share(partner)
        use &= (depth_p >= LEAST_DEPTH) & ((ref_p <= 1) | (ref_p < 0.05 * depth_p))
        plain, reads = plain + float(ref_p[use].sum()), reads + float(depth_p[use].sum())
    sites = np.flatnonzero(use)
    n = len(sites)
    if n < LEAST_CONTAMINATION_SITES:
        return Estimate(None, n)
    sites = sites[:: -(-n // MOST_SITES)]
    share = min(plain / reads, HIGHEST_PLAIN_SHARE)
    counts = ref[sites].astype(float), depth[sites].astype(float)
    coarse = np.concatenate([[0.0], np.geomspace(5e-4, 0.5, 60)])
    best = _most_likely(coarse, *counts, share, population_af[sites])
    if best == 0.0:
        return Estimate(0.0, n)
    fine = best * np.geomspace(0.85, 1.18, 25)
    return Estimate(min(_most_likely(fine, *counts, share, population_af[sites]), 1.0), n)


def _reference_share(table: NDArray[np.int32]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    ref = table[:, STATISTIC["ref"]].astype(np.int64)
    return ref, ref + table[:, STATISTIC["alt"]]


def _most_likely(
    chi: NDArray[np.float64],
    ref: NDArray[np.float64],
    depth: NDArray[np.float64],
    plain: float,
    population_af: NDArray[np.float64],
) -> float:
    """The value of `chi` that explains the reference fragments best; like sites are weighed together."""
    sites, times = np.unique(
        np.column_stack([ref, depth, np.nan_to_num(population_af, nan=-1.0)]), axis=0, return_counts=True
    )
    ref, depth, other = sites[:, 0], sites[:, 1], 1.0 - sites[:, 2]
    level = plain + (1 - plain) * chi[:, None] * np.array([1.0, 0.5, 0.0])
    level = np.clip(level, 1e-6, 1 - 1e-6)
    logs = ref[:, None, None] * np.log(level) + (depth - ref)[:, None, None] * np.log1p(-level)
    outlier = log(OUTLIER_WEIGHT) + np.array([_outlier(r, d) for r, d in zip(ref, depth, strict=True)])
    known = np.stack([other**2, 2 * other * (1 - other), (1 - other) ** 2], axis=1)
    known = POPULATION_WEIGHT * known + (1 - POPULATION_WEIGHT) / 3
    totals = []
    for spectrum in UNKNOWN_GENOTYPES:
        weight = np.where((sites[:, 2] < 0)[:, None], spectrum, known)
        site = np.logaddexp.reduce(logs + np.log(weight)[:, None, :], axis=2) + log(1 - OUTLIER_WEIGHT)
        totals.append(times @ np.logaddexp(site, outlier[:, None]))
    return float(chi[int(np.max(totals, axis=0).argmax())])


def _outlier(ref: float, depth: float) -> float:
    """Log probability of the counts at a site of any share: beta-binomial (1, 10), one order of the reads."""
    return lgamma(ref + 1) + lgamma(depth - ref + 10) - lgamma(depth + 11) + log(10)


def log_foreign(
    histograms: SparseHistograms, population_af: NDArray[np.float64], chi: float
) -> NDArray[np.float64]:
    """(n,) log of prior times likelihood that a candidate is a germline variant of the foreign person.

    The tumor shows the allele at chi / 2 or chi, the normal not at all; the priors are the genotype
    frequencies of the allele in the population.
    """
    q = np.clip(np.nan_to_num(population_af), LEAST_AF, 1 - LEAST_AF)
    shown, terms = ShownFragments.of(histograms, TUMOR_FRAGMENTS), []
    for copies, frequency in ((0.5, 2 * q * (1 - q)), (1.0, q**2)):
        for multiple in SHARE_MULTIPLES:
            likelihood = shown.log_likelihood(min(copies * multiple * chi, 0.99))
            terms.append(likelihood + np.log(frequency / len(SHARE_MULTIPLES)))
    return np.asarray(np.logaddexp.reduce(terms, axis=0))


def foreign_posterior(
    foreign: NDArray[np.float64], log_evidence: NDArray[np.float64], population_af: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(n,) probability that a candidate is foreign, set against all hypotheses of the mixture.

    An allele that the resource does not have is never foreign: the person's private variants cannot be told
    from subclonal ones. `foreign`: of :func:`log_foreign`.
    """
    probability = 1.0 / (1.0 + np.exp(np.clip(log_evidence - foreign, -700, 700)))
    return np.where(np.isnan(population_af), 0.0, probability)


def with_foreign(table: Candidates, fit: SampleFit, settings: FitSettings) -> SampleFit:
    """The fit with foreign DNA as one more hypothesis, where there is enough of it and a population resource.

    Candidates that it explains no longer teach the rates. Without a resource nothing changes: a variant of
    another person then looks like a subclonal one, and true variants would be lost.
    """
    chi, n = settings.foreign_share, len(table)
    if chi < LEAST_FOREIGN or not settings.has_population:
        return fit
    evidence, explained = new_rows(n, folder=settings.folder), np.zeros(n, bool)
    for rows, histograms in table.histogram_runs():
        evidence[rows] = log_foreign(histograms, table.population_af[rows], chi)
    for rows in blocks(n):
        before = fit.mixture.log_evidence[rows]
        explained[rows] = foreign_posterior(evidence[rows], before, table.population_af[rows]) > 0.5
    mixture = fit_rates(table, fit.scores, settings, excluded=explained)
    for rows in blocks(n):
        foreign = foreign_posterior(evidence[rows], mixture.log_evidence[rows], table.population_af[rows])
        mixture.posterior[rows] = mixture.posterior[rows] * (1 - foreign[:, None])
        evidence[rows] = foreign
    return replace(fit, mixture=mixture, foreign=evidence)
