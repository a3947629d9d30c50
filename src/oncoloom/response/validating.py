"""Validation of a model on cohorts with known outcomes: validation.json and plots."""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from oncoloom.files import write_json, write_text
from oncoloom.response.baselines.loris import loris_logit
from oncoloom.response.datamodule import CohortArrays, read_cohorts, to_arrays
from oncoloom.response.evaluate import evaluate_cohort
from oncoloom.response.model import ResponseModel
from oncoloom.response.model_store import load_model
from oncoloom.response.one_thread import one_thread
from oncoloom.response.plots import NAMES, calibration_plot, roc_plot, thirds_plot
from oncoloom.response.timegrid import cumulative_hazard


def validate_to_folder(model_folder: Path, cohorts: list[Path], output: Path) -> dict[str, Any]:
    """Judge the model on each cohort by itself; write ``validation.json`` and plots; give the figures back.

    Raises
    ------
    InputError, TableContractError, ModelContractError
        If a cohort or the model cannot be read.
    """
    model, version = load_model(model_folder)
    frame = read_cohorts(cohorts)
    out: dict[str, Any] = {"model_version": version, "endpoint": model.endpoint, "cohorts": {}}
    pictures: dict[str, str] = {}
    for name in frame["cohort_name"].unique().sort().to_list():
        arrays = to_arrays(frame.filter(pl.col("cohort_name") == name))
        with one_thread():
            out["cohorts"][name] = {"cohort_digest": arrays.digest, **evaluate_cohort(model, arrays)}
            pictures |= {f"{_file_name(name)}_{k}": v for k, v in _plots(model, arrays, name).items()}
    for file, text in pictures.items():
        write_text(Path(output) / "plots" / file, text)
    write_json(Path(output) / "validation.json", out)
    return out


def _file_name(name: str) -> str:
    return "".join(c if c.isalnum() or c in "-_." else "_" for c in name)[:80] or "cohort"


def _plots(model: ResponseModel, arrays: CohortArrays, name: str) -> dict[str, str]:
    x = model.design.encode(arrays)
    code, weights, _ = model.received_codes(arrays)
    out: dict[str, str] = {}
    for endpoint in model.endpoints.values():
        known = arrays.known(endpoint.name)
        if known.sum() < 20:
            continue
        eta = endpoint.predictor.eta(x, code)[:, known]
        event = arrays.event[endpoint.name][known]
        if endpoint.name == "response":
            logit = endpoint.response_scale(eta).mean(axis=0)
            probability = 1 / (1 + np.exp(-logit))
            out["response_calibration.svg"] = calibration_plot(probability, event, title=f"{name}: response")
            curves = [("model", logit)]
            published = loris_logit(arrays)[known]
            if np.isfinite(published).all():
                curves.append(("published formula", published))
            out["response_roc.svg"] = roc_plot(curves, event, title=f"{name}: ROC of response")
        else:
            day = np.array([float(np.median(model.horizons_days))])
            hazard = cumulative_hazard(eta.mean(axis=0), endpoint.edges, day)[:, 0]
            risk = hazard * np.exp(weights[known] @ endpoint.shifts)
            time = arrays.time[endpoint.name][known]
            out[f"{endpoint.name}_thirds.svg"] = thirds_plot(
                risk,
                time,
                event,
                title=f"{name}: {NAMES[endpoint.name]} by third of predicted risk",
                endpoint=endpoint.name,
            )
    return out
