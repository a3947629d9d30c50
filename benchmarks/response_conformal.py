"""Coverage of 90 % outcome sets and survival lower bounds in simulation, class by class.

    python benchmarks/response_conformal.py [--runs 20]

Each run: 1,000 patients train a ridge model with five cross-fitted folds, 5,000 others are judged. The
response is logistic in eight covariates, survival Weibull with censoring that depends on the first of them.
Prints Markdown; about ten seconds.
"""

import argparse

import numpy as np

from oncoloom.response.baselines.linear import LinearProblem, fit_linear
from oncoloom.response.conformal import fit_event_share, fit_outcome_sets
from oncoloom.response.evaluate import set_figures
from oncoloom.response.one_thread import one_thread
from oncoloom.response.timegrid import cumulative_hazard, exposure_and_events, survival_quantile, time_edges

N_TRAIN, N_TEST, FOLDS = 1000, 5000, 5
NONE = np.zeros(0, dtype=np.int64)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=20)
    options = parser.parse_args()
    sets, bounds = [], []
    with one_thread():
        for run in range(options.runs):
            rng = np.random.default_rng(run)
            sets.append(response_run(rng))
            bounds.append(survival_run(rng))
    print(f"{options.runs} runs, {N_TRAIN} train, {N_TEST} judged")
    print("\n| what | mean | sd of runs |\n|---|---|---|")
    for key in sets[0]:
        values = [one[key] for one in sets]
        print(f"| {key.replace('_', ' ')} | {np.mean(values):.3f} | {np.std(values, ddof=1):.3f} |")
    for k, name in enumerate(("lower bound of survival time, coverage", "the same, worst sixth by risk")):
        values = [one[k] for one in bounds]
        print(f"| {name} | {np.mean(values):.3f} | {np.std(values, ddof=1):.3f} |")


def fit_and_cross_fit(x, exposure, events):
    problem = LinearProblem(x, np.zeros((len(x), 0)), exposure, events, NONE, ())
    folds = np.arange(len(x)) % FOLDS
    held_out = np.zeros(events.shape)
    weights = np.concatenate(
        [np.ones((1, len(x))), *[(folds != f).astype(float)[None] for f in range(FOLDS)]]
    )
    fitted = fit_linear(problem, np.ones(x.shape[1]), ridge=10.0, interaction=2000.0, weights=weights)
    eta = fitted.eta(x, problem.code)
    for f in range(FOLDS):
        held_out[folds == f] = eta[1 + f][folds == f]
    return fitted, held_out


def response_run(rng):
    x = rng.normal(size=(N_TRAIN + N_TEST, 8))
    logit = -0.9 + x @ [0.8, -0.6, 0.4, 0.2, 0, 0, 0, 0]
    y = (rng.random(len(x)) < 1 / (1 + np.exp(-logit))).astype(float)
    train, test = x[:N_TRAIN], x[N_TRAIN:]
    fitted, held_out = fit_and_cross_fit(train, np.ones((N_TRAIN, 1)), y[:N_TRAIN, None])
    rule = fit_outcome_sets(held_out[:, 0], y[:N_TRAIN])
    score = fitted.eta(test, np.zeros((N_TEST, 0)))[0, :, 0]
    return set_figures(rule.sets(score), y[N_TRAIN:])


def survival_run(rng):
    x = rng.normal(size=(N_TRAIN + N_TEST, 8))
    risk = x @ [0.6, 0.4, -0.3, 0, 0, 0, 0, 0]
    death = 500 * (rng.exponential(size=len(x)) * np.exp(-risk)) ** (1 / 1.2)
    censoring = rng.exponential(900 * np.exp(0.3 * x[:, 0]))
    time, event = np.minimum(death, censoring), (death <= censoring).astype(float)
    a = slice(0, N_TRAIN)
    edges = time_edges(time[a], event[a])
    exposure, events = exposure_and_events(time[a], event[a], edges)
    fitted, held_out = fit_and_cross_fit(x[a], exposure, events)
    own = np.array([cumulative_hazard(held_out[i], edges, time[i : i + 1])[0] for i in range(N_TRAIN)])
    share = fit_event_share(-np.expm1(-own), time[a], event[a], np.zeros(N_TRAIN))
    eta = fitted.eta(x[N_TRAIN:], np.zeros((N_TEST, 0)))[0]
    bound = survival_quantile(eta, edges, np.full(N_TEST, share))
    lived = death[N_TRAIN:] >= bound
    worst = np.argsort(risk[N_TRAIN:])[-N_TEST // 6 :]
    return float(lived.mean()), float(lived[worst].mean())


if __name__ == "__main__":
    main()
