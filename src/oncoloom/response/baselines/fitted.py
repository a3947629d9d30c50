"""Every candidate fitted on all training rows, kept beside the model: what a validation compares with.

A baseline is a point fit (no members), calibrated on its own out-of-fold predictions where it has them.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from oncoloom.errors import ModelContractError
from oncoloom.files import atomic_path, read_json, write_json
from oncoloom.response.calibration import LogitCalibration
from oncoloom.response.datamodule import FloatArray
from oncoloom.response.predictor_store import predictor_from_arrays
from oncoloom.response.predictors import Predictor
from oncoloom.response.timegrid import cumulative_hazard, rank_score

JSON_NAME, ARRAYS_NAME = "baselines.json", "baselines.npz"


@dataclass(frozen=True, slots=True)
class Baseline:
    """One candidate's point fit of one endpoint.

    Attributes
    ----------
    edges
        (K + 1,) days; empty for response.
    calibration
        Response only, of the candidate's out-of-fold logits.
    """

    candidate: str
    endpoint: str
    predictor: Predictor
    edges: FloatArray
    calibration: LogitCalibration

    def probability(self, x: FloatArray, code: FloatArray, day: int | None) -> FloatArray:
        """(n,) probability of response, or of the event by `day`, of inputs (n, p) under codes (n, q)."""
        eta = self.predictor.eta(x, code).mean(axis=0)
        if day is None:
            return 1 / (1 + np.exp(-(self.calibration.slope * eta[:, 0] + self.calibration.intercept)))
        hazard = cumulative_hazard(eta, self.edges, np.array([float(day)]))[:, 0]
        return np.asarray(-np.expm1(-hazard), dtype=np.float64)

    def score(self, x: FloatArray, code: FloatArray) -> FloatArray:
        """(n,) what patients are ranked by: the response's logit or mortality, higher = more events."""
        return rank_score(self.predictor.eta(x, code).mean(axis=0), self.edges)


def save_baselines(baselines: list[Baseline], folder: Path) -> None:
    """Write ``baselines.json`` and ``baselines.npz`` into a model folder."""
    arrays: dict[str, FloatArray] = {}
    entries: list[dict[str, Any]] = []
    for one in baselines:
        key = f"{one.endpoint}.{one.candidate}"
        entries.append(
            {
                "candidate": one.candidate,
                "endpoint": one.endpoint,
                "kind": one.predictor.kind,
                "calibration": [
                    one.calibration.slope,
                    one.calibration.intercept,
                    one.calibration.fitted_slope,
                ],
            }
        )
        arrays |= {f"{key}.{name}": value for name, value in one.predictor.arrays().items()}
        arrays[f"{key}.edges"] = one.edges
    with atomic_path(Path(folder) / ARRAYS_NAME) as temporary, temporary.open("wb") as handle:
        np.savez_compressed(handle, **arrays)  # type: ignore[arg-type]
    write_json(Path(folder) / JSON_NAME, {"baselines": entries})


def load_baselines(folder: Path) -> list[Baseline]:
    """The baselines of a model folder; none where the model was trained before they were kept.

    Raises
    ------
    ModelContractError
        If the files are there and broken.
    """
    if not (Path(folder) / JSON_NAME).is_file():
        return []
    try:
        entries = read_json(Path(folder) / JSON_NAME)["baselines"]
        with np.load(Path(folder) / ARRAYS_NAME, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        return [_one(entry, arrays) for entry in entries]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelContractError(
            "the baselines beside the model are incomplete or broken", path=folder,
            found=f"{type(error).__name__}: {error}", remedy="train again, or fetch the model again",
        ) from error  # fmt: skip


def _one(entry: dict[str, Any], arrays: dict[str, FloatArray]) -> Baseline:
    prefix = f"{entry['endpoint']}.{entry['candidate']}."
    mine = {key.removeprefix(prefix): value for key, value in arrays.items() if key.startswith(prefix)}
    edges = mine.pop("edges")
    calibration = LogitCalibration(*(float(value) for value in entry["calibration"]))
    predictor = predictor_from_arrays(entry["kind"], mine)
    return Baseline(entry["candidate"], entry["endpoint"], predictor, edges, calibration)
