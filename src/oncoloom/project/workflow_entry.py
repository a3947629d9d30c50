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
        Snakemake's config; the key ``only_patients`` (names joined by commas) limits the run and is taken
        out, so that the rest is the project's config and nothing else. Filled from the file where empty.
    folder
        The working directory.
    """
    import yaml

    path = Path(str(configfiles[-1])) if configfiles else find_config(start=folder)
    limited = config.pop(ONLY_KEY, None)
    only = tuple(name for name in str(limited).split(",") if name) if limited is not None else None
    project = open_project(path, only=only)
    if not config:
        config.update(yaml.safe_load(path.read_text(encoding="utf-8")) or {})
    return CohortLookups(project)
