"""The registry of candidates: each fits many folds and members of one bundle, simplest first.

Adding a candidate is one entry in `CANDIDATES` and one fit function. Fits return, per task and endpoint, a
`Predictor`; all read the same inputs.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from oncoloom.response.average import AveragePredictor
from oncoloom.response.baselines.linear import fit_linear
from oncoloom.response.baselines.trees import fit_boosting, fit_forest
from oncoloom.response.bundle import Bundle
from oncoloom.response.datamodule import FloatArray
from oncoloom.response.effects.candidate import fit_additive
from oncoloom.response.fit_tasks import Fits, FitTask, linear_problem
from oncoloom.response.penalties import BATCH_ROWS, ELASTIC_RIDGE, network_size
from oncoloom.response.predictors import ScorePredictor
from oncoloom.response.time_varying import TimeVarying, time_basis

MAX_REPLICA_ROWS = 60_000
RESPONSE_WEIGHT = {"response": 1.0, "pfs": 0.3, "os": 0.3}
SURVIVAL_WEIGHT = {"response": 0.3, "pfs": 1.0, "os": 1.0}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A family: its name, rank of simplicity, and how it fits.

    `joint` = fits all endpoints at once; `parts` = families whose plain average it is.
    """

    name: str
    rank: int
    joint: bool
    fit: Callable[[Bundle, str, Sequence[FitTask]], Fits]
    description: str
    parts: tuple[str, ...] = ()


def _fit_score(*, elastic_net: bool) -> Callable[[Bundle, str, Sequence[FitTask]], Fits]:
    def fit(bundle: Bundle, endpoint: str, tasks: Sequence[FitTask]) -> Fits:
        out: Fits = []
        for task in tasks:
            fitted = fit_linear(
                linear_problem(bundle, endpoint, task.x),
                bundle.design.penalties,
                ridge=ELASTIC_RIDGE if elastic_net else task.penalty.ridge,
                interaction=task.penalty.interaction,
                weights=task.weights,
                lasso=task.penalty.lasso if elastic_net else 0.0,
            )
            out.append({endpoint: fitted})
        return out

    return fit


def _fit_trees(kind: str) -> Callable[[Bundle, str, Sequence[FitTask]], Fits]:
    def fit(bundle: Bundle, endpoint: str, tasks: Sequence[FitTask]) -> Fits:
        out: Fits = []
        for task in tasks:
            members = len(task.weights)
            n_trees = task.n_trees if members == 1 else max(20, 3 * task.n_trees // members)
            build = fit_forest if kind == "forest" else fit_boosting
            count = n_trees if kind == "forest" else min(task.n_trees, 80)
            fitted = build(
                task.x, bundle.code, bundle.exposure[endpoint], bundle.events[endpoint], task.weights,
                seed=task.seed % 2**31, n_trees=count,
            )  # fmt: skip
            out.append({endpoint: fitted})
        return out

    return fit


def _fit_replicas(*, use_network: bool) -> Callable[[Bundle, str, Sequence[FitTask]], Fits]:
    def fit(bundle: Bundle, endpoint: str, tasks: Sequence[FitTask]) -> Fits:
        out: Fits = []
        limit = max(1, MAX_REPLICA_ROWS // min(max(len(bundle.arrays), 1), BATCH_ROWS))
        chunk: list[FitTask] = []
        for task in tasks:
            same = not chunk or chunk[0].steps == task.steps
            if chunk and (not same or sum(len(t.weights) for t in chunk) + len(task.weights) > limit):
                out += _fit_chunk(bundle, endpoint, chunk, use_network=use_network)
                chunk = []
            chunk.append(task)
        return out + (_fit_chunk(bundle, endpoint, chunk, use_network=use_network) if chunk else [])

    return fit


def _fit_chunk(bundle: Bundle, endpoint: str, tasks: list[FitTask], *, use_network: bool) -> Fits:
    from oncoloom.response.ensemble import EnsembleData, EnsembleSettings, train_ensemble

    members = np.array([len(task.weights) for task in tasks])
    data = EnsembleData(
        x=np.stack([task.x for task in tasks]),
        fold=np.repeat(np.arange(len(tasks)), members),
        weight=np.concatenate([task.weights for task in tasks]),
        code=bundle.code,
        is_drug=np.array(bundle.therapies.is_drug, dtype=bool),
        modifiers=bundle.modifiers,
        exposure=bundle.exposure,
        events=bundle.events,
        multipliers=bundle.design.penalties,
        feature_groups=bundle.groups,
        signs=bundle.signs,
    )
    weights = RESPONSE_WEIGHT if endpoint == "response" else SURVIVAL_WEIGHT
    linear = [task.penalty.network_linear if use_network else task.penalty.ridge for task in tasks]
    size = network_size(len(bundle.arrays))
    settings = EnsembleSettings(
        linear=np.repeat(linear, members),
        output=np.repeat([task.penalty.network_output for task in tasks], members),
        interaction=np.repeat([task.penalty.interaction for task in tasks], members),
        varying=np.repeat([task.penalty.network_varying for task in tasks], members),
        head_weights={name: weights[name] for name in bundle.endpoints},
        use_network=use_network,
        width=size.width,
        hidden=size.hidden,
        batch_rows=size.batch_rows,
        steps=size.steps or tasks[0].steps,
        learning_rate=size.learning_rate,
        seed=tasks[0].seed % 2**31,
    )
    exported = train_ensemble(data, settings).export()
    ends = np.cumsum(members)
    return [
        {name: _predictor(bundle, arrays, slice(end - m, end)) for name, arrays in exported.items()}
        for end, m in zip(ends, members, strict=True)
    ]


def _predictor(bundle: Bundle, arrays: dict[str, FloatArray], part: slice) -> ScorePredictor:
    network = {k.removeprefix("network_"): v[part] for k, v in arrays.items() if k.startswith("network_")}
    varying = None
    if "varying_beta" in arrays:
        basis = time_basis(arrays["alpha"].shape[1])
        varying = TimeVarying(basis, arrays["varying_beta"][part], arrays["varying_output"][part])
    return ScorePredictor(
        arrays["alpha"][part],
        arrays["code_alpha"][part],
        arrays["beta"][part],
        arrays["interaction"][part],
        bundle.modifiers,
        network,
        varying,
    )


def combine(parts: Sequence[Fits]) -> Fits:
    """Averages, task by task, of what several families fitted: of the endpoints that all of them have."""
    out: Fits = []
    for fits in zip(*parts, strict=True):
        shared = [name for name in fits[0] if all(name in one for one in fits)]
        out.append({name: AveragePredictor(tuple(one[name] for one in fits)) for name in shared})
    return out


def _fit_average(bundle: Bundle, endpoint: str, tasks: Sequence[FitTask]) -> Fits:
    return combine([CANDIDATE_BY_NAME[name].fit(bundle, endpoint, tasks) for name in AVERAGE_OF])


# One of each kind: a line, a smooth surface, averaged steps, added steps.
AVERAGE_OF = ("ridge", "network", "forest", "boosting")
CANDIDATES: tuple[Candidate, ...] = (
    Candidate(
        "ridge", rank=1, joint=False, fit=_fit_score(elastic_net=False),
        description="ridge logistic regression / ridge discrete-time Cox",
    ),
    Candidate(
        "elastic_net", rank=2, joint=False, fit=_fit_score(elastic_net=True),
        description="elastic-net logistic regression / elastic-net discrete-time Cox",
    ),
    Candidate(
        "linear_multitask", rank=3, joint=True, fit=_fit_replicas(use_network=False),
        description="Lightning: a linear score shared by all endpoints",
    ),
    Candidate(
        "additive", rank=4, joint=False, fit=fit_additive,
        description="mean of ridge and of the effect model: bent numbers, products of modifiers",
    ),
    Candidate(
        "network", rank=5, joint=True, fit=_fit_replicas(use_network=True),
        description="Lightning: a linear score, a small hard-shrunken network; effects may vary with time",
    ),
    Candidate(
        "forest", rank=6, joint=False, fit=_fit_trees("forest"),
        description="random forest (person-period rows for survival)",
    ),
    Candidate(
        "boosting", rank=7, joint=False, fit=_fit_trees("boosting"),
        description="gradient boosting (person-period rows for survival)",
    ),
    Candidate(
        "average", rank=8, joint=False, fit=_fit_average, parts=AVERAGE_OF,
        description="plain average of ridge, network, forest and boosting (survival, one therapy)",
    ),
)  # fmt: skip
CANDIDATE_BY_NAME: dict[str, Candidate] = {one.name: one for one in CANDIDATES}


def candidates_for(bundle: Bundle) -> tuple[Candidate, ...]:
    """The families that compete for a bundle's judged endpoint.

    The average competes for the survival of patients under one therapy. Elsewhere it is left out by
    declaration (docs/methods/response.md, "Choosing the champion"): a response is served by one family, and
    several therapies by one that has their differences as terms of its own, not by trees in part.
    """
    alone = bundle.endpoints[0] != "response" and not bundle.code.shape[1]
    return tuple(one for one in CANDIDATES if alone or not one.parts)
