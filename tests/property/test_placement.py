"""The placement kernel over a batch against plain loops."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from naive_placement import best_penalties, invented_placements

from oncoloom.kernels.placement_cpu import placements_cpu


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from([5.0, 60.0, 1e9]))
def test_best_placement_is_the_lowest_sum_of_mismatches(seed, worst):
    batch = invented_placements(seed, 12)
    out = np.full(12, np.nan)
    placements_cpu(batch, worst, out)
    np.testing.assert_allclose(out, best_penalties(batch, worst), rtol=0, atol=1e-6)
