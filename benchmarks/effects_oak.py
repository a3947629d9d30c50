"""OAK: outcomes and differences under two randomized treatments, cross-validated.

    python benchmarks/effects_oak.py judged --cohort oak.parquet [--endpoints E] [--repeats 0-4] [--keep F]
    python benchmarks/effects_oak.py random --cohort oak.parquet [--sets 0-39] [--repeats 0-0] [--keep F]
    python benchmarks/effects_oak.py blanked --cohort oak.parquet [--blank pdl1] [--repeats 0-4]
    python benchmarks/effects_oak.py routes --cohort oak.parquet --stage inner|outer [--endpoints os,pfs]

Each runs alone, one process, one thread; prints Markdown. The cohort is made by `oncoloom cohort import csv
patients.csv --variants variants.maf.gz --mapping config/mappings/oak.yaml`.
"""

import argparse
import json
from dataclasses import replace
from pathlib import Path

import numpy as np

from oncoloom.response.as_served import as_served
from oncoloom.response.bundle import make_bundle
from oncoloom.response.candidates import CANDIDATE_BY_NAME
from oncoloom.response.datamodule import read_cohorts, to_arrays, training_rows
from oncoloom.response.declare import declare
from oncoloom.response.effects.crossfit import cross_fit
from oncoloom.response.effects.estimating import estimate_effects
from oncoloom.response.effects.judging import ComparedPatients
from oncoloom.response.effects.problem import effect_problem
from oncoloom.response.effects.reliability import GATE
from oncoloom.response.fit_tasks import FitTask, point_weights
from oncoloom.response.one_thread import one_thread
from oncoloom.response.penalties import RIDGE_GRID, Penalty
from oncoloom.response.search import choose_ridge, deviance
from oncoloom.response.splits import outer_folds
from oncoloom.response.survival_metrics import concordance
from oncoloom.response.timegrid import cumulative_hazard, mortality

OAK_MODIFIERS = ("pdl1_positive", "pdl1_high", "btmb", "driver_EGFR", "smoking", "histology")
ENDPOINTS = {"os": 365, "pfs": 183}
BARS = {"os": 0.85, "pfs": 0.91}
PAIR = ("atezolizumab", "docetaxel")
INTERACTION = 60.0  # penalty of the ridge fits' interactions where routes are compared


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=["judged", "random", "blanked", "routes"])
    parser.add_argument("--cohort", type=Path, required=True)
    parser.add_argument("--endpoints", default="os,pfs")
    parser.add_argument("--repeats", default="0-4", help="first and last repeat of the five folds")
    parser.add_argument(
        "--keep", type=Path, help="finished repeats or sets, so that a run that was cut goes on"
    )
    parser.add_argument("--sets", default="0-39", help="first and last random set")
    parser.add_argument(
        "--blank", default="pdl1", help="columns that begin so are missing in the held-out fold"
    )
    parser.add_argument("--stage", choices=["inner", "outer"], default="inner")
    options = parser.parse_args()
    repeats = _span(options.repeats)
    with one_thread():
        arrays = to_arrays(training_rows(read_cohorts([options.cohort]))[0])
        for endpoint in options.endpoints.split(","):
            if options.what == "judged":
                judged(arrays, endpoint, repeats, options.keep)
            elif options.what == "random":
                random_modifiers(arrays, endpoint, _span(options.sets), repeats, options.keep)
            elif options.what == "blanked":
                blanked(arrays, endpoint, options.blank, repeats)
            else:
                routes(arrays, endpoint, options.stage, repeats)


def _span(text):
    first, last = (int(word) for word in text.split("-"))
    return range(first, last + 1)


def comparisons(arrays, endpoint, modifiers, repeats):
    """What training would say of the two arms, once per repeat of the folds, and its data."""
    day = ENDPOINTS[endpoint]
    bundle = _bundle(arrays, endpoint, modifiers)
    found = []
    for repeat in repeats:
        effects = estimate_effects(
            bundle, horizons=(day,), randomized=True, adjust_for=(), seed=100 * repeat, repeats=1
        )
        found.append(effects.find(*PAIR, endpoint, day))
    return found, bundle


def judged(arrays, endpoint, repeats, keep):
    """Everything that is held against a bar, a piece a repeat; the mean of all pieces is printed."""
    known = [json.loads(line) for line in keep.read_text().splitlines()] if keep and keep.is_file() else []
    pieces = {one["repeat"]: one for one in known if one["endpoint"] == endpoint}
    for repeat in repeats:
        if repeat in pieces:
            continue
        (found,), bundle = comparisons(arrays, endpoint, OAK_MODIFIERS, [repeat])
        piece = {"endpoint": endpoint, "repeat": repeat, "effects": _figures(found)}
        piece |= {
            name: candidate_concordance(name, bundle, endpoint, repeat) for name in ("ridge", "additive")
        }
        pieces[repeat] = piece
        if keep:
            with keep.open("a", encoding="utf-8") as handle:
                handle.write(json.dumps(piece) + "\n")
    _print_judged(endpoint, [pieces[repeat] for repeat in repeats], arrays)


def _figures(found):
    plain, average = found.unadjusted, found.average
    thirds = [[one.n, one.predicted, one.observed, one.lower, one.upper] for one in found.thirds]
    return {
        "observed difference (Kaplan-Meier)": plain.difference,
        "its lower limit": plain.lower,
        "its upper limit": plain.upper,
        "doubly robust difference": average.difference,
        "predicted mean difference": found.predicted_mean,
        "predicted sd": found.predicted_sd,
        "thirds with the prediction inside the observed interval": np.mean(
            [lower <= predicted <= upper for _, predicted, _, lower, upper in thirds]
        ),
        "slope of observed on predicted benefit": found.slope,
        "its standard error": found.slope_error,
        "hazard ratio per SD of arm x benefit, ungated": found.ratio,
        "standard error of its logarithm": found.ratio_log_error,
        "the same gated (1 where the gate is shut)": found.ratio if found.gate_z > GATE else 1.0,
        "gate z": found.gate_z,
        "reliability: posterior": found.posterior_reliability,
        "reliability: split halves": found.split_half_reliability,
        "thirds": thirds,
    }


def _print_judged(endpoint, pieces, arrays):
    print(f"\n**{endpoint}, {ENDPOINTS[endpoint]} days, {len(pieces)} repeats** (differences of events, "
          "atezolizumab minus docetaxel)\n\n| | mean over repeats |\n|---|---|")  # fmt: skip
    time_, event = arrays.time[endpoint], arrays.event[endpoint]
    for name in ("ridge", "additive"):
        for rank in ("mortality", "horizon"):
            scores = [one[name][rank] for one in pieces]
            pooled, within = (np.mean([one[key] for one in scores]) for key in ("pooled", "within"))
            averaged = concordance(time_, event, np.mean([one["risk"] for one in scores], axis=0))
            print(f"| C of {name} by {rank}: folds pooled, by repeat / within folds / repeats averaged | "
                  f"{pooled:.4f} / {within:.4f} / {averaged:.4f} |")  # fmt: skip
        chosen = [value for one in pieces for value in one[name]["penalties"]]
        print(f"| penalties | { {f'{v:g}': chosen.count(v) for v in sorted(set(chosen))} } |")
    for name in pieces[0]["effects"]:
        if name != "thirds":
            print(f"| {name} | {np.mean([one['effects'][name] for one in pieces]):.4f} |")
    print(f"| repeats with the gate open | {sum(one['effects']['gate z'] > GATE for one in pieces)} |")
    print("\n| third (first repeat) | n | predicted | observed |\n|---|---|---|---|")
    for k, (n, predicted, observed, lower, upper) in enumerate(pieces[0]["effects"]["thirds"]):
        print(f"| {k + 1} | {n} | {predicted:.3f} | {observed:.3f} ({lower:.3f} to {upper:.3f}) |")


def candidate_concordance(name, bundle, endpoint, repeat):
    """Harrell's C of a candidate as training serves it, out of fold, under the therapy received.

    By mortality (what reports rank by) and by the predicted risk at the horizon: all patients with the folds
    pooled, and the mean of the folds' own. Pooling compares risks of five different fits. Values for JSON.
    """
    arrays, candidate = bundle.arrays, CANDIDATE_BY_NAME[name]
    time_, event, edges = arrays.time[endpoint], arrays.event[endpoint], bundle.edges[endpoint]
    folds = outer_folds(bundle, endpoint, n_folds=5, seed=repeat)
    eta, chosen = np.zeros_like(bundle.events[endpoint]), []
    for fold in range(5):
        train, test = folds != fold, folds == fold
        inner = outer_folds(bundle, endpoint, n_folds=5, seed=1000 + 5 * repeat + fold)
        penalty = choose_ridge(bundle, endpoint, train, inner)
        chosen.append(penalty.ridge)
        x = bundle.inputs(train)
        fitted = candidate.fit(bundle, endpoint, [FitTask(x, point_weights(train), penalty, 0)])[0][endpoint]
        eta[test] = fitted.eta(x[test], bundle.code[test])[0]
    eta = as_served(bundle, endpoint, eta, folds)
    day = np.array([float(ENDPOINTS[endpoint])])
    out = {"penalties": chosen}
    for rank, risk in (
        ("mortality", np.log(mortality(eta, edges))),
        ("horizon", np.log(cumulative_hazard(eta, edges, day))[:, 0]),
    ):
        each = [concordance(time_[folds == f], event[folds == f], risk[folds == f]) for f in range(5)]
        out[rank] = {
            "pooled": concordance(time_, event, risk),
            "within": np.mean(each),
            "risk": risk.tolist(),
        }
    return out


def random_modifiers(arrays, endpoint, sets, repeats, keep):
    """What random sets of as many modifiers reach, drawn from all that trains; finished sets are kept."""
    known = [json.loads(line) for line in keep.read_text().splitlines()] if keep and keep.is_file() else []
    ratios = {one["set"]: one["ratio"] for one in known if one["endpoint"] == endpoint}
    offered = [name for name in declare(arrays, (), OAK_MODIFIERS).features if name != "tumor_type"]
    for k in ("declared", *sets):
        if k in ratios:
            continue
        chosen = OAK_MODIFIERS
        if k != "declared":
            rng = np.random.default_rng([20260101, k])
            chosen = tuple(sorted(rng.choice(offered, len(OAK_MODIFIERS), replace=False)))
        bundle = _bundle(arrays, endpoint, chosen)
        found = [_judge(bundle, endpoint, *held_out_risks(bundle, endpoint, repeat)) for repeat in repeats]
        ratios[k] = float(np.mean([one["hazard ratio per SD of arm x benefit"] for one in found]))
        if keep:
            with keep.open("a", encoding="utf-8") as handle:
                row = {"endpoint": endpoint, "set": k, "ratio": ratios[k], "modifiers": chosen}
                handle.write(json.dumps(row) + "\n")
    ours, values = ratios["declared"], np.array([ratios[k] for k in sets])
    low, middle, high = np.quantile(values, [0.05, 0.5, 0.95])
    print(
        f"\n{endpoint}, {len(values)} random sets of {len(OAK_MODIFIERS)}: mean {values.mean():.3f}, "
        f"median {middle:.3f}, 5 to 95 % {low:.3f} to {high:.3f}; "
        f"{np.mean(values <= BARS[endpoint]):.0%} reach {BARS[endpoint]}, "
        f"{(values <= ours).sum()} reach the declared {ours:.3f}",
        flush=True,
    )


def blanked(arrays, endpoint, prefix, repeats):
    """The same model where columns are missing in all held-out patients: a trial that never measured them."""
    bundle = _bundle(arrays, endpoint, OAK_MODIFIERS)
    hidden = [i for i, column in enumerate(bundle.design.columns) if column.source.startswith(prefix)]
    names = sorted({bundle.design.columns[i].source for i in hidden})
    print(f"\n**{endpoint}, {ENDPOINTS[endpoint]} days, held out without {', '.join(names)}**\n")
    print("| | all known | missing in the held-out fold |\n|---|---|---|", flush=True)
    found = [
        [_judge(bundle, endpoint, *held_out_risks(bundle, endpoint, repeat, columns)) for repeat in repeats]
        for columns in ([], hidden)
    ]
    for name in found[0][0]:
        known, missing = (np.mean([one[name] for one in each]) for each in found)
        print(f"| {name} | {known:.3f} | {missing:.3f} |", flush=True)


def _bundle(arrays, endpoint, modifiers):
    declared = declare(arrays, (), modifiers)
    bundle = make_bundle(arrays, endpoint, declared.features, declared.modifiers)
    return replace(bundle, endpoints=(endpoint,))


def held_out_risks(bundle, endpoint, repeat, hidden=()):
    """Folds (n,) and out-of-fold risks (n, 2) of the pair; columns `hidden` are missing where held out."""
    folds = outer_folds(bundle, endpoint, n_folds=5, seed=7000 + 100 * repeat)
    inputs = [bundle.inputs(folds != fold) for fold in range(5)]
    for fold, x in enumerate(inputs):
        x[np.ix_(folds == fold, list(hidden))] = 0.0
    places = [bundle.therapies.names.index(name) for name in PAIR]
    day = np.array([float(ENDPOINTS[endpoint])])
    return folds, cross_fit(effect_problem(bundle, endpoint), inputs, folds, day)[:, places, 0]


def _judge(bundle, endpoint, folds, risks):
    first, day = np.array(bundle.arrays.therapy) == PAIR[0], ENDPOINTS[endpoint]
    time_, event = bundle.arrays.time[endpoint], bundle.arrays.event[endpoint]
    share = np.full(len(first), first.mean())
    patients = ComparedPatients(risks, time_, event, first, share, folds, day)
    received = np.where(first, risks[:, 0], risks[:, 1])
    thirds, (ratio, z) = patients.groups(3), patients.gate
    slope = patients.slope or (np.nan, np.nan)
    return {
        "concordance under the therapy received": concordance(time_, event, received),
        "predicted mean difference": patients.differences.mean(),
        "observed, doubly robust": patients.average.difference,
        "predicted sd": patients.differences.std(),
        "slope of observed on predicted benefit": slope[0],
        "its standard error": slope[1],
        "thirds with the prediction inside the observed interval": np.mean(
            [group.lower <= group.predicted <= group.upper for group in thirds]
        ),
        # without any spread of the predicted benefit there is nothing to hold against outcomes: a ratio of 1
        "hazard ratio per SD of arm x benefit": 1.0 if ratio is None else ratio[0],
        "gate z": z,
    }


def routes(arrays, endpoint, stage, repeats):
    """Ways to the prognosis: ridge, the effect model, and their mean (the candidate additive).

    inner: deviance per patient and concordance in five inner folds of each outer training set, which choose;
    outer: concordance on the outer folds, ridge at the penalty of their inner folds, to be looked at once.
    """
    declared = declare(arrays, (), OAK_MODIFIERS)
    bundle = make_bundle(arrays, endpoint, declared.features, declared.modifiers)
    found = {}
    for repeat in repeats:
        folds = outer_folds(bundle, endpoint, n_folds=5, seed=repeat)
        risks = {name: np.zeros(len(arrays)) for name in ("ridge", "effect model", "mean")}
        for fold in range(5):
            train = folds != fold
            inner = outer_folds(bundle, endpoint, n_folds=5, seed=1000 + 5 * repeat + fold)
            parts = [(train & (inner != k), train & (inner == k)) for k in range(5)]
            names = ("ridge",) if stage == "outer" else ("ridge", "effect model", "mean")
            scores = {
                (name, value): [_inner_score(bundle, endpoint, name, value, *part) for part in parts]
                for name in names
                for value in (RIDGE_GRID if name != "effect model" else RIDGE_GRID[:1])
            }
            if stage == "inner":
                for key, values in scores.items():
                    found.setdefault(key, []).extend(values)
                continue
            best = min(RIDGE_GRID, key=lambda value: sum(one[0] for one in scores["ridge", value]))
            for name, risk in risks.items():
                risk[~train] = _route(bundle, endpoint, name, best, train)[~train]
        if stage == "outer":
            for name, risk in risks.items():
                score = concordance(arrays.time[endpoint], arrays.event[endpoint], risk)
                found.setdefault((name, 0.0), []).append((float("nan"), score))
    print(
        f"\n| {endpoint}, {stage} | ridge penalty | deviance per patient | concordance |\n|---|---|---|---|"
    )
    for (name, value), values in found.items():
        deviance_, score = np.mean(values, axis=0)
        print(f"| {name} | {value:g} | {deviance_:.4f} | {score:.4f} |", flush=True)


def _inner_score(bundle, endpoint, name, value, train, test):
    eta = _route(bundle, endpoint, name, value, train, whole=True)
    time_, event = bundle.arrays.time[endpoint][test], bundle.arrays.event[endpoint][test]
    return deviance(bundle, endpoint, eta, test) / test.sum(), concordance(
        time_, event, eta[test].mean(axis=1)
    )


def _route(bundle, endpoint, name, value, train, *, whole=False):
    """(n, K) logit hazards of all rows, or (n,) log cumulative hazards at the horizon."""
    x = bundle.inputs(train)
    if name == "effect model":
        fit = effect_problem(bundle, endpoint).fit(train, n_draws=0, seed=0, x=x)
        eta = fit.mean.eta(fit.basis.expand(x), bundle.code)[0]
    else:
        task = FitTask(x, point_weights(train), Penalty(value, INTERACTION), 0)
        candidate = CANDIDATE_BY_NAME["additive" if name == "mean" else name]
        eta = candidate.fit(bundle, endpoint, [task])[0][endpoint].eta(x, bundle.code)[0]
    if whole:
        return eta
    day = np.array([float(ENDPOINTS[endpoint])])
    return np.log(cumulative_hazard(eta, bundle.edges[endpoint], day))[:, 0]


if __name__ == "__main__":
    main()
