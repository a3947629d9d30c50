"""The one parser of patients.tsv and samples.tsv, for the command line and the workflow."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

from oncoloom.clinical.sheet_text import PATIENT_COLUMNS, SheetColumn, SheetFaults, SheetRow, read_sheet
from oncoloom.config import Assay
from oncoloom.errors import FaultList, OncoloomError
from oncoloom.project.oncotree import oncotree_fault
from oncoloom.reads.sample_checks import STOPPING_CHECKS
from oncoloom.tables import suggest

Sex = Literal["female", "male", "unknown"]
Role = Literal["tumor", "normal"]
FileKind = Literal["alignment", "fastq", "vcf"]

SAMPLE_COLUMNS = (
    SheetColumn("patient_id", "Patient of patients.tsv", required=True),
    SheetColumn("sample_id", "Sample, as the read groups (SM) name it", required=True),
    SheetColumn("role", "What the sample is", required=True, allowed=("tumor", "normal")),
    SheetColumn("reads", "BAM or CRAM, or FASTQ of the first mates"),
    SheetColumn("reads_2", "FASTQ of the second mates"),
    SheetColumn("read_group", "FASTQ: name of the lane, where a sample has several"),
    SheetColumn("vcf", "VCF of another caller, in place of reads"),
    SheetColumn("assay", "Kind of assay", required=True, allowed=("wgs", "exome", "panel")),
    SheetColumn("assay_bed", "BED of the targets of an exome or panel"),
)
ID_PATTERN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,63}")
_ID_RULE = "letters, digits and . _ + -, beginning with a letter or digit, at most 64"
_ALIGNMENT = (".bam", ".cram")
_FASTQ = (".fastq", ".fq", ".fastq.gz", ".fq.gz", ".fastq.bgz", ".fq.bgz")
_VCF = (".vcf", ".vcf.gz", ".vcf.bgz", ".bcf")
_BAD_PATH = re.compile(r"[{}\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Patient:
    """A row of patients.tsv."""

    patient_id: str
    sex: Sex
    oncotree_code: str
    override_checks: str
    override_reason: str
    row: int


@dataclass(frozen=True, slots=True)
class SampleFile:
    """A row of samples.tsv: one file, or one pair of FASTQ files. Paths as written in the sheet."""

    patient_id: str
    sample_id: str
    role: Role
    kind: FileKind
    path: str
    path_2: str
    read_group: str
    assay: Assay
    assay_bed: str
    row: int


def read_patients(path: Path) -> tuple[list[Patient], list[OncoloomError]]:
    """Patients of a sheet in its order, and every fault of it."""
    rows, faults = read_sheet(path, PATIENT_COLUMNS)
    seen: dict[str, int] = {}
    patients = []
    for row in rows:
        cells = row.cells
        _check_id(row, "patient_id", faults)
        name = cells["patient_id"].casefold()
        if name and name in seen:
            faults.add(
                f"the patient of row {seen[name]} again",
                row=row.number,
                column="patient_id",
                remedy="one row a patient; names must differ in more than upper and lower case",
            )
        seen.setdefault(name, row.number)
        if cells["oncotree_code"] and (fault := oncotree_fault(cells["oncotree_code"])):
            faults.add(
                fault[0],
                row=row.number,
                column="oncotree_code",
                found=cells["oncotree_code"],
                remedy=fault[1],
            )
        _check_override(row, faults)
        patients.append(
            Patient(
                cells["patient_id"],
                cast("Sex", cells["sex"]),
                cells["oncotree_code"],
                cells["override_checks"],
                cells["override_reason"],
                row.number,
            )
        )
    return patients, faults.found


def read_samples(path: Path) -> tuple[list[SampleFile], list[OncoloomError]]:
    """Files of a sheet in its order, and every fault that a row has by itself."""
    rows, faults = read_sheet(path, SAMPLE_COLUMNS)
    files = []
    for row in rows:
        cells = row.cells
        _check_id(row, "patient_id", faults)
        _check_id(row, "sample_id", faults)
        kind = _kind_of_row(row, faults)
        for column in ("reads", "reads_2", "vcf", "assay_bed"):
            _check_path(row, column, faults)
        if kind is None:
            continue
        files.append(
            SampleFile(
                cells["patient_id"],
                cells["sample_id"],
                cast("Role", cells["role"]),
                kind,
                cells["vcf"] if kind == "vcf" else cells["reads"],
                cells["reads_2"],
                cells["read_group"],
                cast("Assay", cells["assay"]),
                cells["assay_bed"],
                row.number,
            )
        )
    return files, faults.found


def raise_faults(faults: Iterable[OncoloomError], what: str) -> None:
    """Raise all `faults` as one error; nothing where there is none."""
    found = list(faults)
    if len(found) == 1:
        raise found[0]
    if found:
        raise FaultList(f"{what}: {len(found)} faults", found)


def _check_id(row: SheetRow, column: str, faults: SheetFaults) -> None:
    value = row.cells[column]
    if value and not ID_PATTERN.fullmatch(value):
        faults.add(
            "not usable as a folder and file name",
            row=row.number,
            column=column,
            expected=_ID_RULE,
            found=value,
        )


def _check_override(row: SheetRow, faults: SheetFaults) -> None:
    checks, reason = row.cells["override_checks"], row.cells["override_reason"]
    if checks and not reason:
        faults.add(
            "a stop is lifted without a reason",
            row=row.number,
            column="override_reason",
            remedy="write why the check does not count for this patient",
        )
    for name in filter(None, (part.strip() for part in checks.split(","))):
        if name not in STOPPING_CHECKS:
            near = suggest(name, STOPPING_CHECKS)
            faults.add(
                "not a check that stops a patient",
                row=row.number,
                column="override_checks",
                expected=", ".join(STOPPING_CHECKS),
                found=name,
                remedy=f"did you mean `{near}`?" if near else None,
            )
    if reason and not checks:
        faults.add(
            "a reason without the checks it is for",
            row=row.number,
            column="override_checks",
            remedy="name them, e.g. identity",
        )


def _check_path(row: SheetRow, column: str, faults: SheetFaults) -> None:
    value = row.cells[column]
    if _BAD_PATH.search(value):
        faults.add(
            "a path with a brace or a control character cannot be used in the workflow",
            row=row.number,
            column=column,
            found=repr(value),
            remedy="rename the file, or link to it under another name",
        )


def _kind_of_row(row: SheetRow, faults: SheetFaults) -> FileKind | None:
    reads, reads_2, vcf = (row.cells[name] for name in ("reads", "reads_2", "vcf"))

    def fault(message: str, column: str, remedy: str, found: str | None = None) -> None:
        faults.add(message, row=row.number, column=column, found=found, remedy=remedy)

    if bool(reads) == bool(vcf):
        message = "both reads and a VCF" if reads else "neither reads nor a VCF"
        fault(message, "reads", "give a file in `reads` or in `vcf`, not in both")
        return None
    if vcf:
        if not vcf.lower().endswith(_VCF):
            fault("not the name of a VCF", "vcf", "a name that ends with " + ", ".join(_VCF), vcf)
            return None
        if reads_2:
            fault("a second FASTQ beside a VCF", "reads_2", "leave it empty")
        return "vcf"
    if reads.lower().endswith(_ALIGNMENT):
        if reads_2:
            fault("a second file beside a BAM or CRAM", "reads_2", "leave it empty")
        return "alignment"
    if reads.lower().endswith(_FASTQ):
        if not reads_2:
            fault("the second mates are missing", "reads_2", "give the FASTQ of the second mates (R2)")
            return None
        if not reads_2.lower().endswith(_FASTQ):
            fault("not the name of a FASTQ", "reads_2", "a name that ends with " + ", ".join(_FASTQ), reads_2)
            return None
        return "fastq"
    fault("unknown kind of reads", "reads", "a name that ends with " + ", ".join(_ALIGNMENT + _FASTQ), reads)
    return None
