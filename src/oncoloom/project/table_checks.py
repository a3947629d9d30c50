"""Checks of cohort tables and the clinic: their columns against the mapping, their values, their patients."""

from pathlib import Path
from typing import Any

from oncoloom.cohort.mapping import load_mapping
from oncoloom.config import CohortSource
from oncoloom.project.findings import Findings
from oncoloom.project.folder import Project


def check_tables(project: Project, findings: Findings, absent: set[Path]) -> None:
    """Read every cohort table and the clinic as the run would, without writing."""
    for number, cohort in enumerate(project.cohorts):
        source = cohort.source
        paths = [project.path(source.path)] + ([project.path(source.variants)] if source.variants else [])
        if not absent.intersection(paths):
            record = f"key `training.cohorts.{number}`"
            findings.look("cohorts", lambda source=source: _read_cohort(project, source), record=record)  # type: ignore[misc]
    clinical = project.config.clinical
    if clinical.table is not None and project.path(clinical.table) not in absent:
        findings.look("clinic", lambda: _read_clinic(project, findings), record="section `clinical`")


def mapping_argument(project: Project, mapping: str) -> str:
    """A mapping as `load_mapping` takes it: a file of the project, else the name of a shipped one."""
    path = project.path(mapping)
    return str(path) if path.is_file() else mapping


def _read_cohort(project: Project, source: CohortSource) -> Any:
    from oncoloom.cohort import importing

    rules = load_mapping(mapping_argument(project, source.mapping))
    path = project.path(source.path)
    variants = project.path(source.variants) if source.variants else None
    if source.kind == "csv":
        return importing.import_csv([path], rules, variants=variants, use=source.use)
    if source.kind == "maf":
        return importing.import_maf(path, rules, use=source.use)
    from oncoloom.cohort.cbioportal_door import import_cbioportal

    return import_cbioportal(path, rules, use=source.use)


def _read_clinic(project: Project, findings: Findings) -> None:
    from oncoloom.cohort.csv_door import read_clinic
    from oncoloom.errors import ConfigError

    clinical = project.config.clinical
    if clinical.table is None:
        return
    if clinical.mapping is None:
        raise ConfigError(
            "the clinic needs a mapping", path=project.config_path, record="key `clinical.mapping`"
        )
    rules = load_mapping(mapping_argument(project, clinical.mapping))
    result = read_clinic(project.path(clinical.table), rules)
    known = set(result.filled.column("patient_id"))
    lacking = [one.patient_id for one in project.patients if one.patient_id not in known]
    if lacking:
        findings.warn(
            f"{len(lacking)} of {len(project.patients)} patients have no row in the clinic;"
            " their reports carry no clinical data",
            path=project.path(clinical.table),
        )
