"""Columns in a file are the same as columns in memory, and EM gives the same rates from either."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oncoloom.calling import columns, mixture_fit
from oncoloom.calling.columns import FileRows, blocks, new_rows, take, zero_rows
from oncoloom.calling.mixture_fit import fit_mixture, fit_sample_mixture


@given(
    st.integers(0, 40),
    st.sampled_from([None, 3]),
    st.lists(st.tuples(st.integers(0, 45), st.integers(0, 45)), max_size=6),
)
@settings(max_examples=60)
def test_a_file_holds_what_an_array_does(n, width, writes):
    shape = (n,) if width is None else (n, width)
    plain, stored = np.zeros(shape), FileRows(shape, np.float64)
    for turn, (a, b) in enumerate(writes):
        values = np.arange(plain[a:b].size, dtype=float).reshape(plain[a:b].shape) + turn
        plain[a:b] = stored[a:b] = values
    assert len(stored) == n
    for a, b in [*writes, (0, n), (3, 3), (2, None)]:
        np.testing.assert_array_equal(stored[a:b], plain[a:b])


def test_only_large_columns_lie_in_a_file_that_has_no_name(tmp_path, monkeypatch):
    assert isinstance(new_rows(10, folder=tmp_path), np.ndarray)
    monkeypatch.setattr(columns, "MOST_IN_MEMORY", 79)
    assert isinstance(new_rows(10, folder=tmp_path), FileRows)
    assert not list(tmp_path.iterdir())
    assert zero_rows(5)[1:3].tolist() == [0.0, 0.0]


@given(st.integers(0, 30), st.integers(1, 12), st.data())
@settings(max_examples=40)
def test_blocks_and_chosen_rows(n, size, data):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(columns, "BLOCK_ROWS", size)
        found = list(blocks(n))
        assert [row for one in found for row in range(one.start, one.stop)] == list(range(n))
        assert all(one.stop - one.start <= size for one in found)
        values = np.arange(n) * 7
        index = np.array(sorted(data.draw(st.sets(st.integers(0, max(n - 1, 0)))) if n else []), np.int64)
        assert take(values, index).tolist() == values[index].tolist()


def scores_of(random, n):
    return random.normal(0, 8, (n, 9))


def test_rates_are_the_same_from_a_file_and_from_memory(tmp_path, monkeypatch):
    random = np.random.default_rng(11)
    scores, index = scores_of(random, 500), random.integers(0, 5, 500)
    used = random.random(500) < 0.8
    plain = fit_mixture(scores, index, 1e6, used=used)
    monkeypatch.setattr(columns, "MOST_IN_MEMORY", 0)
    stored = FileRows(scores.shape, np.float64, tmp_path)
    stored[:] = scores
    found = fit_sample_mixture(stored, index, 1e6, used=used, folder=tmp_path)
    assert isinstance(found.posterior, FileRows)
    np.testing.assert_array_equal(found.rates, plain.rates)
    np.testing.assert_array_equal(found.posterior[:], plain.posterior)
    np.testing.assert_array_equal(found.log_evidence[:], plain.log_evidence)


@pytest.mark.parametrize("size", [1, 7, 64])
def test_blocks_of_any_length_give_the_same_rates_but_for_rounding(size, monkeypatch):
    random = np.random.default_rng(12)
    scores, index = scores_of(random, 150), random.integers(0, 5, 150)
    plain = fit_mixture(scores, index, 1e6)
    for module in (columns, mixture_fit):
        monkeypatch.setattr(module, "BLOCK_ROWS", size)
    found = fit_mixture(scores, index, 1e6)
    np.testing.assert_allclose(found.rates, plain.rates, rtol=1e-9)
    np.testing.assert_allclose(found.posterior, plain.posterior, atol=1e-9)
