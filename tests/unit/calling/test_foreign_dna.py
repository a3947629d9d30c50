"""Another person's DNA: how much there is, and what becomes of that person's variants."""

import numpy as np
import pytest

from oncoloom.calling.candidate_table import CandidateTable
from oncoloom.calling.filters.registry import FILTERS
from oncoloom.calling.foreign_dna import estimate_foreign_share, foreign_posterior, log_foreign, with_foreign
from oncoloom.calling.mixture import SOMATIC, SparseHistograms
from oncoloom.calling.pon.file import N_COUNTS
from oncoloom.calling.sample_fit import FitSettings, SampleFit, fit_rates, score_sample
from oncoloom.kernels.arrays import (
    BIN_NATS,
    CAP_NATS,
    N_BINS,
    N_STATISTICS,
    NORMAL_FRAGMENTS,
    STATISTIC,
    TUMOR_F1R2,
)

REF_BIN, ALT_BIN = round((CAP_NATS - 8.0) / BIN_NATS), round((CAP_NATS + 8.0) / BIN_NATS)


def counts(ref, alt):
    table = np.zeros((len(ref), N_STATISTICS), np.int32)
    table[:, STATISTIC["ref"]], table[:, STATISTIC["alt"]] = ref, alt
    return table


def invented(chi, weights, n=120, depth=70, plain=0.002, seed=1):
    """Counts at homozygous sites of a sample with a share `chi` of a person with these genotypes."""
    random = np.random.Generator(np.random.PCG64(seed))
    share = plain + chi * random.choice([1.0, 0.5, 0.0], n, p=weights)
    ref = random.binomial(depth, share)
    clean = random.binomial(35, plain, n)
    return counts(ref, depth - ref), counts(clean, 35 - clean)


@pytest.mark.parametrize("weights", [(1 / 6, 1 / 3, 1 / 2), (1 / 2, 1 / 3, 1 / 6)])
@pytest.mark.parametrize("chi", [0.0, 0.005, 0.05, 0.15])
def test_the_share_is_found_whatever_the_spectrum(chi, weights):
    sample, partner = invented(chi, weights)
    found = estimate_foreign_share(sample, partner, np.full(120, np.nan))
    assert found.sites >= 110
    assert found.fraction == pytest.approx(chi, abs=0.002 + 0.25 * chi)
    assert estimate_foreign_share(partner, sample, np.full(120, np.nan)).fraction < 0.003


def test_one_odd_site_is_no_foreign_person():
    sample, partner = invented(0.0, (1 / 6, 1 / 3, 1 / 2), n=44)
    sample[3, STATISTIC["ref"]] = 12
    found = estimate_foreign_share(sample, partner, np.full(44, np.nan))
    assert found.fraction < 0.005
    assert found.sites == 44


def test_too_few_sites_are_said():
    sample, partner = invented(0.05, (1 / 6, 1 / 3, 1 / 2), n=4)
    found = estimate_foreign_share(sample, partner, np.full(4, np.nan))
    assert (found.fraction, found.sites) == (None, 4)


def some_candidates(alt, depth, population_af):
    """Candidates (A>G) of which the tumor shows so many alternative fragments, and the normal none."""
    n = len(alt)
    bins = (TUMOR_F1R2 * N_BINS + REF_BIN, TUMOR_F1R2 * N_BINS + ALT_BIN, NORMAL_FRAGMENTS * N_BINS + REF_BIN)
    cells = np.tile(np.array(bins, np.int32), n)
    fragments = np.stack([depth - np.array(alt), alt, np.full(n, 40)], axis=1).astype(np.int32).ravel()
    zeros = np.zeros(n)
    return CandidateTable(
        contig=["1"] * n,
        pos=np.arange(n) * 1_000,
        ref=["A"] * n,
        alt=["G"] * n,
        contig_index=np.zeros(n, np.int64),
        forced=zeros.astype(bool),
        unit=zeros.astype(np.int32),
        units=zeros,
        slippage_rate=zeros,
        in_repeat=zeros.astype(bool),
        population_af=np.array(population_af, float),
        panel=np.zeros((n, N_COUNTS), np.int32),
        tumor=counts(depth - np.array(alt), alt),
        normal=counts([40] * n, [0] * n),
        is_indel=zeros.astype(bool),
        histograms=SparseHistograms(np.arange(n + 1) * 3, cells, fragments),
    )


def plain_fit(table, settings):
    """Fit of candidates as if there were no foreign DNA."""
    scores = score_sample(table, settings)
    return SampleFit(scores, fit_rates(table, scores, settings), np.zeros(len(table)))


def test_polymorphisms_at_the_foreign_level_are_marked_and_others_are_not():
    table = some_candidates([5, 10, 40, 5], 200, [0.3, 0.3, 0.3, np.nan])
    settings = FitSettings(callable_bp=1_000_000, has_population=True, foreign_share=0.05)
    fit = plain_fit(table, settings)
    found = with_foreign(table, fit, settings)
    assert found.foreign[:2].min() > 0.9  # at half of the share and at the share
    assert found.foreign[2] < 0.5  # a higher fraction
    assert found.foreign[3] == 0.0  # unknown to the resource
    assert fit.mixture.posterior[:, SOMATIC].min() > 0.8
    whole = found.mixture.posterior.sum(axis=1) + found.foreign
    assert whole == pytest.approx(1.0)
    assert "contamination" in [one.name for one in FILTERS]


def test_nothing_changes_without_a_resource_or_with_little_foreign_dna():
    table = some_candidates([5, 10], 200, [0.3, 0.3])
    for settings in (
        FitSettings(callable_bp=1_000_000, has_population=False, foreign_share=0.05),
        FitSettings(callable_bp=1_000_000, has_population=True, foreign_share=0.015),
    ):
        fit = plain_fit(table, settings)
        assert with_foreign(table, fit, settings) is fit


def test_foreign_posterior_is_bayes_rule():
    table = some_candidates([6], 100, [0.2])
    fit = plain_fit(table, FitSettings(callable_bp=1_000_000, has_population=True))
    chi, q, fragments = 0.1, 0.2, np.array([94, 6])
    ratio = np.exp(np.array([-8.0, 8.0])) - 1
    likelihoods = [
        prior / 3 * np.exp((fragments * np.log1p(copies * multiple * chi * ratio)).sum())
        for copies, prior in ((0.5, 2 * q * (1 - q)), (1.0, q * q))
        for multiple in (0.7, 1.0, 1.4)
    ]
    expected = sum(likelihoods) / (sum(likelihoods) + np.exp(fit.mixture.log_evidence[0]))
    found = foreign_posterior(
        log_foreign(table.histograms, table.population_af, chi), fit.mixture.log_evidence, table.population_af
    )
    assert found[0] == pytest.approx(expected, rel=1e-9)
