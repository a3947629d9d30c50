"""Predictions logged with the model version that made them."""

from pathlib import Path
from typing import Any

from oncoloom.registry.runs import DIGEST_TAG
from oncoloom.registry.tracking import experiment_id, open_registry

EXPERIMENT = "oncoloom predictions"


def log_predictions(table: Path, summary: dict[str, Any]) -> str:
    """Log a predictions table as one run: model version, cohort digest, counts; returns the run id.

    `summary` holds `model_version`, `cohort_digest` and numbers to log as metrics.

    Raises
    ------
    ModelContractError
        If the registry cannot be used.
    """
    with open_registry() as client:
        import mlflow

        tags = {DIGEST_TAG: str(summary["model_version"]), "cohort_digest": str(summary["cohort_digest"])}
        tags |= _registered(client, str(summary["model_version"]))
        with mlflow.start_run(experiment_id=experiment_id(client, EXPERIMENT), run_name=table.stem) as active:
            mlflow.set_tags(tags)
            mlflow.log_metrics({k: float(v) for k, v in summary.items() if isinstance(v, int | float)})
            mlflow.log_artifact(str(table))
            return str(active.info.run_id)


def _registered(client: Any, digest: str) -> dict[str, str]:
    """Name and number of the registered version with this content, where there is one."""
    for one in client.search_model_versions(f"tag.`{DIGEST_TAG}` = '{digest}'"):
        return {"registered_model": f"{one.name}/{one.version}"}
    return {}
