"""What trains the same model again: endpoint, seed, settings, digest of the rows, versions."""

from typing import Any

from oncoloom import __version__
from oncoloom.config import TrainingConfig
from oncoloom.features.schema import FEATURES_VERSION
from oncoloom.provenance import library_versions
from oncoloom.response.training import TrainingOutcome

RECORD_NAME = "training.json"


def training_record(
    outcome: TrainingOutcome, version: str, input_digest: str, settings: TrainingConfig
) -> dict[str, Any]:
    """What trains the same model again from the same rows; the project's lists of cohorts are not part."""
    return {
        "endpoint": outcome.model.endpoint,
        "seed": outcome.model.facts["seed"],
        "settings": settings.model_dump(mode="json", exclude={"cohorts", "model", "model_name", "endpoint"}),
        "input_digest": input_digest,
        "model_version": version,
        "oncoloom_version": __version__,
        "feature_schema_version": FEATURES_VERSION,
        "libraries": library_versions(),
    }
