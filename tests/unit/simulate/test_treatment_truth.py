"""The outcome model agrees with its own closed forms, and the score with hand-made cases."""

import numpy as np
import polars as pl
import pytest

from oncoloom.errors import InputError
from oncoloom.simulate.cohort_tables import simulate_trial, treatment_effects
from oncoloom.simulate.outcomes import (
    MAIN_PAIR,
    MODIFIERS,
    THERAPIES,
    draw_outcomes,
    event_probabilities,
    response_probabilities,
)
from oncoloom.simulate.score import judge_choices, score_treatment_choice
from oncoloom.simulate.score_baselines import baseline_figures
from oncoloom.simulate.traits import draw_traits


@pytest.fixture(scope="module")
def one_patient_many_times():
    """Three patients, each repeated so that observed shares approach their true probabilities."""
    traits = draw_traits(np.random.default_rng(11), ["a", "b", "c"])
    return traits, pl.concat([traits] * 8000)


@pytest.mark.parametrize("therapy", range(len(THERAPIES)))
def test_observed_shares_are_the_declared_probabilities(one_patient_many_times, therapy):
    traits, many = one_patient_many_times
    drawn = draw_outcomes(np.random.default_rng(5), many, np.full(many.height, therapy))
    table = many.select("patient_id").with_columns(
        response=pl.Series(drawn["response"]),
        **{name: pl.Series(drawn[name]) for name in ("pfs_days", "pfs_event", "os_days", "os_event")},
    )
    true = response_probabilities(traits)[:, therapy]
    shares = table.group_by("patient_id", maintain_order=True).agg(pl.col("response").mean())["response"]
    assert np.abs(shares.to_numpy() - true).max() < 0.02
    for endpoint in ("pfs", "os"):
        days = 183
        known = table.filter(
            (pl.col(f"{endpoint}_days") > days) | (pl.col(f"{endpoint}_event") == 1)
        )  # few are lost this early: the bias of leaving them out is below the tolerance
        share = (
            known.group_by("patient_id", maintain_order=True)
            .agg((pl.col(f"{endpoint}_days") <= days).mean().alias("share"))
            .sort("patient_id")["share"]
        )
        assert np.abs(share.to_numpy() - event_probabilities(traits, endpoint, days)[:, therapy]).max() < 0.04


def test_outcomes_are_in_order():
    traits = draw_traits(np.random.default_rng(2), [f"p{i}" for i in range(500)])
    drawn = draw_outcomes(np.random.default_rng(3), traits, np.arange(500) % 3)
    assert (drawn["pfs_days"] >= 1).all()
    assert (drawn["os_days"] >= drawn["pfs_days"]).all()
    assert not ((drawn["os_event"] == 1) & (drawn["pfs_event"] == 0)).any()


def test_death_comes_no_earlier_than_progression_in_the_truth():
    traits = draw_traits(np.random.default_rng(4), [f"p{i}" for i in range(200)])
    for days in (183, 365):
        pfs, death = (event_probabilities(traits, endpoint, days) for endpoint in ("pfs", "os"))
        assert (death <= pfs + 1e-12).all()
    assert (event_probabilities(traits, "os", 365) >= event_probabilities(traits, "os", 183)).all()


def test_every_declared_modifier_changes_the_difference_between_therapies():
    traits = draw_traits(np.random.default_rng(6), ["p"])
    base = np.diff(response_probabilities(traits)[0])
    for name in MODIFIERS:
        value = 1 - traits[name][0] if name.startswith("driver_") else traits[name][0] + 5
        other = traits.with_columns(pl.lit(value).cast(traits[name].dtype).alias(name))
        assert not np.allclose(np.diff(response_probabilities(other)[0]), base), name


def test_arms_are_alike_before_treatment():
    trial = simulate_trial(np.random.default_rng(8), 4000, "T")
    arms = trial.observed.group_by("therapy").agg(pl.col("age_years").mean(), pl.col("pdl1_tps").mean())
    assert arms["age_years"].max() - arms["age_years"].min() < 1.5
    assert arms["pdl1_tps"].max() - arms["pdl1_tps"].min() < 5
    shares = trial.observed["therapy"].value_counts(normalize=True)
    for therapy in THERAPIES:
        share = shares.filter(pl.col("therapy") == therapy.name)["proportion"][0]
        assert share == pytest.approx(therapy.share, abs=0.03)


def predictions(rows):
    return pl.DataFrame(
        [
            {
                "patient_id": who,
                "therapy": therapy,
                "endpoint": "response",
                "probability": p,
                "abstained": gone,
            }
            for who, pair, gone in rows
            for therapy, p in zip(MAIN_PAIR, pair, strict=True)
        ]
    )


def truth(pairs):
    return pl.DataFrame(
        [
            {"patient_id": who, "therapy": therapy, "response_probability": p}
            for who, pair in pairs.items()
            for therapy, p in zip(MAIN_PAIR, pair, strict=True)
        ]
    )


def test_score_of_a_case_counted_by_hand():
    true = truth({"a": (0.6, 0.2), "b": (0.1, 0.5), "c": (0.3, 0.32), "d": (0.2, 0.6)})
    given = predictions(
        [
            ("a", (0.5, 0.4), False),
            ("b", (0.4, 0.3), False),
            ("c", (0.9, 0.1), False),
            ("d", (0.1, 0.9), True),
        ]
    )
    figures = score_treatment_choice(true, given)
    assert figures.n_patients == 4
    assert figures.n_clear == 3
    assert figures.abstained_share == 0.25
    assert figures.abstained_share_clear == pytest.approx(1 / 3)
    assert figures.ranked_right_share == 0.5
    assert figures.response_best_average == pytest.approx((0.2 + 0.5 + 0.32 + 0.6) / 4)
    assert figures.response_if_followed == pytest.approx((0.6 + 0.1 + 0.3 + 0.6) / 4)
    assert figures.response_oracle == pytest.approx((0.6 + 0.5 + 0.32 + 0.6) / 4)


def test_patients_without_predictions_count_as_abstained():
    true = truth({"a": (0.6, 0.2), "b": (0.1, 0.5)})
    figures = score_treatment_choice(true, predictions([("a", (0.5, 0.4), False)]))
    assert figures.abstained_share == 0.5
    assert figures.ranked_right_share == 1.0


def test_predictions_without_a_therapy_of_the_trial_are_refused():
    only = predictions([("a", (0.5, 0.4), False)]).filter(pl.col("therapy") == MAIN_PAIR[0])
    with pytest.raises(InputError, match="lack a therapy"):
        score_treatment_choice(truth({"a": (0.6, 0.2)}), only)


def test_oracle_is_the_ceiling_and_a_simple_model_reaches_the_bar():
    train = simulate_trial(np.random.default_rng([20260101, 4]), 600, "TRAIN-")
    test = simulate_trial(np.random.default_rng([20260101, 5]), 300, "TEST-")
    figures = baseline_figures(treatment_effects(test.traits), train.observed, test.observed)
    assert figures["oracle"].ranked_right_share == 1.0
    assert all(one.response_if_followed <= one.response_oracle for one in figures.values())
    assert figures["ridge logistic, one a therapy"].reaches_bar()


def test_choosing_at_random_ranks_half_right():
    rng = np.random.default_rng(9)
    true = rng.random((20_000, 2))
    figures = judge_choices(true, rng.integers(0, 2, 20_000))
    assert figures.ranked_right_share == pytest.approx(0.5, abs=0.02)
    assert not figures.reaches_bar()
