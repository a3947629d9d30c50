"""One training becomes one MLflow run and one registered version.

The run folder holds everything (``run.json`` says what); logging can be repeated from it, so that a registry
that was away costs no training.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from oncoloom.errors import ModelContractError
from oncoloom.files import read_json
from oncoloom.registry.lookup import DIGEST_TAG, versions_of_content
from oncoloom.registry.names import CANDIDATE, CHAMPION, check_alias, check_model_name
from oncoloom.registry.tracking import experiment_id, open_registry

MODEL_FOLDER = "model"
_DATASET_DIGEST = 36  # letters that MLflow keeps of a dataset's digest; the tags hold it whole


@dataclass(frozen=True, slots=True)
class RegisteredVersion:
    """What registering gave: name, version number, aliases now on it, MLflow's run id."""

    name: str
    version: int
    aliases: tuple[str, ...]
    run_id: str


def log_training_run(folder: Path, *, model_name: str, alias: str = CANDIDATE) -> RegisteredVersion:
    """Log the training in `folder` and register its model; the first version of a name becomes champion, too.

    Raises
    ------
    UsageError
        For a name or alias that cannot be.
    ModelContractError
        If the registry cannot be used or the folder holds no training. The folder stays as it is.
    """
    check_model_name(model_name)
    check_alias(alias)
    run = read_json(Path(folder) / "run.json")
    if not isinstance(run, dict) or "model_version" not in run:
        raise ModelContractError("not a training's run.json", path=Path(folder) / "run.json")
    with open_registry() as client:
        registered = versions_of_content(client, run["model_version"], model_name)
        if registered:  # training the same content again makes no second version
            known = int(registered[0].version)
            client.set_registered_model_alias(model_name, alias, str(known))
            version = client.get_model_version(model_name, str(known))
            return RegisteredVersion(
                model_name, known, tuple(sorted({*version.aliases, alias})), str(version.run_id)
            )
        return _log(client, Path(folder), run, model_name, alias)


def _log(client: Any, folder: Path, run: dict[str, Any], name: str, alias: str) -> RegisteredVersion:
    import mlflow

    experiment = experiment_id(client)
    with mlflow.start_run(experiment_id=experiment, run_name=f"{name} {run['endpoint']}") as active:
        mlflow.log_params(run["parameters"])
        mlflow.set_tags(run["tags"] | {DIGEST_TAG: run["model_version"]})
        mlflow.log_metrics(run["metrics"])
        client.log_inputs(active.info.run_id, _datasets(run["tags"]))
        for file in run["files"]:
            place = str(Path(file).parent)
            mlflow.log_artifact(str(folder / file), None if place == "." else place)
        info = mlflow.pyfunc.log_model(
            name="model",
            python_model=str(Path(__file__).with_name("serving.py")),
            artifacts={"model": str(folder / MODEL_FOLDER)},
            signature=_signature(run["signature"]),
            input_example=_example(run["input_example"]),
            pip_requirements=[f"oncoloom=={run['parameters']['oncoloom_version']}"],
            registered_model_name=name,
        )
        run_id = str(active.info.run_id)
    version = str(info.registered_model_version)
    tags = {DIGEST_TAG: run["model_version"], "endpoint": run["endpoint"], "champion_family": run["champion"]}
    for key, value in tags.items():
        client.set_model_version_tag(name, version, key, value)
    client.set_registered_model_alias(name, alias, version)
    aliases = [alias]
    if CHAMPION not in client.get_registered_model(name).aliases:
        client.set_registered_model_alias(name, CHAMPION, version)
        client.set_model_version_tag(name, version, "approved_by", "nobody: first version of this name")
        client.set_model_version_tag(name, version, "approved_reason", "first version")
        aliases.append(CHAMPION)
    return RegisteredVersion(name, int(version), tuple(sorted(set(aliases))), run_id)


def _datasets(tags: dict[str, str]) -> list[Any]:
    """The run's data for MLflow's own list of datasets: names and digests, no rows and no paths."""
    from mlflow.entities import Dataset, DatasetInput, InputTag

    return [
        DatasetInput(
            Dataset(
                name=name,
                digest=tags[f"{name}_digest"].removeprefix("sha256:")[:_DATASET_DIGEST],
                source_type="oncoloom cohort",
                source=json.dumps({"digest": tags[f"{name}_digest"]}),
            ),
            tags=[InputTag("mlflow.data.context", name)],
        )
        for name in ("training", "input")
        if f"{name}_digest" in tags
    ]


def _signature(columns: dict[str, list[list[Any]]]) -> Any:
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, Schema

    def schema(key: str) -> Any:
        return Schema([ColSpec(kind, name, required=bool(required)) for name, kind, required in columns[key]])

    return ModelSignature(inputs=schema("inputs"), outputs=schema("outputs"))


def _example(row: dict[str, Any]) -> Any:
    import pandas as pd  # type: ignore[import-untyped]

    return pd.DataFrame({name: [value] for name, value in row.items()})
