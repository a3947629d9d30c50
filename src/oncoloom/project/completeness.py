"""What a run promised and what it produced, patient by patient."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from oncoloom import __version__
from oncoloom.errors import InputError
from oncoloom.files import read_json
from oncoloom.project.cohort_lookups import STAGES, CohortLookups
from oncoloom.project.layout import INDEXED_FILES, Layout
from oncoloom.project.patients import PatientSamples
from oncoloom.project.progress import FailedJob

State = Literal["reported", "stopped", "incomplete", "done"]


@dataclass(frozen=True, slots=True)
class PatientState:
    """A patient at the end of a run.

    `state` is `reported`, `stopped` (by a check: that page was made in its place), `done` (as far as
    `--until` asked) or `incomplete`.
    """

    patient_id: str
    entry: str
    state: State
    promised: tuple[str, ...]
    missing: tuple[str, ...]
    why_stopped: str = ""
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Completeness:
    """Promised and produced files of a whole run."""

    until: str
    patients: tuple[PatientState, ...]
    promised: tuple[str, ...]
    missing: tuple[str, ...]
    failed: tuple[FailedJob, ...] = field(default=())

    @property
    def stopped(self) -> list[str]:
        """Patients that a check stopped."""
        return [one.patient_id for one in self.patients if one.state == "stopped"]

    @property
    def incomplete(self) -> list[str]:
        """Patients of whom a file is missing."""
        return [one.patient_id for one in self.patients if one.state == "incomplete"]

    def as_dict(self) -> dict[str, Any]:
        """As run.json holds it."""
        return {
            "oncoloom": __version__,
            "until": self.until,
            "patients": [
                {
                    "patient_id": one.patient_id,
                    "entry": one.entry,
                    "state": one.state,
                    "why_stopped": one.why_stopped or None,
                    "warnings": list(one.warnings),
                    "promised": list(one.promised),
                    "missing": list(one.missing),
                }
                for one in self.patients
            ],
            "project": {"promised": list(self.promised), "missing": list(self.missing)},
            "failed_jobs": [
                {"rule": job.rule, "about": job.about, "log": job.log, "slurm_id": job.slurm_id}
                for job in self.failed
            ],
        }


def compare(
    lookups: CohortLookups, *, until: str = "report", failed: tuple[FailedJob, ...] = ()
) -> Completeness:
    """Compare promised with produced files of the patients and of the project.

    Parameters
    ----------
    until
        The stage that the run was asked for.
    failed
        Jobs that failed, for the record.
    """
    folder = lookups.project.folder
    patients = tuple(_patient_state(one, lookups, until) for one in lookups.project.patients)
    promised = _project_files(lookups, until)
    missing = tuple(path for path in promised if not _is_there(folder / path))
    return Completeness(until, patients, promised, missing, failed)


def patient_promises(patient: PatientSamples, lookups: CohortLookups, until: str) -> list[str]:
    """Files that a patient gets up to a stage, where no check stops it."""
    layout, name = lookups.layout, patient.patient_id
    calls = layout.call_outputs(patient)
    indexes = [f"{path}.tbi" for path in calls if Path(path).name in INDEXED_FILES]
    report = layout.report(name)
    by_stage = {
        "align": [
            layout.aligned(name, sample.sample_id) for sample in patient.samples if sample.kind == "fastq"
        ],
        "call": calls + indexes,
        "qc": [layout.qc(name)],
        "features": [layout.features(name), *layout.feature_tables(name)],
        "report": [f"{report}/report.{suffix}" for suffix in ("json", *lookups.config.report.formats)],
    }
    return [path for stage in _reached(until) for path in by_stage.get(stage, [])]


def _patient_state(patient: PatientSamples, lookups: CohortLookups, until: str) -> PatientState:
    folder, layout, name = lookups.project.folder, lookups.layout, patient.patient_id
    promised = patient_promises(patient, lookups, until)
    why, warnings = verdict_words(folder, layout, name)
    if why and until == "report":
        report = layout.report(name)
        kept = [path for path in promised if not path.startswith(f"{report}/")]
        promised = [*kept, f"{report}/stopped.json", f"{report}/stopped.html"]
    missing = tuple(path for path in promised if not _is_there(folder / path))
    state: State = "incomplete"
    if not missing:
        state = "stopped" if why else ("reported" if until == "report" else "done")
    return PatientState(name, patient.entry, state, tuple(promised), missing, why, warnings)


def verdict_words(folder: Path, layout: Layout, patient_id: str) -> tuple[str, tuple[str, ...]]:
    """Why a check stopped a patient ("" where none did), and what checks warned of, as the verdict says."""
    try:
        verdict = read_json(folder / layout.qc(patient_id))
    except InputError:
        return "", ()  # no verdict yet: its file is among the missing ones
    if not isinstance(verdict, dict):
        return "", ()
    told: dict[str, list[str]] = {}
    for check in verdict.get("checks") or []:
        told.setdefault(str(check.get("status")), []).append(str(check.get("sentence") or check.get("check")))
    stopped = ""
    if verdict.get("state") == "stopped":
        stopped = "; ".join(told.get("stop", [])) or "stopped by a sample check"
    reason = (verdict.get("override") or {}).get("reason")
    lifted = [f"{sentence} Stop lifted: {reason}" for sentence in told.get("overridden", [])]
    return stopped, tuple(lifted + told.get("warn", []))


def _project_files(lookups: CohortLookups, until: str) -> tuple[str, ...]:
    own = {
        path
        for one in lookups.project.patients
        for path in (*patient_promises(one, lookups, until), lookups.layout.report(one.patient_id))
    }
    return tuple(path for path in lookups.targets(until) if path not in own)


def _reached(until: str) -> tuple[str, ...]:
    return STAGES[: STAGES.index(until) + 1]


def _is_there(path: Path) -> bool:
    if path.is_dir():
        return any(not child.name.startswith(".") for child in path.iterdir())
    return path.is_file() and path.stat().st_size > 0
