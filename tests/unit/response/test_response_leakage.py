"""What must not train: late values, identifiers, the outcome itself, the same patient twice."""

import numpy as np
import polars as pl
import pytest
from small_trial import small_trial

from oncoloom.errors import ConfigError, FaultList, InputError
from oncoloom.response.datamodule import to_arrays
from oncoloom.response.declare import declare
from oncoloom.response.leakage import (
    Suspect,
    check_columns,
    identifier_reason,
    is_running_number,
    say_suspects,
)
from oncoloom.response.predicting import predict_cohort
from oncoloom.response.shared_patients import separate
from oncoloom.response.validation.page import render_page
from oncoloom.response.validation.report import validate_to_folder
from oncoloom.tables import write_table

N = 80


def trial(**columns):
    return small_trial(N, seed=2).with_columns(**{k: pl.Series(k, v) for k, v in columns.items()})


@pytest.mark.parametrize(
    ("name", "values", "says"),
    [
        ("case_no", list(range(1, N + 1)), "a number of its own in each of 80 rows"),
        ("record", [7_300_000 + 911 * i for i in range(N)], "a number of its own in each of 80 rows"),
        ("mrn", [100 + 17 * i * i for i in range(N)], "a number of its own"),
        (
            "code",
            [f"{hash((i, 'salt')) & 0xFFFFFFFF:08x}" for i in range(N)],
            "80 different texts in 80 rows",
        ),
        ("year_of_diagnosis", [2010 + i % 9 for i in range(N)], "calendar time"),
    ],
)
def test_an_identifier_or_a_year_is_refused_as_a_declared_feature(name, values, says):
    arrays = to_arrays(trial(**{name: values}))
    with pytest.raises(ConfigError, match=says):
        declare(arrays, ("tmb", name), ())
    with pytest.raises(ConfigError, match=says):
        declare(arrays, ("tmb",), (name,))


@pytest.mark.parametrize(
    ("name", "values"),
    [
        (
            "ldh",
            [150.0 + 3 * ((7 * i) % N) for i in range(N)],
        ),  # whole and all different, as a lab value may be
        ("crp", [0.1 * i for i in range(N)]),
        ("site", [f"site {i % 12}" for i in range(N)]),
        ("lesions", [i % 9 for i in range(N)]),
        ("index", list(range(N))),  # said, not refused
        ("age_years", [float(i % 60 + 20) for i in range(N)]),
    ],
)
def test_what_was_measured_is_no_identifier(name, values):
    assert identifier_reason(to_arrays(trial(**{name: values})), name) is None


def test_an_offered_category_that_names_everybody_is_left_out_and_said():
    frame = trial(histology=[f"specimen {i}" for i in range(N)])
    declared = declare(to_arrays(frame.with_columns(pl.lit(None, pl.Float64).alias("nlr"))), (), ())
    assert "histology" not in declared.features
    assert declared.left_out["histology"] == "an identifier: 80 different texts in 80 rows"


def test_a_value_dated_after_day_zero_is_refused_with_its_count():
    late = [-3.0, 14.0, None, 0.0] * 20
    arrays = to_arrays(trial(albumin_g_dl_measured_day=late))
    with pytest.raises(InputError, match=r"20 of 80 rows: `albumin_g_dl` was measured after day 0"):
        check_columns(arrays, ("albumin_g_dl", "tmb"))
    assert check_columns(arrays, ("tmb",)) == ()
    with pytest.raises(ConfigError, match="it says when `albumin_g_dl` was measured"):
        declare(arrays, ("albumin_g_dl_measured_day",), ())


def test_all_late_columns_are_told_at_once():
    arrays = to_arrays(trial(albumin_g_dl_measured_day=[2.0] * N, nlr_measured_day=[9.0] * N))
    with pytest.raises(FaultList, match="2 columns"):
        check_columns(arrays, ("albumin_g_dl", "nlr"))


def test_the_days_of_an_endpoint_under_another_name_are_refused():
    months = (small_trial(N, seed=2)["os_days"] / 30.4375).to_list()
    with pytest.raises(InputError, match=r"`followup` is `os_days` under another name"):
        check_columns(to_arrays(trial(followup=months)), ("tmb", "followup"))


def test_a_column_that_separates_an_outcome_is_said_with_its_figure():
    response = small_trial(N, seed=2)["response"].to_list()
    words = [None if r is None else ("CR" if r else "PD") for r in response]
    late_only = [None if r != 1 else 3.0 for r in response]
    frame = trial(best=words, depth=late_only, noise=np.random.default_rng(1).normal(size=N))
    found = {(one.column, one.by): one for one in check_columns(to_arrays(frame), ("best", "depth", "noise"))}
    assert {key[0] for key in found} == {"best", "depth"}
    assert found[("best", "values")].figure == 1.0
    assert found[("best", "values")].n == sum(r is not None for r in response)
    assert found[("depth", "being there")].endpoint == "response"


def test_a_patient_in_two_splits_is_refused():
    frame = small_trial(N, seed=2)
    split = frame.with_columns(pl.Series("split", ["train"] * 60 + ["test"] * 20))
    again = split[:3].with_columns(pl.lit("test").alias("split"), pl.lit("other").alias("therapy"))
    assert separate(split).train.height == 60
    with pytest.raises(InputError, match="3 patients both train and are held out"):
        separate(pl.concat([split, again]))


def measured(n, seed, **more):
    """A cohort whose patients can be told by TMB and altered genome share."""
    rng = np.random.default_rng(seed)
    return small_trial(n, seed=seed, **more).with_columns(
        pl.Series("fraction_genome_altered", np.round(rng.uniform(0, 1, n), 4)),
        pl.Series("tmb", np.round(rng.lognormal(1.8, 0.8, n), 2)),
    )


def test_patients_of_another_cohort_train_once_and_are_not_judged():
    first = measured(120, 1, name="a")
    again = first[:30].with_columns(
        pl.lit("b").alias("cohort_name"), pl.concat_str(pl.lit("x"), "patient_id").alias("patient_id")
    )
    fresh = measured(60, 2, name="b").with_columns(
        pl.concat_str(pl.lit("y"), "patient_id").alias("patient_id")
    )
    test = first[30:50].with_columns(
        pl.lit("c").alias("cohort_name"),
        pl.lit("test").alias("split"),
        pl.concat_str(pl.lit("z"), "patient_id").alias("patient_id"),
    )
    strangers = measured(40, 3, name="c", split="test").with_columns(
        pl.concat_str(pl.lit("w"), "patient_id").alias("patient_id")
    )
    done = separate(pl.concat([first, again, fresh, test, strangers]))
    assert done.train.height == done.tally.kept == 180
    assert done.held_out.height == 40
    counted = done.tally.as_dict()["filtered"]
    assert counted["b: patients who are also in a"] == 30
    assert counted["c: patients who are also in a"] == 20
    by = {(one.first, one.second): one for one in done.found}
    assert by["a", "b"].n_by_measures == 30
    assert by["a", "b"].n_by_id == 0
    assert by["b", "c"].n_rows == 0


def test_equal_ids_of_different_people_are_no_overlap_and_of_equal_people_are():
    first, other = small_trial(N, seed=2, name="a"), small_trial(N, seed=3, name="b")
    done = separate(pl.concat([first, other]))
    assert done.train.height == 2 * N
    assert "TMB" in done.found[0].note  # without the altered share nobody can be told by measures
    same = first.with_columns(pl.lit("b").alias("cohort_name"))
    assert separate(pl.concat([first, same])).train.height == N


def test_validation_leaves_the_training_patients_out_and_says_so(outcome, trial, tmp_path):
    from oncoloom.cohort.schema import COHORT_TABLE
    from oncoloom.response.baselines.fitted import save_baselines
    from oncoloom.response.model_store import FOLDER, save_model

    save_model(outcome.model, tmp_path)
    save_baselines(outcome.baselines, tmp_path / FOLDER)
    held_out = small_trial(60, seed=9, split="test", name="later")
    whole = pl.concat([trial, held_out], how="diagonal_relaxed")
    fresh = small_trial(30, seed=21).with_columns(
        pl.concat_str(pl.lit("n"), "patient_id").alias("patient_id")
    )
    mixed = pl.concat([trial[:20].with_columns(pl.lit("new").alias("cohort_name")), fresh])
    mixed = mixed.with_columns(pl.lit("new").alias("cohort_name"))
    for name, frame in (("whole", whole), ("mixed", mixed), ("trial", trial)):
        write_table(frame, COHORT_TABLE, tmp_path / f"{name}.parquet")
    files = {name: tmp_path / f"{name}.parquet" for name in ("whole", "mixed", "trial")}
    report = validate_to_folder(tmp_path, [files["mixed"]], tmp_path / "v", training=[files["whole"]])
    assert report["cohorts"]["new"]["n"] == 30
    assert report["cohorts"]["new"]["patients_in_common"]["n_left_out"] == 20
    assert "20 found and left out" in render_page(report)
    alone = validate_to_folder(tmp_path, [files["trial"]], tmp_path / "v")
    said = next(iter(alone["cohorts"].values()))["patients_in_common"]
    assert said["is_training"]
    assert not said["assessed"]
    with pytest.raises(InputError, match="not the cohorts that the model was trained on"):
        validate_to_folder(tmp_path, [files["mixed"]], tmp_path / "v", training=[files["mixed"]])
    with pytest.raises(InputError, match="every patient of cohort trial trained"):
        validate_to_folder(tmp_path, [files["trial"]], tmp_path / "v", training=[files["whole"]])


def test_a_training_keeps_what_it_found(outcome, caplog):
    found = outcome.metrics["leakage"]
    assert found["suspects"] == []
    (pair,) = found["in_common"]
    assert (pair["first"], pair["second"], pair["n_by_id"]) == ("trial", "later", 0)
    arrays = to_arrays(trial(visit=list(range(5, 5 + N))))
    assert is_running_number(arrays, "visit")
    assert not is_running_number(arrays, "tmb")
    (said,) = say_suspects((Suspect("shrinkage", "response", "being there", 1.0, 77),), ["visit"])
    assert "`visit` counts the rows" in caplog.text
    assert said["figure"] == 1.0
    assert "`shrinkage` alone separates response nearly perfectly (AUC 1.000 in 77 patients" in caplog.text


def test_words_that_differ_in_case_are_one_word_in_training_and_prediction(outcome):
    loud = small_trial(40, seed=3, name="b").with_columns(
        pl.col("therapy").str.to_uppercase(), pl.concat_str(pl.lit("u"), "patient_id").alias("patient_id")
    )
    done = separate(pl.concat([small_trial(N, seed=2, name="a"), loud]))
    assert set(done.train["therapy"]) == {"nivolumab", "docetaxel"}
    frame = small_trial(20, seed=11)
    shouted = frame.with_columns(pl.col("tumor_type", "therapy").str.to_uppercase())
    said, plain = (predict_cohort(outcome.model, one, model_version="v") for one in (shouted, frame))
    assert said.drop("cohort_digest").equals(plain.drop("cohort_digest"))
