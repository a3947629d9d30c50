"""The fraction that a depth could have shown."""

from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncoloom.calling.detection import detection_limit


def naive_power(n, f, least):
    """P(Binomial(n, f) >= least), summed as it is written."""
    return 1.0 - sum(comb(n, k) * f**k * (1 - f) ** (n - k) for k in range(least))


@given(st.integers(1, 300), st.integers(1, 12))
def test_power_is_met_and_not_by_less(depth, least):
    limit = detection_limit(depth, least)
    if limit is None:
        assert depth < least
        return
    assert naive_power(depth, limit, least) >= 0.95 - 1e-9
    if limit > 1e-6:
        assert naive_power(depth, limit * (1 - 1e-6), least) < 0.95 + 1e-9


def test_never_below_the_lowest_called_fraction():
    assert detection_limit(100_000, 3, min_af=0.01) > 0.01
    assert detection_limit(100_000, 3) == pytest.approx(6.296e-5, rel=1e-3)
    assert detection_limit(0, 2) is None


@given(st.integers(10, 2_000), st.integers(2, 6))
def test_more_depth_shows_less(depth, least):
    assert detection_limit(2 * depth, least) <= detection_limit(depth, least)
