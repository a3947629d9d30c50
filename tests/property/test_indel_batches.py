"""Reads of indel candidates weighed in batches count as those weighed where they are met."""

import numpy as np
import pytest
from calling_reads import Read, apply_edits
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from invented_indels import SIZE, invented, prepared

from oncoloom.calling.alleles import Allele
from oncoloom.calling.candidate_evidence import weigh_candidates
from oncoloom.calling.indel_batches import ReadWeighing
from oncoloom.calling.options import CallOptions
from oncoloom.kernels.arrays import STATISTIC

FAST = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@FAST
@given(st.integers(0, 2**32 - 1), st.integers(1, 25))
def test_placed_at_once_is_placed_one_by_one(seed, n_reads):
    reference, reads, alleles = invented(seed, n_reads)
    sample, window = prepared(reference, reads)
    one_by_one = weigh_candidates(alleles, window, sample, None, CallOptions())
    at_once = weigh_candidates(
        alleles, window, sample, None, CallOptions(), weighing=ReadWeighing(at_once=True)
    )
    np.testing.assert_array_equal(at_once.histogram, one_by_one.histogram)
    np.testing.assert_array_equal(at_once.tumor, one_by_one.tumor)


@FAST
@given(st.integers(0, 2**32 - 1), st.integers(1, 25))
def test_pair_hmm_gets_the_same_reads_either_way(seed, n_reads):
    reference, reads, alleles = invented(seed, n_reads)
    sample, window = prepared(reference, reads)
    found = [
        weigh_candidates(
            alleles,
            window,
            sample,
            None,
            CallOptions(),
            weighing=ReadWeighing(at_once=at_once, pair_hmm=True),
        )
        for at_once in (False, True)
    ]
    np.testing.assert_array_equal(found[0].histogram, found[1].histogram)
    assert (found[0].tumor[:, STATISTIC["alt"]] <= n_reads).all()


def test_pair_hmm_sees_the_candidate_behind_a_second_gap():
    """Reads with the candidate and, far from it, an indel that is no candidate fit no haplotype ungapped."""
    random = np.random.Generator(np.random.PCG64(5))
    reference = "".join(random.choice(list("ACGT"), SIZE))
    reads = []
    for name in range(8):
        start = 120 + name
        bases, cigar = apply_edits(reference, start, 140, {200: ("del", 3), 228: ("del", 2)})
        reads.append(Read(name + 1, start, cigar, bases, flag=16 * (name % 2)))
    sample, window = prepared(reference, reads)
    allele = Allele(199, reference[199:203], reference[199])
    mean = {}
    for pair_hmm in (False, True):
        counts = weigh_candidates(
            [allele], window, sample, None, CallOptions(), weighing=ReadWeighing(pair_hmm=pair_hmm)
        )
        histogram = counts.histogram[0, :3].sum(axis=0)
        mean[pair_hmm] = (histogram * np.arange(len(histogram))).sum() / histogram.sum() / 10 - 13
    # A gap of three bases opens at 2e-5 and extends twice at 0.1.
    assert mean[True] == pytest.approx(-np.log(2e-5 * 0.01 * 0.9), abs=3.0)
    assert mean[True] > 8
