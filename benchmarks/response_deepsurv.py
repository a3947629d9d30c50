"""GBSG, METABRIC, SUPPORT: concordance and integrated Brier score, published split and repeated 5-fold.

    python benchmarks/response_deepsurv.py --shared ../shared --set gbsg --work DIR [--repeats N]
        [--peer-python PYTHON] [--pieces-only [--from-repeat K] [--at-most N]] [--no-test]

The rule is fixed beforehand: models judged as served (slopes by time where they help), penalties by
inner-fold deviance, the champion by the outer folds' integrated Brier score with one paired standard error
toward the simpler, all inside the training file and on the first repeat of its folds; the test file is
looked at once. Patients are ranked by mortality (Ishwaran 2008): what the random survival
forest ranks by, and for proportional hazards the order of every single day. Differences have the interval
of Nadeau & Bengio (2003): folds of repeats share patients. `--peer-python` names an interpreter with
scikit-survival (GPL; never imported here): its random survival forest is fitted on the same folds.
Penalties are chosen on the inner folds of the first repeat's outer folds; further repeats take them fold by
fold. What was chosen and fitted is kept in `--work`, a file a fold, so that a run that was cut goes on.
Prints Markdown.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path

import numpy as np
import polars as pl
from scipy.stats import t as t_distribution

from oncoloom.response.as_served import as_served, helpful_slopes
from oncoloom.response.bundle import make_bundle
from oncoloom.response.candidates import CANDIDATES
from oncoloom.response.datamodule import to_arrays, training_rows
from oncoloom.response.ensemble import bootstrap_weights
from oncoloom.response.fit_tasks import FitTask, point_weights
from oncoloom.response.nested import OUTER_STEPS, OUTER_TREES, fold_score
from oncoloom.response.one_thread import one_thread
from oncoloom.response.penalties import Penalty
from oncoloom.response.scorer import cohort_from_columns
from oncoloom.response.search import choose_penalty
from oncoloom.response.selection import CandidateScore, choose
from oncoloom.response.splits import outer_folds
from oncoloom.response.survival_metrics import concordance, concordance_interval, integrated_brier
from oncoloom.response.time_slopes import fit_time_slopes
from oncoloom.response.timegrid import cumulative_hazard, mortality

LOGS = {
    "gbsg": ("x4", "x5", "x6"),
    "metabric": (),
    "support": ("x12", "x13"),
}  # nodes, receptors; white cells
BARS = {"gbsg": 0.685, "metabric": 0.645, "support": 0.62}
MEMBERS = 5
SINGLE = tuple(one for one in CANDIDATES if not one.parts)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--shared", type=Path, required=True)
    parser.add_argument("--set", choices=sorted(BARS), required=True)
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--seed", type=int, default=20260101)
    parser.add_argument("--peer-python", type=Path)
    parser.add_argument("--work", type=Path, required=True, help="folder of the pieces")
    parser.add_argument("--no-test", action="store_true", help="folds and the rule's choice only")
    parser.add_argument("--pieces-only", action="store_true", help="fit what is missing, judge nothing")
    parser.add_argument("--at-most", type=int, default=10**6, help="stop after so many fitted pieces")
    parser.add_argument("--from-repeat", type=int, default=0, help="with --pieces-only: the first repeat")
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    folder = options.shared / "data" / "clinical" / "deepsurv"
    train, test = (
        read(folder / f"{options.set}_{part}.csv.gz", LOGS[options.set]) for part in ("train", "test")
    )
    started = time.process_time()
    with one_thread():
        run(options, train, test)
    print(f"\n{time.process_time() - started:.0f} CPU seconds, seed {options.seed}")


def read(path, logs):
    raw = pl.read_csv(path)
    raw = raw.with_columns(pl.col(name).clip(0).log1p() for name in logs)
    covariates = [name for name in raw.columns if name not in {"t", "e"}]
    columns = {"patient_id": [f"{i:05d}" for i in range(raw.height)]}
    columns |= {name: raw[name].cast(pl.Float64).to_list() for name in covariates}
    columns |= {"os_days": raw["t"].cast(pl.Float64).to_list(), "os_event": raw["e"].cast(pl.Int64).to_list()}
    frame, _, _ = training_rows(cohort_from_columns(columns))
    return to_arrays(frame), tuple(covariates)


def run(options, train, test):
    arrays, covariates = train
    bundle = make_bundle(arrays, "os", covariates, ())
    first = options.from_repeat if options.pieces_only else 0
    whole = [one_repeat(options, bundle, repeat) for repeat in range(first, options.repeats)]
    peer = None
    if options.peer_python:
        peer = [peer_forest(options, bundle, one[2], test[0], first + k) for k, one in enumerate(whole)]
    if options.pieces_only:
        return
    served = [
        {name: as_served(bundle, "os", eta, folds) for name, eta in etas.items()} for etas, _, folds in whole
    ]
    folds_of = [one[2] for one in whole]
    choices = [choose([CandidateScore(c.name, c.rank, one[1][c.name]) for c in CANDIDATES]) for one in whole]
    choice = choices[0]
    cross_validated(bundle, served, folds_of, [one[1] for one in whole], peer)
    print(f"\nby the rule, repeat by repeat: {', '.join(one.champion for one in choices)}")
    for e in choice.evidence:
        behind = f"behind {e['behind_best']:.5f} (se {e['paired_se']:.5f})"
        print(f"selection: {e['name']} {e['score']:.5f}, {behind}")
    if not options.no_test:
        on_test(options, bundle, test[0], choice.champion, whole[0], peer)


def one_repeat(options, bundle, repeat):
    """Candidate to out-of-fold eta as fitted, candidate to fold scores as served, the folds of one repeat."""
    seed = options.seed + 100 * repeat
    folds = outer_folds(bundle, "os", n_folds=5, seed=seed)
    etas = {}
    for fold in range(5):
        file = options.work / f"{options.set}_{options.seed}_{repeat}_{fold}.npz"
        if not file.is_file():
            started = time.process_time()
            np.savez(file, **one_fold(options, bundle, folds, fold, seed))
            print(f"{file.name}: {time.process_time() - started:.0f} CPU s", file=sys.stderr, flush=True)
            options.at_most -= 1
            if options.at_most <= 0:
                sys.exit("stopped as asked: go on with the same command")
        with np.load(file) as kept:
            for c in SINGLE:
                etas[c.name] = etas.get(c.name, 0.0) + kept[c.name]
    scores = {}
    for c in CANDIDATES:
        if c.parts:
            etas[c.name] = np.mean([etas[name] for name in c.parts], axis=0)
        served = as_served(bundle, "os", etas[c.name], folds)
        scores[c.name] = np.array([fold_score(bundle, "os", served, folds == f) for f in range(5)])
    return etas, scores, folds


def penalty_of(options, bundle, fold):
    """Penalties for a fold of the first repeat, of all rows where `fold` is None; kept in --work."""
    name = "all" if fold is None else str(fold)
    kept = options.work / f"{options.set}_{options.seed}_penalty_{name}.json"
    if kept.is_file():
        return Penalty(**json.loads(kept.read_text()))
    folds = outer_folds(bundle, "os", n_folds=5, seed=options.seed)
    train, inner, seed = np.ones(len(folds), dtype=bool), folds, options.seed
    if fold is not None:
        train, seed = folds != fold, options.seed + fold
        inner = outer_folds(bundle, "os", n_folds=5, seed=options.seed + 1000 + fold)
    penalty = choose_penalty(bundle, "os", train, inner, seed=seed)
    kept.write_text(json.dumps(asdict(penalty)))
    return penalty


def one_fold(options, bundle, folds, fold, seed):
    """The same steps as nested cross-validation, for one outer fold."""
    train, rows = folds != fold, folds == fold
    penalty = penalty_of(options, bundle, fold)
    task = FitTask(bundle.inputs(train), point_weights(train), penalty, seed + fold, OUTER_STEPS, OUTER_TREES)
    out = {}
    for c in SINGLE:
        eta = np.zeros_like(bundle.events["os"])
        fitted = c.fit(bundle, "os", [task])[0]["os"]
        eta[rows] = fitted.eta(task.x[rows], bundle.code[rows]).mean(axis=0)
        out[c.name] = eta
    return out


def cross_validated(bundle, served, folds_of, scores, peer):
    time_, event, edges = bundle.arrays.time["os"], bundle.arrays.event["os"], bundle.edges["os"]
    table = {}
    for k, (etas, folds) in enumerate(zip(served, folds_of, strict=True)):
        risks = {name: mortality(eta, edges) for name, eta in etas.items()}
        if peer is not None:
            risks["random survival forest"] = peer[k][0]
        for name, risk in risks.items():
            parts = [concordance(time_[folds == f], event[folds == f], risk[folds == f]) for f in range(5)]
            table.setdefault(name, []).extend(parts)
    brier = {name: -np.concatenate([one[name] for one in scores]) for name in scores[0]}
    print(f"\n5-fold in train, {len(folds_of)} repeats: mean, and paired difference to each forest (95 %)\n")
    forests = [name for name in ("forest", "random survival forest") if name in table]
    heads = ["model", "C", *(f"C minus {name}" for name in forests), "integrated Brier", "minus forest"]
    print("| " + " | ".join(heads) + " |\n" + "|---" * len(heads) + "|")
    for name, values in table.items():
        row = [name, f"{np.mean(values):.4f}", *(difference(values, table[other]) for other in forests)]
        row += (
            [f"{brier[name].mean():.4f}", difference(brier[name], brier["forest"])]
            if name in brier
            else ["", ""]
        )
        print("| " + " | ".join(row) + " |")


def difference(one, other):
    """Mean of paired folds with its 95 % interval; a fifth is judged, four are trained on."""
    gap = np.array(one) - np.array(other)
    error = np.sqrt((1 / gap.size + 1 / 4) * gap.var(ddof=1))
    half = error * t_distribution.ppf(0.975, gap.size - 1)
    return f"{gap.mean():+.4f} ({gap.mean() - half:+.4f} to {gap.mean() + half:+.4f})"


def on_test(options, bundle, test, chosen, first, peer):
    """Every candidate with members and the slopes of the first repeat's folds, as training would serve it."""
    penalty = penalty_of(options, bundle, None)
    everyone = np.ones(len(bundle.arrays), dtype=bool)
    weights = bootstrap_weights(MEMBERS, len(bundle.arrays), options.seed)
    task = FitTask(bundle.inputs(everyone), weights, penalty, options.seed, OUTER_STEPS)
    x, code = bundle.design.encode(test), np.zeros((len(test), bundle.code.shape[1]))
    time_, event = test.time["os"], test.event["os"]
    edges = bundle.edges["os"]
    grid = edges[1:-1]
    print(f"\nPublished test split; by the rule: **{chosen}**, bar {BARS[options.set]}\n")
    print("| model | C (95 %) | integrated Brier |\n|---|---|---|")
    for candidate in CANDIDATES:
        kept = options.work / f"{options.set}_{options.seed}_test_{candidate.name}.npy"
        if not kept.is_file():
            np.save(kept, candidate.fit(bundle, "os", [task])[0]["os"].eta(x, code).mean(axis=0))
        raw = first[0][candidate.name]
        eta = np.load(kept)
        if helpful_slopes(bundle, "os", raw, first[2]) is not None:
            slopes = fit_time_slopes(raw, bundle.code, bundle.exposure["os"], bundle.events["os"])
            eta = slopes.apply(eta, code)
        risk = mortality(eta, edges)
        survival = np.exp(-cumulative_hazard(eta, edges, grid))
        brier = integrated_brier(time_, event, survival, grid)
        mark = "**" if candidate.name == chosen else ""
        print(f"| {mark}{candidate.name}{mark} | {shown(time_, event, risk)} | {brier:.4f} |", flush=True)
    if peer is not None:
        print(f"| random survival forest (scikit-survival) | {shown(time_, event, peer[0][1])} | – |")
    print(f"\npenalties: {penalty}")


def shown(time_, event, risk):
    low, high = concordance_interval(time_, event, risk, n_draws=200)
    return f"{concordance(time_, event, risk):.4f} ({low:.3f} to {high:.3f})"


def peer_forest(options, bundle, folds, test, repeat):
    """Out-of-fold and test risks of scikit-survival's forest, fitted by another interpreter and kept."""
    kept = options.work / f"{options.set}_{options.seed}_{repeat}_peer.npz"
    if not kept.is_file():
        with tempfile.TemporaryDirectory() as folder:
            given = Path(folder) / "in.npz"
            everyone = np.ones(len(bundle.arrays), dtype=bool)
            np.savez(
                given, x=bundle.inputs(everyone), time=bundle.arrays.time["os"],
                event=bundle.arrays.event["os"], folds=folds, x_test=bundle.design.encode(test),
            )  # fmt: skip
            script = Path(__file__).with_name("peer_survival_forest.py")
            subprocess.run([str(options.peer_python), str(script), str(given), str(kept)], check=True)
    with np.load(kept) as file:
        return file["out_of_fold"], file["test"]


if __name__ == "__main__":
    main()
