"""Versions, aliases and approval: which model is in use, who said so and why."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from oncoloom.errors import ApprovalError, ModelContractError
from oncoloom.registry.lookup import DIGEST_TAG, version_at
from oncoloom.registry.names import CHAMPION, check_alias, check_model_name
from oncoloom.registry.runs import MODEL_FOLDER
from oncoloom.registry.tracking import open_registry, registry_is_there


def list_versions() -> list[dict[str, Any]]:
    """Every registered version: name, version, aliases, endpoint, digest, metrics, approval; newest first.

    Empty where no registry was set up; none is made by asking.
    """
    if not registry_is_there():
        return []
    with open_registry() as client:
        out: list[dict[str, Any]] = []
        for model in client.search_registered_models():
            aliases: dict[str, list[str]] = {}
            for alias, version in client.get_registered_model(model.name).aliases.items():
                aliases.setdefault(str(version), []).append(alias)
            versions = client.search_model_versions(f"name = '{model.name}'")
            out += [_row(client, one, sorted(aliases.get(str(one.version), []))) for one in versions]
        return sorted(out, key=lambda row: (row["name"], -row["version"]))


def _row(client: Any, one: Any, aliases: list[str]) -> dict[str, Any]:
    metrics = client.get_run(one.run_id).data.metrics if one.run_id else {}
    shown = {k: v for k, v in sorted(metrics.items()) if k.startswith(("out_of_fold.", "cohort."))}
    return {
        "name": one.name,
        "version": int(one.version),
        "aliases": aliases,
        "endpoint": one.tags.get("endpoint"),
        "champion_family": one.tags.get("champion_family"),
        "model_version": one.tags.get(DIGEST_TAG),
        "approved_by": one.tags.get("approved_by"),
        "approved_reason": one.tags.get("approved_reason"),
        "run_id": one.run_id,
        "metrics": shown,
    }


def approve_version(name: str, version: int, *, by: str, reason: str, alias: str = CHAMPION) -> str | None:
    """Set `alias` on a version and record who and why; returns the version that had it before.

    Raises
    ------
    UsageError
        For a name or alias that cannot be.
    ApprovalError
        If nobody, or no reason, is given.
    ModelContractError
        If there is no such version.
    """
    check_model_name(name)
    check_alias(alias)
    if not by.strip() or not reason.strip():
        raise ApprovalError(
            "an approval needs a person and a reason", remedy='--by "Dr. A. Name" --reason "validated on …"'
        )
    with open_registry() as client:
        versions = {int(one.version): one for one in client.search_model_versions(f"name = '{name}'")}
        if version not in versions:
            raise ModelContractError(
                "no such model version", found=f"{name} {version}",
                expected=", ".join(str(v) for v in sorted(versions)) or "no version of that name",
                remedy="`oncoloom models` lists them",
            )  # fmt: skip
        before = client.get_registered_model(name).aliases.get(alias)
        client.set_registered_model_alias(name, alias, str(version))
        prefix = "approved" if alias == CHAMPION else f"alias_{alias}"
        client.set_model_version_tag(name, str(version), f"{prefix}_by", by.strip())
        client.set_model_version_tag(name, str(version), f"{prefix}_reason", reason.strip())
        return None if before is None else str(before)


@contextmanager
def fetched_model(address: str) -> Iterator[Path]:
    """The model folder behind ``models:/NAME@ALIAS`` or ``models:/NAME/3``, for the length of the block.

    Raises
    ------
    ModelContractError
        If the registry has no such model, version or alias.
    """
    with open_registry() as client:
        import mlflow

        one = version_at(client, address)
        with tempfile.TemporaryDirectory(prefix="oncoloom-model-") as folder:
            got = mlflow.artifacts.download_artifacts(f"models:/{one.name}/{one.version}", dst_path=folder)
            yield _model_folder(Path(got), address)


def _model_folder(root: Path, address: str) -> Path:
    for file in sorted(root.rglob("model.json")):
        if file.parent.name == MODEL_FOLDER:
            return file.parent
    raise ModelContractError(
        "the files of the registered model are missing, or it is no model of oncoloom", found=address,
        expected=f"a folder {MODEL_FOLDER} with model.json among its artifacts",
        remedy="put the artifacts (mlartifacts beside mlflow.db) back, or give --model FOLDER",
    )  # fmt: skip
