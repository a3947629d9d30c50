"""The validation report of a model version: validation.json, and validation.html as its view."""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from oncoloom.errors import InputError
from oncoloom.files import read_json, write_json, write_text
from oncoloom.logs import logger, step
from oncoloom.response.baselines.fitted import load_baselines
from oncoloom.response.datamodule import CohortArrays, read_cohorts
from oncoloom.response.leakage import check_columns
from oncoloom.response.model_store import EVIDENCE_NAME, find_model, load_model
from oncoloom.response.one_thread import one_thread
from oncoloom.response.validation.cohort_report import cohort_report
from oncoloom.response.validation.page import render_page
from oncoloom.response.validation.predictive import interaction_with_treatment
from oncoloom.response.validation.strangers import Strangers
from oncoloom.response.validation.tripod import tripod_rows

SCHEMA, SCHEMA_VERSION = "oncoloom.validation", 2
JSON_NAME, HTML_NAME = "validation.json", "validation.html"


def validate_to_folder(
    model_folder: Path,
    cohorts: list[Path],
    output: Path,
    *,
    untreated: list[Path] | None = None,
    training: list[Path] | None = None,
) -> dict[str, Any]:
    """Judge a model on each cohort by itself; write ``validation.json`` and ``validation.html``.

    Parameters
    ----------
    untreated
        Cohorts of patients who got none of the model's therapies: with them the report says whether the
        scores are predictive of the treatment's benefit or only prognostic.
    training
        The cohorts that the model was trained on: their patients are found in `cohorts`, counted and left
        out. A model holds no patients, so that without them this is not known, and said.

    Raises
    ------
    InputError, TableContractError, ModelContractError
        If a cohort or the model cannot be read.
    """
    with one_thread(), step("validation") as said:
        report = _report(Path(model_folder), cohorts, untreated or [], training or [])
        said["cohorts"] = len(report["cohorts"])
    write_json(Path(output) / JSON_NAME, report)
    write_text(Path(output) / HTML_NAME, render_page(report))
    return report


def _report(
    model_folder: Path, cohorts: list[Path], untreated: list[Path], training: list[Path]
) -> dict[str, Any]:
    model, version = load_model(model_folder)
    place = find_model(model_folder)
    baselines = load_baselines(place)
    evidence = read_json(place / EVIDENCE_NAME) if (place / EVIDENCE_NAME).is_file() else None
    if evidence is None:
        logger.warning("no %s beside the model: the report has no training sections", EVIDENCE_NAME)
    frame = read_cohorts(cohorts)
    strangers = Strangers(model, training)
    parts: dict[str, CohortArrays] = {}
    for name in frame["cohort_name"].unique().sort().to_list():
        parts[name] = model.arrays_of(strangers.of(frame.filter(pl.col("cohort_name") == name), name))
        check_columns(parts[name], model.design.sources)
    report = empty_report(version, model.endpoint, model.champion, evidence)
    report["cost"] = _cost(place.parent / "provenance.json")
    for name, arrays in parts.items():
        report["cohorts"][name] = cohort_report(model, baselines, arrays) | {
            "patients_in_common": strangers.said[name]
        }
        logger.info("cohort %s: %d rows judged", name, len(arrays))
    if untreated:
        others = model.arrays_of(read_cohorts(untreated))
        if not others.known("os").any():
            raise InputError("the untreated cohort has no overall survival", path=untreated[0])
        report["predictive"] = {
            name: interaction_with_treatment(model, arrays, others)
            for name, arrays in parts.items()
            if np.any(arrays.known("os"))
        }
    return report


def empty_report(
    version: str, endpoint: str, champion: str, evidence: dict[str, Any] | None
) -> dict[str, Any]:
    """The report before any cohort is judged: what training knows."""
    return {
        "schema": SCHEMA,
        "schema_version": SCHEMA_VERSION,
        "model_version": version,
        "endpoint": endpoint,
        "champion": champion,
        "training": evidence,
        "cohorts": {},
        "predictive": {},
        "cost": None,
        "tripod": tripod_rows(),
    }


def _cost(provenance: Path) -> dict[str, float] | None:
    """CPU seconds and peak memory of the training, where its provenance lies beside the model."""
    if not provenance.is_file():
        return None
    used = read_json(provenance).get("resources", {})
    if "user_seconds" not in used:
        return None
    return {
        "cpu_seconds": used["user_seconds"] + used["system_seconds"],
        "peak_mib": used["peak_mib"],
    }
