import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from naive_trials import naive_curve, naive_efron, naive_mean, naive_survival

from oncoloom.knowledge.trials.cox import hazard_ratio
from oncoloom.knowledge.trials.figures import figures_of, pair_of
from oncoloom.knowledge.trials.survival import (
    Group,
    median_months,
    restricted_mean,
    restricted_mean_difference,
    standard_error_at,
    survival_at,
    survival_difference,
)
from oncoloom.knowledge.trials.tables import comparisons

# Times on a coarse grid, so that ties are common.
patients = st.lists(st.tuples(st.integers(1, 24).map(float), st.booleans()), min_size=4, max_size=40)


def group(rows):
    rows = sorted(rows)
    return Group(np.array([t for t, _ in rows]), np.array([e for _, e in rows], dtype=bool))


@settings(max_examples=60)
@given(patients, st.integers(1, 24))
def test_survival_at_a_month_is_the_plain_one(rows, month):
    time, event = zip(*rows, strict=True)
    found = survival_at(group(rows), float(month))
    share, lower, upper = naive_survival(time, event, month)
    if month > max(time) and share > 0:
        assert found is None
        return
    assert found.value == pytest.approx(share)
    assert found.lower == (None if lower is None else pytest.approx(lower))
    assert found.upper == (None if upper is None else pytest.approx(upper))


@settings(max_examples=40)
@given(patients)
def test_restricted_mean_and_median_are_the_plain_ones(rows):
    time, event = zip(*rows, strict=True)
    months = max(time)
    mean, variance = restricted_mean(group(rows), months)
    assert mean == pytest.approx(naive_mean(time, event, months), abs=0.02)
    assert variance >= 0
    below = [when for when, survival, _ in naive_curve(time, event) if survival <= 0.5 + 1e-12]
    assert median_months(group(rows)) == (below[0] if below else None)


@settings(max_examples=25)
@given(patients, patients)
def test_hazard_ratio_has_the_greatest_partial_likelihood(first, second):
    found = hazard_ratio(group(first), group(second))
    if found is None:  # no maximum: the likelihood still rises, or stays level, toward an end
        ends = [naive_efron(coefficient, first, second) for coefficient in (-12, 12)]
        assert max(ends) >= max(naive_efron(c, first, second) for c in (-4, 0, 4)) - 1e-4
        return
    if not 0.02 < found.ratio < 50:
        return  # groups that do not overlap: the likelihood has no maximum
    best = np.log(found.ratio)
    here = naive_efron(best, first, second)
    step = 1e-3
    sides = [naive_efron(best + shift, first, second) for shift in (-step, step)]
    assert here >= max(sides) - 1e-9
    curvature = (2 * here - sum(sides)) / step**2
    assert 1 / found.log_error**2 == pytest.approx(curvature, rel=1e-3)


def test_swapping_the_groups_inverts_the_ratio_and_the_sign_of_the_rest():
    one = next(c for c in comparisons() if c.curve == "KEYNOTE024_2")
    there, back = figures_of(one), figures_of(one, swapped=True)
    assert there.ratio.ratio * back.ratio.ratio == pytest.approx(1)
    assert there.mean_difference.value == pytest.approx(-back.mean_difference.value)
    assert there.at[1].difference.value == pytest.approx(-back.at[1].difference.value)
    assert there.first.arm == back.second.arm


def test_a_group_without_events_has_no_ratio():
    silent = Group(np.array([1.0, 2.0]), np.array([False, False]))
    other = Group(np.array([1.0, 2.0]), np.array([True, False]))
    assert hazard_ratio(silent, other) is None
    assert survival_at(silent, 1.5).value == 1
    assert standard_error_at(silent, 1.5) == 0
    assert survival_difference(silent, other, 3.0) is None


def test_checkmate_057_needs_more_than_one_number():
    """Figures measured elsewhere on the same curve: ratio 0.92, −0.042 at 6, +0.108 at 12, −0.11 months."""
    one = next(c for c in comparisons() if c.curve == "Checkmate057_1C")
    figures = figures_of(one)
    assert figures.ratio.ratio == pytest.approx(0.915, abs=0.001)
    assert figures.is_proportional is False
    six, twelve, _ = figures.at
    assert six.difference.value == pytest.approx(-0.042, abs=0.001)
    assert twelve.difference.value == pytest.approx(0.108, abs=0.001)
    pair = pair_of(one)
    mean, horizon = restricted_mean_difference(pair.first_group, pair.second_group, 12)
    assert mean.value == pytest.approx(-0.11, abs=0.01)
    assert horizon == 12


def test_share_of_curves_with_a_ratio_that_changes_over_time():
    """19 % of all, 29 % of PFS, 11 % of OS were measured on these curves by another program."""
    changes = {c.curve: figures_of(c).is_proportional is False for c in comparisons()}
    assert np.mean(list(changes.values())) == pytest.approx(0.19, abs=0.01)
    for endpoint, share in (("PFS", 0.29), ("OS", 0.11)):
        mine = [changes[c.curve] for c in comparisons() if c.endpoint == endpoint]
        assert np.mean(mine) == pytest.approx(share, abs=0.01)
