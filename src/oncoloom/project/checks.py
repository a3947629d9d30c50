"""`oncoloom check`: everything that can be known before a job starts, all of it told at once."""

import shlex
import shutil
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from oncoloom.errors import ConfigError, FaultList, InputError, OncoloomError
from oncoloom.project.file_checks import check_patient_files, check_reference_files
from oncoloom.project.findings import Findings
from oncoloom.project.folder import Project, inspect_project
from oncoloom.project.inputs import named_inputs
from oncoloom.project.plan import estimate_disk
from oncoloom.project.table_checks import check_tables

_GB = 1_000_000_000
_CLOCK_SECONDS = 5.0  # clocks of two machines differ


def check_project(config_path: Path | None = None, *, only: tuple[str, ...] | None = None) -> Findings:
    """Check config, sheets, files, tables and the folder of a project.

    Parameters
    ----------
    config_path
        The config file or project folder; found below the current folder when not given.
    only
        Look at the files of these patients alone.
    """
    findings = Findings()
    try:
        project, faults = inspect_project(config_path, only=only)
    except FaultList as error:
        findings.errors += error.faults
        return findings
    except OncoloomError as error:
        findings.errors.append(error)
        return findings
    for fault in faults:
        findings.add_error(fault)
    _check_folder(project, findings)
    absent = _check_existence(project, findings)
    _check_config(project, findings)
    with tempfile.TemporaryDirectory(prefix="oncoloom-check-") as work:
        reference = check_reference_files(project, findings, work_folder=Path(work))
        for patient in project.patients:
            if reference is not None:
                check_patient_files(project, patient, reference, findings, absent, work_folder=Path(work))
    check_tables(project, findings, absent)
    return findings


def _check_existence(project: Project, findings: Findings) -> set[Path]:
    """Files that are named and not there; each is told once for every record that names it."""
    absent = set()
    for named in named_inputs(project):
        findings.seen["files"] = findings.seen.get("files", 0) + 1
        reason = _why_unreadable(named.path)
        if reason is None and any(character in named.written for character in "{}"):
            findings.add_error(
                ConfigError(
                    "a path with a brace cannot be used in the workflow",
                    path=named.sheet,
                    record=named.record,
                    found=named.written,
                    remedy="rename the file, or link to it under another name",
                )
            )
        if reason is None:
            _check_date(named.path, named.written, findings)
        if reason:
            absent.add(named.path)
            findings.add_error(
                ConfigError(
                    f"the file it names {reason}",
                    path=named.sheet,
                    record=named.record,
                    found=named.written,
                    remedy="paths are relative to the project folder" if "exist" in reason else None,
                )
            )
    return absent


def _check_date(path: Path, written: str, findings: Findings) -> None:
    """A file from the future is newer than all that is made of it: the workflow would refuse every job."""
    changed = path.stat().st_mtime
    if changed <= time.time() + _CLOCK_SECONDS:
        return
    findings.add_error(
        InputError(
            "its date lies in the future, so nothing made from it could ever be newer",
            path=path,
            found=datetime.fromtimestamp(changed, tz=UTC).isoformat(timespec="seconds"),
            expected=f"a date before {datetime.now(tz=UTC).isoformat(timespec='seconds')}",
            remedy=f"set the clock of this machine, or: touch {shlex.quote(written)}",
        )
    )


def _why_unreadable(path: Path) -> str | None:
    try:
        if path.is_dir():
            next(path.iterdir(), None)
            return None
        with path.open("rb") as handle:
            return None if handle.read(1) else "is empty"
    except FileNotFoundError:
        return "does not exist"
    except OSError as error:
        return f"cannot be read ({error.strerror})"


def _check_folder(project: Project, findings: Findings) -> None:
    findings.seen["folder"] = 1
    results = project.folder / project.config.results
    for folder in (project.folder, results) if results.exists() else (project.folder,):
        try:
            with tempfile.NamedTemporaryFile(prefix=".oncoloom-check-", dir=folder):
                pass
        except OSError as error:
            findings.add_error(
                InputError(
                    f"the folder cannot be written: {error.strerror}",
                    path=folder,
                    remedy="free space, or use a folder of your own",
                )
            )
            return
    if any(character in str(project.folder) for character in "{}\n\t"):
        findings.add_error(
            ConfigError(
                "a path with a brace, tab or line end cannot be used in the workflow",
                path=project.folder,
                remedy="rename the folder",
            )
        )
    needed, free = estimate_disk(project), shutil.disk_usage(project.folder).free
    if free < needed:
        findings.add_error(
            InputError(
                "the disk has too little room for the results",
                path=project.folder,
                expected=f"about {needed / _GB:.1f} GB (an upper estimate)",
                found=f"{free / _GB:.1f} GB free",
                remedy="free space, or put the project on a larger disk",
            )
        )


def _check_config(project: Project, findings: Findings) -> None:
    config, training = project.config, project.config.training
    if project.patients and config.reference.fasta is None:
        findings.add_error(
            ConfigError(
                "patients need a reference",
                path=project.config_path,
                record="key `reference.fasta`",
                remedy="give the FASTA that the reads or VCFs belong to",
            )
        )
    uses = [source.use for source in training.cohorts]
    if training.cohorts and training.model is None and "train" not in uses:
        findings.warn(
            "cohorts without one to train on, and no `training.model`: there will be no predictions",
            path=project.config_path,
            record="key `training.cohorts`",
        )
    if training.model is not None and "train" in uses:
        findings.warn(
            "`training.model` is given, so nothing is trained on the cohorts with use: train",
            path=project.config_path,
            record="key `training.model`",
        )
    if project.patients and config.reference.gff is None:
        findings.warn(
            "no gene models: reports will carry no consequences, no TMB and no drivers",
            path=project.config_path,
            record="key `reference.gff`",
        )
    if project.patients and not training.cohorts and training.model is None:
        findings.warn(
            "neither `training.cohorts` nor `training.model`: reports will carry no predictions",
            path=project.config_path,
            record="section `training`",
        )
