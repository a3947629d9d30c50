"""Simulated trials whose individual effects are known: survival under two arms, ten covariates.

Imported by `treatment_effects.py`. Times are Weibull in days, the effect is the difference of 12-month
survival, arm "new" minus arm "old". Seeds 0 to 99 judge (0 to 19 were looked at before corners were built, 20
to 39 once after); whoever tunes takes seeds from 100 on.
"""

from dataclasses import dataclass

import numpy as np

HORIZON = 365.0
SHAPE, SCALE = 1.2, 480.0
NAMES = tuple(f"x{i}" for i in range(1, 11))


@dataclass(frozen=True)
class Trial:
    """One draw: covariates (n, 10), arm (n,) 0/1, time in days, event 0/1, and the true effect."""

    case: str
    x: np.ndarray
    arm: np.ndarray
    time: np.ndarray
    event: np.ndarray
    effect: np.ndarray
    randomized: bool

    def frame(self):
        """As a cohort table."""
        from oncoloom.response.scorer import cohort_from_columns

        n = len(self.arm)
        columns = {
            "patient_id": [f"S{i:05d}" for i in range(n)],
            "cohort_name": [self.case] * n,
            "tumor_type": ["NSCLC"] * n,
            "therapy": ["new" if a else "old" for a in self.arm],
            "therapy_class": ["class new" if a else "class old" for a in self.arm],
            "os_days": [float(v) for v in self.time],
            "os_event": [int(v) for v in self.event],
        }
        columns |= {name: [float(v) for v in self.x[:, j]] for j, name in enumerate(NAMES)}
        return cohort_from_columns(columns)


def draw(case, seed, n=1000):
    """A trial of one case: linear, no_overlap, confounded, null, or one of the forms of `risks`."""
    rng = np.random.default_rng([seed, len(case)])
    x = rng.normal(size=(n, 10))
    x[:, 6:8] = rng.random((n, 2)) < 0.5
    x[:, 8:] = rng.random((n, 2)) < 0.25
    main, log_ratio = risks(case, x)
    share = {"confounded": expit(1.1 * x[:, 0] + 0.6 * x[:, 6] - 0.3), "no_overlap": expit(6 * x[:, 0])}
    arm = (rng.random(n) < share.get(case, np.full(n, 0.5))).astype(float)
    base = (HORIZON / SCALE) ** SHAPE
    effect = np.exp(-base * np.exp(main + log_ratio)) - np.exp(-base * np.exp(main))
    hazard = np.exp(main + arm * log_ratio)
    died = SCALE * (rng.exponential(size=n) / hazard) ** (1 / SHAPE)
    censored = rng.uniform(250, 1300, n)
    time = np.maximum(np.ceil(np.minimum(died, censored)), 1)
    return Trial(case, x, arm, time, (died <= censored).astype(float), effect,
                 case not in {"confounded", "no_overlap"})  # fmt: skip


def risks(case, x):
    """Log hazard of the old arm and log hazard ratio of the new one, (n,) each."""
    main = 0.5 * x[:, 0] - 0.35 * x[:, 1] + 0.3 * x[:, 2] + 0.4 * (x[:, 6] - 0.5)
    if case == "null":
        return main, np.zeros(len(x))
    if case == "tree":
        right = np.where(x[:, 1] > 0, -0.9, -0.1)
        return main, np.where(x[:, 0] > 0, right, np.where(x[:, 7] > 0.5, 0.3, -0.3))
    if case == "smooth":
        main = main + 0.3 * np.cos(2 * x[:, 3])
        return main, -0.3 + 0.5 * np.sin(1.5 * x[:, 0]) + 0.25 * (x[:, 2] ** 2 - 1)
    if case == "subgroup":
        return main, -0.15 - 1.2 * ((x[:, 0] > 0.5) & (x[:, 1] < 0.3))
    if case == "line_and_step":
        return main, -0.3 - 0.25 * x[:, 0] - 0.6 * ((x[:, 2] > 0.5) - 0.3)
    if case == "nonlinear":
        main = main + 0.3 * (x[:, 3] ** 2 - 1) + 0.3 * np.sin(2 * x[:, 4])
        low = (x[:, 0] > 0.2) & (x[:, 6] > 0.5)
        return main, -0.25 - 0.9 * low + 0.6 * (np.abs(x[:, 1]) > 1) - 0.4 * np.tanh(2 * x[:, 2])
    return main, -0.35 - 0.25 * x[:, 0] + 0.2 * x[:, 3] - 0.2 * (x[:, 7] - 0.5)


def expit(value):
    return 1 / (1 + np.exp(-value))
