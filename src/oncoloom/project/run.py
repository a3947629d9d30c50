"""A run from outside: check, lock, workflow, then promised against produced files."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from oncoloom.errors import EXIT_FAILED, EXIT_STOPPED, FaultList, OncoloomError, UsageError
from oncoloom.logs import logger
from oncoloom.project.checks import check_project
from oncoloom.project.cohort_lookups import STAGES, CohortLookups
from oncoloom.project.completeness import Completeness, compare
from oncoloom.project.engine import (
    RUN_LOG,
    capture,
    check_cluster_paths,
    follow,
    job_environment,
    profile_folder,
    snakemake_command,
)
from oncoloom.project.folder import Project, open_project
from oncoloom.project.lock import RunLock
from oncoloom.project.progress import FailedJob, culprits
from oncoloom.project.run_page import headline, write_completeness
from oncoloom.project.sheets import raise_faults
from oncoloom.tables import suggest


@dataclass(frozen=True, slots=True)
class RunOptions:
    """What a person asked for; the fields are the flags of `oncoloom run`."""

    config: Path | None = None
    cores: int | None = None
    profile: str = "default"
    until: str = "report"
    patients: tuple[str, ...] | None = None
    force_unlock: bool = False


@dataclass(frozen=True, slots=True)
class RunOutcome:
    """How a run ended: exit code, one sentence, and the record that run.json holds."""

    exit_code: int
    summary: str
    completeness: Completeness


def run_project(options: RunOptions) -> RunOutcome:
    """Run a project to its end, or to the stage asked for.

    Returns
    -------
    RunOutcome
        Exit code 0 all there, 1 something failed or is missing, 3 complete but a check stopped a patient.

    Raises
    ------
    FaultList, OncoloomError
        If the check before the run finds errors, another run works here, or an option is wrong.
    """
    project = prepare(options)
    lookups = CohortLookups(project)
    with RunLock(project.folder, force=options.force_unlock) as lock:
        if lock.recovered or options.force_unlock:
            logger.info("an earlier run ended without notice; its finished steps are kept")
            _unlock(project)
        if any(one.entry == "reads" for one in project.patients):
            _warm_up(project.folder)
        command = snakemake_command(
            project, profile=options.profile, cores=options.cores, targets=run_targets(lookups, options)
        )
        try:
            code, progress = follow(command, project.folder, say=logger.info, started=lock.note_child)
        except KeyboardInterrupt:
            _unlock(project)
            raise
        if code < 0:  # a signal ended Snakemake, which then could not remove its own lock
            _unlock(project)
        failed = tuple(culprits(progress.failed.values(), project.folder))
        result = compare(lookups, until=options.until, failed=failed)
        write_completeness(result, lookups)
    _tell(result, failed, code, project)
    return RunOutcome(_exit_code(result, code), _summary(result, code, lookups), result)


def prepare(options: RunOptions) -> Project:
    """Options and project checked; warnings are logged.

    Raises
    ------
    UsageError, FaultList
        If an option is wrong, or the check finds errors.
    """
    if options.until not in STAGES:
        near = suggest(options.until, STAGES)
        raise UsageError(
            f"no stage {options.until!r}",
            expected=", ".join(STAGES),
            remedy=f"did you mean {near}?" if near else None,
        )
    profile_folder(options.profile)  # a wrong profile is said before anything is looked at
    findings = check_project(options.config, only=options.patients)
    for finding in findings.warnings:
        logger.warning("%s", "\n".join(finding.lines()))
    if findings.errors:
        raise FaultList(f"the check before the run found {len(findings.errors)} errors", findings.errors)
    project = open_project(options.config, only=options.patients)
    raise_faults(check_cluster_paths(project, options.profile), "names of files")
    return project


def run_targets(lookups: CohortLookups, options: RunOptions) -> list[str] | None:
    """Result files to ask for; None for all of the project.

    Raises
    ------
    UsageError
        If there is nothing to make up to that stage.
    """
    if options.until == "report":
        return None
    targets = lookups.targets(options.until)
    if not targets:
        raise UsageError(f"this project makes nothing up to the stage {options.until!r}")
    return targets


def _unlock(project: Project) -> None:
    capture(snakemake_command(project, extra=["--unlock"]), project.folder)


def _warm_up(folder: Path) -> None:
    """Compile the kernels once, in one process, before jobs start side by side."""
    done = subprocess.run(
        [sys.executable, "-P", "-m", "oncoloom.cli.main", "warmup"],
        cwd=folder,
        env=job_environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode:
        raise OncoloomError(
            "the kernels could not be compiled",
            found=done.stderr.strip()[-500:],
            remedy="oncoloom warmup",
        )


def _tell(result: Completeness, failed: tuple[FailedJob, ...], code: int, project: Project) -> None:
    for job in failed:
        slurm = f", Slurm job {job.slurm_id}" if job.slurm_id else ""
        logger.error("failed: %s %s%s; log: %s", job.rule, job.about, slurm, job.log or RUN_LOG)
        for line in job.last_lines(project.folder):
            logger.error("  | %s", line)
    for path in result.missing:
        logger.error("missing: %s", path)
    for one in result.patients:
        if one.missing:
            logger.error("missing for %s: %s", one.patient_id, ", ".join(one.missing))
        elif one.state == "stopped":
            logger.warning("stopped: %s: %s", one.patient_id, one.why_stopped)
        for text in one.warnings:
            logger.warning("%s: %s", one.patient_id, text)
    if code and not failed:
        for line in _log_tail(project.folder / RUN_LOG):
            logger.error("  | %s", line)


def _log_tail(path: Path, n: int = 20) -> list[str]:
    try:
        return path.read_text(encoding="utf-8", errors="replace").splitlines()[-n:]
    except OSError:
        return []


def _exit_code(result: Completeness, code: int) -> int:
    if code or result.missing or result.incomplete:
        return EXIT_FAILED
    return EXIT_STOPPED if result.stopped else 0


def _summary(result: Completeness, code: int, lookups: CohortLookups) -> str:
    text = headline(result)
    if result.stopped:
        text += f" ({', '.join(result.stopped)})"
    if code and not result.failed:
        text = f"the workflow did not run to its end (see {RUN_LOG}); {text}"
    elif result.failed:
        names = sorted({f"{job.rule} {job.about}".rstrip() for job in result.failed})
        text += f"; failed: {', '.join(names)}"
    return f"{text}. {lookups.layout.run_html}"
