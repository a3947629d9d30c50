"""Ridge penalties chosen for the score as fitted, or for the model as served (slopes by time): the better.

    python benchmarks/penalties_as_served.py --shared ../shared --loris cohorts/chowell_train.parquet
        [--repeats 0-2] [--sets gbsg,metabric,loris_os,loris_pfs]

Outer folds (five) of training files only: in each, five inner folds choose a penalty of the same grid by
either deviance; the model refitted at either is judged on the outer fold as it is served. Deviance per
patient, C of mortality within folds, integrated Brier score; the difference is paired by fold (Nadeau &
Bengio 2003).
"""

import argparse
from pathlib import Path

import numpy as np
from response_deepsurv import LOGS, difference, read

from oncoloom.response.as_served import as_served
from oncoloom.response.bundle import make_bundle
from oncoloom.response.candidates import CANDIDATE_BY_NAME
from oncoloom.response.datamodule import read_cohorts, to_arrays, training_rows
from oncoloom.response.declare import declare
from oncoloom.response.fit_tasks import FitTask, point_weights
from oncoloom.response.nested import fold_score
from oncoloom.response.one_thread import one_thread
from oncoloom.response.penalties import RIDGE_GRID, Penalty
from oncoloom.response.search import deviance
from oncoloom.response.splits import outer_folds
from oncoloom.response.survival_metrics import concordance
from oncoloom.response.timegrid import mortality

INTERACTION = 2000.0  # no therapies differ in these sets
RULES = ("as fitted", "as served")


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--shared", type=Path, required=True)
    parser.add_argument("--loris", type=Path, required=True)
    parser.add_argument("--repeats", default="0-2")
    parser.add_argument("--sets", default="gbsg,metabric,loris_os,loris_pfs")
    options = parser.parse_args()
    first, last = (int(word) for word in options.repeats.split("-"))
    print("| set | rule | penalties | deviance a patient | C | integrated Brier |\n|---|---|---|---|---|---|")
    with one_thread():
        for name in options.sets.split(","):
            report(name, *bundle_of(options, name), range(first, last + 1))


def bundle_of(options, name):
    if name.startswith("loris"):
        endpoint = name.removeprefix("loris_")
        arrays = to_arrays(training_rows(read_cohorts([options.loris]))[0])
        return make_bundle(arrays, endpoint, declare(arrays, (), ()).features, ()), endpoint
    file = options.shared / "data" / "clinical" / "deepsurv" / f"{name}_train.csv.gz"
    arrays, covariates = read(file, LOGS[name])
    return make_bundle(arrays, "os", covariates, ()), "os"


def report(name, bundle, endpoint, repeats):
    chosen, scores = {rule: [] for rule in RULES}, {rule: [] for rule in RULES}
    for repeat in repeats:
        folds = outer_folds(bundle, endpoint, n_folds=5, seed=300 + repeat)
        etas = {rule: np.zeros_like(bundle.events[endpoint]) for rule in RULES}
        for fold in range(5):
            train, held_out = folds != fold, folds == fold
            for rule, penalty in choices(bundle, endpoint, train, 10 * repeat + fold).items():
                chosen[rule].append(penalty)
                etas[rule][held_out] = fitted(bundle, endpoint, train, held_out, penalty)
        for rule, eta in etas.items():
            served = as_served(bundle, endpoint, eta, folds)
            scores[rule] += [judge(bundle, endpoint, served, folds == f) for f in range(5)]
    table = {rule: np.array(values).T for rule, values in scores.items()}
    for rule in RULES:
        counts = {f"{value:g}": chosen[rule].count(value) for value in sorted(set(chosen[rule]))}
        print(
            f"| {name} | {rule} | {counts} | " + " | ".join(f"{row.mean():.4f}" for row in table[rule]) + " |"
        )
    gaps = (difference(after, before) for before, after in zip(*(table[rule] for rule in RULES), strict=True))
    print(f"| {name} | served minus fitted | | " + " | ".join(gaps) + " |", flush=True)


def choices(bundle, endpoint, train, seed):
    """Rule to the penalty that it chooses on the same inner fits."""
    inner = outer_folds(bundle, endpoint, n_folds=5, seed=5000 + seed)
    losses = []
    for penalty in RIDGE_GRID:
        eta = np.zeros_like(bundle.events[endpoint])
        for k in range(5):
            held_out = train & (inner == k)
            eta[held_out] = fitted(bundle, endpoint, train & (inner != k), held_out, penalty)
        served = as_served(bundle, endpoint, eta, inner, train)
        losses.append([deviance(bundle, endpoint, one, train) for one in (eta, served)])
    return {rule: RIDGE_GRID[int(k)] for rule, k in zip(RULES, np.argmin(losses, axis=0), strict=True)}


def fitted(bundle, endpoint, train, held_out, penalty):
    task = FitTask(bundle.inputs(train), point_weights(train), Penalty(penalty, INTERACTION), 0)
    one = CANDIDATE_BY_NAME["ridge"].fit(bundle, endpoint, [task])[0][endpoint]
    return one.eta(task.x[held_out], bundle.code[held_out])[0]


def judge(bundle, endpoint, eta, rows):
    known = rows & bundle.known(endpoint)
    time_, event = bundle.arrays.time[endpoint][known], bundle.arrays.event[endpoint][known]
    rank = concordance(time_, event, mortality(eta[known], bundle.edges[endpoint]))
    return deviance(bundle, endpoint, eta, rows) / known.sum(), rank, -fold_score(bundle, endpoint, eta, rows)


if __name__ == "__main__":
    main()
