"""Comparison of treatments: simulated trials with known effects, and the colon trial.

    python benchmarks/treatment_effects.py simulated [--cases linear,nonlinear,…] [--seeds 0-7] [--no-forest]
        [--keep FILE]    trials are added to FILE as lines of JSON; what is printed is of all that it holds
        [--light]        one repeat of the folds and no split halves: a third of the time, no reliability
    python benchmarks/treatment_effects.py average [--seeds 0-39]
    python benchmarks/treatment_effects.py colon --shared DIR

Each runs alone, one process, one thread, a line per piece; prints Markdown. OAK: effects_oak.py; overlap in
part: effects_overlap.py.
"""

import argparse
import csv
import json
import time
from pathlib import Path

import numpy as np
from simulated_trials import HORIZON, NAMES, draw
from tuned_t_learners import t_learner

from oncoloom.response.bundle import make_bundle
from oncoloom.response.datamodule import to_arrays
from oncoloom.response.effects import endpoint_comparisons
from oncoloom.response.effects.comparing import individual_differences
from oncoloom.response.effects.estimating import REPEATS, estimate_effects
from oncoloom.response.model import Z90
from oncoloom.response.one_thread import one_thread

CONFOUNDERS = ("x1", "x7")


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=["simulated", "average", "colon"])
    parser.add_argument("--cases", default="linear,nonlinear,null,confounded,no_overlap")
    parser.add_argument("--seeds", default="0-7")
    parser.add_argument("--no-forest", action="store_true")
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--light", action="store_true")
    parser.add_argument("--shared", type=Path)
    options = parser.parse_args()
    with one_thread():
        if options.what == "simulated":
            first, last = (int(word) for word in options.seeds.split("-"))
            for case in options.cases.split(","):
                seeds = range(first, last + 1)
                simulated(case, seeds, forest=not options.no_forest, keep=options.keep, light=options.light)
        elif options.what == "average":
            first, last = (int(word) for word in options.seeds.split("-"))
            average_bias(range(first, last + 1))
        else:
            colon(options.shared)


class _Effects:
    """What `individual_differences` reads of a model, without the outcome models of a whole training."""

    def __init__(self, bundle, effects):
        self.effects, self.therapies = effects, bundle.therapies


def simulated(case, seeds, *, forest, keep, light):
    if light:
        endpoint_comparisons.SPLITS = 0
    rows = []
    for seed in seeds:
        trial = draw(case, seed)
        started = time.process_time()
        bundle = make_bundle(to_arrays(trial.frame()), "os", NAMES, NAMES)
        declared = {"randomized": trial.randomized, "adjust_for": () if trial.randomized else CONFOUNDERS}
        effects = estimate_effects(
            bundle, horizons=(int(HORIZON),), seed=seed, repeats=1 if light else REPEATS, **declared
        )
        row = {"seconds": time.process_time() - started} | _against_truth(bundle, effects, trial)
        if trial.randomized and case != "null":
            for kind in ("cox", "forest") if forest else ("cox",):
                estimate, _ = t_learner(kind, trial, HORIZON, seed)
                row[f"T-{kind}"] = _rmse(estimate, trial.effect)
        rows.append(row)
        if keep:
            with keep.open("a", encoding="utf-8") as handle:
                handle.write(json.dumps({"case": case, "seed": seed} | row, default=float) + "\n")
    if keep:
        known = [json.loads(line) for line in keep.read_text(encoding="utf-8").splitlines()]
        rows = [
            {k: v for k, v in row.items() if k not in ("case", "seed")}
            for row in known
            if row["case"] == case
        ]
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
