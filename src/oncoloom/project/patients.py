"""Patients with their samples: what the two sheets say together."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from oncoloom.config import Assay
from oncoloom.errors import ConfigError, OncoloomError
from oncoloom.project.sheets import FileKind, Patient, Role, SampleFile
from oncoloom.tables import suggest

Entry = Literal["reads", "vcf"]


@dataclass(frozen=True, slots=True)
class Sample:
    """A sample with its file, or its lanes of FASTQ."""

    sample_id: str
    role: Role
    kind: FileKind
    files: tuple[SampleFile, ...]


@dataclass(frozen=True, slots=True)
class PatientSamples:
    """A patient with samples, ready for the workflow.

    `tumors` keep the order of the sheet; the first is the one that features describe.
    """

    patient: Patient
    entry: Entry
    tumors: tuple[Sample, ...]
    normal: Sample | None
    assay: Assay
    assay_bed: str

    @property
    def patient_id(self) -> str:
        """The patient's name in the sheets."""
        return self.patient.patient_id

    @property
    def samples(self) -> tuple[Sample, ...]:
        """Tumors, then the normal."""
        return (*self.tumors, self.normal) if self.normal else self.tumors


def join_sheets(
    patients: Sequence[Patient], files: Sequence[SampleFile], *, patients_sheet: Path, samples_sheet: Path
) -> tuple[list[PatientSamples], list[OncoloomError]]:
    """Patients of one sheet with the files of the other, and every fault that only both together show."""
    faults: list[OncoloomError] = []
    known = {patient.patient_id for patient in patients}
    for file in files:
        if file.patient_id and file.patient_id not in known:
            near = suggest(file.patient_id, sorted(known))
            faults.append(
                ConfigError(
                    "a patient that patients.tsv does not have",
                    path=samples_sheet,
                    record=f"row {file.row}, column `patient_id`",
                    remedy=f"did you mean `{near}`?" if near else f"add the patient to {patients_sheet.name}",
                )
            )
    faults += _repeated_files(files, samples_sheet)
    joined = []
    for patient in patients:
        own = [file for file in files if file.patient_id == patient.patient_id]
        if not own:
            faults.append(
                ConfigError(
                    "the patient has no row in the sample sheet",
                    path=patients_sheet,
                    record=f"row {patient.row}",
                    remedy=f"add its files to {samples_sheet.name}, or remove the row",
                )
            )
            continue
        one, wrong = _join_one(patient, own, samples_sheet)
        faults += wrong
        if one is not None:
            joined.append(one)
    return joined, faults


def _join_one(
    patient: Patient, files: list[SampleFile], sheet: Path
) -> tuple[PatientSamples | None, list[OncoloomError]]:
    faults: list[OncoloomError] = []

    def fault(file: SampleFile, message: str, remedy: str) -> None:
        faults.append(ConfigError(message, path=sheet, record=f"row {file.row}", remedy=remedy))

    samples = _samples(files, fault)
    tumors = tuple(sample for sample in samples if sample.role == "tumor")
    normals = [sample for sample in samples if sample.role == "normal"]
    if not tumors:
        fault(files[0], "the patient has no tumor sample", "add one with role tumor, or use `oncoloom call`")
    for extra in normals[1:]:
        fault(extra.files[0], "a second normal of one patient", "keep the better one")
    kinds = {sample.kind == "vcf" for sample in samples}
    if len(kinds) > 1:
        fault(files[0], "a patient with both reads and a VCF", "keep one of them")
    if kinds == {True} and len(tumors) > 1:
        fault(
            tumors[1].files[0], "a second VCF of one patient", "join them: bcftools concat or bcftools merge"
        )
    if kinds == {True} and tumors:
        for file in (file for sample in normals for file in sample.files):
            if file.path != tumors[0].files[0].path:
                fault(file, "a VCF of the normal alone", "give the VCF that holds both in both rows")
    for file in files[1:]:
        if file.assay != files[0].assay or file.assay_bed != files[0].assay_bed:
            fault(
                file,
                f"another assay than in row {files[0].row} of the same patient",
                "use one assay and one assay_bed for all samples of a patient",
            )
    if faults:
        return None, faults
    entry: Entry = "vcf" if kinds == {True} else "reads"
    # a normal's row in a VCF sheet names its column of the tumor's VCF; no step opens a file for it
    normal = normals[0] if normals and entry == "reads" else None
    return PatientSamples(patient, entry, tumors, normal, files[0].assay, files[0].assay_bed), []


def _samples(files: list[SampleFile], fault: Callable[[SampleFile, str, str], None]) -> list[Sample]:
    by_id: dict[str, list[SampleFile]] = {}
    for file in files:
        by_id.setdefault(file.sample_id, []).append(file)
    samples = []
    for sample_id, own in by_id.items():
        first = own[0]
        for file in own[1:]:
            if file.role != first.role:
                fault(file, "one sample with two roles", "give tumor and normal names of their own")
            elif file.kind != first.kind:
                fault(file, "one sample with files of two kinds", "keep one kind of file")
            elif file.kind == "alignment":
                fault(file, "a second BAM or CRAM of one sample", "join them: samtools merge")
            elif file.kind == "fastq" and _compressed(file) != _compressed(first):
                fault(file, "lanes of one sample, some gzipped, some not", "gzip all of them")
        if first.kind == "fastq" and len(own) > 1:
            lanes = [file.read_group for file in own]
            for file in own:
                if not file.read_group or lanes.count(file.read_group) > 1:
                    fault(file, "lanes need names that differ", "fill the column `read_group`")
        samples.append(Sample(sample_id, first.role, first.kind, tuple(own)))
    return samples


def _compressed(file: SampleFile) -> tuple[bool, bool]:
    return file.path.lower().endswith("gz"), file.path_2.lower().endswith("gz")


def _repeated_files(files: Sequence[SampleFile], sheet: Path) -> list[OncoloomError]:
    """Files in two rows; only a normal may serve two patients (two tumors of one person)."""
    seen: dict[str, SampleFile] = {}
    faults: list[OncoloomError] = []
    for file in files:
        for path in filter(None, (file.path, file.path_2)):
            first = seen.setdefault(path, file)
            shared = first.role == file.role == "normal" and first.patient_id != file.patient_id
            # tumor and normal are two columns of one VCF
            shared |= first.kind == "vcf" and first.role != file.role and first.patient_id == file.patient_id
            if first is not file and not shared:
                faults.append(
                    ConfigError(
                        f"the file of row {first.row} again",
                        path=sheet,
                        record=f"row {file.row}",
                        found=path,
                        remedy="one row a file; only the normal of two tumors may stand with two patients",
                    )
                )
    return faults
