"""Loci of a tumor against its normal: tests, power, verdict, what makes a score null."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msi_histograms import CENTER, draw, histograms, loci, raw_table, shape
from scipy.stats import chi2_contingency

from oncoloom.config import FeaturesConfig
from oncoloom.features.msi.assess import NO_NORMAL, assess_msi
from oncoloom.features.msi.histograms import histograms_of
from oncoloom.features.msi.loci import evenly, locus_table, scan_window, select_loci
from oncoloom.features.msi.paired import compare_lengths, length_tests, new_length_share
from oncoloom.features.msi.power import detection_power
from oncoloom.features.msi.steps import least_purity, rules_of
from oncoloom.features.msi.verdict import MsiRules, judge, spread_of_shifts
from oncoloom.features.signatures.contexts import codes_of
from oncoloom.shares import wilson_interval

RULES = MsiRules()


@given(st.lists(st.tuples(st.integers(5, 60), st.integers(5, 60)), min_size=2, max_size=6))
def test_the_length_test_is_the_g_test(pairs):
    counts = np.array(pairs, dtype=float).T
    reference = chi2_contingency(counts, correction=False, lambda_="log-likelihood")
    assert length_tests(counts[None])[0] == pytest.approx(reference.pvalue, rel=1e-6, abs=1e-12)


def test_new_lengths_are_counted_and_rare_ones_pooled():
    assert new_length_share(np.array([[[10, 10, 0], [0, 10, 10]]]))[0] == pytest.approx(0.5)
    assert length_tests(np.array([[[30.0, 1, 1, 0], [30, 0, 1, 1]]]))[0] > 0.05
    assert length_tests(np.array([[[40.0, 0], [40, 0]]]))[0] == 1.0


def test_loci_without_twenty_fragments_in_both_are_not_assessed():
    counts = np.zeros((3, 2, 31), np.int64)
    counts[:, :, CENTER] = [[40, 40], [40, 19], [19, 40]]
    tests = compare_lengths(counts)
    assert tests.assessable.tolist() == [True, False, False]
    assert np.isnan(tests.p_value[1:]).all()
    assert tests.unstable.tolist() == [False] * 3
    assert compare_lengths(counts[:0]).assessable.shape == (0,)


def _pair(n_loci, n_unstable, purity, seed=1, depth=100):
    rng = np.random.default_rng(seed)
    changed = np.arange(n_loci)[:, None] < n_unstable
    tumor = np.where(changed, (1 - purity) * shape() + purity * shape(moved=-3), shape())
    return histograms(draw(rng, n_loci, depth, tumor), draw(rng, n_loci, depth, shape()))


@pytest.mark.parametrize(
    ("n_loci", "n_unstable", "purity", "status", "why"),
    [
        (100, 30, 0.6, "MSI-H", None),
        (400, 0, 0.6, "MSS", None),
        (400, 0, None, "indeterminate", "purity is unknown"),
        (400, 0, 0.06, "indeterminate", "might score only"),
        (31, 0, 0.6, "indeterminate", "is not excluded"),
        (100, 3, 0.6, "indeterminate", "its interval is not"),
        (29, 10, 0.6, None, None),
    ],
)
def test_the_status_has_a_zone_between(n_loci, n_unstable, purity, status, why):
    result = assess_msi(_pair(n_loci, n_unstable, purity or 0.6), RULES, purity=purity).result
    assert result.status == status
    assert result.n_unstable == n_unstable
    assert (why is None) == (result.why is None)
    assert why is None or why in result.why
    if status is None:
        assert result.score is None
        assert "the assay holds 29 microsatellites" in result.reason
    else:
        assert result.lower <= result.score <= result.upper


def test_power_falls_with_purity_and_depth():
    pairs = {depth: _pair(40, 0, 0.5, depth=depth).counts for depth in (30, 150)}
    units = np.ones(40, np.int64)
    power = {
        (purity, depth): detection_power(counts, units, purity, seed=2)
        for depth, counts in pairs.items()
        for purity in (0.05, 0.3, 0.9)
    }
    assert power[0.05, 150] < power[0.3, 150] < power[0.9, 150] <= 1
    assert power[0.3, 30] < power[0.3, 150]
    assert power[0.9, 150] > 0.95
    assert power[0.3, 30] == detection_power(pairs[30], units, 0.3, seed=2)


def test_the_spread_of_shifts_ignores_what_all_loci_share():
    shifts = np.random.default_rng(1).normal(0, 1, 500)
    assert spread_of_shifts(shifts + 9) == pytest.approx(spread_of_shifts(shifts))
    assert spread_of_shifts(np.where(np.arange(500) < 50, -100.0, shifts)) == pytest.approx(5 + 0.9, abs=0.2)


def test_why_a_score_is_null():
    pair = _pair(40, 0, 0.5)
    alone = histograms(tumor=pair.counts[:, 0])
    assert assess_msi(alone, RULES, purity=0.5).result.reason == NO_NORMAL
    assert "no tumor" in assess_msi(histograms(normal=pair.counts[:, 1]), RULES, purity=0.5).result.reason
    shallow = histograms(pair.counts[:, 0], draw(np.random.default_rng(1), 40, 12, shape()))
    assert (
        "0 of 40 microsatellites have 20 spanning fragments"
        in assess_msi(shallow, RULES, purity=0.5).result.reason
    )
    assert judge(50, 0, RULES, power=None).status == "indeterminate"
    assert rules_of(FeaturesConfig()) == RULES


def test_a_raw_table_gives_the_same_histograms():
    pair = _pair(35, 4, 0.5)
    read = histograms_of(raw_table(pair))
    assert read.loci.equals(pair.loci)
    assert (read.counts == pair.counts).all()
    assert (read.has_tumor, read.has_normal) == (True, True)
    far = raw_table(pair).with_columns(pl.col("key") + 200)
    assert histograms_of(far).counts[:, :, -1].sum() == pair.counts.sum()
    empty = histograms_of(raw_table(pair).filter(pl.col("kind") == "het"))
    assert empty.counts.shape == (0, 2, 31)


def test_repeats_of_a_window_are_found_with_room_on_both_sides():
    sequence = (
        "GATCCGTCAG"
        + "A" * 12
        + "GTCCGATCAG"
        + "CA" * 6
        + "TGCC"
        + "T" * 11
        + "GCATCCGGAT"
        + "G" * 45
        + "ACTG"
    )
    code = codes_of(sequence)
    found = scan_window(code, 1000, 1000, 1000 + len(sequence))
    assert found[0] == (1010, 1022, "A")
    chosen = locus_table([("7", *one) for one in found])
    assert chosen.rows() == [("7", 1010, 1022, "A")]  # the next two share a flank, the last is too long
    assert (1010, 1022, "A") not in scan_window(code, 1000, 1006, 1200)


def test_repeats_too_near_or_too_long_are_left_out():
    table = loci(4).with_columns(
        unit=pl.Series(["A", "AAAAAC", "A", "A"]), end=pl.Series([15, 115, 241, 315])
    )
    assert select_loci(table)["start"].to_list() == [0, 300]
    near = loci(2).with_columns(start=pl.Series([0, 19]), end=pl.Series([15, 34]))
    assert select_loci(near).is_empty()
    assert evenly(loci(100), 3)["start"].to_list() == [0, 5000, 9900]


@given(st.integers(1, 300), st.data())
def test_wilson_interval_holds_the_share(n, data):
    k = data.draw(st.integers(0, n))
    low, high = wilson_interval(k, n)
    assert 0 <= low <= k / n + 1e-12
    assert k / n - 1e-12 <= high <= 1


def test_allele_fractions_tell_a_least_purity():
    assert least_purity([0.3, 0.1]) is None
    assert least_purity([0.05, 0.3, 0.2, 0.9]) == pytest.approx(0.25)
