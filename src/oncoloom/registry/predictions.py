"""Predictions logged with the model version that made them."""

from pathlib import Path
from typing import Any

from oncoloom.registry.lookup import DIGEST_TAG, versions_of_content
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
        for one in versions_of_content(client, str(summary["model_version"]))[:1]:
            tags["registered_model"] = f"{one.name}/{one.version}"
        with mlflow.start_run(experiment_id=experiment_id(client, EXPERIMENT), run_name=table.stem) as active:
            mlflow.set_tags(tags)
            mlflow.log_metrics({k: float(v) for k, v in summary.items() if isinstance(v, int | float)})
            mlflow.log_artifact(str(table))
            return str(active.info.run_id)
