"""Peers of the effect models: T-learners (one survival model an arm), tuned on inner folds.

Imported by `treatment_effects.py`. Cox: a ridge discrete-time Cox model with its penalty; forest:
scikit-learn on person-period rows with its leaf size. Both are tuned by held-out deviance in five inner
folds of their arm.
"""

import numpy as np

from oncoloom.response.baselines.linear import LinearProblem, fit_linear
from oncoloom.response.timegrid import cumulative_hazard, exposure_and_events, time_edges

PENALTIES = (3.0, 10.0, 30.0, 60.0, 100.0, 200.0)
LEAVES = (15, 30, 60, 120)
N_TREES, TUNING_TREES = 200, 60
INNER = 5


def t_learner(kind, trial, day, seed=0):
    """(n,) difference of survival at `day`, new minus old, and what was tuned in each arm."""
    x = (trial.x - trial.x.mean(axis=0)) / trial.x.std(axis=0)
    survival, chosen = [], []
    for value in (1, 0):
        rows = trial.arm == value
        arm = _Arm(x[rows], trial.time[rows], trial.event[rows])
        grid = PENALTIES if kind == "cox" else LEAVES
        losses = [arm.held_out_deviance(kind, setting, seed) for setting in grid]
        best = grid[int(np.argmin(losses))]
        predict = arm.fit(kind, np.ones(rows.sum(), dtype=bool), best, seed, N_TREES)
        survival.append(np.exp(-cumulative_hazard(predict(x), arm.edges, np.array([day])))[:, 0])
        chosen.append(best)
    return survival[0] - survival[1], chosen


class _Arm:
    def __init__(self, x, time, event):
        self.x = x
        self.edges = time_edges(time, event)
        self.exposure, self.events = exposure_and_events(time, event, self.edges)
        self.fold = np.random.default_rng(1).permutation(len(x)) % INNER

    def held_out_deviance(self, kind, setting, seed):
        total = 0.0
        for fold in range(INNER):
            test = self.fold == fold
            eta = self.fit(kind, ~test, setting, seed, TUNING_TREES)(self.x[test])
            total += (self.exposure[test] * np.logaddexp(0, eta) - self.events[test] * eta).sum()
        return total

    def fit(self, kind, rows, setting, seed, n_trees):
        """A function of inputs (n, p) to logit hazards (n, K)."""
        if kind == "cox":
            problem = LinearProblem(
                self.x[rows], np.zeros((rows.sum(), 0)), self.exposure[rows], self.events[rows],
                np.zeros(0, dtype=np.int64), (),
            )  # fmt: skip
            ones = np.ones((1, rows.sum()))
            model = fit_linear(
                problem, np.ones(self.x.shape[1]), ridge=setting, interaction=1.0, weights=ones
            )
            return lambda x: model.eta(x, np.zeros((len(x), 0)))[0]
        return self._forest(rows, setting, seed, n_trees)

    def _forest(self, rows, leaf, seed, n_trees):
        from sklearn.ensemble import RandomForestClassifier

        patient, which = np.nonzero(self.exposure[rows] > 0)
        inputs = np.column_stack([self.x[rows][patient], which])
        model = RandomForestClassifier(
            n_estimators=n_trees, min_samples_leaf=leaf, max_features=0.5, random_state=seed, n_jobs=1
        )
        model.fit(
            inputs, self.events[rows][patient, which] > 0, sample_weight=self.exposure[rows][patient, which]
        )

        def predict(x):
            k = len(self.edges) - 1
            grid = np.column_stack([np.repeat(x, k, axis=0), np.tile(np.arange(k), len(x))])
            p = np.clip(model.predict_proba(grid)[:, 1], 1e-3, 1 - 1e-3)
            return np.log(p / (1 - p)).reshape(len(x), k)

        return predict
