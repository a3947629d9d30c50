"""Fit of a tumor without its normal: somatic, germline or artifact from fractions, population and panel.

Somatic and germline differ in nothing but the allele fraction and what others know of the allele. So both
have a distribution of fractions of their own: somatic ones that of this tumor, learned beside its purity;
germline ones that of their place, where copies may be lost (`allelic_balance`). Alleles of the population
resource have its frequency as their prior; how many germline alleles it lacks is learned. See
docs/methods/calling.md.
"""

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from oncoloom.calling.allelic_balance import IMBALANCES, ContigImbalance, find_anchors, log_two_sided
from oncoloom.calling.candidate_table import Candidates
from oncoloom.calling.columns import Rows, blocks, new_rows, zero_rows
from oncoloom.calling.mixture import GERMLINE, OPPORTUNITIES, SOMATIC
from oncoloom.calling.mixture_fit import SampleMixture
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
    """Log probability of each candidate's counts (one order) as germline, and the copies of its place.

    Attributes
    ----------
    het, hom : (n,)
        As germline, at the imbalance of its place.
    balance : (n,)
        Probability that copies are balanced there.
    """

    het: Rows
    hom: Rows
    balance: Rows


def fit_tumor_only(table: Candidates, settings: FitSettings) -> SampleFit:
    """Fit without a normal; with a population resource, germline is a hypothesis of its own."""
    scores = score_sample(table, settings, has_normal=False)
    if not settings.has_population:
        return SampleFit(scores, fit_rates(table, scores, settings), zero_rows(len(table)))
    return _fit_with_population(table, scores, settings)


def _fit_with_population(table: Candidates, scores: Rows, settings: FitSettings) -> SampleFit:
    """In turn: posteriors; what they say of purity, somatic fractions and unlisted alleles."""
    n = len(table)
    plain = new_rows(n, folder=settings.folder)
    for rows in blocks(n):
        plain[rows] = scores[rows][:, SOMATIC]
    shown = log_fractions(table, settings.folder)
    spectrum, unlisted = somatic_prior(UNKNOWN_PURITY), np.tile(UNLISTED_START[:, None], len(SITES_OF_KIND))
    for _ in range(ROUNDS):
        for rows in blocks(n):
            _put_priors(table, scores, plain, shown, rows, spectrum, unlisted)
        mixture = fit_rates(table, scores, settings, given=(GERMLINE,))
        purity = _purity(table, shown, mixture)
        spectrum, unlisted = _learned(table, shown, mixture, purity, spectrum, unlisted, settings.callable_bp)
    return SampleFit(scores, mixture, zero_rows(n), purity=purity)


def _put_priors(
    table: Candidates,
    scores: Rows,
    plain: Rows,
    shown: Fractions,
    rows: slice,
    spectrum: NDArray[np.float64],
    unlisted: NDArray[np.float64],
) -> None:
    """Scores of somatic and germline with what fractions, population and panel say of each."""
    cells = _cells(table, rows)
    flat = _log_mean(cells, np.full(CELLS, 1.0 / CELLS))
    mine = scores[rows].copy()
    mine[:, SOMATIC] = plain[rows] + _log_mean(cells, spectrum) - flat
    mine[:, GERMLINE] = plain[rows] + np.logaddexp(*_germline_logs(table, shown, rows, unlisted)) - flat
    scores[rows] = mine


def _germline_logs(
    table: Candidates, shown: Fractions, rows: slice, unlisted: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(n,) log of prior times likelihood of being heterozygous and homozygous."""
    kind = KIND_OF_CLASS[table.class_index[rows]]
    het, hom = _germline_priors(table.population_af[rows], table.panel[rows], unlisted[:, kind])
    return np.log(het) + shown.het[rows], np.log(hom) + shown.hom[rows]


def _counts(table: Candidates, rows: slice) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(n,) the tumor's fragments with the allele, and with it or the reference."""
    tumor = table.tumor[rows]
    alt = tumor[:, STATISTIC["alt"]].astype(float)
    return alt, alt + tumor[:, STATISTIC["ref"]].astype(float)


def _cells(table: Candidates, rows: slice) -> NDArray[np.float64]:
    """(n, CELLS) log probability of the counts at each somatic allele fraction."""
    return log_binomial(*_counts(table, rows), fraction_cells())


def log_fractions(table: Candidates, folder: Path | None = None) -> Fractions:
    """What the counts of each candidate would be worth as heterozygous and homozygous."""
    n = len(table)
    shown = Fractions(*(new_rows(n, folder=folder) for _ in range(3)))
    borders = np.flatnonzero(np.diff(table.contig_index, prepend=-1, append=-1)).tolist()
    for start, stop in pairwise(borders):
        imbalance = _contig_imbalance(table, slice(start, stop))
        for rows in blocks(stop, start):
            _put_fractions(table, shown, rows, imbalance.at(table.pos[rows]))
    return shown


def _contig_imbalance(table: Candidates, contig: slice) -> ContigImbalance:
    """From the heterozygous variants among a contig's candidates."""
    found: list[tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]] = []
    for rows in blocks(contig.stop, contig.start):
        alt, depth = _counts(table, rows)
        anchors = find_anchors(alt, depth, table.population_af[rows], table.is_snv[rows])
        found.append((table.pos[rows][anchors], alt[anchors], depth[anchors]))
    place, alt, depth = (np.concatenate(column) for column in zip(*found, strict=True))
    return ContigImbalance.from_anchors(place, alt, depth)


def _put_fractions(table: Candidates, shown: Fractions, rows: slice, imbalance: NDArray[np.float64]) -> None:
    alt, depth = _counts(table, rows)
    is_indel = table.is_indel[rows]
    fit = log_two_sided(alt, depth)
    fit[is_indel] = log_two_sided(alt[is_indel], depth[is_indel], INDEL_CENTER, INDEL_CONCENTRATION)
    local = np.logaddexp.reduce(np.log(np.maximum(imbalance, 1e-300)) + fit, axis=1)
    wide = log_beta_binomial(alt, depth, 4.0, 4.0)
    shown.het[rows] = np.logaddexp(np.log1p(-WIDE_SHARE) + local, np.log(WIDE_SHARE) + wide)
    shown.hom[rows] = log_beta_binomial(alt, depth, 60.0, 0.8)
    shown.balance[rows] = imbalance[:, IMBALANCES < 0.05].sum(axis=1)


def log_beta_binomial(
    alt: NDArray[np.float64], depth: NDArray[np.float64], a: float, b: float
) -> NDArray[np.float64]:
    """Log probability of the counts in one order."""
    from scipy.special import betaln  # scipy takes a quarter of a second to import

    return np.asarray(betaln(alt + a, depth - alt + b) - betaln(a, b))


def _germline_priors(
    population_af: NDArray[np.float64], panel: NDArray[np.int32], unlisted: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(n,) prior probabilities that the person is heterozygous and homozygous for each allele.

    By the resource's frequency q, else by the rates of unlisted alleles (het, hom). Carriers in the panel
    count as further alleles of the population.
    """
    normals, carriers = (panel[:, COUNTS.index(name)] for name in ("normals", "carriers"))
    known = np.where(np.isnan(population_af), unlisted[0] / 2, population_af)
    seen = (known * PANEL_PRIOR_ALLELES + carriers) / (PANEL_PRIOR_ALLELES + 2 * normals)
    q = np.clip(np.where(carriers > 0, seen, known), 1e-9, 0.9999)
    listed = ~np.isnan(population_af) | (carriers > 0)
    het = np.where(listed, 2 * q * (1 - q), unlisted[0])
    hom = np.where(listed, q * q + RARE_HOM_SHARE * q * (1 - q), unlisted[1])
    return het, hom


def _purity(table: Candidates, shown: Fractions, mixture: SampleMixture) -> PurityEstimate:
    """From unlisted substitutions with four fragments in balanced places."""
    found = []
    for rows in blocks(len(table)):
        posterior = mixture.posterior[rows]
        real = posterior[:, SOMATIC] + posterior[:, GERMLINE]
        alt, depth = _counts(table, rows)
        use = np.isnan(table.population_af[rows]) & ~table.is_indel[rows] & (shown.balance[rows] > 0.5)
        use &= (alt >= 4) & (real > 0.5)
        found.append((alt[use], depth[use], shown.het[rows][use], shown.hom[rows][use], real[use]))
    columns = [np.concatenate(column) for column in zip(*found, strict=True)] or [np.zeros(0)] * 5
    return estimate_purity(*columns)


def _learned(
    table: Candidates,
    shown: Fractions,
    mixture: SampleMixture,
    purity: PurityEstimate,
    spectrum: NDArray[np.float64],
    unlisted: NDArray[np.float64],
    callable_bp: int,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """One step of EM: the distribution of somatic fractions, and the rates of alleles that nobody lists.

    The purity's prior of fractions is worth `PRIOR_VARIANTS`.
    """
    prior = somatic_prior(UNKNOWN_PURITY if purity.purity is None else purity.purity)
    fractions, counted = np.zeros(CELLS), np.zeros((2, 2, len(SITES_OF_KIND)))
    for rows in blocks(len(table)):
        posterior = mixture.posterior[rows]
        fractions += _somatic_fractions(_cells(table, rows), posterior[:, SOMATIC], spectrum)
        het, hom = _germline_logs(table, shown, rows, unlisted)
        germline = posterior[:, GERMLINE] * np.exp(np.stack([het, hom]) - np.logaddexp(het, hom))
        nobodys, kind = np.isnan(table.population_af[rows]), KIND_OF_CLASS[table.class_index[rows]]
        for state, one in enumerate(germline):
            for known, mine in enumerate((one * nobodys, one * ~nobodys)):
                counted[state, known] += np.bincount(kind, mine, len(SITES_OF_KIND))
    learned = fractions + PRIOR_VARIANTS * prior
    return learned / learned.sum(), _unlisted_rates(counted, callable_bp)


def _somatic_fractions(
    cells: NDArray[np.float64], somatic: NDArray[np.float64], spectrum: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(CELLS,) expected somatic variants of each fraction."""
    chosen = np.flatnonzero(somatic > 0.01)
    joint = cells[chosen] + np.log(spectrum)
    joint -= joint.max(axis=1, keepdims=True)
    share = np.exp(joint)
    share *= (somatic[chosen] / share.sum(axis=1))[:, None]
    return np.asarray(share.sum(axis=0))


def _unlisted_rates(counted: NDArray[np.float64], callable_bp: int) -> NDArray[np.float64]:
    """(2, kinds) rates per allele of heterozygous and homozygous variants that the resource lacks, by kind.

    What the sample shows, and, with a weight, that they are `UNLISTED_SHARE` of the listed ones.

    Parameters
    ----------
    counted : (2, 2, kinds)
        Expected numbers of heterozygous and homozygous variants that are unlisted and listed.
    """
    rates = []
    for (found, listed), start in zip(counted, UNLISTED_START, strict=True):
        sites = SITES_OF_KIND * max(callable_bp, 1)
        expected = PRIOR_UNLISTED + UNLISTED_WEIGHT * UNLISTED_SHARE * listed
        rates.append((found + expected) / ((1 + UNLISTED_WEIGHT) * sites + PRIOR_UNLISTED / start))
    return np.stack(rates)


def _log_mean(cells: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n,) log of the weighted mean of exp(cells)."""
    return np.asarray(np.logaddexp.reduce(cells + np.log(np.maximum(weights, 1e-300)), axis=1))
