"""A whole small training: model, metrics, folder, predictions, abstentions."""

import json
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from small_trial import small_trial

from oncoloom.config import TrainingConfig
from oncoloom.errors import InputError, ModelContractError, NotAssessableError
from oncoloom.response.datamodule import to_arrays
from oncoloom.response.model_card import render_card
from oncoloom.response.model_store import load_model, save_model
from oncoloom.response.predicting import predict_cohort
from oncoloom.response.schema import PREDICTIONS_TABLE
from oncoloom.response.scorer import cohort_from_columns, load_scorer
from oncoloom.response.train_folder import flat_metrics, train_to_folder
from oncoloom.response.training import train_model
from oncoloom.response.validation.cohort_report import cohort_report
from oncoloom.tables import check_table, write_table


@pytest.fixture(scope="module")
def saved(outcome, tmp_path_factory):
    folder = tmp_path_factory.mktemp("model")
    return folder, save_model(outcome.model, folder)


@pytest.fixture(scope="module")
def predictions(outcome):
    return predict_cohort(outcome.model, small_trial(40, seed=11), model_version="v")


def test_all_candidates_are_judged_and_the_champion_is_one(outcome):
    metrics = outcome.metrics
    assert set(metrics["folds"]) == {
        "ridge", "elastic_net", "linear_multitask", "additive", "network", "forest", "boosting",
    }  # fmt: skip
    assert metrics["champion"] in metrics["folds"]
    assert metrics["simplest_not_beaten"] == metrics["champion"]
    assert set(metrics["out_of_fold"]) == {"response", "os"}
    later = metrics["cohorts"]["later"]
    assert later["n"] == 60
    assert set(later["candidates"]) == {*metrics["folds"], "published_formula", "tmb_alone"}
    assert later["endpoints"]["response"]["roc_auc"] > 0.6
    json.dumps(metrics, allow_nan=False)
    flat = flat_metrics(metrics)
    assert all(np.isfinite(value) for value in flat.values())
    assert "cohort.later.response.forest.roc_auc" in flat


def test_out_of_fold_predictions_come_from_models_that_did_not_see_the_row(outcome):
    folds = outcome.nested.folds
    assert folds.shape == (1, 150)
    assert set(np.unique(folds)) == {0, 1}
    assert outcome.splits.height == 150


def test_same_rows_in_another_order_give_the_same_model(outcome, trial, settings, saved, tmp_path):
    shuffled = trial.sample(fraction=1.0, shuffle=True, seed=1)
    again = train_model(shuffled, endpoint="response", settings=settings, seed=5)
    assert save_model(again.model, tmp_path) == saved[1]
    first, second = (folder / "model" / "arrays.npz" for folder in (saved[0], tmp_path))
    assert first.read_bytes() == second.read_bytes()


def test_a_model_survives_its_folder(outcome, saved, predictions):
    model, version = load_model(saved[0])
    assert version == saved[1]
    assert version.startswith("sha256:")
    again = predict_cohort(model, small_trial(40, seed=11), model_version="v")
    assert again.equals(predictions)


def test_predictions_keep_the_schema_order_and_logic(predictions):
    check_table(predictions, PREDICTIONS_TABLE)
    ids = predictions["patient_id"].unique(maintain_order=True).to_list()
    assert ids == [f"T{i:04d}" for i in range(40)]
    # two therapies, response + os at two horizons
    assert predictions.height == 40 * 2 * 3
    assert predictions.filter(pl.col("received")).height == 40 * 3
    shown = predictions.drop_nulls("probability")
    assert shown.height == predictions.height
    for lower, upper in (
        ("probability_lo90", "probability_lo50"),
        ("probability_lo50", "probability"),
        ("probability", "probability_hi50"),
        ("probability_hi50", "probability_hi90"),
    ):
        assert (shown[lower] <= shown[upper]).all()
    survival = predictions.filter(pl.col("endpoint") == "os")
    early, late = (survival.filter(pl.col("horizon_days") == day)["probability"] for day in (183, 365))
    assert (early < late).all()
    assert survival["survival_time_lower90_days"].null_count() == 0
    sets = predictions.filter(pl.col("endpoint") == "response")["outcome_set"]
    assert set(sets) <= {"response", "no response", "response|no response"}


def test_a_patient_alone_gets_the_same_numbers_as_in_the_cohort(outcome, predictions):
    frame = small_trial(40, seed=11)
    for i in (0, 13, 39):
        alone = predict_cohort(outcome.model, frame[i : i + 1], model_version="v").drop("cohort_digest")
        within = predictions.filter(pl.col("patient_id") == frame["patient_id"][i]).drop("cohort_digest")
        assert alone.equals(within)


def test_the_effect_of_the_declared_modifier_is_found(outcome):
    low, high = (
        cohort_from_columns(
            {
                "patient_id": ["x"], "tmb": [tmb], "albumin_g_dl": [3.9], "nlr": [3.0], "age_years": [60.0],
                "prior_systemic_therapy": [0], "tumor_type": ["NSCLC"],
            }
        )
        for tmb in (1.0, 30.0)
    )  # fmt: skip

    def benefit(frame):
        table = predict_cohort(outcome.model, frame, model_version="v")
        rows = table.filter(pl.col("endpoint") == "response")
        by = dict(zip(rows["therapy"], rows["probability"], strict=True))
        return by["nivolumab"] - by["docetaxel"]

    assert benefit(high) - benefit(low) > 0.1


def test_unseen_therapy_type_and_missing_features_are_answered_row_by_row(outcome):
    frame = cohort_from_columns(
        {
            "patient_id": ["unseen", "known", "little", "far"],
            "therapy": ["sotorasib", "nivolumab", None, "docetaxel"],
            "therapy_class": ["targeted", "immunotherapy", None, "chemotherapy"],
            "tumor_type": ["Sarcoma", "NSCLC", None, "NSCLC"],
            "tmb": [5.0, None, 5.0, 5.0],
            "albumin_g_dl": [4.0, 4.0, None, 1.0],
            "nlr": [3.0, None, 3.0, 200.0],
            "age_years": [60.0, None, 60.0, 0.0],
            "prior_systemic_therapy": [0, 0, None, 0],
        }
    )
    table = predict_cohort(outcome.model, frame, model_version="v")
    by = {name: table.filter(pl.col("patient_id") == name) for name in frame["patient_id"]}
    received = by["unseen"].filter(pl.col("received"))
    assert received["therapy"].unique().to_list() == ["sotorasib"]
    assert received["abstained"].all()
    assert "no patient in training" in received["reason"][0]
    assert not by["unseen"].filter(~pl.col("received"))["abstained"].any()
    assert not by["known"]["abstained"].any()  # one core feature missing: predicted, wider
    assert by["little"]["abstained"].all()
    assert "albumin and prior systemic therapy and tumor type missing (3 of 4" in by["little"]["reason"][0]
    assert by["little"].filter(pl.col("received")).height == 0
    assert by["far"]["reason"][0].startswith("outside the training range: distance")
    assert table["probability"].null_count() == 0

    def width(name):
        rows = by[name].filter((pl.col("endpoint") == "response") & (pl.col("therapy") == "nivolumab"))
        return (rows["probability_hi90"] - rows["probability_lo90"])[0]

    full = cohort_from_columns(
        {
            "patient_id": ["full"], "therapy": ["nivolumab"], "tumor_type": ["NSCLC"], "tmb": [7.0],
            "albumin_g_dl": [4.0], "nlr": [3.0], "age_years": [60.0], "prior_systemic_therapy": [0],
        }
    )  # fmt: skip
    by["full"] = predict_cohort(outcome.model, full, model_version="v")
    assert width("known") > width("full")


def test_any_column_may_be_absent_or_constant(outcome):
    frame = small_trial(12, seed=4)
    for column in ("tmb", "albumin_g_dl", "nlr", "age_years", "prior_systemic_therapy", "tumor_type"):
        empty = frame.with_columns(pl.lit(None, dtype=frame.schema[column]).alias(column))
        table = predict_cohort(outcome.model, empty, model_version="v")
        assert table.height == 12 * 2 * 3
        assert table["probability"].null_count() == 0
    constant = frame.with_columns(pl.lit(4.0).alias("albumin_g_dl"))
    assert predict_cohort(outcome.model, constant, model_version="v")["probability"].null_count() == 0
    assert predict_cohort(outcome.model, frame[:0], model_version="v").height == 0


def test_a_cohort_without_outcomes_is_predicted_and_not_judged(outcome):
    frame = small_trial(20, seed=5).with_columns(
        *(pl.lit(None).cast(t).alias(c) for c, t in (("response", pl.Int8), ("os_days", pl.Float64)))
    )
    frame = frame.with_columns(pl.lit(None).cast(pl.Int8).alias("os_event"))
    figures = cohort_report(outcome.model, outcome.baselines, to_arrays(frame))
    assert figures["endpoints"]["response"]["note"] == "no response recorded"
    assert predict_cohort(outcome.model, frame, model_version="v").height == 20 * 2 * 3


def test_the_card_and_the_served_scorer(outcome, saved):
    card = render_card(outcome, saved[1])
    for words in (saved[1], "## Predictors", "albumin_g_dl", "nivolumab", "drawn by lot", "not beaten"):
        assert words in card
    import pandas as pd

    score = load_scorer(str(saved[0]))
    answer = score(pd.DataFrame({"patient_id": ["a"], "tmb": [float("nan")], "albumin_g_dl": [4.0]}))
    assert list(answer.columns) == [column.name for column in PREDICTIONS_TABLE.columns]
    assert answer["model_version"].unique().tolist() == [saved[1]]


def test_what_cannot_be_learned_is_said(trial, settings):
    censored = trial.with_columns(pl.lit(0).cast(pl.Int8).alias("os_event"))
    with pytest.raises(NotAssessableError, match=r"no events \(0 of 150\)"):
        train_model(censored, endpoint="os", settings=settings, seed=1)
    with pytest.raises(NotAssessableError, match="no outcome recorded"):
        train_model(trial, endpoint="pfs", settings=settings, seed=1)
    with pytest.raises(NotAssessableError, match="too few patients"):
        train_model(trial[:15], endpoint="os", settings=settings, seed=1)
    with pytest.raises(InputError, match="more than once"):
        train_model(pl.concat([trial, trial]), endpoint="os", settings=settings, seed=1)
    with pytest.raises(InputError, match="no row of the cohort is for training"):
        train_model(small_trial(30, split="test"), endpoint="os", settings=settings, seed=1)


def test_a_broken_or_absent_model_is_an_error_that_helps(saved, tmp_path):
    with pytest.raises(ModelContractError, match="no model here"):
        load_model(tmp_path)
    (tmp_path / "model.json").write_text('{"schema": "other", "schema_version": 1}')
    with pytest.raises(ModelContractError, match="not a model of this version"):
        load_model(tmp_path)
    text = (saved[0] / "model" / "model.json").read_text()
    (tmp_path / "model.json").write_text(text.replace('"schema_version": 2', '"schema_version": 1'))
    with pytest.raises(ModelContractError, match="response_model 1") as caught:
        load_model(tmp_path)
    assert "train again" in str(caught.value)
    (tmp_path / "model.json").write_text(text)
    with pytest.raises(ModelContractError, match="incomplete"):
        load_model(tmp_path)


def test_a_folder_is_whole_and_its_plots_are_equal_bytes(trial, settings, tmp_path, saved):
    from oncoloom.cohort.schema import COHORT_TABLE

    write_table(trial[:60], COHORT_TABLE, tmp_path / "c.parquet")
    few = settings.model_copy(update={"features": ("albumin_g_dl",), "modifiers": ()})
    made = train_to_folder([tmp_path / "c.parquet"], tmp_path / "m", endpoint="os", settings=few, seed=1)
    names = {str(p.relative_to(tmp_path / "m")) for p in (tmp_path / "m").rglob("*") if p.is_file()}
    assert {
        "model/model.json", "model/arrays.npz", "metrics.json", "splits.parquet", "model_card.md", "run.json",
        "provenance.json", "plots/os_thirds.svg", "plots/os_candidates.svg",
    } <= names  # fmt: skip
    assert not list(tmp_path.glob(".tmp-*"))
    assert load_model(tmp_path / "m")[1] == made.version
    before = {n: (tmp_path / "m" / n).read_bytes() for n in names if n != "provenance.json"}
    train_to_folder([tmp_path / "c.parquet"], tmp_path / "m", endpoint="os", settings=few, seed=1)
    assert before == {n: (tmp_path / "m" / n).read_bytes() for n in before}


def test_a_failed_training_leaves_no_folder(trial, settings, tmp_path):
    from oncoloom.cohort.schema import COHORT_TABLE

    write_table(trial[:15], COHORT_TABLE, tmp_path / "few.parquet")
    with pytest.raises(NotAssessableError):
        train_to_folder([tmp_path / "few.parquet"], tmp_path / "m", endpoint="os", settings=settings, seed=1)
    assert not (tmp_path / "m").exists()


def test_a_model_of_another_feature_schema_is_refused(outcome, tmp_path):
    save_model(replace(outcome.model, facts=outcome.model.facts | {"feature_schema_version": 99}), tmp_path)
    with pytest.raises(ModelContractError, match="features of another schema version") as caught:
        load_model(tmp_path)
    assert "99 (of tmb)" in str(caught.value)


@pytest.mark.parametrize(
    ("columns", "endpoint", "says"),
    [
        ({"os_days": 300.0, "os_event": 1}, "os", "all 120 patients have one time"),
        ({"os_days": 0.0, "os_event": 1}, "os", "all 120 patients have one time"),
        ({"response": 1}, "response", "too few patients without response"),
        ({"response": None}, "response", "no outcome recorded"),
        (
            dict.fromkeys(("tmb", "albumin_g_dl", "nlr", "age_years"), 3.0)
            | {"prior_systemic_therapy": 1, "tumor_type": "NSCLC"},
            "response",
            "no feature has values that differ",
        ),
    ],
)
def test_a_cohort_that_can_teach_nothing_is_refused(columns, endpoint, says):
    frame = small_trial(120, seed=1)
    frame = frame.with_columns(pl.lit(v).cast(frame.schema[k]).alias(k) for k, v in columns.items())
    with pytest.raises(NotAssessableError, match=says):
        train_model(frame, endpoint=endpoint, settings=TrainingConfig(outer_folds=2, members=5), seed=1)
