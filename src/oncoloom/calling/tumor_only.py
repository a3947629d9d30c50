"""Fit of a tumor without its normal: somatic, germline or artifact from fractions, population and panel.

Somatic and germline differ in nothing but the allele fraction and what others know of the allele. So both
have a distribution of fractions of their own: somatic ones that of this tumor, learned beside its purity;
germline ones that of their place, where copies may be lost (`allelic_balance`). Alleles of the population
resource have its frequency as their prior; how many germline alleles it lacks is learned. See
docs/methods/calling.md.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from oncoloom.calling.allelic_balance import IMBALANCES, find_anchors, local_imbalance, log_two_sided
from oncoloom.calling.candidate_table import Candidates
from oncoloom.calling.mixture import GERMLINE, OPPORTUNITIES, SOMATIC
from oncoloom.calling.pon.file import COUNTS
from oncoloom.calling.purity import (
    CELLS,
    UNKNOWN_PURITY,
    PurityEstimate,
    estimate_purity,
    fraction_cells,
    log_binomial,
    somatic_prior,
)
from oncoloom.calling.sample_fit import FitSettings, SampleFit, fit_rates, score_sample
from oncoloom.kernels.arrays import STATISTIC

UNKNOWN_AF = 3e-5  # of alleles that the resource lacks, before the sample says how many there are
RARE_HOM_SHARE = 0.1  # of carriers of a rare allele: relatives of the parents, lost copies
PANEL_PRIOR_ALLELES = 200.0
PRIOR_VARIANTS = 30.0
PRIOR_UNLISTED = 0.5
UNLISTED_SHARE = 0.06  # expected of germline variants, as a share of the listed ones
UNLISTED_WEIGHT = 1.0  # of that expectation against what the sample shows
UNLISTED_START = np.array([2 * UNKNOWN_AF, 2 * UNKNOWN_AF * RARE_HOM_SHARE])
# Kinds of alleles whose unlisted rates are learned apart: substitutions, indels, indels in repeats.
KIND_OF_CLASS = np.array([0, 0, 0, 1, 2])
SITES_OF_KIND = np.bincount(KIND_OF_CLASS, OPPORTUNITIES)
ROUNDS = 6
WIDE_SHARE = 0.005  # of heterozygous variants whose fractions no segment explains
INDEL_CENTER, INDEL_CONCENTRATION = 0.48, 80.0


@dataclass(frozen=True, slots=True)
class Fractions:
    """Log probability of each candidate's counts (one order) as what they may be.

    Attributes
    ----------
    cells : (n, CELLS)
        At each somatic allele fraction.
    het, hom : (n,)
        As germline, at the imbalance of its place.
    balance : (n,)
        Probability that copies are balanced there.
    """

    alt: NDArray[np.float64]
    depth: NDArray[np.float64]
    cells: NDArray[np.float64]
    het: NDArray[np.float64]
    hom: NDArray[np.float64]
    balance: NDArray[np.float64]


def fit_tumor_only(table: Candidates, settings: FitSettings) -> SampleFit:
    """Fit without a normal; with a population resource, germline is a hypothesis of its own."""
    scores = score_sample(table, settings, has_normal=False)
    if not settings.has_population:
        return SampleFit(scores, fit_rates(table, scores, settings), np.zeros(len(table)))
    return _fit_with_population(table, scores, settings)


def _fit_with_population(table: Candidates, scores: NDArray[np.float64], settings: FitSettings) -> SampleFit:
    """In turn: posteriors; what they say of purity, somatic fractions and unlisted alleles."""
    plain = scores[:, SOMATIC].copy()
    shown = log_fractions(table)
    flat = _log_mean(shown.cells, np.full(CELLS, 1.0 / CELLS))
    spectrum = somatic_prior(UNKNOWN_PURITY)
    unlisted = np.tile(UNLISTED_START[:, None], (1, len(table)))
    kind = KIND_OF_CLASS[table.classes.index]
    for _ in range(ROUNDS):
        het, hom = _germline_priors(table, unlisted)
        het, hom = np.log(het) + shown.het, np.log(hom) + shown.hom
        scores[:, SOMATIC] = plain + _log_mean(shown.cells, spectrum) - flat
        scores[:, GERMLINE] = plain + np.logaddexp(het, hom) - flat
        mixture = fit_rates(table, scores, settings, given=(GERMLINE,))
        somatic, germline = mixture.posterior[:, SOMATIC], mixture.posterior[:, GERMLINE]
        purity = _purity(table, shown, somatic + germline)
        spectrum = _learned_spectrum(shown.cells, somatic, purity, spectrum)
        counted = germline * np.exp(np.stack([het, hom]) - np.logaddexp(het, hom))
        unlisted = _unlisted_rates(counted, np.isnan(table.population_af), kind, settings.callable_bp)
    return SampleFit(scores, mixture, np.zeros(len(table)), purity=purity)


def log_fractions(table: Candidates) -> Fractions:
    """What the counts of each candidate would be worth as somatic, heterozygous and homozygous."""
    alt = table.tumor[:, STATISTIC["alt"]].astype(float)
    depth = alt + table.tumor[:, STATISTIC["ref"]].astype(float)
    anchors = find_anchors(alt, depth, table.population_af, table.is_snv)
    imbalance = local_imbalance(table.pos, table.contig_index, alt, depth, anchors)
    fit = log_two_sided(alt, depth)
    fit[table.is_indel] = log_two_sided(
        alt[table.is_indel], depth[table.is_indel], INDEL_CENTER, INDEL_CONCENTRATION
    )
    local = np.logaddexp.reduce(np.log(np.maximum(imbalance, 1e-300)) + fit, axis=1)
    wide = log_beta_binomial(alt, depth, 4.0, 4.0)
    het = np.logaddexp(np.log1p(-WIDE_SHARE) + local, np.log(WIDE_SHARE) + wide)
    return Fractions(
        alt=alt,
        depth=depth,
        cells=log_binomial(alt, depth, fraction_cells()),
        het=het,
        hom=log_beta_binomial(alt, depth, 60.0, 0.8),
        balance=imbalance[:, IMBALANCES < 0.05].sum(axis=1),
    )


def log_beta_binomial(
    alt: NDArray[np.float64], depth: NDArray[np.float64], a: float, b: float
) -> NDArray[np.float64]:
    """Log probability of the counts in one order."""
    from scipy.special import betaln  # scipy takes a quarter of a second to import

    return np.asarray(betaln(alt + a, depth - alt + b) - betaln(a, b))


def _germline_priors(
    table: Candidates, unlisted: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(n,) prior probabilities that the person is heterozygous and homozygous for each allele.

    By the resource's frequency q, else by the rates of unlisted alleles (het, hom). Carriers in the panel
    count as further alleles of the population.
    """
    q = table.population_af
    normals, carriers = (table.panel[:, COUNTS.index(name)] for name in ("normals", "carriers"))
    known = np.where(np.isnan(q), unlisted[0] / 2, q)
    seen = (known * PANEL_PRIOR_ALLELES + carriers) / (PANEL_PRIOR_ALLELES + 2 * normals)
    q = np.clip(np.where(carriers > 0, seen, known), 1e-9, 0.9999)
    listed = ~np.isnan(table.population_af) | (carriers > 0)
    het = np.where(listed, 2 * q * (1 - q), unlisted[0])
    hom = np.where(listed, q * q + RARE_HOM_SHARE * q * (1 - q), unlisted[1])
    return het, hom


def _purity(table: Candidates, shown: Fractions, real: NDArray[np.float64]) -> PurityEstimate:
    """From unlisted substitutions with four fragments in balanced places."""
    use = np.isnan(table.population_af) & ~table.is_indel & (shown.balance > 0.5)
    chosen = np.flatnonzero(use & (shown.alt >= 4) & (real > 0.5))
    return estimate_purity(
        shown.alt[chosen], shown.depth[chosen], shown.het[chosen], shown.hom[chosen], real[chosen]
    )


def _learned_spectrum(
    cells: NDArray[np.float64],
    somatic: NDArray[np.float64],
    purity: PurityEstimate,
    spectrum: NDArray[np.float64],
) -> NDArray[np.float64]:
    """One step of EM for the distribution of somatic fractions, the purity's prior worth `PRIOR_VARIANTS`."""
    prior = somatic_prior(UNKNOWN_PURITY if purity.purity is None else purity.purity)
    chosen = np.flatnonzero(somatic > 0.01)
    joint = cells[chosen] + np.log(spectrum)
    joint -= joint.max(axis=1, keepdims=True)
    share = np.exp(joint)
    share *= (somatic[chosen] / share.sum(axis=1))[:, None]
    learned = share.sum(axis=0) + PRIOR_VARIANTS * prior
    return np.asarray(learned / learned.sum())


def _unlisted_rates(
    germline: NDArray[np.float64], unlisted: NDArray[np.bool_], kind: NDArray[np.int64], callable_bp: int
) -> NDArray[np.float64]:
    """(2, n) rates per allele of heterozygous and homozygous variants that the resource lacks, by kind.

    What the sample shows, and, with a weight, that they are `UNLISTED_SHARE` of the listed ones.

    Parameters
    ----------
    germline : (2, n)
        Probability of each candidate to be heterozygous and homozygous.
    """
    rates = []
    for posterior, start in zip(germline, UNLISTED_START, strict=True):
        found = np.bincount(kind, posterior * unlisted, len(SITES_OF_KIND))
        listed = np.bincount(kind, posterior * ~unlisted, len(SITES_OF_KIND))
        sites = SITES_OF_KIND * max(callable_bp, 1)
        expected = PRIOR_UNLISTED + UNLISTED_WEIGHT * UNLISTED_SHARE * listed
        rates.append((found + expected) / ((1 + UNLISTED_WEIGHT) * sites + PRIOR_UNLISTED / start))
    return np.stack(rates)[:, kind]


def _log_mean(cells: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n,) log of the weighted mean of exp(cells)."""
    return np.asarray(np.logaddexp.reduce(cells + np.log(np.maximum(weights, 1e-300)), axis=1))
