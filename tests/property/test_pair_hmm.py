"""The pair-HMM kernel against the textbook's forward algorithm."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from naive_pair_hmm import batch_of, forward_penalty, invented_batch

from oncoloom.kernels.pair_hmm_core import PairBatch, gap_openings, longest_first, pair_penalty
from oncoloom.kernels.pair_hmm_cpu import pair_hmm_cpu

TOLERANCE_NATS = 1e-4  # of float32 sums; stated in pair_hmm_cpu


def _penalties(batch: PairBatch, band: int) -> np.ndarray:
    out = np.full(len(batch.pairs), np.nan)
    pair_hmm_cpu(batch, longest_first(batch), band, out)
    return out


def _naive(batch: PairBatch, pair: int, band: int | None) -> float:
    read, haplotype, diagonal = batch.pairs[pair].tolist()
    mine = slice(*batch.read_at[read : read + 2])
    its = slice(*batch.haplotype_at[haplotype : haplotype + 2])
    diagonals = None if band is None else (diagonal, diagonal + band)
    return forward_penalty(
        batch.reads[mine], batch.ratios[mine], batch.haplotypes[its], batch.opening[its], diagonals
    )


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 20), st.integers(2, 19))
def test_kernel_is_the_banded_forward_algorithm(seed, n_pairs, band):
    batch = invented_batch(seed, n_pairs, band)
    out = _penalties(batch, band)
    room = np.empty((3, band + 1))
    for pair in range(0, n_pairs, 7):
        exact = _naive(batch, pair, band)
        assert out[pair] == pytest.approx(exact, abs=TOLERANCE_NATS)
        assert pair_penalty(batch, pair, band, room) == pytest.approx(exact, abs=1e-9)


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_band_loses_nothing_where_the_path_lies_in_it(seed):
    batch = invented_batch(seed, 3, 16, shortest=35)
    out = _penalties(batch, 16)
    for pair in range(3):
        full = _naive(batch, pair, None)
        assert out[pair] >= full - TOLERANCE_NATS  # a band only leaves paths out
        # Beside it lie only paths worth less: more of the sum the worse the read fits.
        assert out[pair] == pytest.approx(full, abs=2e-2, rel=1e-2)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.randoms(use_true_random=False))
def test_a_pair_has_the_same_bits_alone_or_in_any_company(seed, random):
    batch = invented_batch(seed, 20, 8)
    together = _penalties(batch, 8)
    shuffled = list(range(20))
    random.shuffle(shuffled)
    np.testing.assert_array_equal(
        _penalties(batch._replace(pairs=batch.pairs[shuffled]), 8), together[shuffled]
    )
    one = shuffled[0]
    np.testing.assert_array_equal(_penalties(batch._replace(pairs=batch.pairs[[one]]), 8), together[[one]])


def test_a_hopeless_pair_is_rescued_in_float64():
    rng = np.random.default_rng(1)
    haplotype, read = rng.integers(0, 4, 300), rng.integers(0, 4, 250)
    ratio = np.full(250, 1e-5)
    flat = np.full(300, 2e-5)
    batch = batch_of([read, haplotype[20:270]], [ratio, ratio], [haplotype], [flat], [(0, 0, 5), (1, 0, 12)])
    out = np.zeros(2)
    assert pair_hmm_cpu(batch, longest_first(batch), 16, out) == 1
    assert out[0] == pytest.approx(_naive(batch, 0, 16), rel=1e-9)
    assert out[0] > 700  # beyond what float64 holds without scaling
    assert out[1] == pytest.approx(250 * 4e-5, rel=0.05)


def test_a_slip_in_a_repeat_costs_what_the_repeat_says():
    haplotype = np.array([0, 1, 2, 3, 0, 2, 1, 3, 0, 2, *[0] * 9, 3, 1, 2, 0, 3, 1, 2, 2, 1, 0])
    read = np.delete(haplotype, 14)
    ratio = np.full(len(read), 1e-4)
    costs = []
    for rate in (2e-5, 0.02):
        opening = np.empty(len(haplotype), np.float32)
        gap_openings(np.array([10]), np.array([rate]), opening)
        batch = batch_of([read], [ratio], [haplotype], [opening], [(0, 0, -8)])
        costs.append(float(_penalties(batch, 17)[0]))
    assert costs[1] == pytest.approx(-np.log(0.02 * 0.9), abs=0.1)
    assert costs[0] == pytest.approx(-np.log(9 * 2e-5 * 0.9), abs=0.1)


def test_no_pairs_is_no_work():
    batch = invented_batch(0, 1, 4)
    assert pair_hmm_cpu(batch._replace(pairs=batch.pairs[:0]), np.empty(0, np.int64), 4, np.empty(0)) == 0
