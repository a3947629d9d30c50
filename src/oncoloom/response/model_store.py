"""A model as a folder: ``model.json`` and ``arrays.npz``; its version is the digest of their content."""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np

from oncoloom.errors import ModelContractError
from oncoloom.features.schema import FEATURE_NAMES, FEATURES_VERSION
from oncoloom.files import atomic_path, json_text, read_json, write_text
from oncoloom.response.calibration import LogitCalibration
from oncoloom.response.conformal import OutcomeSets
from oncoloom.response.datamodule import FloatArray
from oncoloom.response.design import Design
from oncoloom.response.effects.effect_model import EffectModel
from oncoloom.response.explanation.similar_curves import SimilarCurves
from oncoloom.response.model import EndpointModel, ResponseModel
from oncoloom.response.predictor_store import predictor_from_arrays
from oncoloom.response.reach import TrainingReach
from oncoloom.response.similar import SimilarPatients
from oncoloom.response.therapies import TherapyCodes

SCHEMA, SCHEMA_VERSION = "oncoloom.response_model", 2
JSON_NAME, ARRAYS_NAME, FOLDER = "model.json", "arrays.npz", "model"
EVIDENCE_NAME = "evidence.json"  # what training measured, kept with the model wherever it goes


def save_model(model: ResponseModel, folder: Path) -> str:
    """Write the model under ``folder/model`` and return its version (``sha256:…``)."""
    text, arrays = json_text(_as_dict(model)), _arrays(model)
    target = Path(folder) / FOLDER
    with atomic_path(target / ARRAYS_NAME) as temporary, temporary.open("wb") as handle:
        np.savez(handle, **arrays)  # type: ignore[arg-type]
    write_text(target / JSON_NAME, text)
    return _digest(text, arrays)


def load_model(folder: Path) -> tuple[ResponseModel, str]:
    """The model in ``folder`` or ``folder/model``, and its version, computed from the content.

    Raises
    ------
    ModelContractError
        If the folder holds no model, or one of a schema that this version does not know, or one trained on
        features of another schema version.
    """
    place = find_model(folder)
    spec = read_json(place / JSON_NAME)
    _check_schema(spec, place / JSON_NAME)
    try:
        with np.load(place / ARRAYS_NAME, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        model = _from_dict(spec, arrays)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelContractError(
            "the model folder is incomplete or broken", path=place, found=f"{type(error).__name__}: {error}",
            remedy="train again, or fetch the model again",
        ) from error  # fmt: skip
    _check_features(model, place)
    return model, _digest(json_text(spec), arrays)


def _check_schema(spec: Any, path: Path) -> None:
    """Version 2 keeps corners of modifiers and bins of propensities, of which version 1 knows nothing."""
    found = spec if isinstance(spec, dict) else {}
    if found.get("schema") != SCHEMA or found.get("schema_version") != SCHEMA_VERSION:
        facts = found.get("facts")
        version = facts.get("oncoloom_version") if isinstance(facts, dict) else None
        raise ModelContractError(
            "not a model of this version", path=path, expected=f"{SCHEMA} {SCHEMA_VERSION}",
            found=f"{found.get('schema')} {found.get('schema_version')}" if found else "no object",
            remedy="train again, or use the version of oncoloom that trained it: "
            f"{version or 'see its card'}",
        )  # fmt: skip


def _check_features(model: ResponseModel, place: Path) -> None:
    """A feature of another schema version may be another figure under the same name."""
    trained = model.facts.get("feature_schema_version", FEATURES_VERSION)
    used = [name for name in model.design.sources if name in frozenset(FEATURE_NAMES)]
    if used and trained != FEATURES_VERSION:
        raise ModelContractError(
            "the model was trained on features of another schema version", path=place / JSON_NAME,
            expected=f"feature schema {FEATURES_VERSION}", found=f"{trained} (of {', '.join(used)})",
            remedy="train again, or use the version of oncoloom that trained it: "
            f"{model.facts.get('oncoloom_version', 'see its card')}",
        )  # fmt: skip


def find_model(folder: Path) -> Path:
    """Where model.json lies: `folder` or ``folder/model``.

    Raises
    ------
    ModelContractError
        If it is in neither.
    """
    folder = Path(folder)
    for place in (folder, folder / FOLDER):
        if (place / JSON_NAME).is_file():
            return place
    raise ModelContractError(
        "no model here", path=folder, expected=f"{FOLDER}/{JSON_NAME}",
        remedy="train one: oncoloom train --cohort cohort.parquet --endpoint response --output DIR",
    )  # fmt: skip


def _digest(text: str, arrays: dict[str, FloatArray]) -> str:
    digest = hashlib.sha256(text.encode())
    for name in sorted(arrays):
        values = np.ascontiguousarray(arrays[name], dtype=np.float64)
        digest.update(f"{name} {values.shape}".encode())
        digest.update(values.tobytes())
    return f"sha256:{digest.hexdigest()}"


def _as_dict(model: ResponseModel) -> dict[str, Any]:
    codes = model.therapies
    return {
        "schema": SCHEMA,
        "schema_version": SCHEMA_VERSION,
        "endpoint": model.endpoint,
        "champion": model.champion,
        "design": model.design.as_dict(),
        "therapies": {
            "names": list(codes.names),
            "classes": list(codes.classes),
            "is_drug": list(codes.is_drug),
            "n_treated": list(codes.n_treated),
        },
        "horizons_days": list(model.horizons_days),
        "essential": list(model.essential),
        "reach_limit": model.reach.limit,
        "endpoints": {name: _endpoint_dict(one) for name, one in model.endpoints.items()},
        "endpoint_order": list(model.endpoints),
        "facts": model.facts,
        "effects": model.effects.as_dict(),
    }


def _endpoint_dict(one: EndpointModel) -> dict[str, Any]:
    return {
        "served_by": one.served_by,
        "kind": one.predictor.kind,
        "calibration": [one.calibration.slope, one.calibration.intercept, one.calibration.fitted_slope],
        "event_share": one.event_share,
        "contribution_sd": one.contribution_sd,
        "n_treated": list(one.n_treated),
        "n_events": list(one.n_events),
        "similar": one.similar.cells,
    } | ({} if one.curves is None else {"curves": _curves_dict(one.curves)})


def _curves_dict(curves: SimilarCurves) -> dict[str, Any]:
    return {
        "groups": [list(group) for group in curves.groups],
        "cuts": {name: list(ends) for name, ends in curves.cuts.items()},
        "day": curves.day,
    }


def _curves_from(spec: dict[str, Any], values: FloatArray) -> SimilarCurves:
    groups = tuple((str(a), str(b), int(c), int(n)) for a, b, c, n in spec["groups"])
    cuts = {name: (float(low), float(high)) for name, (low, high) in spec["cuts"].items()}
    return SimilarCurves(groups, cuts, int(spec["day"]), values)


def _arrays(model: ResponseModel) -> dict[str, FloatArray]:
    out = {
        "therapy_codes": model.therapies.codes,
        "reach_columns": model.reach.columns.astype(np.float64),
        "reach_centers": model.reach.centers,
        "reach_precision": model.reach.precision,
    }
    for name, one in model.endpoints.items():
        out |= {f"{name}.predictor.{key}": value for key, value in one.predictor.arrays().items()}
        out[f"{name}.edges"], out[f"{name}.shifts"] = one.edges, one.shifts
        out[f"{name}.responders"] = one.outcome_sets.responders
        out[f"{name}.others"] = one.outcome_sets.others
        if one.curves is not None:
            out[f"{name}.curves"] = one.curves.values
    out |= {f"effects.{key}": value for key, value in model.effects.arrays().items()}
    return {name: np.ascontiguousarray(value, dtype=np.float64) for name, value in out.items()}


def _from_dict(spec: dict[str, Any], arrays: dict[str, FloatArray]) -> ResponseModel:
    therapies = spec["therapies"]
    return ResponseModel(
        endpoint=spec["endpoint"],
        champion=spec["champion"],
        design=Design.from_dict(spec["design"]),
        therapies=TherapyCodes(
            tuple(therapies["names"]), tuple(therapies["classes"]), arrays["therapy_codes"],
            tuple(therapies["is_drug"]), tuple(therapies["n_treated"]),
        ),
        endpoints={n: _endpoint_from(n, spec["endpoints"][n], arrays) for n in spec["endpoint_order"]},
        horizons_days=tuple(spec["horizons_days"]),
        essential=tuple(spec["essential"]),
        reach=TrainingReach(
            arrays["reach_columns"].astype(np.int64), arrays["reach_centers"], arrays["reach_precision"],
            float(spec["reach_limit"]),
        ),
        facts=spec["facts"],
        effects=_effects(spec, arrays),
    )  # fmt: skip


def _endpoint_from(name: str, spec: dict[str, Any], arrays: dict[str, FloatArray]) -> EndpointModel:
    prefix = f"{name}.predictor."
    mine = {key.removeprefix(prefix): value for key, value in arrays.items() if key.startswith(prefix)}
    return EndpointModel(
        name=name,
        served_by=spec["served_by"],
        predictor=predictor_from_arrays(spec["kind"], mine),
        edges=arrays[f"{name}.edges"],
        calibration=LogitCalibration(*(float(value) for value in spec["calibration"])),
        shifts=arrays[f"{name}.shifts"],
        outcome_sets=OutcomeSets(arrays[f"{name}.responders"], arrays[f"{name}.others"]),
        event_share=float(spec["event_share"]),
        contribution_sd=spec["contribution_sd"],
        n_treated=tuple(spec["n_treated"]),
        n_events=tuple(spec["n_events"]),
        similar=SimilarPatients(spec["similar"]),
        curves=_curves_from(spec["curves"], arrays[f"{name}.curves"]) if "curves" in spec else None,
    )


def _effects(spec: dict[str, Any], arrays: dict[str, FloatArray]) -> EffectModel:
    prefix = "effects."
    mine = {key.removeprefix(prefix): value for key, value in arrays.items() if key.startswith(prefix)}
    return EffectModel.from_parts(spec["effects"], mine)
