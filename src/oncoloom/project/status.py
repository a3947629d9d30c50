"""Where a project stands now: its files, the last run's failures, and whether a run works on it."""

from dataclasses import dataclass
from pathlib import Path

from oncoloom.errors import InputError, LockedError
from oncoloom.files import read_json
from oncoloom.project.cohort_lookups import CohortLookups
from oncoloom.project.completeness import Completeness, compare
from oncoloom.project.folder import open_project
from oncoloom.project.lock import LOCK_FILE, RunLock


@dataclass(frozen=True, slots=True)
class Status:
    """Promised against produced files, jobs that failed in the last run, and who runs now ("" for nobody)."""

    completeness: Completeness
    failed: tuple[str, ...]
    running: str


def project_status(config_path: Path | None = None) -> Status:
    """The state of a project as its files tell it.

    Raises
    ------
    ConfigError, FaultList
        If config or sheets are wrong.
    """
    project = open_project(config_path)
    lookups = CohortLookups(project)
    return Status(
        compare(lookups),
        _last_failures(project.folder / lookups.layout.run_json),
        _who_runs(project.folder),
    )


def _last_failures(run_json: Path) -> tuple[str, ...]:
    try:
        record = read_json(run_json)
    except InputError:
        return ()
    jobs = record.get("failed_jobs", []) if isinstance(record, dict) else []
    return tuple(f"{job['rule']} {job['about']} ({job['log']})" for job in jobs)


def _who_runs(folder: Path) -> str:
    if not (folder / LOCK_FILE).is_file():
        return ""
    try:
        return RunLock.holder(folder)
    except LockedError as error:
        return f"running: {error.found}"
