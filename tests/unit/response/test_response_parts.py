"""Time bins, folds, selection, calibration, conformal sets, design."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oncoloom.errors import ConfigError, InputError, NotAssessableError
from oncoloom.response.calibration import fit_logit_calibration, fit_survival_shift
from oncoloom.response.conformal import fit_event_share, fit_outcome_sets
from oncoloom.response.datamodule import to_arrays
from oncoloom.response.declare import declare
from oncoloom.response.design import Design, fit_design, refit_design
from oncoloom.response.selection import CandidateScore, choose
from oncoloom.response.splits import assign_folds
from oncoloom.response.timegrid import (
    cumulative_hazard,
    exposure_and_events,
    survival_quantile,
    time_edges,
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 40), st.booleans()), min_size=1, max_size=20))
def test_exposure_equals_the_slow_twin(rows):
    from naive_survival import naive_exposure

    time, event = (np.array(c, dtype=np.float64) for c in zip(*rows, strict=True))
    edges = np.array([0.0, 5.0, 13.0, 40.0])
    exposure, events = exposure_and_events(time, event, edges)
    for i, (t, e) in enumerate(rows):
        lived, happened = naive_exposure(float(t), e, list(edges))
        assert exposure[i] == pytest.approx(lived)
        assert list(events[i]) == happened


def test_late_entry_starts_exposure_and_day_zero_counts():
    edges = np.array([0.0, 10.0, 20.0])
    time, event = np.array([15.0, 0.0, 0.0]), np.array([0.0, 1.0, 0.0])
    exposure, events = exposure_and_events(time, event, edges, np.array([5.0, 0.0, 0.0]))
    assert exposure[0] == pytest.approx([0.5, 0.5])
    assert events[1].tolist() == [1.0, 0.0]  # a death on day 0 is an event of the first bin
    assert exposure[1, 0] == 1.0
    assert exposure[2].sum() == 0  # censored on day 0: no information


def test_hazard_and_its_quantile_are_inverse():
    edges = np.array([0.0, 100.0, 300.0, 700.0])
    eta = np.array([[-2.0, -1.0, -0.5]])
    days = np.array([50.0, 250.0, 650.0])
    hazard = cumulative_hazard(eta, edges, days)
    for day, h in zip(days, hazard[0], strict=True):
        assert survival_quantile(eta, edges, np.array([1 - np.exp(-h)]))[0] == pytest.approx(day)
    assert (np.diff(cumulative_hazard(eta, edges, np.array([0.0, 700.0, 900.0]))[0]) > 0).all()


def test_no_event_gives_no_bins():
    with pytest.raises(NotAssessableError, match="no events"):
        time_edges(np.arange(1.0, 9.0), np.zeros(8))


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 15), st.sampled_from("abc")), min_size=4, max_size=40),
    st.integers(0, 99),
)
def test_a_fold_never_shares_a_patient_and_order_is_nothing(rows, seed):
    groups, strata = [f"p{g}" for g, _ in rows], [s for _, s in rows]
    folds = assign_folds(groups, strata, n_folds=3, seed=seed)
    by_group = {}
    for group, fold in zip(groups, folds, strict=True):
        assert by_group.setdefault(group, fold) == fold
    order = np.random.default_rng(seed).permutation(len(rows))
    again = assign_folds([groups[i] for i in order], [strata[i] for i in order], n_folds=3, seed=seed)
    assert again.tolist() == folds[order].tolist()
    sizes = np.bincount([by_group[g] for g in by_group], minlength=3)
    assert sizes.max() - sizes.min() <= 1


def test_ties_go_to_the_simpler_and_a_clear_win_does_not():
    simple = CandidateScore("ridge", 1, np.array([0.70, 0.72, 0.69, 0.71, 0.70]))
    noise = CandidateScore("network", 3, np.array([0.71, 0.71, 0.70, 0.71, 0.69]))
    better = CandidateScore("forest", 4, np.array([0.80, 0.81, 0.79, 0.80, 0.80]))
    assert choose([noise, simple]).champion == "ridge"
    assert choose([noise, simple, better]).champion == "forest"
    unjudged = CandidateScore("network", 3, np.full(5, np.nan))
    assert choose([unjudged, simple]).champion == "ridge"
    assert choose([unjudged]).champion == "network"


def test_calibration_keeps_a_good_slope_and_mends_the_level():
    rng = np.random.default_rng(0)
    z = rng.normal(0, 1.5, 3000)
    y = (rng.random(3000) < 1 / (1 + np.exp(-(z - 1)))).astype(np.float64)
    fitted = fit_logit_calibration(z, y)
    assert fitted.slope == 1.0
    assert fitted.intercept == pytest.approx(-1, abs=0.15)
    steep = fit_logit_calibration(3 * z, y)
    assert steep.slope == pytest.approx(1 / 3, abs=0.08)
    assert fit_logit_calibration(z, np.ones(3000)).slope == 1.0


def test_survival_shift_meets_kaplan_meier():
    rng = np.random.default_rng(1)
    time = rng.exponential(200, 2000)
    hazard = np.full((2000, 1), 365 / 400)  # predicts half the true rate
    shift = fit_survival_shift(hazard, np.array([365.0]), time, np.ones(2000))
    assert shift == pytest.approx(np.log(2), abs=0.1)


def test_outcome_sets_cover_each_class():
    rng = np.random.default_rng(2)
    y = (rng.random(3000) < 0.3).astype(np.float64)
    z = rng.normal(1.2 * y - 1, 1)
    sets = fit_outcome_sets(z[:1500], y[:1500]).sets(z[1500:])
    truth = np.where(y[1500:] > 0, "response", "no response")
    covered = np.array([t in s.split("|") for t, s in zip(truth, sets, strict=True)])
    for name in ("response", "no response"):
        assert covered[truth == name].mean() > 0.87  # 0.90 less the calibration set's own spread
    assert all(sets)


def test_survival_lower_bound_covers_under_censoring():
    rng = np.random.default_rng(3)
    time, censored = rng.exponential(100, 6000), rng.exponential(120, 6000)
    seen, event = np.minimum(time, censored), (time <= censored) * 1.0
    wrong = 1 - np.exp(-seen / 150)  # a model that promises too long lives
    q = fit_event_share(wrong[:3000], seen[:3000], event[:3000], np.zeros(3000))
    bound = -150 * np.log(1 - q)
    assert (time[3000:] > bound).mean() == pytest.approx(0.9, abs=0.03)
    assert fit_event_share(wrong[:10], seen[:10], np.zeros(10), np.zeros(10)) == 0.1


def test_design_standardizes_on_training_rows_and_keeps_its_columns(trial):
    whole = to_arrays(trial)
    design = fit_design(whole, ("tmb", "albumin_g_dl", "tumor_type", "age_years"))
    half = whole.take(np.arange(0, 150, 2))
    refitted = refit_design(design, half)
    assert [c.name for c in refitted.columns] == [c.name for c in design.columns]
    x = refitted.encode(half)
    place = [c.name for c in design.columns].index("albumin_g_dl")
    assert x[:, place].mean() == pytest.approx(0, abs=1e-9)
    assert x[:, place].std() == pytest.approx(1, abs=1e-9)
    missing = ~np.isfinite(whole.numbers["tmb"])
    assert (design.encode(whole)[missing, 0] == 0).all()
    assert Design.from_dict(design.as_dict()) == design


def test_a_constant_column_is_left_out_and_own_covariates_can_be_declared(trial):
    import polars as pl

    frame = trial.with_columns(
        pl.lit(3.0).alias("nlr"), pl.Series("site", ["a", "b", "c"] * 50), pl.Series("stiffness", range(150))
    )
    arrays = to_arrays(frame)
    declared = declare(arrays, ("nlr", "tmb", "site", "stiffness"), ())
    design = fit_design(arrays, declared.features)
    names = [c.name for c in design.columns]
    assert not any(name.startswith("nlr") for name in names)
    assert {"site=a", "stiffness"} <= set(names)
    assert np.abs(design.encode(arrays)).max() < 10


def test_declaration_errors_name_the_column_and_the_unit(trial):
    import polars as pl

    with pytest.raises(ConfigError) as caught:
        declare(to_arrays(trial), ("albumin",), ())
    assert "albumin_g_dl" in str(caught.value)
    fraction = trial.with_columns(pl.Series("pdl1_tps", [0.5] * 150))
    with pytest.raises(InputError, match="fraction"):
        declare(to_arrays(fraction), (), ())


def test_the_published_core_is_declared_where_it_is_complete(trial):
    declared = declare(to_arrays(trial), (), ())
    assert declared.how == "published core and PD-L1"
    assert declared.essential == ("tmb", "albumin_g_dl", "prior_systemic_therapy", "tumor_type")
    assert "pdl1_tps" in declared.left_out


def test_rare_therapies_borrow_and_unrecorded_ones_are_one(trial):
    import polars as pl

    from oncoloom.response.datamodule import UNRECORDED_THERAPY, training_rows
    from oncoloom.response.therapies import therapy_codes

    therapies = ["a"] * 60 + ["b"] * 60 + ["c"] * 30
    classes = ["x"] * 120 + ["y"] * 30
    frame = trial.with_columns(
        pl.Series("therapy", [*therapies[:-10], *["d"] * 10]), pl.Series("therapy_class", classes)
    )
    codes = therapy_codes(to_arrays(frame))
    assert codes.names == ("a", "b", "c", "d")
    assert codes.n_treated == (60, 60, 20, 10)
    assert (codes.codes[3] == [0, 1, 0, 0, 0]).all()  # class y, no column of its own
    assert codes.is_drug == (False, False, True, True, True)
    assert codes.index(["b", "z", None]).tolist() == [1, -1, -1]
    none = trial.with_columns(pl.lit(None, dtype=pl.String).alias("therapy"))
    rows, _, tally = training_rows(none)
    assert tally.kept == 150
    assert therapy_codes(to_arrays(rows)).index([None]).tolist() == [0]
    some = trial.with_columns(pl.when(pl.int_range(150) < 9).then(None).otherwise("therapy").alias("therapy"))
    rows, _, tally = training_rows(some)
    assert tally.as_dict() == {"kept": 141, "filtered": {"no therapy recorded": 9}}
    assert UNRECORDED_THERAPY not in rows["therapy"].to_list()


@pytest.mark.parametrize(("low", "high"), [(0.6, 0.8), (0.55, 0.65), (0.7, 0.75), (0.35, 1.0), (0.6, 0.7)])
def test_ticks_are_round_and_inside(low, high):
    from oncoloom.response.plots import round_ticks

    ticks = round_ticks(low, high)
    assert ticks[0] == pytest.approx(low)
    assert all(low - 1e-9 <= tick <= high + 1e-9 for tick in ticks)
    assert 3 <= len(ticks) <= 6
    assert all(len(f"{tick:g}") <= 5 for tick in ticks)


def test_a_curve_says_what_its_patients_are_free_of():
    from oncoloom.response.plots import thirds_plot

    risk, time = np.arange(30.0), np.linspace(10, 700, 30)
    for endpoint, words in (("os", ">alive<"), ("pfs", ">free of progression<")):
        assert words in thirds_plot(risk, time, np.ones(30), title="T", endpoint=endpoint)


def test_the_card_groups_unused_columns_by_reason():
    from oncoloom.response.model_card import _by_reason

    left = {"b": "known in 0% of the patients", "a": "known in 0% of the patients", "c": "found in 1.0%"}
    assert _by_reason(left) == "known in 0% of the patients: a, b; found in 1.0%: c"


def test_the_card_gives_a_share_for_a_yes_or_no_column():
    from types import SimpleNamespace

    from oncoloom.response.model_card import _summary

    arrays = SimpleNamespace(
        numbers={"driver_KRAS": np.array([0.0, 1.0, 0.0, np.nan, 0.0]), "tmb": np.array([1.0, 2.0, 3.0])},
        categories={},
    )
    assert _summary(arrays, "driver_KRAS") == "25% yes"
    assert _summary(arrays, "tmb").startswith("median 2")
