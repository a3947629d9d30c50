"""Segmentation kernels against trying everything, tails against counting all choices or drawing many."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from naive_segmentation import best_arc, best_partition_cost, share_of_choices

from oncoloom.kernels.baf_fit import fit_segment_bafs
from oncoloom.kernels.cbs import find_best_arc, segment_cbs
from oncoloom.kernels.cbs_tails import both_tails, group_values, long_arc_tail, pair_tail, short_arc_tail
from oncoloom.kernels.pelt import segment_pelt


def _sample(seed, n, *, jump=1.0):
    rng = np.random.default_rng(seed)
    x = rng.normal(0, 0.3, n) + jump * np.repeat(rng.choice([0, 0, 1, -1], -(-n // 10)), 10)[:n]
    return x, rng.uniform(0.5, 2, n)


def _standard(values):
    r = np.asarray(values, dtype=float)
    r = r - r.mean()
    return r / r.std()


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.integers(4, 90))
def test_the_best_arc_is_the_best_of_all(seed, n):
    x, weight = _sample(seed, n)
    s = np.concatenate(([0.0], np.cumsum(weight * (x - np.average(x, weights=weight)))))
    w = np.concatenate(([0.0], np.cumsum(weight)))
    s[-1] = 0.0
    place = np.empty(2, np.int64)
    assert find_best_arc(s, w, n, place) == pytest.approx(best_arc(x, weight), rel=1e-9)
    assert 2 <= place[1] - place[0] <= n - 2


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 40))
def test_the_pruned_split_is_as_good_as_trying_everything(seed, n):
    x, weight = _sample(seed, n)
    cost = 2.0 * 0.09 * np.log(max(n, 3))
    ends = np.empty(n, np.int64)
    ends = ends[: segment_pelt(x, weight, cost, ends)].tolist()
    starts = [0, *ends[:-1]]
    found = -cost + sum(
        cost - (weight[a:b] * x[a:b]).sum() ** 2 / weight[a:b].sum()
        for a, b in zip(starts, ends, strict=True)
    )
    assert ends[-1] == n
    assert n == 1 or all(b - a >= 2 for a, b in zip(starts, ends, strict=True))
    assert found == pytest.approx(best_partition_cost(x, weight, cost, min(2, n)), abs=1e-8)


@given(st.integers(0, 10_000), st.integers(4, 30), st.floats(0.5, 6))
def test_the_pair_tail_counts_all_pairs(seed, n, least):
    r = _standard(np.random.default_rng(seed).standard_t(3, n))
    assert pair_tail(np.sort(r), least) == pytest.approx(share_of_choices(r, 2, least), abs=1e-12)


@pytest.mark.parametrize("size", [3, 5])
@pytest.mark.parametrize("heavy", [False, True])
def test_the_saddlepoint_tail_is_that_of_all_choices(size, heavy):
    rng = np.random.default_rng(size)
    r = _standard(rng.standard_t(4, 40) if heavy else rng.normal(0, 1, 40))
    value, count = np.empty(40), np.empty(40)
    groups = group_values(np.sort(r), value, count)
    assert count[:groups].sum() == 40
    for mean in (1.0, 1.3):
        exact = share_of_choices(r, size, size * mean)
        assert exact > 0
        assert both_tails(value[:groups], count[:groups], 40, size, mean) == pytest.approx(exact, rel=0.25)


def test_a_sum_beyond_the_largest_has_no_tail():
    value, count = np.array([-1.0, 1.0]), np.array([20.0, 20.0])
    assert both_tails(value, count, 40, 4, 1.5) == 0.0


def test_the_p_values_are_those_of_drawn_permutations():
    """Maximum over all arcs: 4,000 permutations of heavy-tailed residuals, at the level of 5 %."""
    rng = np.random.default_rng(7)
    n = 120
    r = _standard(rng.standard_t(5, n))
    w, place = np.arange(n + 1.0), np.empty(2, np.int64)
    drawn = []
    for _ in range(4000):
        s = np.concatenate(([0.0], np.cumsum(rng.permutation(r))))
        s[-1] = 0.0
        drawn.append(find_best_arc(s, w, n, place))
    between = float(np.quantile(drawn, 0.95))
    t = np.sqrt(between / ((n - between) / (n - 2)))
    p = long_arc_tail(t, n, 25) + short_arc_tail(np.sort(r), np.sqrt(between), 25, 1.0)
    assert 0.02 < p < 0.2  # the sum over lengths is a bound: above 5 %, never far below


def test_no_break_in_noise_and_every_clear_one_found():
    rng = np.random.default_rng(11)
    ends = np.empty(400, np.int64)
    weight = rng.uniform(0.5, 2, 400)
    for _ in range(50):
        noise = rng.standard_t(4, 400) * 0.2 / np.sqrt(weight)
        assert segment_cbs(noise, weight, 1e-4, ends) == 1
    x = np.repeat([0.0, 0.6, -0.3], [150, 100, 150]) + rng.normal(0, 0.2, 400)
    assert segment_cbs(x, np.ones(400), 1e-4, ends) == 3
    assert np.abs(ends[:2] - [150, 250]).max() <= 2


@pytest.mark.parametrize("n", [1, 2, 3, 4, 12])
def test_few_bins_are_never_split_at_a_level_they_cannot_reach(n):
    x = np.where(np.arange(n) < n // 2, 5.0, -5.0) + 0.01 * np.arange(n)
    ends = np.empty(n, np.int64)
    assert segment_cbs(x, np.ones(n), 1e-4, ends) == 1
    assert ends[0] == n


def test_drawn_permutations_split_what_few_bins_can_show():
    x = np.concatenate([np.zeros(8), np.full(8, 3.0)]) + 0.01 * np.arange(16)
    ends = np.empty(16, np.int64)
    assert segment_cbs(x, np.ones(16), 0.05, ends) == 2
    assert ends[:2].tolist() == [8, 16]


def test_constant_values_have_no_break():
    ends = np.empty(60, np.int64)
    assert segment_cbs(np.zeros(60), np.ones(60), 1e-4, ends) == 1


@pytest.mark.parametrize("minor", [0.05, 0.2, 0.35, 0.5])
def test_the_allele_fraction_is_not_biased_by_depth(minor):
    rng = np.random.default_rng(int(100 * minor))
    depth = rng.poisson(60, 4000) + 20
    side = np.where(rng.random(4000) < 0.5, minor, 1 - minor)
    alt = rng.binomial(depth, rng.beta(side * 199, (1 - side) * 199))
    baf, sd = np.empty(2), np.empty(2)
    fit_segment_bafs(alt, depth, np.array([0, 4000, 4000]), 199.0, 0.5, baf, sd)
    assert baf[0] == pytest.approx(minor, abs=0.02 if minor == 0.5 else 0.006)
    assert abs(baf[0] - minor) < 4 * sd[0] + 1e-3
    assert np.isnan(baf[1])
    assert np.isnan(sd[1])
