"""How the prediction runs with one feature, over a cohort: partial dependence (Friedman 2001)."""

from dataclasses import replace

import numpy as np
import polars as pl

from oncoloom.errors import UsageError
from oncoloom.response.explanation.attribution import known_endpoint, link
from oncoloom.response.model import Z90, ResponseModel

N_VALUES = 15


def partial_dependence(
    model: ResponseModel,
    frame: pl.DataFrame,
    *,
    endpoint: str,
    therapy: str,
    feature: str,
    values: list[float] | None = None,
    day: int | None = None,
) -> pl.DataFrame:
    """Mean predicted probability of the event over a cohort with `feature` set to each value.

    Columns ``value, probability, lower90, upper90``; the interval is that of the members' means. Without
    `values`: fifteen between the cohort's 2.5 % and 97.5 % quantiles.

    Raises
    ------
    UsageError
        If the feature is no number of this model, or as for `attribute`.
    """
    one, k = known_endpoint(model, endpoint, therapy, day)
    arrays = model.arrays_of(frame)
    if feature not in model.design.sources or feature not in arrays.numbers:
        raise UsageError(
            "not a number of this model", found=feature, expected=", ".join(model.design.sources)
        )
    known = arrays.numbers[feature][np.isfinite(arrays.numbers[feature])]
    if values is None:
        if not known.size:
            raise UsageError("the cohort has no value of this feature", found=feature)
        low, high = np.quantile(known, [0.025, 0.975])
        values = [float(v) for v in np.unique(np.linspace(low, high, N_VALUES))]
    rows = []
    for value in values:
        numbers = arrays.numbers | {feature: np.full(len(arrays), float(value))}
        scale = link(model, one, model.design.encode(replace(arrays, numbers=numbers)), k, day)
        members = (1 / (1 + np.exp(-scale)) if day is None else -np.expm1(-np.exp(scale))).mean(axis=1)
        middle = float(members.mean())
        half = Z90 * float(members.std(ddof=1)) if members.size > 1 else 0.0
        rows.append((float(value), middle, max(0.0, middle - half), min(1.0, middle + half)))
    return pl.DataFrame(rows, schema=["value", "probability", "lower90", "upper90"], orient="row")
