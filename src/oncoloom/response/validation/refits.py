"""What only refitting tells: ablation of feature groups, the learning curve, tumor types never seen.

All by the outer folds of the training, with the penalties that were chosen on all rows.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from oncoloom.response.assemble import Champion
from oncoloom.response.bundle import Bundle
from oncoloom.response.candidates import CANDIDATE_BY_NAME
from oncoloom.response.datamodule import BoolArray, FloatArray
from oncoloom.response.feature_rules import DRIVER_PREFIX
from oncoloom.response.fit_tasks import FitTask, point_weights
from oncoloom.response.nested import INNER_STEPS, INNER_TREES, NestedResult, fold_score

GROUPS: dict[str, tuple[str, ...]] = {
    "mutational burden": ("tmb", "btmb", "max_somatic_af", "msi_score", "msi_status"),
    "genome": (
        "fraction_genome_altered", "hrd_sum", "hla_loh", "hla_evolutionary_divergence", "purity",
    ),
    "PD-L1": ("pdl1_tps", "pdl1_stratum", "pdl1_positive", "pdl1_high"),
    "blood": ("albumin_g_dl", "nlr", "hemoglobin_g_dl", "platelets_10e9_l"),
    "treatment history": ("prior_systemic_therapy", "prior_lines"),
    "tumor": ("tumor_type", "histology", "stage_iv", "sum_longest_diameters_mm", "metastatic_sites"),
    "person": ("age_years", "sex", "ecog", "bmi", "smoking", "pack_years"),
}  # fmt: skip
FRACTIONS = (0.2, 0.4, 0.6, 0.8, 1.0)
MAX_TYPES, MIN_TYPE_ROWS = 8, 20


def feature_group(source: str) -> str:
    """The group of a raw column in the ablation."""
    if source.startswith(DRIVER_PREFIX):
        return "driver genes"
    return next((name for name, sources in GROUPS.items() if source in sources), "the cohort's own")


def refits(bundle: Bundle, nested: NestedResult, champion: Champion, seed: int) -> dict[str, Any]:
    """Ablation, learning curve and leave-one-type-out of the champion on the judged endpoint."""
    return {
        "candidate": champion.choice.champion,
        "ablation": ablation(bundle, nested, champion, seed),
        "learning_curve": learning_curve(bundle, nested, champion, seed),
        "leave_one_type_out": leave_one_type_out(bundle, champion, seed),
    }


def ablation(bundle: Bundle, nested: NestedResult, champion: Champion, seed: int) -> list[dict[str, Any]]:
    """Score lost without each feature group: mean over outer folds, paired standard error."""
    folds = nested.folds[0]
    groups = sorted({feature_group(s) for s in bundle.design.sources if bundle.design.columns_of(s)})
    if len(groups) < 2:
        return []
    hidden: list[list[int]] = [[]]
    hidden += [
        [i for s in bundle.design.sources if feature_group(s) == g for i in bundle.design.columns_of(s)]
        for g in groups
    ]
    trains = [folds != fold for fold in np.unique(folds)]
    tasks, judged = [], []
    for columns in hidden:
        for train in trains:
            x = bundle.inputs(train)
            x[:, columns] = 0.0
            tasks.append((x, train))
            judged.append(~train)
    scores = _scores(bundle, champion.choice.champion, champion, tasks, judged, seed)
    scores = scores.reshape(len(hidden), len(trains))
    return [
        {"without": name, "score": _or_none(scores[k + 1].mean())} | _difference(scores[0] - scores[k + 1])
        for k, name in enumerate(groups)
    ]


def learning_curve(
    bundle: Bundle, nested: NestedResult, champion: Champion, seed: int
) -> dict[str, list[dict[str, Any]]]:
    """Outer-fold score of the champion and the network with a share of the training patients."""
    folds = nested.folds[0]
    rng = np.random.default_rng(seed)
    place = np.empty(len(bundle.arrays))
    place[rng.permutation(len(place))] = np.arange(len(place)) / len(place)
    tasks, judged = [], []
    for fraction in FRACTIONS:
        for fold in np.unique(folds):
            train = (folds != fold) & (place < fraction)
            tasks.append((bundle.inputs(train), train))
            judged.append(folds == fold)
    out = {}
    for name in dict.fromkeys((champion.choice.champion, "network")):
        scores = _scores(bundle, name, champion, tasks, judged, seed).reshape(len(FRACTIONS), -1)
        out[name] = [
            {
                "share": fraction,
                "n": int(np.mean([t.sum() for _, t in tasks[k * scores.shape[1] :][: scores.shape[1]]])),
                "score": _or_none(scores[k].mean()),
                "se": _or_none(scores[k].std(ddof=1) / np.sqrt(scores.shape[1])),
            }
            for k, fraction in enumerate(FRACTIONS)
        ]
    return out


def leave_one_type_out(bundle: Bundle, champion: Champion, seed: int) -> list[dict[str, Any]]:
    """Score within each of the larger tumor types when training never saw it."""
    types = bundle.arrays.categories["tumor_type"]
    names = [t for t in types if t is not None]
    counted = sorted({t: names.count(t) for t in names}.items(), key=lambda one: (-one[1], one[0]))
    large = [name for name, n in counted if n >= MIN_TYPE_ROWS][:MAX_TYPES]
    if len(counted) < 2 or not large:
        return []
    rows = [np.array([t == name for t in types]) for name in large]
    tasks = [(bundle.inputs(~mine), ~mine) for mine in rows]
    scores = _scores(bundle, champion.choice.champion, champion, tasks, rows, seed)
    endpoint = bundle.endpoints[0]
    out = []
    for name, mine, score in zip(large, rows, scores, strict=True):
        known = mine & bundle.known(endpoint)
        events = int(np.nansum(bundle.arrays.event[endpoint][known]))
        out.append({"tumor_type": name, "n": int(known.sum()), "n_events": events, "score": _or_none(score)})
    return out


def _scores(
    bundle: Bundle,
    name: str,
    champion: Champion,
    tasks: Sequence[tuple[FloatArray, BoolArray]],
    judged: Sequence[BoolArray],
    seed: int,
) -> FloatArray:
    """Score of each fit on its own judged rows; a training set without both outcomes gives NaN."""
    endpoint = bundle.endpoints[0]
    usable = [_can_learn(bundle, endpoint, train) for _, train in tasks]
    fits = CANDIDATE_BY_NAME[name].fit(
        bundle,
        endpoint,
        [
            FitTask(x, point_weights(train), champion.penalty, seed, INNER_STEPS, INNER_TREES)
            for (x, train), ok in zip(tasks, usable, strict=True)
            if ok
        ],
    )
    out = np.full(len(tasks), np.nan)
    for fit, k in zip(fits, np.flatnonzero(usable).tolist(), strict=True):
        x, rows = tasks[k][0], judged[k]
        eta = np.zeros((len(x), bundle.events[endpoint].shape[1]))
        eta[rows] = fit[endpoint].eta(x[rows], bundle.code[rows]).mean(axis=0)
        out[k] = fold_score(bundle, endpoint, eta, rows)
    return out


def _can_learn(bundle: Bundle, endpoint: str, train: BoolArray) -> bool:
    known = train & bundle.known(endpoint)
    events = float(bundle.arrays.event[endpoint][known].sum())
    return bool(events >= 2 and (endpoint != "response" or known.sum() - events >= 2))


def _difference(values: FloatArray) -> dict[str, float | None]:
    known = values[np.isfinite(values)]
    if known.size < 2:
        return {"lost": None, "paired_se": None}
    return {"lost": float(known.mean()), "paired_se": float(known.std(ddof=1) / np.sqrt(known.size))}


def _or_none(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
