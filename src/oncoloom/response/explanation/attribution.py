"""Why a prediction is what it is: each raw column's share of it, in shares that sum to the prediction.

Shapley values (Shapley 1953, Lundberg & Lee 2017) on the scale on which members are averaged: the logit of a
response, the log cumulative hazard by a horizon. An absent column sits at the training mean.
"""

from itertools import pairwise

import numpy as np
import polars as pl

from oncoloom.errors import UsageError
from oncoloom.response.datamodule import FloatArray, IntArray
from oncoloom.response.model import EndpointModel, ResponseModel

EXACT_UP_TO = 9  # columns: 512 subsets; beyond, random orders in mirrored pairs
N_ORDERS = 32
BASE = "(average patient)"
SCHEMA = {
    "patient_id": pl.String, "feature": pl.String, "part": pl.Float64, "spread": pl.Float64,
    "agreement": pl.Float64,
}  # fmt: skip


def attribute(
    model: ResponseModel, frame: pl.DataFrame, *, endpoint: str, therapy: str, day: int | None = None
) -> pl.DataFrame:
    """Each raw column's part of every patient's prediction under one therapy, and how stable it is.

    Columns ``patient_id, feature, part, spread, agreement``. The parts of a patient, with that of the feature
    ``(average patient)``, sum to the logit of the predicted probability (response) or to the logarithm of the
    predicted cumulative hazard at `day` (pfs, os); positive raises the probability of the event. `spread` is
    the standard deviation of the part over the ensemble's members, `agreement` the share of members that give
    it the same sign.

    Raises
    ------
    UsageError
        If the model does not know the endpoint or the therapy, or `day` is absent for pfs and os (given for
        response).
    """
    one, k = known_endpoint(model, endpoint, therapy, day)
    arrays = model.arrays_of(frame)
    x = model.design.encode(arrays)
    sources = [source for source in model.design.sources if model.design.columns_of(source)]
    columns = [model.design.columns_of(source) for source in sources]
    rows = []
    for i, patient in enumerate(arrays.patient_id):
        base, parts = _shares(model, one, x[i], k, day, columns)
        rows.append((patient, BASE, float(base.mean()), _spread(base), 1.0))
        for j, source in enumerate(sources):
            members = parts[:, j]
            middle = float(members.mean())
            same = float(np.mean(np.sign(members) == np.sign(middle)))
            rows.append((patient, source, middle + 0.0, _spread(members), same))
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def known_endpoint(
    model: ResponseModel, endpoint: str, therapy: str, day: int | None
) -> tuple[EndpointModel, int]:
    """The endpoint's model and the therapy's index.

    Raises
    ------
    UsageError
        As for :func:`attribute`.
    """
    if endpoint not in model.endpoints or therapy not in model.therapies.names:
        raise UsageError(
            "the model does not know this endpoint or therapy",
            found=f"{endpoint}, {therapy}",
            expected=f"{', '.join(model.endpoints)}; {', '.join(model.therapies.names)}",
        )
    if (day is None) != (endpoint == "response"):
        raise UsageError("pfs and os are explained at a horizon, response without one", found=str(day))
    return model.endpoints[endpoint], model.therapies.names.index(therapy)


def link(
    model: ResponseModel, one: EndpointModel, x: FloatArray, therapy: int, day: int | None
) -> FloatArray:
    """(M, n) members' logits, or log cumulative hazards at `day`, of inputs (n, p) under one therapy."""
    eta = one.predictor.eta(x, np.tile(model.therapies.codes[therapy], (len(x), 1)))
    if day is None:
        return one.response_scale(eta)
    return one.hazard_scale(eta, np.full(len(x), one.shifts[therapy]), float(day))


def _shares(
    model: ResponseModel,
    one: EndpointModel,
    row: FloatArray,
    therapy: int,
    day: int | None,
    columns: list[list[int]],
) -> tuple[FloatArray, FloatArray]:
    """The average patient's value (M,) and the columns' parts (M, S) of one patient (p,)."""
    s = len(columns)
    masks = _subsets(s) if s <= EXACT_UP_TO else _orders(s)
    inputs = np.zeros((len(masks), len(row)))
    for j, mine in enumerate(columns):
        inputs[:, mine] = masks[:, [j]] * row[mine]
    value = link(model, one, inputs, therapy, day)
    if s <= EXACT_UP_TO:
        return value[:, 0], _exact(value, s)
    return value[:, 0], _sampled(value, masks, s)


def _subsets(s: int) -> IntArray:
    """(2^s, s) all subsets, subset k holds column j where bit j of k is set."""
    return ((np.arange(2**s)[:, None] >> np.arange(s)) & 1).astype(np.int64)


def _exact(value: FloatArray, s: int) -> FloatArray:
    from math import factorial

    number = np.arange(2**s)
    size = _subsets(s).sum(axis=1)
    weight = np.array([factorial(k) * factorial(s - k - 1) / factorial(s) for k in range(s)])
    out = np.zeros((len(value), s))
    for j in range(s):
        without = number[(number >> j) & 1 == 0]
        gain = value[:, without + 2**j] - value[:, without]
        out[:, j] = gain @ weight[size[without]]
    return out


def _orders(s: int) -> IntArray:
    """Prefixes of random orders and of their mirror images: (2 N (s + 1), s), each from empty to full."""
    rng = np.random.default_rng(0)
    masks = []
    for _ in range(N_ORDERS):
        order = rng.permutation(s)
        for one in (order, order[::-1]):
            grown = np.zeros((s + 1, s), dtype=np.int64)
            for step, j in enumerate(one):
                grown[step + 1 :, j] = 1
            masks.append(grown)
    return np.concatenate(masks)


def _sampled(value: FloatArray, masks: IntArray, s: int) -> FloatArray:
    out = np.zeros((len(value), s))
    for start in range(0, len(masks), s + 1):
        for before, after in pairwise(range(start, start + s + 1)):
            j = int(np.flatnonzero(masks[after] - masks[before])[0])
            out[:, j] += value[:, after] - value[:, before]
    return out * (s + 1) / len(masks)


def _spread(members: FloatArray) -> float:
    return float(members.std(ddof=1)) if members.size > 1 else 0.0
