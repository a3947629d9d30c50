"""Overlap in part: therapies given to everybody, to some, to nobody, depending on two declared confounders.

    python benchmarks/effects_overlap.py [--cases slope,corner,step] [--seeds 0-19] [--who-only]

Trials of `simulated_trials.py` (linear effects), 1,000 patients, the therapy assigned by a rule that leaves
no overlap in part of the patients: a steep slope in x1; a corner (x1 above 0.5 and x7: nearly all get the new
one); a step of x1 on either side. A comparison must abstain there and answer elsewhere. `--who-only`:
who is abstained from, without the effects. Prints Markdown.
"""

import argparse

import numpy as np
from simulated_trials import HORIZON, NAMES, SCALE, SHAPE, Trial, draw, expit, risks

from oncoloom.response.bundle import make_bundle
from oncoloom.response.datamodule import to_arrays
from oncoloom.response.effects.comparing import individual_differences
from oncoloom.response.effects.estimating import estimate_effects
from oncoloom.response.effects.overlap import MIN_INSIDE, inside
from oncoloom.response.effects.propensity import fit_propensity
from oncoloom.response.one_thread import one_thread

CONFOUNDERS = ("x1", "x7")


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cases", default="slope,corner,step")
    parser.add_argument("--seeds", default="0-19")
    parser.add_argument("--who-only", action="store_true")
    options = parser.parse_args()
    first, last = (int(word) for word in options.seeds.split("-"))
    with one_thread():
        for case in options.cases.split(","):
            report(case, range(first, last + 1), who_only=options.who_only)


def chance(case, x):
    """(n,) true chance of the new arm."""
    if case == "slope":
        return expit(2.2 * x[:, 0])
    if case == "corner":
        return np.where((x[:, 0] > 0.5) & (x[:, 6] > 0.5), 0.98, 0.45)
    return np.where(x[:, 0] > 1, 0.97, np.where(x[:, 0] < -1, 0.03, 0.5))


def assigned(case, seed):
    """A linear trial in which the arm depends on the rule."""
    both = draw("linear", seed)
    rng = np.random.default_rng([seed, 77])
    share = chance(case, both.x)
    arm = (rng.random(len(share)) < share).astype(float)
    main_, log_ratio = risks("linear", both.x)
    died = SCALE * (rng.exponential(size=len(arm)) / np.exp(main_ + arm * log_ratio)) ** (1 / SHAPE)
    censored = rng.uniform(250, 1300, len(arm))
    time = np.maximum(np.ceil(np.minimum(died, censored)), 1)
    event = (died <= censored).astype(float)
    return Trial(case, both.x, arm, time, event, both.effect, randomized=False), share


class _Effects:
    def __init__(self, bundle, effects):
        self.effects, self.therapies = effects, bundle.therapies


def who(case, seed):
    """Patients inside, by the propensity that a new patient is judged by."""
    trial, share = assigned(case, seed)
    bundle = make_bundle(to_arrays(trial.frame()), "os", NAMES, ())
    x = bundle.inputs(np.ones(len(bundle.arrays), dtype=bool))
    columns = np.array(sorted(c for s in CONFOUNDERS for c in bundle.design.columns_of(s)))
    told, truly = inside(fit_propensity(x, columns, bundle.groups, trial.arm > 0)(x)), inside(share)
    return {
        "truly outside": 1 - truly.mean(),
        "abstained, of those truly outside": 1 - told[~truly].mean(),
        "answered, of those truly inside": told[truly].mean(),
        "fewer than half inside: no comparison at all": float(told.mean() < MIN_INSIDE),
    }


def one_trial(case, seed):
    trial, share = assigned(case, seed)
    bundle = make_bundle(to_arrays(trial.frame()), "os", NAMES, NAMES)
    effects = estimate_effects(
        bundle, horizons=(int(HORIZON),), randomized=False, adjust_for=CONFOUNDERS, seed=seed
    )
    known = effects.find("new", "old", "os", int(HORIZON))
    truly = inside(share)
    out = {"truly outside": 1 - truly.mean(), "found inside": known.share_inside}
    if known.average is None:
        return out | {"whole comparison abstained": 1.0}
    x = bundle.inputs(np.ones(len(bundle.arrays), dtype=bool))
    propensity = effects.propensities[(known.first, known.second)]
    told = inside(propensity(x))
    middle = -individual_differences(_Effects(bundle, effects), x, known, "new")[2]
    error = middle - trial.effect
    truth = -trial.effect[told].mean()
    return out | {
        "whole comparison abstained": 0.0,
        "abstained, of those truly outside": 1 - told[~truly].mean(),
        "answered, of those truly inside": told[truly].mean(),
        "error of the effect (PEHE), answered": np.sqrt(np.mean(error[told] ** 2)),
        "error had all been answered": np.sqrt(np.mean(error**2)),
        "bias of the average among those answered": known.average.difference - truth,
        "its interval holds the truth": float(known.average.lower <= truth <= known.average.upper),
    }


def report(case, seeds, *, who_only):
    rows = [who(case, seed) if who_only else one_trial(case, seed) for seed in seeds]
    names = dict.fromkeys(name for row in rows for name in row)
    print(f"\n### {case}, {len(rows)} trials of 1,000\n\n| | mean | se |\n|---|---|---|")
    for name in names:
        values = np.array([row[name] for row in rows if name in row], dtype=float)
        error = values.std(ddof=1) / np.sqrt(len(values)) if len(values) > 1 else float("nan")
        print(f"| {name} | {values.mean():.3f} | {error:.3f} |", flush=True)


if __name__ == "__main__":
    main()
