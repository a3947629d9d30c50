"""Nested cross-validation: penalties and champion are chosen on inner folds, judged on outer ones.

The out-of-fold predictions of the outer folds, made by every candidate on the same rows, then serve as the
folds on which the final champion is chosen, calibrated and conformalized.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from oncoloom.logs import logger
from oncoloom.response.bundle import Bundle
from oncoloom.response.candidates import candidates_for, combine
from oncoloom.response.datamodule import BoolArray, FloatArray, IntArray
from oncoloom.response.fit_tasks import Fits, FitTask, point_weights
from oncoloom.response.metrics import roc_auc
from oncoloom.response.penalties import Penalty
from oncoloom.response.predictors import Predictor
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
    outer_sets = [(r, f) for r in range(repeats) for f in range(n_folds)]
    inner = [
        outer_folds(bundle, endpoint, n_folds=INNER_FOLDS, seed=seed + 1000 + i)
        for i in range(len(outer_sets))
    ]
    trains = [folds[r] != f for r, f in outer_sets]
    penalties = [
        choose_penalty(bundle, endpoint, train, inner[i], method=search, seed=seed + i)
        for i, train in enumerate(trains)
    ]
    outer_tasks = [
        FitTask(
            bundle.inputs(train),
            point_weights(train),
            p,
            seed + i,
            OUTER_STEPS,
            OUTER_TREES,
        )
        for i, (train, p) in enumerate(zip(trains, penalties, strict=True))
    ]
    checked = trains[:n_folds] if check_rule and len(bundle.arrays) <= MANY_ROWS else []
    inner_tasks, inner_rows = _inner_tasks(bundle, checked, inner, penalties, seed)
    held_out = [folds[r] == f for r, f in outer_sets]
    out_of_fold: dict[str, dict[str, FloatArray]] = {}
    outer_scores: dict[str, FloatArray] = {}
    inner_scores: dict[str, FloatArray] = {}
    competing = candidates_for(bundle)
    kept: dict[str, Fits] = {}
    for candidate in competing:
        if candidate.parts:
            fits = combine([kept[name] for name in candidate.parts])
        else:
            fits = candidate.fit(bundle, endpoint, [*inner_tasks, *outer_tasks])
        if any(candidate.name in one.parts for one in competing):
            kept[candidate.name] = fits
        scores = [
            fold_score(bundle, endpoint, fit[endpoint].eta(task.x, bundle.code).mean(axis=0), rows)
            for fit, task, rows in zip(fits, inner_tasks, inner_rows, strict=False)
        ]
        inner_scores[candidate.name] = np.array(scores).reshape(len(checked), INNER_FOLDS)
        outer_fits = fits[len(inner_tasks) :]
        etas, judged = _predict_held_out(bundle, outer_fits, outer_tasks, held_out, repeats)
        out_of_fold[candidate.name], outer_scores[candidate.name] = etas, judged
        shown = f"{np.nanmean(judged):.4f}" if np.isfinite(judged).any() else "not assessable"
        logger.info("nested folds: %s, mean outer score %s", candidate.name, shown)
    choices = tuple(
        choose([CandidateScore(c.name, c.rank, inner_scores[c.name][f]) for c in competing])
        for f in range(len(checked))
    )
    return NestedResult(out_of_fold, folds, outer_scores, choices, tuple(penalties))


def _predict_held_out(
    bundle: Bundle,
    fits: Sequence[dict[str, Predictor]],
    tasks: Sequence[FitTask],
    held_out: Sequence[BoolArray],
    repeats: int,
) -> tuple[dict[str, FloatArray], FloatArray]:
    """Endpoint to (n, K) out-of-fold eta, mean over repeats, and the score of each outer fold."""
    endpoint = bundle.endpoints[0]
    etas = {name: np.zeros((len(bundle.arrays), bundle.events[name].shape[1])) for name in fits[-1]}
    scores = []
    for fit, task, rows in zip(fits, tasks, held_out, strict=True):
        one = np.zeros_like(etas[endpoint])
        for name, predictor in fit.items():
            eta = predictor.eta(task.x[rows], bundle.code[rows]).mean(axis=0)
            etas[name][rows] += eta / repeats
            if name == endpoint:
                one[rows] = eta
        scores.append(fold_score(bundle, endpoint, one, rows))
    return etas, np.array(scores)


def _inner_tasks(
    bundle: Bundle,
    trains: Sequence[BoolArray],
    inner: Sequence[IntArray],
    penalties: Sequence[Penalty],
    seed: int,
) -> tuple[list[FitTask], list[BoolArray]]:
    """Selection runs on one repeat of the outer folds; further repeats sharpen the calibration."""
    tasks, rows = [], []
    for i, train in enumerate(trains):
        for fold in range(INNER_FOLDS):
            fit_rows = train & (inner[i] != fold)
            tasks.append(
                FitTask(
                    bundle.inputs(fit_rows),
                    point_weights(fit_rows),
                    penalties[i],
                    seed + 7 * i + fold,
                    INNER_STEPS,
                    INNER_TREES,
                )
            )
            rows.append(train & (inner[i] == fold))
    return tasks, rows
