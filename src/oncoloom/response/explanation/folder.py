"""Explanations of a model's predictions for a cohort, as files."""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from oncoloom.errors import UsageError
from oncoloom.files import atomic_path, write_json
from oncoloom.response.datamodule import read_cohorts
from oncoloom.response.explanation.attribution import attribute, known_endpoint, link
from oncoloom.response.explanation.dependence import partial_dependence
from oncoloom.response.model import ResponseModel
from oncoloom.response.model_store import load_model
from oncoloom.response.one_thread import one_thread

TABLE, DEPENDENCE, SIMILAR = "attributions.parquet", "partial_dependence.json", "similar.json"


def explain_to_folder(
    model_folder: Path,
    cohorts: list[Path],
    output: Path,
    *,
    endpoint: str | None = None,
    therapy: str | None = None,
    day: int | None = None,
) -> dict[str, Any]:
    """Write attributions, partial dependence and similar patients' curves; say what was done.

    Default: the judged endpoint, the therapy most patients got, the model's last horizon.

    Raises
    ------
    UsageError
        If the model does not know the endpoint or therapy.
    InputError, TableContractError, ModelContractError
        If the cohort or the model cannot be read.
    """
    model, version = load_model(model_folder)
    endpoint = model.endpoint if endpoint is None else endpoint
    if therapy is None:
        therapy = model.therapies.names[int(np.argmax(model.therapies.n_treated))]
    if endpoint != "response" and day is None:
        day = model.horizons_days[-1]
    known_endpoint(model, endpoint, therapy, day)
    frame = read_cohorts(cohorts)
    if not frame.height:
        raise UsageError("the cohort has no patient", expected="at least one row")
    asked: dict[str, Any] = {"endpoint": endpoint, "therapy": therapy, "day": day}
    with one_thread():
        parts = attribute(model, frame, **asked)
        curves = {
            name: partial_dependence(model, frame, feature=name, **asked).to_dicts()
            for name in _numbers(model, frame)
        }
        similar = similar_of(model, frame, endpoint=endpoint, therapy=therapy)
    with atomic_path(Path(output) / TABLE) as temporary:
        parts.write_parquet(temporary, compression="zstd", statistics=False)
    heading = {"model_version": version, **asked}
    write_json(Path(output) / DEPENDENCE, heading | {"features": curves})
    write_json(Path(output) / SIMILAR, heading | {"patients": similar})
    return heading | {"n_patients": frame.height, "n_features": parts["feature"].n_unique() - 1}


def _numbers(model: ResponseModel, frame: pl.DataFrame) -> list[str]:
    arrays = model.arrays_of(frame)
    return [
        name
        for name in model.design.sources
        if name in arrays.numbers and np.isfinite(arrays.numbers[name]).any()
    ]


def similar_of(
    model: ResponseModel, frame: pl.DataFrame, *, endpoint: str, therapy: str
) -> list[dict[str, Any]]:
    """Per patient, how similar treated patients fared under a therapy: number, and a curve or shares.

    Response: the observed share. Survival: the Kaplan-Meier curve with its interval. Fewer than ten similar
    patients: ``n`` is "< 10" and nothing more.
    """
    arrays = model.arrays_of(frame)
    one, k = model.endpoints[endpoint], model.therapies.names.index(therapy)
    day = None if one.curves is None else one.curves.day
    if endpoint != "response" and day is None:
        raise UsageError("the model keeps no curves of similar patients", remedy="train it again")
    scale = link(model, one, model.design.encode(arrays), k, day).mean(axis=0)
    probability = 1 / (1 + np.exp(-scale)) if day is None else -np.expm1(-np.exp(scale))
    out = []
    for i, patient in enumerate(arrays.patient_id):
        kind = arrays.categories["tumor_type"][i]
        row: dict[str, Any] = {"patient_id": patient, "n": "< 10"}
        if one.curves is None:
            n, share = one.similar.look_up("", therapy, kind, float(probability[i]))
            if share is not None:
                row |= {"n": n, "observed_share": share}
        else:
            curve = one.curves.look_up(therapy, kind, float(probability[i]))
            if curve is not None:
                row |= {"n": curve.n}
                row |= {
                    name: [float(v) for v in getattr(curve, name)]
                    for name in ("days", "survival", "lower", "upper", "at_risk")
                }
        out.append(row)
    return out
