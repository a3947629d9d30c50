"""Where a project stands now: its files, what is out of date, the last failures, and who runs it."""

from dataclasses import dataclass
from pathlib import Path

from oncoloom.errors import InputError, LockedError
from oncoloom.files import read_json
from oncoloom.project.cohort_lookups import CohortLookups
from oncoloom.project.completeness import Completeness, compare
from oncoloom.project.folder import open_project
from oncoloom.project.lock import LOCK_FILE, RunLock
from oncoloom.project.plan import jobs_to_run


@dataclass(frozen=True, slots=True)
class Status:
    """How far a project is.

    Attributes
    ----------
    completeness
        Promised against produced files.
    failed
        Jobs that failed in the last run.
    running
        Who runs now ("" for nobody).
    jobs
        Jobs that a run would do, by rule: for files that are not there or were made from older input. Not
        asked for while a run is at them.
    """

    completeness: Completeness
    failed: tuple[str, ...]
    running: str
    jobs: dict[str, int]


def project_status(config_path: Path | None = None) -> Status:
    """The state of a project as its files tell it.

    Raises
    ------
    ConfigError, FaultList
        If config or sheets are wrong.
    OncoloomError
        If the workflow cannot be planned.
    """
    project = open_project(config_path)
    lookups = CohortLookups(project)
    running = _who_runs(project.folder)
    return Status(
        compare(lookups),
        _last_failures(project.folder / lookups.layout.run_json),
        running,
        {} if running else jobs_to_run(project),
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
