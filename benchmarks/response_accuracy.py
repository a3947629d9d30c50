"""Accuracy of the response models on public cohorts: AUC, concordance, calibration, benefit.

    python benchmarks/response_accuracy.py --cohorts DIR [--seed N]

DIR holds cohort tables made by `oncoloom cohort import`: chowell_train, chowell_test, msk1 (LORIS) and, if
there, oak. Prints Markdown; takes a few minutes on one core.
"""

import argparse
import time
from pathlib import Path

import numpy as np
import polars as pl

from oncoloom.config import TrainingConfig
from oncoloom.response.comparison import average_difference, benefit_hazard_ratio, individual_differences
from oncoloom.response.datamodule import read_cohorts, to_arrays
from oncoloom.response.timegrid import cumulative_hazard
from oncoloom.response.training import train_model

OAK_MODIFIERS = ("pdl1_positive", "pdl1_high", "btmb", "driver_EGFR", "smoking", "histology")


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cohorts", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=20260101)
    options = parser.parse_args()
    loris(options.cohorts, options.seed)
    if (options.cohorts / "oak.parquet").is_file():
        oak(options.cohorts, options.seed)


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


def oak(folder, seed):
    frame = read_cohorts([folder / "oak.parquet"])
    settings = TrainingConfig(modifiers=OAK_MODIFIERS, randomized=True)
    started = time.perf_counter()
    outcome = train_model(frame, endpoint="os", settings=settings, seed=seed)
    print(f"\nOAK: champion {outcome.model.champion}, {time.perf_counter() - started:.0f} s\n")
    for name, figures in outcome.metrics["out_of_fold"].items():
        key = "roc_auc" if name == "response" else "c_index"
        print(f"- {name}: {key} {figures[key]:.3f} {interval(figures, key)}, out of fold")
    pair = {"first": "docetaxel", "second": "atezolizumab"}
    for endpoint, day in (("os", 365), ("pfs", 183)):
        table = individual_differences(outcome.model, frame, endpoint=endpoint, day=day, **pair)
        predicted = table["difference"]
        observed = average_difference(to_arrays(frame), endpoint, day=day, **pair)
        print(
            f"- {endpoint} at {day} days, docetaxel minus atezolizumab: "
            f"predicted mean {predicted.mean():.3f} (sd {predicted.std():.3f}), "
            f"observed {observed.difference:.3f} "
            f"({observed.lower:.3f} to {observed.upper:.3f})"
        )
    cross_fitted_benefit(frame, settings, seed)


def cross_fitted_benefit(frame, settings, seed):
    """Hazard ratio per SD of arm x benefit, each fifth predicted by a model of the other four."""
    folds = np.random.default_rng(seed).permutation(frame.height) % 5
    small = settings.model_copy(update={"outer_folds": 2, "members": 5})
    benefit, score = np.zeros(frame.height), np.zeros(frame.height)
    for fold in range(5):
        rows = np.flatnonzero(folds == fold)
        model = train_model(
            frame[np.flatnonzero(folds != fold)], endpoint="os", settings=small, seed=seed
        ).model
        arrays = to_arrays(frame[rows])
        x, one = model.design.encode(arrays), model.endpoints["os"]
        day = np.array([365.0])
        logs = [
            np.log(
                cumulative_hazard(
                    one.predictor.eta(x, np.tile(code, (len(x), 1))).mean(axis=0), one.edges, day
                )
            )
            for code in model.therapies.codes
        ]
        place = model.therapies.names.index("atezolizumab")
        benefit[rows] = (logs[1 - place] - logs[place])[:, 0]
        score[rows] = (logs[0] + logs[1])[:, 0] / 2
    ratio, error = benefit_hazard_ratio(to_arrays(frame), "os", "atezolizumab", benefit, score)
    print(f"- os, hazard ratio per SD of arm x cross-fitted benefit: {ratio:.2f} (se of its log {error:.3f})")


if __name__ == "__main__":
    main()
