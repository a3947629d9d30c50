"""Checks of the files behind the sheets: reference, gene models, reads, VCFs, targets."""

from pathlib import Path

from oncoloom.calling.pon.file import check_panel
from oncoloom.errors import InputError, UsageError
from oncoloom.project.findings import Findings
from oncoloom.project.folder import Project
from oncoloom.project.patients import PatientSamples, Sample
from oncoloom.reads.door_checks import AlignmentFacts, check_alignments, check_pair
from oncoloom.reads.reference import Reference
from oncoloom.reads.regions import read_bed
from oncoloom.tables import Tally


def check_reference_files(project: Project, findings: Findings, *, work_folder: Path) -> Reference | None:
    """The reference, where the project has one that can be used; its gene models are looked at, too."""
    fasta = project.config.reference.fasta
    if fasta is None or not project.path(fasta).is_file():
        return None
    reference: Reference | None = findings.look(
        "reference",
        lambda: Reference.open(project.path(fasta), work_folder=work_folder),
        record="key `reference.fasta`",
    )
    if reference is None:
        return None
    if not project.path(f"{fasta}.fai").is_file():
        findings.warn(
            "the reference has no index; every job makes one for itself",
            path=project.path(fasta),
            remedy=f"samtools faidx '{fasta}'",
        )
    if any(sample.kind == "fastq" for patient in project.patients for sample in patient.samples):
        findings.look("aligner", lambda: _check_aligner(project.path(fasta), findings))
    panel = project.config.calling.panel_of_normals
    if panel is not None and project.path(panel).is_file():
        findings.look(
            "panel of normals",
            lambda: check_panel(project.path(panel), reference.identity),
            record="key `calling.panel_of_normals`",
        )
    gff = project.config.reference.gff
    if gff is not None and project.path(gff).is_file():
        findings.look("gene models", lambda: _check_gff(project.path(gff), reference, findings))
    return reference


def check_patient_files(
    project: Project,
    patient: PatientSamples,
    reference: Reference,
    findings: Findings,
    absent: set[Path],
    *,
    work_folder: Path,
) -> None:
    """Reads, VCF and targets of one patient; files in `absent` were told already."""
    if patient.assay_bed:
        bed = project.path(patient.assay_bed)
        if bed not in absent:
            findings.look("targets", lambda: read_bed(bed, reference.lengths))
    elif patient.assay != "wgs":
        findings.warn(
            f"assay {patient.assay} without `assay_bed`: the whole reference counts as its target",
            path=project.samples_sheet,
            record=f"row {patient.tumors[0].files[0].row}",
        )
    if patient.entry == "vcf":
        _check_vcf(project, patient, reference, findings, absent)
        return
    facts: dict[str, AlignmentFacts] = {}
    for sample in patient.samples:
        if sample.kind == "alignment":
            found = _check_alignment(project, sample, reference, findings, absent, work_folder)
            if found is not None:
                facts[sample.sample_id] = found
    normal = facts.get(patient.normal.sample_id) if patient.normal else None
    if normal is not None:
        for tumor in patient.tumors:
            one = facts.get(tumor.sample_id)
            if one is not None:
                findings.look("pairs", lambda one=one: check_pair(one, normal))  # type: ignore[misc]


def _check_alignment(
    project: Project,
    sample: Sample,
    reference: Reference,
    findings: Findings,
    absent: set[Path],
    work_folder: Path,
) -> AlignmentFacts | None:
    path = project.path(sample.files[0].path)
    if path in absent:
        return None
    found = findings.look(
        "reads",
        lambda: check_alignments(
            path, reference, expected_sample=sample.sample_id, role=sample.role, work_folder=work_folder
        ),
    )
    if found is None:
        return None
    facts: AlignmentFacts = found[0]
    for warning in found[1]:
        findings.warn(warning)
    return facts


def _check_vcf(
    project: Project, patient: PatientSamples, reference: Reference, findings: Findings, absent: set[Path]
) -> None:
    from oncoloom.features.variants.vcf_door import import_notes

    sample = patient.tumors[0]
    path = project.path(sample.files[0].path)
    if path in absent:
        return
    tally: Tally | None = findings.look("VCFs", lambda: _read_vcf(path, reference, sample.sample_id))
    if tally is not None:
        for note in import_notes(tally):
            findings.warn(f"on import: {note}", path=path)


def _read_vcf(path: Path, reference: Reference, sample_id: str) -> Tally:
    """Read a VCF as the import will; the column of the tumor is told by the sheet."""
    from oncoloom.features.variants.vcf_door import check_vcf

    try:
        return check_vcf(path, reference.path, sample_id=sample_id)
    except UsageError as error:
        raise InputError(
            error.message,
            path=path,
            found=error.found,
            remedy="write the name of the tumor's column as `sample_id` in the sample sheet",
        ) from error


def _check_aligner(fasta: Path, findings: Findings) -> None:
    """That an aligner is installed, and whether its index of the reference is there."""
    import shlex

    from oncoloom.align.engines import find_engine

    engine = find_engine()
    if not engine.has_index(fasta):
        findings.warn(
            f"no {engine.name} index: every alignment builds one for itself (a human genome: an hour each)",
            path=fasta,
            remedy=shlex.join(engine.index_command(fasta, fasta)),
        )


def _check_gff(path: Path, reference: Reference, findings: Findings) -> None:
    """That gene models lie on contigs of the reference, in its spelling or in the other one."""
    import gzip

    from oncoloom.reads.contig_style import rename_contigs

    opener = gzip.open if path.suffix in (".gz", ".bgz") else open
    contigs: set[str] = set()
    try:
        with opener(path, "rt", encoding="utf-8") as handle:
            for line in handle:
                if not line.startswith("#") and "\t" in line:
                    contigs.add(line.split("\t", 1)[0])
    except (OSError, UnicodeDecodeError, EOFError) as error:
        raise InputError("cannot be read as GFF3", path=path, found=str(error)) from error
    renamed, n_renamed = rename_contigs(contigs, reference.lengths)
    if not renamed:
        raise InputError(
            "gene models of another reference: no contig in common",
            path=path,
            expected=", ".join(reference.names[:4]),
            found=", ".join(sorted(contigs)[:4]) or "no records",
        )
    if n_renamed:
        findings.warn(f"{n_renamed} contigs are spelled in the other style and will be renamed", path=path)
