"""Every file that a project names: what must exist, and what must never be removed."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from oncoloom.project.folder import Project


@dataclass(frozen=True, slots=True)
class NamedInput:
    """A file that config or sheet names: where it leads, and the record that names it."""

    path: Path
    sheet: Path
    record: str
    written: str


def named_inputs(project: Project) -> Iterator[NamedInput]:
    """All files that config and sheets name, in their order; each sheet row by itself."""
    config = project.config
    for key, value in (
        ("reference.fasta", config.reference.fasta),
        ("reference.gff", config.reference.gff),
        ("calling.population_af", config.calling.population_af),
        ("features.tmb_calibration", config.features.tmb_calibration),
        ("features.imported_tables", config.features.imported_tables),
        ("features.depth_baseline", config.features.depth_baseline),
        ("features.mappability", config.features.mappability),
        ("features.signature_prevalences", config.features.signature_prevalences),
        ("features.msi_baseline", config.features.msi_baseline),
        ("calling.panel_of_normals", config.calling.panel_of_normals),
        ("calling.alleles", config.calling.alleles),
        ("clinical.table", config.clinical.table),
    ):
        if value is not None:
            yield NamedInput(project.path(value), project.config_path, f"key `{key}`", str(value))
    for number, source in enumerate(config.training.cohorts):
        for name, value in (("path", source.path), ("variants", source.variants)):
            if value is not None:
                record = f"key `training.cohorts.{number}.{name}`"
                yield NamedInput(project.path(value), project.config_path, record, str(value))
    model = config.training.model
    if model is not None and not model.startswith("models:/"):
        yield NamedInput(project.path(model), project.config_path, "key `training.model`", model)
    sheet = project.samples_sheet or project.config_path
    for patient in project.patients:
        for sample in patient.samples:
            for file in sample.files:
                columns = (
                    ("vcf" if file.kind == "vcf" else "reads", file.path),
                    ("reads_2", file.path_2),
                    ("assay_bed", file.assay_bed),
                )
                for column, written in columns:
                    if written:
                        record = f"row {file.row}, column `{column}`"
                        yield NamedInput(project.path(written), sheet, record, written)


def input_paths(project: Project) -> list[Path]:
    """Paths of all files that the project reads: named ones, config and sheets."""
    own = [project.config_path, project.patients_sheet, project.samples_sheet]
    return [path for path in own if path] + [one.path for one in named_inputs(project)]
