"""Mutational burden: exact counts and rates, the probability of being high, calibration, what is left out."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import gamma, poisson
from typer.testing import CliRunner

from oncoloom.cli.main import app
from oncoloom.errors import FaultList, InputError
from oncoloom.features.intervals import IntervalSet
from oncoloom.features.tmb.calibration import (
    fit_calibration,
    harmonize,
    read_calibration,
    write_calibration,
)
from oncoloom.features.tmb.calibration_table import calibrate_from_table
from oncoloom.features.tmb.counts import count_burden
from oncoloom.features.tmb.rate import compute_tmb, poisson_limits, probability_above, rate_of

_TERMS = (
    "missense_variant",
    "synonymous_variant",
    "splice_donor_variant",
    "intron_variant",
    "frameshift_variant",
)


def _variants(rows):
    columns = {
        "chrom": pl.String(), "pos": pl.Int64(), "consequence": pl.String(), "driver": pl.Boolean(),
        "hotspot": pl.String(), "population_af": pl.Float64(),
    }  # fmt: skip
    return pl.DataFrame(rows, schema=columns, orient="row")


@pytest.mark.parametrize("n", [0, 1, 10, 250])
def test_limits_hold_the_exact_tails(n):
    low, high = poisson_limits(n)
    assert poisson.cdf(n, high) == pytest.approx(0.025, abs=1e-9)
    if n:
        assert poisson.sf(n - 1, low) == pytest.approx(0.025, abs=1e-9)


def test_the_probability_of_being_high_is_the_posterior_tail():
    assert probability_above(0, 0.8, 10) < 0.001
    assert probability_above(12, 1.2, 10) == pytest.approx(1 - gamma.cdf(12, 12.5), abs=1e-12)
    assert [compute_tmb(n, n, 1_000_000, 0.67).level for n in (3, 10, 30, 200)] == [
        "low", "indeterminate", "high", "hypermutated",
    ]  # fmt: skip


@given(st.lists(st.tuples(st.integers(1, 1_300_000), st.sampled_from(_TERMS)), max_size=60), st.data())
@settings(max_examples=30, deadline=None)
def test_counts_and_rate_are_exact_on_more_than_a_megabase(places, data):
    """Against sets of single bases: 1.1 Mb callable coding of 1.3 Mb, half of the assay's design."""
    regions = IntervalSet([("1", 0, 500_000), ("1", 600_000, 1_200_000)])
    targets = IntervalSet([("1", start, start + 900) for start in range(0, 1_300_000, 1_000)])
    flags = [data.draw(st.sampled_from([None, "driver", "hotspot", "common"])) for _ in places]
    rows = [
        (
            "1",
            pos,
            term,
            flag == "driver",
            "X1" if flag == "hotspot" else None,
            0.01 if flag == "common" else None,
        )
        for (pos, term), flag in zip(places, flags, strict=True)
    ]
    found = count_burden(_variants(rows), regions, targets)
    callable_at = lambda p: p - 1 < 500_000 or 600_000 <= p - 1 < 1_200_000  # noqa: E731
    designed = lambda p: any((q - 1) % 1000 < 900 for q in range(p - 2, p + 3) if q > 0)  # noqa: E731
    kept = [
        (term, flag)
        for (pos, term), flag in zip(places, flags, strict=True)
        if term != "intron_variant" and callable_at(pos) and designed(pos)
    ]
    assert found.n_coding == len(kept)
    assert found.n_nonsynonymous == sum(term != "synonymous_variant" for term, _ in kept)
    assert found.n_panel == sum(flag is None for _, flag in kept)
    assert sum(found.by_class.values()) == found.n_coding
    size = regions.shared(targets.intersection([("1", 0, 1_300_000)]).intervals)
    assert size == 990_000
    tmb = compute_tmb(found.n_nonsynonymous, found.n_coding, size, 0.67)
    assert tmb.value == found.n_nonsynonymous / 0.99


@given(
    st.lists(st.tuples(st.integers(0, 90), st.integers(1, 20)), max_size=8),
    st.lists(st.tuples(st.integers(0, 90), st.integers(1, 20)), max_size=8),
)
def test_intersections_equal_sets_of_bases(first, second):
    one, two = ([("1", a, a + n) for a, n in parts] for parts in (first, second))
    bases = [{p for _, a, b in parts for p in range(a, b)} for parts in (one, two)]
    found = IntervalSet(one).intersection(two)
    assert {p for _, a, b in found.intervals for p in range(a, b)} == bases[0] & bases[1]


def _pairs(factor, n=150, spread=0.0, seed=3):
    rng = np.random.default_rng(seed)
    rates = np.exp(rng.normal(1.6, 1.0, n))
    panel = rng.poisson(rates * 1.2)
    reference = rng.poisson(rates * factor * 30 * np.exp(rng.normal(0, spread, n)))
    return panel, reference, np.full(n, 1.2), np.full(n, 30.0)


@pytest.mark.parametrize("method", ["poisson", "deming"])
@pytest.mark.parametrize("spread", [0.0, 0.15])
def test_a_known_factor_comes_back_and_least_squares_would_shrink_it(method, spread):
    inside = 0
    errors, shrunk = [], []
    for seed in range(12):
        data = _pairs(0.7, spread=spread, seed=seed)
        fitted = fit_calibration(*data, method=method, source="simulated")
        inside += fitted.lower <= 0.7 <= fitted.upper
        errors.append(fitted.factor - 0.7)
        x, y = data[0] / 1.2, data[1] / 30
        shrunk.append(float(x @ y / (x @ x)) - 0.7)
    assert inside >= 9  # 95 % intervals: 9 or more of 12 in 99.8 %
    assert abs(np.mean(errors)) < 0.03
    assert np.mean(shrunk) < np.mean(errors)


def test_a_calibration_is_kept_applied_and_refused_where_it_does_not_hold(tmp_path):
    fitted = fit_calibration(*_pairs(0.7), source="simulated")
    write_calibration(fitted, tmp_path / "c.json")
    assert read_calibration(tmp_path / "c.json") == fitted
    rate, reason = harmonize(fitted, rate_of(12, 1.2), paired=True)
    assert reason is None
    assert rate.value == pytest.approx(10 * fitted.factor)
    assert rate.lower < rate.value * rate_of(12, 1.2).lower / 10 * 1.001  # wider than the panel alone
    none, reason = harmonize(fitted, rate_of(2000, 1.2), paired=True)
    assert none is None
    assert "outside the calibration's range" in reason
    none, reason = harmonize(fitted, rate_of(12, 1.2), paired=False)
    assert none is None
    assert "tumor-only" in reason
    (tmp_path / "other.json").write_text("{}")
    with pytest.raises(InputError, match="not a TMB calibration"):
        read_calibration(tmp_path / "other.json")


def test_the_command_fits_from_a_table_and_tells_every_fault(tmp_path):
    panel, reference, panel_mb, reference_mb = _pairs(0.7, n=40)
    table = pl.DataFrame(
        {
            "panel_count": panel,
            "panel_mb": panel_mb,
            "reference_count": reference,
            "reference_mb": reference_mb,
        }
    )
    table.write_csv(tmp_path / "pairs.csv")
    output = tmp_path / "c.json"
    done = CliRunner().invoke(
        app, ["features", "tmb-calibrate", str(tmp_path / "pairs.csv"), "--output", str(output)]
    )
    assert done.exit_code == 0, done.output
    assert "reference TMB = " in done.stdout
    assert read_calibration(output).n_samples == 40
    text = (tmp_path / "pairs.csv").read_text().splitlines()
    text[3], text[7] = "2.5,1.2,3,30", "2,0,3,30"
    (tmp_path / "broken.csv").write_text("\n".join(text))
    with pytest.raises(FaultList, match="2 faults"):
        calibrate_from_table(tmp_path / "broken.csv")
    table.head(5).write_csv(tmp_path / "few.csv")
    with pytest.raises(InputError, match="too few samples"):
        calibrate_from_table(tmp_path / "few.csv")
