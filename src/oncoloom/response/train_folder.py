"""What a training leaves in its folder: model, metrics, splits, plots, card, and what MLflow logs."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from oncoloom import __version__
from oncoloom.cohort.schema import COHORT_TABLE
from oncoloom.config import TrainingConfig
from oncoloom.errors import InputError
from oncoloom.features.schema import FEATURES_VERSION
from oncoloom.files import atomic_path, write_json, write_text
from oncoloom.provenance import library_versions, write_provenance
from oncoloom.response.assemble import served_out_of_fold
from oncoloom.response.baselines.fitted import save_baselines
from oncoloom.response.baselines.loris import loris_logit
from oncoloom.response.datamodule import read_cohorts
from oncoloom.response.model_card import render_card
from oncoloom.response.model_store import EVIDENCE_NAME, FOLDER, save_model
from oncoloom.response.plots import NAMES, calibration_plot, candidates_plot, roc_plot, thirds_plot
from oncoloom.response.schema import PREDICTIONS_TABLE
from oncoloom.response.scorer import signature_columns
from oncoloom.response.timegrid import mortality
from oncoloom.response.training import TrainingOutcome, input_digest, train_model
from oncoloom.response.training_record import RECORD_NAME, training_record
from oncoloom.response.validation.cohort_report import candidates
from oncoloom.response.validation.page import render_page
from oncoloom.response.validation.report import HTML_NAME as VALIDATION_HTML
from oncoloom.response.validation.report import JSON_NAME as VALIDATION_JSON
from oncoloom.response.validation.report import empty_report

FLAT = ("roc_auc", "c_index", "brier", "integrated_brier", "calibration_slope", "calibration_error")


@dataclass(frozen=True, slots=True)
class TrainedFolder:
    """What `train_to_folder` made: where, the version, and the metrics."""

    folder: Path
    version: str
    metrics: dict[str, Any]


def train_to_folder(
    cohorts: list[Path], output: Path, *, endpoint: str, settings: TrainingConfig, seed: int
) -> TrainedFolder:
    """Train and write model, metrics, splits, plots, card, validation report, run.json and provenance.json.

    Nothing is written if training fails.

    Raises
    ------
    OncoloomError
        As for reading cohorts and :func:`oncoloom.response.training.train_model`.
    """
    started = datetime.now(UTC)
    output = Path(output)
    if output.exists() and not output.is_dir():
        raise InputError("the output is a file, not a folder", path=output)
    frame = read_cohorts(cohorts)
    outcome = train_model(frame, endpoint=endpoint, settings=settings, seed=seed)
    with _whole_folder(output) as place:
        version, metrics = _write(outcome, place, frame, settings)
        write_provenance(
            place / "provenance.json",
            step="train",
            inputs={f"cohort_{i}": Path(path) for i, path in enumerate(cohorts)},
            parameters={"endpoint": endpoint, "seed": seed, "model_version": version, "git": git_revision()},
            started=started,
        )
    return TrainedFolder(output, version, metrics)


@contextmanager
def _whole_folder(output: Path) -> Iterator[Path]:
    """Where to write: a hidden folder that takes `output`'s name when all is there.

    A folder that holds something already is written into, file by file, since it may hold more than ours.
    """
    if output.is_dir() and any(output.iterdir()):
        yield output
        return
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        hidden = Path(tempfile.mkdtemp(prefix=f".tmp-{output.name[:40]}-", dir=output.parent))
    except OSError as error:
        raise InputError(
            f"cannot write here: {error.strerror}", path=output, remedy="free space or choose another folder"
        ) from error
    try:
        yield hidden
        hidden.chmod(0o755)
        if output.is_dir():
            output.rmdir()
        hidden.replace(output)
    finally:
        shutil.rmtree(hidden, ignore_errors=True)


def _write(
    outcome: TrainingOutcome, output: Path, frame: pl.DataFrame, settings: TrainingConfig
) -> tuple[str, dict[str, Any]]:
    """Everything but provenance; version and metrics."""
    version = save_model(outcome.model, output)
    save_baselines(outcome.baselines, output / FOLDER)
    metrics = {"model_version": version, **outcome.metrics}
    write_json(output / "metrics.json", metrics)
    evidence = {name: value for name, value in metrics.items() if name != "cohorts"}
    write_json(output / FOLDER / EVIDENCE_NAME, evidence)
    report = empty_report(version, outcome.model.endpoint, outcome.model.champion, evidence)
    report["cohorts"] = outcome.metrics["cohorts"]
    write_json(output / VALIDATION_JSON, report)
    write_text(output / VALIDATION_HTML, render_page(report))
    with atomic_path(output / "splits.parquet") as temporary:
        outcome.splits.write_parquet(temporary, compression="zstd", statistics=False)
    plots = _write_plots(outcome, output / "plots")
    write_text(output / "model_card.md", render_card(outcome, version))
    record = training_record(outcome, version, input_digest(frame), settings)
    write_json(output / RECORD_NAME, record)
    files = [RECORD_NAME, "metrics.json", "splits.parquet", "model_card.md", VALIDATION_JSON, VALIDATION_HTML]
    files += [f"plots/{name}" for name in plots]
    write_json(output / "run.json", _run(outcome, version, frame, settings, files))
    return version, metrics


def _write_plots(outcome: TrainingOutcome, folder: Path) -> list[str]:
    texts: dict[str, str] = {}
    arrays, bundle = outcome.bundle.arrays, outcome.bundle
    index = bundle.therapies.index(arrays.therapy)
    for name, endpoint in outcome.model.endpoints.items():
        known = arrays.known(name)
        eta = served_out_of_fold(bundle, endpoint, outcome.nested)[known]
        event, time = arrays.event[name][known], arrays.time[name][known]
        key = "roc_auc" if name == "response" else "c_index"
        figures = outcome.metrics["out_of_fold"][name]["candidates"]
        rows = [
            (candidate, one[key], one[f"{key}_ci95"], candidate == endpoint.served_by)
            for candidate, one in figures.items()
            if one[key] is not None
        ]
        label = "ROC AUC, out of fold" if name == "response" else "Harrell's C, out of fold"
        if rows:
            texts[f"{name}_candidates.svg"] = candidates_plot(
                rows, label=label, title=f"{NAMES[name]}: candidates"
            )
        if name == "response":
            logit = endpoint.calibration.slope * eta[:, 0] + endpoint.calibration.intercept
            texts["response_calibration.svg"] = calibration_plot(
                1 / (1 + np.exp(-logit)), event, title="Response: predicted and observed, out of fold"
            )
            curves = [(endpoint.served_by.replace("_", " "), eta[:, 0])]
            published = loris_logit(arrays)[known]
            if np.isfinite(published).all():
                curves.append(("published formula (in sample)", published))
            texts["response_roc.svg"] = roc_plot(curves, event, title="Response: ROC, out of fold")
        else:
            risk = mortality(eta, endpoint.edges) * np.exp(endpoint.shifts[index[known]])
            texts[f"{name}_thirds.svg"] = thirds_plot(
                risk,
                time,
                event,
                title=f"{NAMES[name]} by third of predicted mortality, out of fold",
                endpoint=name,
            )
    ours = ("*_candidates.svg", "*_thirds.svg", "response_calibration.svg", "response_roc.svg")
    for former in [file for pattern in ours for file in folder.glob(pattern)]:
        former.unlink()  # plots of a former training must not stand beside this one's
    for name, text in sorted(texts.items()):
        write_text(folder / name, text)
    return sorted(texts)


def _run(
    outcome: TrainingOutcome, version: str, frame: pl.DataFrame, settings: TrainingConfig, files: list[str]
) -> dict[str, Any]:
    facts = outcome.model.facts
    parameters = {
        "endpoint": outcome.model.endpoint,
        "seed": facts["seed"],
        "features": ",".join(outcome.declaration.features),
        "modifiers": ",".join(outcome.declaration.modifiers) or "none",
        "horizons_days": ",".join(str(day) for day in settings.horizons_days),
        "outer_folds": settings.outer_folds,
        "repeats": settings.repeats,
        "members": settings.members,
        "randomized": settings.randomized,
        "adjust_for": ",".join(settings.adjust_for) or "none",
        "signs": ",".join(f"{name}{sign}" for name, sign in facts["signs"].items()) or "none",
        "search": facts["search"],
        "ridge": facts["ridge"],
        "interaction_penalty": facts["interaction_penalty"],
        "oncoloom_version": __version__,
    }
    tags = {
        "training_digest": facts["training_digest"],
        "input_digest": input_digest(frame),
        "feature_schema_version": str(FEATURES_VERSION),
        "cohort_schema_version": str(COHORT_TABLE.version),
        "predictions_schema_version": str(PREDICTIONS_TABLE.version),
        "git_revision": git_revision() or "none",
        "champion": outcome.model.champion,
        "simplest_not_beaten": outcome.metrics["simplest_not_beaten"],
        **{f"library.{name}": number for name, number in library_versions().items()},
    }
    return {
        "model_version": version,
        "endpoint": outcome.model.endpoint,
        "champion": outcome.model.champion,
        "parameters": parameters,
        "tags": tags,
        "metrics": flat_metrics(outcome.metrics),
        "files": files,
        "model": FOLDER,
        "signature": signature_columns(outcome.declaration.features, outcome.model.design.own),
        "input_example": _input_example(outcome),
    }


def flat_metrics(metrics: dict[str, Any]) -> dict[str, float]:
    """Numbers for MLflow: by fold, out of fold and by cohort, baselines beside the champion."""
    out: dict[str, float] = {}
    for name, one in metrics["folds"].items():
        for i, value in enumerate(one["score"]):
            if value is not None:
                out[f"fold.{name}.{i}"] = value
    out |= flat_figures("out_of_fold", metrics["out_of_fold"])
    for name, one in metrics["cohorts"].items():
        out |= flat_figures(f"cohort.{name}", one["endpoints"])
    return out


def flat_figures(prefix: str, endpoints: dict[str, Any]) -> dict[str, float]:
    """Numbers of one cohort's endpoints, e.g. ``cohort.msk1.response.roc_auc``."""
    out: dict[str, float] = {}
    for endpoint, figures in endpoints.items():
        for key in FLAT:
            if isinstance(figures.get(key), float):
                out[f"{prefix}.{endpoint}.{key}"] = figures[key]
        _flat_candidates(out, f"{prefix}.{endpoint}", candidates(figures, endpoint))
    return out


def _flat_candidates(out: dict[str, float], prefix: str, candidates: dict[str, Any]) -> None:
    for candidate, one in candidates.items():
        for key in ("roc_auc", "c_index"):
            if one.get(key) is not None:
                out[f"{prefix}.{candidate}.{key}"] = one[key]


def _input_example(outcome: TrainingOutcome) -> dict[str, Any]:
    """A made-up patient at the medians of training: nobody's row."""
    arrays, therapies = outcome.bundle.arrays, outcome.model.therapies
    commonest = int(np.argmax(therapies.n_treated))
    row: dict[str, Any] = {
        "patient_id": "example",
        "therapy": therapies.names[commonest],
        "therapy_class": therapies.classes[commonest],
        "tumor_type": None,
    }
    for name in outcome.declaration.features:
        if name in arrays.numbers:
            values = arrays.numbers[name][np.isfinite(arrays.numbers[name])]
            row[name] = round(float(np.median(values)), 3)
        else:
            known = [value for value in arrays.categories[name] if value is not None]
            row[name] = max(sorted(set(known)), key=known.count)
    return {name: value for name, value in row.items() if value is not None}


def git_revision() -> str | None:
    """Commit of the checkout that runs, if it is one; read from files, no git needed."""
    root = Path(__file__).resolve().parents[3] / ".git"
    head = root / "HEAD"
    if not head.is_file():
        return None
    text = head.read_text(encoding="utf-8").strip()
    if not text.startswith("ref: "):
        return text
    place = root / text.removeprefix("ref: ")
    if place.is_file():
        return place.read_text(encoding="utf-8").strip()
    packed = root / "packed-refs"
    for line in packed.read_text(encoding="utf-8").splitlines() if packed.is_file() else []:
        if line.endswith(text.removeprefix("ref: ")):
            return line.split()[0]
    return None
