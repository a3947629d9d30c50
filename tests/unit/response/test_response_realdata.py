"""The bars on the public cohorts: trained on chowell_train alone, judged on later and other patients."""

import numpy as np
import polars as pl
import pytest

from oncoloom.config import TrainingConfig
from oncoloom.response.predicting import predict_cohort
from oncoloom.response.scorer import cohort_from_columns
from oncoloom.response.training import train_model

pytestmark = [pytest.mark.realdata, pytest.mark.slow]
DRUGS = {0: "PD-1/PD-L1 inhibitor", 1: "PD-1/PD-L1 combination", 2: "CTLA-4 inhibitor"}


def loris(shared, name, split):
    raw = pl.read_csv(shared / "data" / "clinical" / "loris_icb" / f"{name}.csv", infer_schema_length=None)
    month = 30.4375
    return cohort_from_columns(
        {
            "patient_id": [str(v) for v in raw["SAMPLE_ID"]],
            "cohort_name": [name] * raw.height,
            "split": [split] * raw.height,
            "tumor_type": raw["CancerType"].to_list(),
            "therapy": [DRUGS[v] for v in raw["Drug"]],
            "therapy_class": ["immune checkpoint inhibitor"] * raw.height,
            "tmb": raw["TMB"].to_list(),
            "prior_systemic_therapy": raw["Systemic_therapy_history"].to_list(),
            "albumin_g_dl": raw["Albumin"].to_list(),
            "nlr": raw["NLR"].to_list(),
            "age_years": raw["Age"].to_list(),
            "pdl1_tps": raw["PDL1_TPS"].to_list(),
            "response": raw["Response"].to_list(),
            "os_days": (raw["OS_Months"] * month).to_list(),
            "os_event": raw["OS_Event"].to_list(),
            "pfs_days": (raw["PFS_Months"] * month).to_list(),
            "pfs_event": raw["PFS_Event"].to_list(),
        }
    )


@pytest.fixture(scope="module")
def trained(shared):
    parts = [("chowell_train", "train"), ("chowell_test", "test"), ("msk1", "external")]
    frame = pl.concat([loris(shared, *part) for part in parts])
    # two outer folds: the final model is the same kind, its selection is only coarser
    return train_model(frame, endpoint="response", settings=TrainingConfig(outer_folds=2), seed=1)


def test_response_reaches_the_bar_on_later_and_other_patients(trained):
    cohorts = trained.metrics["cohorts"]
    later, other = (cohorts[name]["endpoints"] for name in ("chowell_test", "msk1"))
    assert later["response"]["roc_auc"] >= 0.74
    assert other["response"]["roc_auc"] >= 0.685  # measured 0.70; other patients of the hospital
    assert cohorts["chowell_test"]["candidates"]["published_formula"]["roc_auc"] == pytest.approx(
        0.754, abs=6e-4
    )
    assert later["os"]["c_index"] > 0.70
    assert later["pfs"]["c_index"] > 0.65
    assert abs(later["os"]["horizons"]["365"]["mean_predicted_survival"] - 0.526) < 0.06


def test_calibration_and_sets_hold_outside(trained):
    for name in ("chowell_test", "msk1"):
        figures = trained.metrics["cohorts"][name]["endpoints"]["response"]
        assert figures["calibration_error"] < 0.08
        assert abs(figures["mean_predicted"] - figures["mean_observed"]) < 0.06
        assert figures["outcome_sets"]["coverage"] > 0.86


def test_every_patient_of_another_cohort_is_answered(trained, shared):
    frame = loris(shared, "msk1", "external").with_columns(
        pl.lit(None, dtype=pl.Float64).alias("albumin_g_dl"), pl.lit("Thymic").alias("tumor_type")
    )
    table = predict_cohort(trained.model, frame, model_version="v")
    response = table.filter(pl.col("endpoint") == "response")
    assert response.height == frame.height * 3
    assert np.isfinite(response["probability"].to_numpy()).all()
    rare = response.filter(pl.col("therapy") == "CTLA-4 inhibitor")
    assert rare["abstained"].all()
    assert rare["reason"][0] == "too few patients in training got this therapy (5 of at least 20)"
