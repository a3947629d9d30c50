"""Why a prediction is what it is: each raw column's part of the score, and how the cohort's curve runs."""

import numpy as np
import polars as pl

from oncoloom.errors import UsageError
from oncoloom.response.datamodule import to_arrays
from oncoloom.response.model import ResponseModel
from oncoloom.response.predictors import score_rows


def attribute(model: ResponseModel, frame: pl.DataFrame, *, endpoint: str, therapy: str) -> pl.DataFrame:
    """Each raw column's part of every patient's score under one therapy.

    A column's part is the logit (survival: mean logit hazard) minus the same with the column at the training
    mean, so a missing value has part 0. Columns ``patient_id, feature, part``; positive raises the
    probability of the event. Under a linear score the parts add up.

    Raises
    ------
    UsageError
        If the model does not know the endpoint or the therapy.
    """
    if endpoint not in model.endpoints or therapy not in model.therapies.names:
        raise UsageError(
            "the model does not know this endpoint or therapy",
            found=f"{endpoint}, {therapy}",
            expected=f"{', '.join(model.endpoints)}; {', '.join(model.therapies.names)}",
        )
    arrays = to_arrays(frame)
    predictor = model.endpoints[endpoint].predictor
    x = model.design.encode(arrays)
    code = np.tile(model.therapies.codes[model.therapies.names.index(therapy)], (len(x), 1))
    whole = score_rows(predictor, x, code).mean(axis=(0, 2))
    parts = []
    for source in model.design.sources:
        columns = model.design.columns_of(source)
        if not columns:
            continue
        hidden = x.copy()
        hidden[:, columns] = 0.0
        part = whole - score_rows(predictor, hidden, code).mean(axis=(0, 2))
        parts.append(pl.DataFrame({"patient_id": arrays.patient_id, "feature": source, "part": part + 0.0}))
    return (
        pl.concat(parts)
        if parts
        else pl.DataFrame(schema={"patient_id": pl.String, "feature": pl.String, "part": pl.Float64})
    )


def partial_dependence(
    model: ResponseModel,
    frame: pl.DataFrame,
    *,
    endpoint: str,
    therapy: str,
    feature: str,
    values: list[float],
) -> list[float]:
    """Mean calibrated response probability (survival: mean logit hazard) with `feature` set to each value.

    Raises
    ------
    UsageError
        If the feature is no number of this model.
    """
    arrays = to_arrays(frame)
    if feature not in model.design.sources or feature not in arrays.numbers:
        raise UsageError(
            "not a number of this model", found=feature, expected=", ".join(model.design.sources)
        )
    one = model.endpoints[endpoint]
    code = np.tile(model.therapies.codes[model.therapies.names.index(therapy)], (len(arrays), 1))
    out = []
    for value in values:
        arrays.numbers[feature] = np.full(len(arrays), float(value))
        eta = one.predictor.eta(model.design.encode(arrays), code)
        if endpoint == "response":
            out.append(float((1 / (1 + np.exp(-one.response_scale(eta)))).mean()))
        else:
            out.append(float(eta.mean()))
    return out
