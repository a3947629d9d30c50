"""Hypotheses of the mixture kernel against sums written out with numpy."""

import naive_calling as naive
import numpy as np
import pytest
from twin_histograms import dense_histograms, sparse

from oncoloom.calling.mixture import SiteClasses, score_candidates
from oncoloom.kernels.arrays import FRACTIONS, N_FRACTIONS, fraction_weights
from oncoloom.kernels.mixture_core import HYPOTHESES

LEAKS = [(share, 0.006) for share in (0.03, 0.06, 0.1, 0.15, 0.2)]


@pytest.mark.parametrize("damage", [-1, 0, 1])
def test_hypotheses_equal_their_definition(damage):
    dense = dense_histograms(4, seed=11 + damage)
    classes = SiteClasses(np.zeros(4, np.int64), np.full(4, damage, np.int8), np.zeros(4))
    scores = score_candidates(sparse(dense), classes)
    w, v = fraction_weights(1.0, 1.0), fraction_weights(2.0, 0.12)
    for c in range(4):
        slow = naive.hypotheses(dense[c], FRACTIONS, w, v, LEAKS, 0.97, damage)
        for name, value in slow.items():
            assert scores[c, HYPOTHESES.index(name)] == pytest.approx(value, rel=1e-9, abs=1e-6), name


def test_error_is_the_measure_of_the_others():
    dense = np.zeros((1, 8, 261), np.int64)
    scores = score_candidates(
        sparse(dense), SiteClasses(np.zeros(1, np.int64), np.zeros(1, np.int8), np.zeros(1))
    )
    somatic, error, germline = scores[0, :3]
    assert error == 0.0
    assert somatic == pytest.approx(0.0, abs=1e-9)
    assert germline == pytest.approx(0.0, abs=1e-9)


def test_the_grid_holds_the_genotypes():
    assert N_FRACTIONS == 47
    assert (np.diff(FRACTIONS) > 0).all()
    for exact in (0.35, 0.42, 0.5, 0.97, 1.0):
        assert exact in FRACTIONS
    assert (FRACTIONS < 0.06).sum() >= 19


def test_more_alternative_fragments_never_lower_the_evidence():
    dense = np.zeros((12, 8, 261), np.int64)
    for c in range(12):
        dense[c, 0, 40], dense[c, 0, 230], dense[c, 3, 40] = 40, c, 30
    classes = SiteClasses(np.zeros(12, np.int64), np.full(12, -1, np.int8), np.zeros(12))
    somatic = score_candidates(sparse(dense), classes)[:, 0]
    assert (np.diff(somatic[1:]) > 0).all()
