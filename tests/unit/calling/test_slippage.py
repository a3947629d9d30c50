"""Slippage learned from a sample: what is counted, and what curve fits it."""

import numpy as np
import pytest
from calling_reads import Read, apply_edits, encode

from oncoloom.calling.sample_reads import ReferenceWindow, prepare_reads
from oncoloom.calling.slip_counts import N_HALF_UNITS, N_UNIT_CLASSES, count_slips, half_units
from oncoloom.calling.slippage import (
    EACH_FURTHER_UNIT,
    OUTSIDE_REPEATS,
    TYPICAL_CURVES,
    SlippageCurve,
    fit_curves,
    slippage_rates,
)
from oncoloom.calling.tile_sums import SampleSums, find_tracts
from oncoloom.calling.tiles import Tile

BEFORE, BETWEEN, AFTER = "GATTCAGCTGATCGTACCATG", "GCTAGTCCATGCATCGGATCGACTG", "TGCATGACCTGATCCGATGCT"
REFERENCE = BEFORE + "A" * 9 + BETWEEN + "CA" * 6 + AFTER
A_TRACT = (len(BEFORE), len(BEFORE) + 9, 1)
CA_START = len(BEFORE) + 9 + len(BETWEEN)
CA_TRACT = (CA_START, CA_START + 12, 2)


def sample_of(edits_of_reads, **changes):
    """Reads over the whole reference with these edits."""
    reads = []
    for name, edits in enumerate(edits_of_reads):
        bases, cigar = apply_edits(REFERENCE, 2, len(REFERENCE) - 6, edits)
        reads.append(Read(name, 2, tuple(cigar), bases, **changes))
    columns, _ = encode(reads)
    window = ReferenceWindow.from_ascii(0, np.frombuffer(REFERENCE.encode(), np.uint8))
    return prepare_reads(
        columns, window, start=0, end=len(REFERENCE), min_base_quality=13, callable_mapq=20
    ), window


def counted(edits_of_reads, **changes):
    reads, _ = sample_of(edits_of_reads, **changes)
    counts = count_slips(np.array([A_TRACT, CA_TRACT], np.int64), reads, 20)
    return counts[0, 18].tolist(), counts[1, 12].tolist()


def test_repeats_are_found_with_their_units():
    _, window = sample_of([{}])
    tile = Tile("1", ((0, len(REFERENCE)),), 0)
    tracts = [tuple(row) for row in find_tracts(tile, window, np.ones(len(REFERENCE), bool)).tolist()]
    assert A_TRACT in tracts
    assert CA_TRACT in tracts


def test_reads_with_one_unit_more_or_less_are_counted():
    plain = [{}] * 40
    lost_a, won_a = {A_TRACT[0] + 3: ("del", 1)}, {A_TRACT[0] + 5: ("ins", "A")}
    lost_ca, two_less = {CA_START + 4: ("del", 2)}, {CA_START + 4: ("del", 4)}
    assert counted([*plain, lost_a, won_a, lost_ca, two_less]) == ([44, 2], [44, 1])


def test_what_does_not_count():
    assert counted([{}] * 5) == ([0, 0], [0, 0])  # too few reads
    germline = [{A_TRACT[0] + 3: ("del", 1)}] * 10 + [{}] * 10
    assert counted(germline) == ([0, 0], [20, 0])
    assert counted([{}] * 40, mapq=10) == ([0, 0], [0, 0])
    beside = {A_TRACT[0] - 4: ("del", 1)}
    assert counted([{}] * 40 + [beside]) == ([41, 0], [41, 0])


def invented(a, b, reads, seed=3):
    """Counts of the first class drawn from a curve."""
    random = np.random.Generator(np.random.PCG64(seed))
    counts = np.zeros((N_UNIT_CLASSES, N_HALF_UNITS, 2), np.int64)
    for column in range(10, 37, 2):
        units = half_units()[column]
        depth = int(reads * np.exp(-0.4 * (units - 5)))
        counts[0, column] = depth, random.binomial(depth, min(np.exp(a + b * (units - 6)), 0.3))
    return counts


@pytest.mark.parametrize(("a", "b"), [(-7.8, 0.49), (-6.5, 0.35)])
def test_a_curve_is_learned(a, b):
    curve = fit_curves(invented(a, b, 500_000))[0]
    assert (curve.a, curve.b) == (pytest.approx(a, abs=0.15), pytest.approx(b, abs=0.03))
    assert curve.reads > 500_000


def test_few_slipped_reads_leave_the_typical_curve():
    counts = invented(-7.8, 0.49, 2_000)
    assert 0 < counts[0, :, 1].sum() < 20
    assert fit_curves(counts) == tuple(TYPICAL_CURVES)


def test_the_fit_is_the_mode_of_the_posterior():
    counts = invented(-7.2, 0.4, 30_000)
    curve = fit_curves(counts)[0]
    x, (n, k) = half_units() - 6, counts[0].T

    def log_posterior(a, b):
        rate = a + b * x
        return float(
            (k * rate - n * np.exp(rate)).sum() - (a + 7.5) ** 2 / 2 - (b - 0.4) ** 2 / (2 * 0.15**2)
        )

    best = log_posterior(curve.a, curve.b)
    for da, db in ((0.01, 0), (-0.01, 0), (0, 0.01), (0, -0.01)):
        assert log_posterior(curve.a + da, curve.b + db) < best


def test_long_tracts_level_off_at_what_is_seen():
    counts = invented(-7.0, 0.5, 100_000)
    counts[0, 44] = 2_000, 200
    curve = fit_curves(counts)[0]
    assert curve.highest == pytest.approx((200 + 15) / 2_050)
    assert curve.rate(25) == curve.highest


def test_rates_of_candidates():
    curves = (SlippageCurve(-7.0, 0.5), SlippageCurve(-6.0, 0.3), SlippageCurve())
    change, unit = np.array([0, -1, 2, 4, 3]), np.array([0, 1, 1, 2, 0], np.int32)
    rates = slippage_rates(change, unit, np.array([0.0, 10, 10, 5, 0]), curves)
    one = np.exp(-7.0 + 0.5 * 4)
    expected = [0, one, one * EACH_FURTHER_UNIT, np.exp(-6.3) * EACH_FURTHER_UNIT, OUTSIDE_REPEATS]
    assert rates == pytest.approx(expected)


def test_counts_travel_in_a_shard():
    sums, more = SampleSums(), SampleSums()
    sums.slips += invented(-7, 0.4, 5_000)
    more.slips[2, 7] = 40, 3
    sums.add(SampleSums.from_dict(more.as_dict()))
    again = SampleSums.from_dict(sums.as_dict())
    assert (again.slips == sums.slips).all()
    assert again.slips[2, 7].tolist() == [40, 3]


def test_curves_survive_the_way_through_qc_json():
    curve = fit_curves(invented(-7.8, 0.49, 500_000))[0]
    again = SlippageCurve.from_dict(curve.as_dict())
    assert again.rate(9) == pytest.approx(curve.rate(9), rel=1e-3)
    assert (again.reads, again.slipped) == (curve.reads, curve.slipped)
    assert SlippageCurve.from_dict(SlippageCurve().as_dict()) == SlippageCurve()
