"""LORIS cohorts judged by one trained model: every row of the issue's table, as Markdown.

    oncoloom train --cohort cohorts/chowell_train.parquet --endpoint response --output model --no-register
    python benchmarks/response_validation.py --model model --cohorts cohorts --shared ../shared

`cohorts` holds what `oncoloom cohort import csv … --mapping loris_icb` makes of the five tables. The lung
cohort is judged on the rows without overlap flag whose PD-L1 is known. Also times one patient, warm.
"""

import argparse
import time
from pathlib import Path

import numpy as np
import polars as pl

from oncoloom.response.baselines.fitted import load_baselines
from oncoloom.response.datamodule import read_cohorts, to_arrays
from oncoloom.response.model_store import find_model, load_model
from oncoloom.response.one_thread import one_thread
from oncoloom.response.predicting import predict_cohort
from oncoloom.response.validation.cohort_report import cohort_report
from oncoloom.response.validation.predictive import interaction_with_treatment


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--cohorts", type=Path, required=True)
    parser.add_argument("--shared", type=Path, required=True)
    options = parser.parse_args()
    model, version = load_model(options.model)
    baselines = load_baselines(find_model(options.model))
    frames = {n: read_cohorts([options.cohorts / f"{n}.parquet"]) for n in ("chowell_test", "msk1")}
    frames["vanguri, 87 rows"] = lung_rows(options)
    print(f"champion {model.champion}, {version[:19]}…\n")
    with one_thread():
        for name, frame in frames.items():
            judge(name, cohort_report(model, baselines, to_arrays(frame)))
        untreated = to_arrays(read_cohorts([options.cohorts / "msk_non_icb.parquet"]))
        for name in ("chowell_test", "msk1"):
            for row in interaction_with_treatment(model, to_arrays(frames[name]), untreated):
                plain, adjusted = (shown(row[k]) for k in ("interaction", "interaction_adjusted"))
                print(f"- {name}, {row['head']} head x treatment: {plain}, adjusted {adjusted}")
        one = frames["msk1"][:1]
        took = []
        for _ in range(30):
            started = time.process_time()
            predict_cohort(model, one, model_version=version)
            took.append(time.process_time() - started)
    print(f"- one patient, warm, median of 30: {1000 * np.median(took):.1f} ms CPU")


def lung_rows(options):
    flags = pl.read_csv(options.shared / "data" / "clinical" / "loris_icb" / "vanguri_overlap.csv")
    free = flags.filter((pl.col("also_in_chowell") == 0) & (pl.col("also_in_msk1") == 0))["SAMPLE_ID"]
    frame = read_cohorts([options.cohorts / "vanguri_nsclc.parquet"])
    kept = pl.col("sample_id").is_in(free.cast(pl.String).implode()) & pl.col("pdl1_tps").is_not_null()
    return frame.filter(kept)


def judge(cohort, report):
    head = "| endpoint | model | others, and the model minus them (paired 95 %) |"
    print(f"### {cohort}\n\n{head}\n|---|---|---|")
    for endpoint, figures in report["endpoints"].items():
        if "comparison" not in figures:
            continue
        key = "roc_auc" if endpoint == "response" else "c_index"
        others = "; ".join(
            f"{row['name']} {row['value']:.3f}, {row['difference']:+.3f} "
            f"({row['difference_ci95'][0]:+.3f} to {row['difference_ci95'][1]:+.3f})"
            for row in figures["comparison"]
        )
        low, high = figures[f"{key}_ci95"]
        print(f"| {endpoint} (n {figures['n']}) | {figures[key]:.3f} ({low:.3f} to {high:.3f}) | {others} |")
    response = report["endpoints"]["response"]
    sets = response["outcome_sets"]
    perfect = response["calibration_error_if_perfect"]
    slope = shown([response["calibration_slope"], *response["calibration_slope_ci95"]])
    print(
        f"\n- slope {slope}; calibration error"
        f" {response['calibration_error']:.3f} (perfect: {perfect[0]:.3f} to {perfect[1]:.3f}); Brier "
        f"{response['brier']:.3f}"
    )
    parts = ("coverage", "coverage_response", "coverage_no_response", "share_response_or_no_response")
    print("- sets: " + ", ".join(f"{key} {sets[key]:.3f}" for key in parts))
    for endpoint, day in (("os", "365"), ("pfs", "183")):
        figures = report["endpoints"][endpoint]
        if day in figures.get("horizons", {}):
            pairs = figures["horizons"][day]["predicted_and_observed_by_quarter"]
            quarters = " ".join(f"{p:.2f}|{o:.2f}" for p, o in pairs)
            print(
                f"- {endpoint} at {day} days, predicted|observed by quarter: {quarters}; D-calibration p "
                f"{figures['d_calibration_p']:.2f}; integrated Brier {figures['integrated_brier']:.3f}"
            )
    print()


def shown(values):
    return f"{values[0]:.2f} ({values[1]:.2f} to {values[2]:.2f})"


if __name__ == "__main__":
    main()
