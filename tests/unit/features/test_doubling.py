"""A quiet genome's clonal peak read as of two copies and as of four; what tells them apart."""

import numpy as np
import pytest

from oncoloom.features.copy_number.bins import Bins
from oncoloom.features.copy_number.doubling import cannot_be_told, read_peak
from oncoloom.features.copy_number.hets import no_sites
from oncoloom.features.copy_number.levels import measure_segments
from oncoloom.features.copy_number.scale import scale_sites
from oncoloom.features.copy_number.sex_copies import FEMALE
from oncoloom.features.copy_number.snv_evidence import SomaticSites
from oncoloom.features.copy_number.verdict import judge_purity

N = 100


def _segments(levels=(0.0, 0.0, 0.0, 0.0), seed=1):
    """One segment a contig at these log2 levels, without allele fractions."""
    rng = np.random.default_rng(seed)
    log2 = np.concatenate([rng.normal(level, 0.15, N) for level in levels])
    contig = np.repeat([str(k + 1) for k in range(len(levels))], N)
    start = np.tile(np.arange(N) * 1_000_000, len(levels))
    bins = Bins(contig, start, start + 1000, log2, np.ones(len(log2)), 0.15)
    return measure_segments(bins, list(bins.spans().values()), no_sites())


def _snvs(fractions, n=120, depth=300, seed=2, contigs=4):
    rng = np.random.default_rng(seed)
    depths = rng.poisson(depth, n)
    alt = rng.binomial(depths, rng.choice(fractions, n))
    return SomaticSites(alt.astype(np.int64), depths.astype(np.int64), rng.integers(0, contigs, n))


@pytest.mark.parametrize("purity", [0.3, 0.5, 0.8])
def test_mutations_on_one_of_four_copies_read_as_two_or_four(purity):
    peak = purity / (2 + 2 * purity)
    readings = read_peak(_snvs([peak]), _segments(), peak, sex=FEMALE)
    by_copies = {one.copies: one for one in readings}
    assert by_copies[2].purity == pytest.approx(2 * peak, abs=0.02)
    assert by_copies[4].purity == pytest.approx(purity, abs=0.03)
    told = cannot_be_told(readings)
    assert told is not None
    assert f"{by_copies[2].purity:.2f} if the main level is two copies" in told


def test_a_peak_above_one_quarter_is_on_two_of_four_if_on_four_at_all():
    readings = read_peak(_snvs([0.4]), _segments(), 0.4, sex=FEMALE)
    by_copies = {one.copies: one.purity for one in readings}
    assert by_copies[2] == pytest.approx(0.8, abs=0.02)
    assert by_copies[4] == pytest.approx(0.4 / 0.6, abs=0.03)


def test_mutations_from_before_and_after_the_doubling_speak_for_it():
    late, early = 0.6 / 3.2, 0.6 / 1.6
    readings = read_peak(_snvs([late, early]), _segments(), late, sex=FEMALE)
    assert readings[0].copies == 4
    assert readings[0].purity == pytest.approx(0.6, abs=0.03)
    assert readings[1].below > 9


def test_the_interval_of_an_untold_purity_holds_both_readings():
    sites, segments = _snvs([0.2]), _segments()
    found = scale_sites(sites, segments, judge_purity(segments), sex=FEMALE)
    assert found.purity.method == "allele fractions"
    assert found.purity.lower <= 0.4 <= found.purity.upper
    assert found.purity.lower <= 2 / 3 <= found.purity.upper
    assert found.ploidy.value is None
    assert "doubling cannot be told" in found.ploidy.reason
    assert not found.verdict.confident


def test_where_many_lie_above_the_peak_both_readings_are_in_the_reason():
    sites = _snvs([0.2] * 5 + [0.4])
    segments = _segments()
    found = scale_sites(sites, segments, judge_purity(segments), sex=FEMALE)
    assert found.purity.value is None
    assert "lie far above" in found.purity.reason
    assert {one.copies for one in found.readings} == {2, 4}
