"""Coverage by gene and target from bins, against a walk over single bases."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oncoloom.calling.schema import FEATURES_RAW_TABLE
from oncoloom.features.contracts import COVERAGE_TABLE
from oncoloom.features.intervals import IntervalSet
from oncoloom.features.testability.coverage import coverage_rows
from oncoloom.tables import check_table


def _raw(bins):
    names = FEATURES_RAW_TABLE.polars_schema().names()
    place = {"kind": "coverage", "sample_id": "S", "chrom": "1"}
    rows = [
        dict.fromkeys(names) | place | {"role": role, "start": start, "end": end, "key": key, "count": count}
        for role, start, end, depth in bins
        for key, count in ((0, depth * (end - start)), (1, 7))
    ]
    return pl.DataFrame(rows, schema=FEATURES_RAW_TABLE.polars_schema())


_BINS = st.lists(
    st.tuples(st.integers(0, 20), st.integers(1, 30), st.integers(0, 90)), min_size=1, max_size=8
)


@given(_BINS, st.lists(st.tuples(st.integers(0, 250), st.integers(1, 60)), min_size=1, max_size=4))
@settings(max_examples=40, deadline=None)
def test_means_equal_a_walk_over_bases(gaps, parts):
    at, bins, depth_of = 0, [], {}
    for gap, size, depth in gaps:
        bins.append(("tumor", at + gap, at + gap + size, depth))
        depth_of |= dict.fromkeys(range(at + gap, at + gap + size), depth)
        at += gap + size
    gene = IntervalSet([("1", a, a + n) for a, n in parts]).intervals
    regions = IntervalSet([("1", 0, 120)])
    table = coverage_rows(_raw(bins), regions, {"G": gene}, None, patient_id="P", sample_id="S")
    bases = [p for _, a, b in gene for p in range(a, b)]
    seen = [depth_of[p] for p in bases if p in depth_of]
    (found,) = table.iter_rows(named=True)
    assert found["bases"] == len(bases)
    assert found["mean_depth"] == (pytest.approx(sum(seen) / len(seen)) if seen else None)
    assert found["callable_fraction"] == pytest.approx(sum(p < 120 for p in bases) / len(bases))


def test_both_samples_and_targets_are_rows_and_a_vcf_gives_none():
    raw = _raw([("tumor", 0, 100, 50), ("normal", 0, 100, 30)])
    targets = IntervalSet([("1", 0, 50), ("1", 80, 120)])
    table = coverage_rows(raw, None, {"G": [("2", 0, 9)]}, targets, patient_id="P", sample_id="S")
    check_table(table, COVERAGE_TABLE)
    assert table.select("role", "name", "mean_depth").rows() == [
        ("tumor", "G", None), ("tumor", "1:1-50", 50.0), ("tumor", "1:81-120", 50.0),
        ("normal", "G", None), ("normal", "1:1-50", 30.0), ("normal", "1:81-120", 30.0),
    ]  # fmt: skip
    assert coverage_rows(None, None, None, None, patient_id="P", sample_id="S").height == 0
