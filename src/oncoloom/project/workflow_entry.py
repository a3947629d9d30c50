"""The door between Snakemake and a project: config files and overrides in, look-ups out."""

from pathlib import Path
from typing import Any

from oncoloom.project.cohort_lookups import CohortLookups
from oncoloom.project.folder import find_config, open_project

ONLY_KEY = "only_patients"


def lookups_for_workflow(configfiles: list[Any], config: dict[str, Any], folder: Path) -> CohortLookups:
    """Look-ups for the Snakefile.

    Parameters
    ----------
    configfiles
        Config files that Snakemake was given; the project's own is found below `folder` without one.
    config
        Snakemake's config; the key ``only_patients`` (names joined by commas) limits the run. Replaced by
        the project's resolved config, so that the schema is held against what the rules use.
    folder
        The working directory.
    """
    path = Path(str(configfiles[-1])) if configfiles else find_config(start=folder)
    limited = config.get(ONLY_KEY)
    only = tuple(name for name in str(limited).split(",") if name) if limited is not None else None
    project = open_project(path, only=only)
    config.clear()
    config.update(project.config.model_dump(mode="json"))
    return CohortLookups(project)
