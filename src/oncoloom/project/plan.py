"""Before a run: what each patient will and will not get and why, which jobs run, how much disk it takes."""

import re
from dataclasses import dataclass
from pathlib import Path

from oncoloom.errors import OncoloomError
from oncoloom.project.cohort_lookups import CohortLookups
from oncoloom.project.engine import capture, snakemake_command
from oncoloom.project.folder import Project
from oncoloom.project.patients import PatientSamples

_BAM_PER_FASTQ = 1.3  # bytes of sorted BAM with tags per byte of gzipped FASTQ; a bound, sorting included
_CALLS_PER_BAM = 0.05  # calls, raw sums and shards per byte of BAM or CRAM
_PER_PATIENT = 30_000_000  # tables, reports, logs
_PER_PROJECT = 200_000_000  # model, registry, workflow records
_STATS = re.compile(r"^(\w+)\s+(\d+)$")


@dataclass(frozen=True, slots=True)
class PatientPlan:
    """What a patient will get, and what not, each with its reason."""

    patient_id: str
    will: tuple[str, ...]
    will_not: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """A run before it happens. `jobs` counts the jobs to run by rule; `disk_bytes` is an upper estimate."""

    patients: tuple[PatientPlan, ...]
    jobs: dict[str, int]
    disk_bytes: int


def plan_project(project: Project, *, targets: list[str] | None = None) -> Plan:
    """The plan of a run; asks Snakemake which jobs are not up to date.

    Raises
    ------
    OncoloomError
        If the workflow cannot be planned.
    """
    lookups = CohortLookups(project)
    patients = tuple(_patient_plan(one, lookups) for one in project.patients)
    return Plan(patients, jobs_to_run(project, targets=targets), estimate_disk(project))


def jobs_to_run(project: Project, *, targets: list[str] | None = None) -> dict[str, int]:
    """Number of jobs to run by rule; empty where all is up to date.

    Raises
    ------
    OncoloomError
        If Snakemake cannot plan the workflow, with its words.
    """
    command = snakemake_command(project, cores=1, targets=targets, extra=["--dry-run", "--nolock"])
    code, text = capture(command, project.folder)
    if code:
        words = [line for line in text.splitlines() if line.strip()][-12:]
        raise OncoloomError("the workflow cannot be planned", path=project.folder, found="\n".join(words))
    jobs: dict[str, int] = {}
    inside = False
    for line in text.splitlines():
        if line.startswith("Job stats:"):
            inside, jobs = True, {}
        elif inside and (match := _STATS.match(line.strip())):
            jobs[match.group(1)] = int(match.group(2))
        elif inside and not line.strip():
            inside = False
    return {rule: n for rule, n in jobs.items() if rule not in ("all", "total")}


def estimate_disk(project: Project) -> int:
    """Bytes that results may take, an upper estimate from the sizes of the inputs."""
    total = float(_PER_PROJECT)
    for patient in project.patients:
        total += _PER_PATIENT
        for sample in patient.samples:
            for file in sample.files:
                size = _bytes(project.path(file.path))
                if sample.kind == "fastq":
                    lanes = 2 if len(sample.files) > 1 else 1
                    bam = (size + _bytes(project.path(file.path_2))) * _BAM_PER_FASTQ
                    total += bam * (1 + _CALLS_PER_BAM) + (lanes - 1) * bam
                elif sample.kind == "alignment":
                    total += size * _CALLS_PER_BAM
                else:
                    total += 2 * size
    return int(total)


def _bytes(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0


def _patient_plan(patient: PatientSamples, lookups: CohortLookups) -> PatientPlan:
    config = lookups.config
    will, will_not = [], []
    if patient.entry == "vcf":
        will.append("variants imported from a VCF of another caller")
        will_not.append("calls, coverage, MSI, copy number, identity check: no reads, only a VCF")
    else:
        if any(sample.kind == "fastq" for sample in patient.samples):
            will.append("reads aligned")
        if patient.normal:
            will.append("somatic and germline calls, tumor against normal")
            will.append("identity check of tumor and normal")
        else:
            will.append("tumor-only calls: germline variants can only be guessed")
            will_not.append("identity check, matched germline: no normal in the sheet")
        if len(patient.tumors) > 1:
            names = ", ".join(sample.sample_id for sample in patient.tumors[1:])
            will.append(f"calls of {names}, too, shown beside those of {patient.tumors[0].sample_id}")
            will_not.append(f"features and predictions of {names}: the first tumor's alone")
    if config.reference.gff is None:
        will_not.append("consequences, TMB, drivers: no `reference.gff` in the config")
    else:
        will.append("consequences and drivers")
    if patient.assay != "wgs" and not patient.assay_bed:
        will_not.append("TMB per megabase of the panel: no `assay_bed` in the sheet")
    will_not.append("fusions, exon skipping, expression: no caller for them here; reported as not tested")
    will.append("report (" + ", ".join(("json", *config.report.formats)) + ")")
    if lookups.predicts:
        will.append("predicted response by therapy")
    else:
        will_not.append("predictions: neither `training.cohorts` nor `training.model` in the config")
    if patient.patient.oncotree_code == "UNKNOWN":
        will_not.append("matching by disease: tumor type UNKNOWN")
    return PatientPlan(patient.patient_id, tuple(will), tuple(will_not))
