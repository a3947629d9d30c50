"""Search of penalties on inner folds: all of a small grid, or Optuna's proposals in the same ranges.

The score is the summed negative log-likelihood of the judged endpoint on inner held-out rows, of the model as
it would be served (slopes by time included): it sees more than an AUC does. Twelve settings are enough; a
wide search over architectures finds noise.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal

import numpy as np

from oncoloom.errors import ConfigError
from oncoloom.response.as_served import as_served
from oncoloom.response.baselines.linear import estimate_interaction_penalty
from oncoloom.response.bundle import Bundle
from oncoloom.response.candidates import CANDIDATE_BY_NAME
from oncoloom.response.datamodule import BoolArray, FloatArray, IntArray
from oncoloom.response.fit_tasks import FitTask, linear_problem, point_weights
from oncoloom.response.penalties import (
    EMPIRICAL_RIDGE,
    LASSO_GRID,
    NETWORK_LINEAR_GRID,
    RIDGE_GRID,
    VARYING_GRID,
    Penalty,
    output_grid,
)

Method = Literal["grid", "optuna"]
TRIALS, AT_ONCE = 12, 4
STEPS = 150
NETWORK_FOLDS = 3  # of the inner five: its fits are the dear ones
MIN_SEARCHED = 300  # fewer rows: inner folds of the network's settings would only find noise


def deviance(bundle: Bundle, endpoint: str, eta: FloatArray, rows: BoolArray) -> float:
    """Summed negative log-likelihood on `rows`."""
    exposure, events = bundle.exposure[endpoint][rows], bundle.events[endpoint][rows]
    return float((exposure * np.logaddexp(0.0, eta[rows]) - events * eta[rows]).sum())


def choose_penalty(
    bundle: Bundle,
    endpoint: str,
    train: BoolArray,
    inner: IntArray,
    *,
    method: Method = "grid",
    seed: int = 0,
) -> Penalty:
    """Interactions by empirical Bayes on the training rows, the others by inner-fold deviance beside them.

    Whether the network's effects may change with time is asked last, beside its other penalties.

    Raises
    ------
    ConfigError
        If Optuna is asked for and not installed.
    """
    folds = _InnerFolds(bundle, endpoint, train, inner, seed)
    base = _ridge(folds)
    base = _best(folds, "elastic_net", [replace(base, lasso=value) for value in LASSO_GRID])
    if int((train & bundle.known(endpoint)).sum()) < MIN_SEARCHED:
        return base
    base = _ask_optuna(folds, base) if method == "optuna" else _best(folds, "network", _grid(bundle, base))
    if bundle.events[endpoint].shape[1] < 2:
        return base
    return _best(folds, "network", [replace(base, network_varying=value) for value in VARYING_GRID])


def choose_ridge(bundle: Bundle, endpoint: str, train: BoolArray, inner: IntArray) -> Penalty:
    """What :func:`choose_penalty` finds for the candidate ridge, the others left at their defaults."""
    return _ridge(_InnerFolds(bundle, endpoint, train, inner, 0))


def _ridge(folds: "_InnerFolds") -> Penalty:
    bundle, endpoint = folds.bundle, folds.endpoint
    problem = linear_problem(bundle, endpoint, bundle.inputs(folds.train))
    held_in = np.asarray(folds.train, dtype=np.float64)[:, None]
    problem = replace(problem, exposure=problem.exposure * held_in, events=problem.events * held_in)
    interaction = estimate_interaction_penalty(problem, bundle.design.penalties, ridge=EMPIRICAL_RIDGE)
    return _best(folds, "ridge", [Penalty(value, interaction) for value in RIDGE_GRID])


def _grid(bundle: Bundle, base: Penalty) -> list[Penalty]:
    return [
        replace(base, network_linear=linear, network_output=output)
        for linear in NETWORK_LINEAR_GRID
        for output in output_grid(len(bundle.arrays))
    ]


def _best(folds: "_InnerFolds", candidate: str, settings: Sequence[Penalty]) -> Penalty:
    losses = folds.losses(candidate, settings)
    return settings[int(np.argmin(losses))]


class _InnerFolds:
    """The inner folds of one training set; inputs are standardized once a fold."""

    def __init__(self, bundle: Bundle, endpoint: str, train: BoolArray, inner: IntArray, seed: int) -> None:
        self.bundle, self.endpoint, self.seed = bundle, endpoint, seed
        self.train, self.inner = train, inner
        self.parts = []
        for fold in np.unique(inner[train]):
            fit_rows = train & (inner != fold)
            self.parts.append((bundle.inputs(fit_rows), fit_rows, train & (inner == fold)))

    def losses(self, candidate: str, settings: Sequence[Penalty]) -> FloatArray:
        """(len(settings),) deviance of the held-out rows, as served; all fits in one call."""
        parts = self.parts[:NETWORK_FOLDS] if candidate == "network" else self.parts
        tasks = [
            FitTask(x, point_weights(fit_rows), penalty, self.seed, STEPS)
            for penalty in settings
            for x, fit_rows, _ in parts
        ]
        fits = CANDIDATE_BY_NAME[candidate].fit(self.bundle, self.endpoint, tasks)
        judged = np.any([held_out for _, _, held_out in parts], axis=0)
        out = np.empty(len(settings))
        for k in range(len(settings)):
            eta = np.zeros_like(self.bundle.events[self.endpoint])
            for fit, (x, _, held_out) in zip(fits[k * len(parts) : (k + 1) * len(parts)], parts, strict=True):
                eta[held_out] = fit[self.endpoint].eta(x[held_out], self.bundle.code[held_out])[0]
            eta = as_served(self.bundle, self.endpoint, eta, self.inner, judged)
            out[k] = deviance(self.bundle, self.endpoint, eta, judged)
        return out


def _ask_optuna(folds: _InnerFolds, base: Penalty) -> Penalty:
    """Twelve proposals of Optuna's tree-structured Parzen estimator, four fitted at once."""
    optuna = _optuna()
    sampler = optuna.samplers.TPESampler(
        seed=folds.seed % 2**31, n_startup_trials=AT_ONCE, constant_liar=True
    )
    study = optuna.create_study(sampler=sampler)
    outputs = output_grid(len(folds.bundle.arrays))
    ranges = {
        "network_linear": (NETWORK_LINEAR_GRID[0], NETWORK_LINEAR_GRID[-1]),
        "network_output": (outputs[0], outputs[-1]),
    }
    for _ in range(TRIALS // AT_ONCE):
        trials = [study.ask() for _ in range(AT_ONCE)]
        asked = [
            {name: float(one.suggest_float(name, *ends, log=True)) for name, ends in ranges.items()}
            for one in trials
        ]
        losses = folds.losses("network", [replace(base, **values) for values in asked])
        for one, loss in zip(trials, losses, strict=True):
            study.tell(one, float(loss))
    return replace(base, **study.best_params)


def _optuna() -> Any:
    try:
        import optuna
    except ImportError as error:
        raise ConfigError(
            "training.search is `optuna`, which is not installed", record="training.search",
            remedy="pip install 'oncoloom[search]', or use `grid`: it tries all twelve settings",
        ) from error  # fmt: skip
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    return optuna
