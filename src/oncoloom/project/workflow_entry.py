"""The door between Snakemake and a project: config files and overrides in, look-ups out."""

from pathlib import Path
from typing import Any

import polars as pl

from oncoloom.clinical.sheet_text import PATIENT_COLUMNS, read_sheet
from oncoloom.project.cohort_lookups import CohortLookups
from oncoloom.project.folder import Project, find_config, open_project
from oncoloom.project.sheets import SAMPLE_COLUMNS

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


def sheet_records(project: Project) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows of patients.tsv and samples.tsv as text, for the schemas of the workflow; none without sheets."""
    frames = []
    for path, columns in (
        (project.patients_sheet, PATIENT_COLUMNS),
        (project.samples_sheet, SAMPLE_COLUMNS),
    ):
        rows = read_sheet(path, columns)[0] if path else []
        schema = dict.fromkeys((column.name for column in columns), pl.String())
        frames.append(pl.DataFrame([row.cells for row in rows], schema=schema))
    return frames[0], frames[1]
