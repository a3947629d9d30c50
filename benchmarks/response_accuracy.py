"""Accuracy of the response models on public cohorts: AUC, concordance, calibration.

    python benchmarks/response_accuracy.py --cohorts DIR [--seed N]

DIR holds cohort tables made by `oncoloom cohort import`: chowell_train, chowell_test, msk1 (LORIS). For OAK
and every other comparison of treatments see `treatment_effects.py`. Prints Markdown; takes a
few minutes on one core.
"""

import argparse
import time
from pathlib import Path

import polars as pl

from oncoloom.config import TrainingConfig
from oncoloom.response.datamodule import read_cohorts
from oncoloom.response.training import train_model


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cohorts", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=20260101)
    options = parser.parse_args()
    loris(options.cohorts, options.seed)


def loris(folder, seed):
    parts = [read_cohorts([folder / "chowell_train.parquet"]).with_columns(pl.lit("train").alias("split"))]
    parts += [
        read_cohorts([folder / f"{name}.parquet"]).with_columns(pl.lit("external").alias("split"))
        for name in ("chowell_test", "msk1")
    ]
    started = time.perf_counter()
    frame = pl.concat(parts, how="diagonal_relaxed")
    outcome = train_model(frame, endpoint="response", settings=TrainingConfig(), seed=seed)
    print(f"\nLORIS: champion {outcome.model.champion}, {time.perf_counter() - started:.0f} s\n")
    print("| cohort | model | AUC |\n|---|---|---|")
    for cohort, figures in outcome.metrics["cohorts"].items():
        for name, one in figures["candidates"].items():
            print(f"| {cohort} | {name} | {one['roc_auc']:.3f} |")
        ends = figures["endpoints"]
        response = ends["response"]
        shown = f"{response['roc_auc']:.3f} {interval(response, 'roc_auc')}"
        print(f"| {cohort} | **champion with members** | {shown} |")
        print(
            f"| {cohort} | slope, calibration error, set coverage | {response['calibration_slope']:.2f}, "
            f"{response['calibration_error']:.3f}, {response['outcome_sets']['coverage']:.3f} |"
        )
        print(f"| {cohort} | C of PFS, OS | {ends['pfs']['c_index']:.3f}, {ends['os']['c_index']:.3f} |")


def interval(figures, key):
    low, high = figures[f"{key}_ci95"]
    return f"({low:.3f} to {high:.3f})"


if __name__ == "__main__":
    main()
