"""A training's own record, kept with its MLflow run: all that is needed to train the same model again."""

import json
import tempfile
from pathlib import Path
from typing import Any

from oncoloom.errors import ModelContractError
from oncoloom.files import read_json
from oncoloom.registry.lookup import version_at
from oncoloom.registry.tracking import open_registry

RECORD_NAME = "training.json"


def training_record(address: str) -> dict[str, Any]:
    """The record of the run behind ``models:/NAME/3`` or ``models:/NAME@ALIAS``.

    Keys ``endpoint, seed, settings, input_digest, model_version`` and the versions that trained it.

    Raises
    ------
    ModelContractError
        If there is no such version, or its run keeps no record.
    """
    with open_registry() as client:
        import mlflow

        one = version_at(client, address)
        kept = {artifact.path for artifact in client.list_artifacts(one.run_id)}
        if RECORD_NAME not in kept:
            raise ModelContractError(
                "the run of this version keeps no record of its training", found=address,
                expected=RECORD_NAME, remedy="it was logged by an older version: train from the cohort again",
            )  # fmt: skip
        with tempfile.TemporaryDirectory(prefix="oncoloom-record-") as folder:
            got = mlflow.artifacts.download_artifacts(
                run_id=one.run_id, artifact_path=RECORD_NAME, dst_path=folder
            )
            record = read_json(Path(got))
    if not isinstance(record, dict) or not {"endpoint", "seed", "settings", "input_digest"} <= record.keys():
        raise ModelContractError("not a training's record", found=json.dumps(record)[:200])
    return record
