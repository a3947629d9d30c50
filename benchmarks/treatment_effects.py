"""Comparison of treatments: simulated trials with known effects, OAK, and the colon trial.

    python benchmarks/treatment_effects.py simulated [--cases linear,nonlinear,…] [--seeds 0-7] [--no-forest]
    python benchmarks/treatment_effects.py average [--seeds 0-39]
    python benchmarks/treatment_effects.py oak --cohort oak.parquet [--repeats 5] [--random-sets 20]
    python benchmarks/treatment_effects.py colon --shared DIR

Each runs alone, one process, one thread, a line per piece; prints Markdown. The OAK cohort is made by
`oncoloom cohort import csv patients.csv --variants variants.maf.gz --mapping config/mappings/oak.yaml`.
"""

import argparse
import csv
import time
from pathlib import Path

import numpy as np
from simulated_trials import HORIZON, NAMES, draw
from tuned_t_learners import t_learner

from oncoloom.response.bundle import make_bundle
from oncoloom.response.candidates import CANDIDATE_BY_NAME
from oncoloom.response.datamodule import read_cohorts, to_arrays, training_rows
from oncoloom.response.declare import declare
from oncoloom.response.effects.comparing import individual_differences
from oncoloom.response.effects.estimating import estimate_effects
from oncoloom.response.fit_tasks import FitTask, point_weights
from oncoloom.response.model import Z90
from oncoloom.response.one_thread import one_thread
from oncoloom.response.search import choose_penalty
from oncoloom.response.splits import outer_folds
from oncoloom.response.survival_metrics import concordance
from oncoloom.response.timegrid import cumulative_hazard

OAK_MODIFIERS = ("pdl1_positive", "pdl1_high", "btmb", "driver_EGFR", "smoking", "histology")
CONFOUNDERS = ("x1", "x7")


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=["simulated", "average", "oak", "colon"])
    parser.add_argument("--cases", default="linear,nonlinear,null,confounded,no_overlap")
    parser.add_argument("--seeds", default="0-7")
    parser.add_argument("--no-forest", action="store_true")
    parser.add_argument("--cohort", type=Path)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--random-sets", type=int, default=0)
    parser.add_argument("--shared", type=Path)
    options = parser.parse_args()
    with one_thread():
        if options.what == "simulated":
            first, last = (int(word) for word in options.seeds.split("-"))
            for case in options.cases.split(","):
                simulated(case, range(first, last + 1), forest=not options.no_forest)
        elif options.what == "average":
            first, last = (int(word) for word in options.seeds.split("-"))
            average_bias(range(first, last + 1))
        elif options.what == "oak":
            oak(options.cohort, options.repeats, options.random_sets)
        else:
            colon(options.shared)


class _Effects:
    """What `individual_differences` reads of a model, without the outcome models of a whole training."""

    def __init__(self, bundle, effects):
        self.effects, self.therapies = effects, bundle.therapies


def simulated(case, seeds, *, forest):
    rows = []
    for seed in seeds:
        trial = draw(case, seed)
        started = time.process_time()
        bundle = make_bundle(to_arrays(trial.frame()), "os", NAMES, NAMES)
        declared = {"randomized": trial.randomized, "adjust_for": () if trial.randomized else CONFOUNDERS}
        effects = estimate_effects(bundle, horizons=(int(HORIZON),), seed=seed, **declared)
        row = {"seconds": time.process_time() - started} | _against_truth(bundle, effects, trial)
        if case in {"linear", "nonlinear"}:
            for kind in ("cox", "forest") if forest else ("cox",):
                estimate, _ = t_learner(kind, trial, HORIZON, seed)
                row[f"T-{kind}"] = _rmse(estimate, trial.effect)
        rows.append(row)
    names = [name for name in rows[0] if name != "said"]
    values = {name: np.array([row[name] for row in rows], dtype=float) for name in names}
    print(f"\n### {case}, {len(rows)} trials of 1,000\n\n| | mean | se |\n|---|---|---|")
    for name, value in values.items():
        error = value.std(ddof=1) / np.sqrt(len(value)) if len(value) > 1 else float("nan")
        print(f"| {name} | {np.nanmean(value):.3f} | {error:.3f} |", flush=True)
    peers = [values[name] for name in names if name.startswith("T-")]
    if peers:
        best = min(peers, key=np.mean)
        ratio = values["PEHE"].mean() / best.mean()
        print(f"\nPEHE over the best tuned T-learner: {ratio:.3f}")
    print("\nsaid:", "; ".join(sorted({row["said"] for row in rows})))


def average_bias(seeds):
    """Bias of the confounded case's average, adjusted and not; without modifiers only averages are fitted."""
    errors, plain, held, e_values = [], [], [], []
    for seed in seeds:
        trial = draw("confounded", seed)
        bundle = make_bundle(to_arrays(trial.frame()), "os", NAMES, ())
        effects = estimate_effects(
            bundle, horizons=(int(HORIZON),), randomized=False, adjust_for=CONFOUNDERS, seed=seed, repeats=1
        )
        known = effects.find("new", "old", "os", int(HORIZON))
        truth = -trial.effect.mean()
        errors.append(known.average.difference - truth)
        plain.append(known.unadjusted.difference - truth)
        held.append(known.average.lower <= truth <= known.average.upper)
        e_values.append(known.e_value)
    for name, values in (("adjusted", errors), ("unadjusted", plain)):
        error = np.std(values, ddof=1) / np.sqrt(len(values))
        print(f"{name}: bias {np.mean(values):+.4f} (se {error:.4f}), sd {np.std(values):.3f}")
    print(f"95 % interval holds the truth: {np.mean(held):.3f}; E-value, median {np.median(e_values):.2f}; "
          f"{len(errors)} trials")  # fmt: skip


def _against_truth(bundle, effects, trial):
    known = effects.find("new", "old", "os", int(HORIZON))
    if known.average is None:
        return {"abstained": 1.0, "share inside overlap": known.share_inside, "said": known.reason_apart}
    x = bundle.inputs(np.ones(len(bundle.arrays), dtype=bool))
    _, _, middle, spread = individual_differences(_Effects(bundle, effects), x, known, "new")
    survival = -middle  # of events to of survival
    return {
        "PEHE": _rmse(survival, trial.effect),
        "true sd": trial.effect.std(),
        "predicted sd": survival.std(),
        "90 % interval holds the truth": np.mean(np.abs(survival - trial.effect) <= Z90 * spread),
        "90 % interval holds 0": np.mean(np.abs(survival) <= Z90 * spread),
        "average minus truth": -known.average.difference - trial.effect.mean(),
        "unadjusted minus truth": -known.unadjusted.difference - trial.effect.mean(),
        "average's interval holds the truth": float(
            known.average.lower <= -trial.effect.mean() <= known.average.upper
        ),
        "rho": known.rho,
        "gate z": np.nan if known.gate_z is None else known.gate_z,
        "said": f"{known.source}",
    }


def _rmse(estimate, truth):
    return float(np.sqrt(np.mean((estimate - truth) ** 2)))


def oak(cohort, repeats, random_sets):
    arrays = to_arrays(training_rows(read_cohorts([cohort]))[0])
    print("\n### OAK, five-fold cross-validation, repeats averaged\n")
    for endpoint, day in (("os", 365), ("pfs", 183)):
        oak_endpoint(arrays, endpoint, day, OAK_MODIFIERS, repeats)
        if random_sets:
            random_modifiers(arrays, endpoint, day, random_sets)


def oak_endpoint(arrays, endpoint, day, modifiers, repeats, *, quiet=False):
    declared = declare(arrays, (), modifiers)
    bundle = make_bundle(arrays, endpoint, declared.features, declared.modifiers)
    bundle = _only(bundle, endpoint)
    found = []
    for repeat in range(repeats):
        effects = estimate_effects(
            bundle, horizons=(day,), randomized=True, adjust_for=(), seed=100 * repeat, repeats=1
        )
        found.append(effects.find("atezolizumab", "docetaxel", endpoint, day))
    if quiet:
        return float(np.mean([one.ratio for one in found]))
    print(f"**{endpoint}, {day} days** (differences of events, atezolizumab minus docetaxel)\n")
    print("| | mean over repeats |\n|---|---|")
    for name in ("ridge", "additive"):
        per_repeat, within, averaged = candidate_concordance(name, bundle, endpoint, day, repeats)
        print(f"| concordance of {name}: by repeat / within folds / repeats averaged | "
              f"{per_repeat:.4f} / {within:.4f} / {averaged:.4f} |")  # fmt: skip
    plain, average = found[0].unadjusted, found[0].average
    print(f"| observed difference (Kaplan-Meier) | {plain.difference:.3f} "
          f"({plain.lower:.3f} to {plain.upper:.3f}) |")  # fmt: skip
    print(f"| doubly robust difference | {average.difference:.3f} "
          f"({average.lower:.3f} to {average.upper:.3f}) |")  # fmt: skip
    _mean("predicted mean difference", [one.predicted_mean for one in found])
    _mean("predicted sd", [one.predicted_sd for one in found])
    held = [group.lower <= group.predicted <= group.upper for one in found for group in one.thirds]
    _mean("thirds with the prediction inside the observed interval", held)
    _mean("slope of observed on predicted benefit", [one.slope for one in found])
    _mean("its standard error", [one.slope_error for one in found])
    _mean("slope through the thirds", [_line(one.thirds) for one in found])
    _mean("hazard ratio per SD of arm x benefit", [one.ratio for one in found])
    _mean("standard error of its logarithm", [one.ratio_log_error for one in found])
    _mean("gate z", [one.gate_z for one in found])
    _mean("repeats with the gate open", [one.gate_z > 1 for one in found])
    _mean("reliability: posterior", [one.posterior_reliability for one in found])
    _mean("reliability: split halves", [one.split_half_reliability for one in found])
    print("\n| third (first repeat) | n | predicted | observed |\n|---|---|---|---|")
    for k, group in enumerate(found[0].thirds):
        print(f"| {k + 1} | {group.n} | {group.predicted:.3f} | {group.observed:.3f} "
              f"({group.lower:.3f} to {group.upper:.3f}) |", flush=True)  # fmt: skip
    return None


def _only(bundle, endpoint):
    from dataclasses import replace

    return replace(bundle, endpoints=(endpoint,))


def _mean(name, values):
    values = np.array(values, dtype=float)
    print(f"| {name} | {values.mean():.3f} |")


def _line(groups):
    return float(np.polyfit([g.predicted for g in groups], [g.observed for g in groups], 1)[0])


def candidate_concordance(name, bundle, endpoint, day, repeats):
    """Harrell's C of a candidate as training fits it, out of fold, under the therapy received."""
    arrays, candidate = bundle.arrays, CANDIDATE_BY_NAME[name]
    time_, event = arrays.time[endpoint], arrays.event[endpoint]
    risks, within = [], []
    for repeat in range(repeats):
        folds = outer_folds(bundle, endpoint, n_folds=5, seed=repeat)
        risk = np.zeros(len(arrays))
        for fold in range(5):
            train, test = folds != fold, folds == fold
            inner = outer_folds(bundle, endpoint, n_folds=5, seed=1000 + 5 * repeat + fold)
            penalty = choose_penalty(bundle, endpoint, train, inner)
            x = bundle.inputs(train)
            task = FitTask(x, point_weights(train), penalty, 0)
            eta = candidate.fit(bundle, endpoint, [task])[0][endpoint].eta(x[test], bundle.code[test])[0]
            risk[test] = np.log(cumulative_hazard(eta, bundle.edges[endpoint], np.array([float(day)])))[:, 0]
            within.append(concordance(time_[test], event[test], risk[test]))
        risks.append(risk)
    each = [concordance(time_, event, risk) for risk in risks]
    return np.mean(each), np.mean(within), concordance(time_, event, np.mean(risks, axis=0))


def random_modifiers(arrays, endpoint, day, n_sets):
    """What random sets of as many modifiers reach: the declared ones must be seen beside them."""
    rng = np.random.default_rng(0)
    offered = [name for name in declare(arrays, (), OAK_MODIFIERS).features if name != "tumor_type"]
    ratios = []
    for _ in range(n_sets):
        chosen = tuple(sorted(rng.choice(offered, len(OAK_MODIFIERS), replace=False)))
        ratios.append(oak_endpoint(arrays, endpoint, day, chosen, 1, quiet=True))
    limit = {"os": 0.85, "pfs": 0.91}[endpoint]
    shown = ", ".join(f"{value:.2f}" for value in sorted(ratios))
    print(f"\nRandom sets of {len(OAK_MODIFIERS)} modifiers, {endpoint}: mean {np.mean(ratios):.2f}, "
          f"{np.mean(np.array(ratios) <= limit):.0%} reach {limit}; {shown}", flush=True)  # fmt: skip


COLON_COVARIATES = ("sex", "age", "obstruct", "perfor", "adhere", "nodes", "differ", "extent", "surg")


def colon(shared):
    """Levamisole alone, and with 5-FU, against observation: averages, and no invented subgroup effects."""
    from oncoloom.response.cox import fit_cox
    from oncoloom.response.scorer import cohort_from_columns

    path = shared / "data/clinical/rct/colon.csv"
    with path.open(encoding="utf-8") as handle:
        rows = list(csv.DictReader(handle))
    patients = sorted({row["id"] for row in rows}, key=int)
    by = {(row["id"], row["etype"]): row for row in rows}
    first = [by[(name, "1")] for name in patients]
    columns = {
        "patient_id": [f"C{name}" for name in patients],
        "tumor_type": ["COAD"] * len(patients),
        "therapy": [row["rx"] for row in first],
        "therapy_class": [row["rx"] for row in first],
    }
    for name, kind in (("pfs", "1"), ("os", "2")):
        columns[f"{name}_days"] = [float(by[(one, kind)]["time"]) for one in patients]
        columns[f"{name}_event"] = [int(by[(one, kind)]["status"]) for one in patients]
    columns |= {
        f"colon_{name}": [float(row[name]) if row[name] else None for row in first]
        for name in COLON_COVARIATES
    }
    arrays = to_arrays(cohort_from_columns(columns))
    features = tuple(f"colon_{name}" for name in COLON_COVARIATES)
    bundle = make_bundle(arrays, "os", features, features)
    day = 1826
    effects = estimate_effects(bundle, horizons=(day,), randomized=True, adjust_for=(), seed=0)
    therapy = np.array(arrays.therapy)
    print("\n### Colon trial, 5 years (differences of events, treated minus observed only)\n")
    for arm in ("Lev", "Lev+5FU"):
        for endpoint, label in (("pfs", "recurrence"), ("os", "death")):
            known = effects.find(arm, "Obs", endpoint, day)
            rows_ = np.isin(therapy, ["Obs", arm])
            time_, event = arrays.time[endpoint][rows_], arrays.event[endpoint][rows_]
            ratio = fit_cox((therapy[rows_] == arm).astype(float)[:, None], time_, event).hazard_ratio(0)
            _print_colon(arm, label, known, ratio)


def _print_colon(arm, label, known, ratio):
    sign = 1 if known.first == arm else -1
    mean = sign * known.average.difference
    print(f"**{arm}, {label}**: hazard ratio {ratio[0]:.2f} ({ratio[1]:.2f} to {ratio[2]:.2f}); "
          f"Kaplan-Meier {sign * known.unadjusted.difference:+.3f}, doubly robust {mean:+.3f} "
          f"(se {known.average.standard_error:.3f}); gate z {known.gate_z:.1f}, rho {known.rho:.2f}, "
          f"slope {known.slope:.2f} (se {known.slope_error:.2f})\n")  # fmt: skip
    print("| fifth | n | predicted | observed |\n|---|---|---|---|")
    for k, group in enumerate(known.fifths):
        low, high = sorted((sign * group.lower, sign * group.upper))
        print(f"| {k + 1} | {group.n} | {sign * group.predicted:+.3f} | {sign * group.observed:+.3f} "
              f"({low:+.3f} to {high:+.3f}) |")  # fmt: skip
    print(flush=True)


if __name__ == "__main__":
    main()
