"""Nested cross-validation: penalties and champion are chosen on inner folds, judged on outer ones.

The out-of-fold predictions of the outer folds, made by every candidate on the same rows, then serve as the
folds on which the final champion is chosen, calibrated and conformalized. Whatever is judged is judged as it
would be served: survival with slopes by time where they help (`as_served`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from oncoloom.logs import logger
from oncoloom.response.as_served import as_served
from oncoloom.response.bundle import Bundle
from oncoloom.response.candidates import candidates_for, combine
from oncoloom.response.datamodule import BoolArray, FloatArray, IntArray
from oncoloom.response.fit_tasks import Fits, FitTask, point_weights
from oncoloom.response.metrics import roc_auc
from oncoloom.response.penalties import Penalty
from oncoloom.response.search import Method, choose_penalty
from oncoloom.response.selection import CandidateScore, Choice, choose
from oncoloom.response.splits import outer_folds
from oncoloom.response.survival_metrics import integrated_brier
from oncoloom.response.timegrid import cumulative_hazard

INNER_FOLDS = 5
INNER_STEPS, OUTER_STEPS = 150, 300
INNER_TREES, OUTER_TREES = 40, 80
MANY_ROWS = (
    5000  # above: inner folds choose penalties only, no champion (it is the rule's check, and costs most)
)


@dataclass(frozen=True, slots=True)
class NestedResult:
    """Everything that nested cross-validation says.

    Attributes
    ----------
    out_of_fold
        Candidate to endpoint to (n, K) eta for the therapy received, each row predicted by a model that did
        not see it (mean over repeats of the outer folds).
    folds
        (repeats, n) outer folds.
    outer_scores
        Candidate to scores on the outer folds, the evidence for the final choice.
    choices
        What the inner folds chose in each outer fold; empty above 5,000 rows.
    penalties
        Chosen on each outer training set.
    """

    out_of_fold: dict[str, dict[str, FloatArray]]
    folds: IntArray
    outer_scores: dict[str, FloatArray]
    choices: tuple[Choice, ...]
    penalties: tuple[Penalty, ...]


def fold_score(bundle: Bundle, endpoint: str, eta: FloatArray, rows: BoolArray) -> float:
    """AUC (response) or minus the integrated Brier score (survival) on `rows`; NaN if not assessable."""
    rows = rows & bundle.known(endpoint)
    event, time = bundle.arrays.event[endpoint][rows], bundle.arrays.time[endpoint][rows]
    if endpoint == "response":
        value = roc_auc(eta[rows, 0], event)
    else:
        edges = bundle.edges[endpoint]
        days = edges[1:-1] if len(edges) > 2 else edges[1:]
        survival = np.exp(-cumulative_hazard(eta[rows], edges, days))
        brier = integrated_brier(time, event, survival, days)
        value = None if brier is None else -brier
    return float("nan") if value is None else value


def run_nested(
    bundle: Bundle, *, n_folds: int, repeats: int, seed: int, search: Method = "grid", check_rule: bool = True
) -> NestedResult:
    """Nested cross-validation of all candidates for the bundle's first endpoint.

    `check_rule`: also let the inner folds choose a champion in each outer fold, as evidence of the rule.
    """
    endpoint = bundle.endpoints[0]
    folds = np.stack([outer_folds(bundle, endpoint, n_folds=n_folds, seed=seed + r) for r in range(repeats)])
    plan = _plan(bundle, folds, n_folds, seed, search, check_rule=check_rule)
    out_of_fold: dict[str, dict[str, FloatArray]] = {}
    outer_scores: dict[str, FloatArray] = {}
    inner_scores: dict[str, list[list[float]]] = {}
    competing = candidates_for(bundle)
    kept: dict[str, Fits] = {}
    for candidate in competing:
        if candidate.parts:
            fits = combine([kept[name] for name in candidate.parts])
        else:
            fits = candidate.fit(bundle, endpoint, [*plan.inner_tasks, *plan.outer_tasks])
        if any(candidate.name in one.parts for one in competing):
            kept[candidate.name] = fits
        inner_scores[candidate.name] = _inner_scores(bundle, fits, plan)
        etas, judged = _judge_held_out(bundle, fits[len(plan.inner_tasks) :], plan.outer_tasks, folds)
        out_of_fold[candidate.name], outer_scores[candidate.name] = etas, judged
        shown = f"{np.nanmean(judged):.4f}" if np.isfinite(judged).any() else "not assessable"
        logger.info("nested folds: %s, mean outer score %s", candidate.name, shown)
    choices = tuple(
        choose([CandidateScore(c.name, c.rank, np.array(inner_scores[c.name][k])) for c in competing])
        for k in range(len(plan.checked))
    )
    return NestedResult(out_of_fold, folds, outer_scores, choices, plan.penalties)


@dataclass(frozen=True, slots=True)
class _Plan:
    """Every fit of a nested cross-validation.

    `checked` outer training sets (n,) with their inner folds (n,) also choose a champion, as evidence of the
    rule; `penalties` of every outer training set; outer tasks fold by fold, then the next repeat.
    """

    checked: tuple[tuple[BoolArray, IntArray], ...]
    penalties: tuple[Penalty, ...]
    inner_tasks: tuple[FitTask, ...]
    outer_tasks: tuple[FitTask, ...]


def _plan(
    bundle: Bundle, folds: IntArray, n_folds: int, seed: int, search: Method, *, check_rule: bool
) -> _Plan:
    endpoint = bundle.endpoints[0]
    trains = [fold_of != f for fold_of in folds for f in range(n_folds)]
    inner = [
        outer_folds(bundle, endpoint, n_folds=INNER_FOLDS, seed=seed + 1000 + i) for i in range(len(trains))
    ]
    penalties = tuple(
        choose_penalty(bundle, endpoint, train, inner[i], method=search, seed=seed + i)
        for i, train in enumerate(trains)
    )
    outer_tasks = tuple(
        FitTask(bundle.inputs(train), point_weights(train), penalty, seed + i, OUTER_STEPS, OUTER_TREES)
        for i, (train, penalty) in enumerate(zip(trains, penalties, strict=True))
    )
    # selection runs on one repeat of the outer folds; further repeats sharpen the calibration
    n_checked = n_folds if check_rule and len(bundle.arrays) <= MANY_ROWS else 0
    checked = tuple(zip(trains[:n_checked], inner[:n_checked], strict=True))
    inner_tasks = []
    for i, (train, inner_of) in enumerate(checked):
        for fold in range(INNER_FOLDS):
            rows = train & (inner_of != fold)
            x, weights, luck = bundle.inputs(rows), point_weights(rows), seed + 7 * i + fold
            inner_tasks.append(FitTask(x, weights, penalties[i], luck, INNER_STEPS, INNER_TREES))
    return _Plan(checked, penalties, tuple(inner_tasks), outer_tasks)


def _inner_scores(bundle: Bundle, fits: Fits, plan: _Plan) -> list[list[float]]:
    """Scores of the inner folds of each checked outer training set; `fits` begin with those of them."""
    endpoint = bundle.endpoints[0]
    out = []
    for k, (train, inner) in enumerate(plan.checked):
        eta = np.zeros_like(bundle.events[endpoint])
        held_out = [train & (inner == fold) for fold in range(INNER_FOLDS)]
        for fold, rows in enumerate(held_out):
            at = k * INNER_FOLDS + fold
            x = plan.inner_tasks[at].x[rows]
            eta[rows] = fits[at][endpoint].eta(x, bundle.code[rows]).mean(axis=0)
        eta = as_served(bundle, endpoint, eta, inner, train)
        out.append([fold_score(bundle, endpoint, eta, rows) for rows in held_out])
    return out


def _judge_held_out(
    bundle: Bundle, fits: Fits, tasks: Sequence[FitTask], folds: IntArray
) -> tuple[dict[str, FloatArray], FloatArray]:
    """Endpoint to (n, K) out-of-fold eta as fitted, mean over repeats; each outer fold's score as served.

    Fits and tasks stand fold by fold, then the next repeat of `folds` (repeats, n).
    """
    endpoint = bundle.endpoints[0]
    n_folds = len(fits) // len(folds)
    etas = {name: np.zeros_like(bundle.events[name]) for name in fits[-1]}
    scores = []
    for r, fold_of in enumerate(folds):
        one = {name: np.zeros_like(eta) for name, eta in etas.items()}
        for f in range(n_folds):
            fit, x, rows = fits[r * n_folds + f], tasks[r * n_folds + f].x, fold_of == f
            for name, predictor in fit.items():
                one[name][rows] = predictor.eta(x[rows], bundle.code[rows]).mean(axis=0)
        for name in etas:
            etas[name] += one[name] / len(folds)
        served = as_served(bundle, endpoint, one[endpoint], fold_of)
        scores += [fold_score(bundle, endpoint, served, fold_of == f) for f in range(n_folds)]
    return etas, np.array(scores)
