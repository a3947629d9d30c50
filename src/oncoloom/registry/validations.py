"""Figures of a later validation, added to the run of the version that was judged."""

from pathlib import Path

from oncoloom.registry.lookup import versions_of_content
from oncoloom.registry.tracking import open_registry


def log_validation(
    model_version: str, metrics: dict[str, float], digests: dict[str, str], files: list[Path] | None = None
) -> str | None:
    """Add `metrics` to the run of the registered version with this content digest; its name and number.

    `digests` are cohort name to content digest, kept as tags; `files` go to the run's artifacts, in a folder
    named by the cohorts. None if no version has this content: then nothing is logged.

    Raises
    ------
    ModelContractError
        If the registry cannot be used.
    """
    with open_registry() as client:
        found = versions_of_content(client, model_version)
        if not found:
            return None
        one = found[0]
        for name, value in sorted(metrics.items()):
            client.log_metric(one.run_id, name, value)
        for cohort, digest in sorted(digests.items()):
            client.set_tag(one.run_id, f"validation_digest.{cohort}", digest)
        place = "validation/" + "+".join(sorted(digests))[:100]
        for file in files or []:
            client.log_artifact(one.run_id, str(file), place)
        return f"{one.name} version {one.version}"
