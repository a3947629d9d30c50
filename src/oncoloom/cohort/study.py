"""A cBioPortal study folder: which file is what, found by its meta files and not by a naming rule."""

from dataclasses import dataclass, field
from pathlib import Path

from oncoloom.clinical.text_table import TextTable, read_text_table
from oncoloom.errors import InputError

# Names where a folder has no meta file for a table.
_FALLBACK = {
    "patients": ("data_clinical_patient.txt", "data_clinical_patients.txt"),
    "samples": ("data_clinical_sample.txt", "data_clinical_samples.txt"),
    "mutations": ("data_mutations.txt", "data_mutations_extended.txt", "data_mutations_extended.maf"),
    "panel_matrix": ("data_gene_panel_matrix.txt", "data_gene_matrix.txt"),
}
_KINDS = {
    ("CLINICAL", "PATIENT_ATTRIBUTES"): "patients",
    ("CLINICAL", "SAMPLE_ATTRIBUTES"): "samples",
    ("CLINICAL", "TIMELINE"): "timelines",
    ("MUTATION_EXTENDED", "MAF"): "mutations",
    ("GENE_PANEL_MATRIX", "GENE_PANEL_MATRIX"): "panel_matrix",
    ("COPY_NUMBER_ALTERATION", "SEG"): "segments",
}
_BUILDS = {"hg19": "GRCh37", "grch37": "GRCh37", "hg38": "GRCh38", "grch38": "GRCh38"}
WHOLE_EXOME = "NA"  # in the panel matrix: not limited to a panel


@dataclass(slots=True)
class Study:
    """Files of a study folder by role; roles that the folder lacks are absent.

    `panels` maps a gene panel's id to its genes, `sequenced` holds the samples of the case list
    "sequenced" (None without that list), `genome_build` is that of the segments, `not_read` the names of
    data files that no door uses.
    """

    folder: Path
    files: dict[str, list[Path]] = field(default_factory=dict)
    panels: dict[str, frozenset[str]] = field(default_factory=dict)
    sequenced: frozenset[str] | None = None
    genome_build: str | None = None
    not_read: list[str] = field(default_factory=list)

    def file(self, role: str) -> Path | None:
        """The file of a role, None if the folder has none."""
        found = self.files.get(role)
        return found[0] if found else None


def open_study(folder: Path) -> Study:
    """Look through a study folder.

    Raises
    ------
    InputError
        If it is no folder, a meta file names a data file that is not there, or neither a patient nor a
        sample table is found.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise InputError("no such study folder", path=folder, expected="a folder with meta_*.txt files")
    study = Study(folder)
    for meta in sorted(folder.glob("meta_*.txt")):
        _add(study, meta)
    for role, names in _FALLBACK.items():
        for name in names:
            if not study.files.get(role) and (folder / name).is_file():
                study.files[role] = [folder / name]
    if not study.files.get("patients") and not study.files.get("samples"):
        raise InputError(
            "no clinical table in the study folder",
            path=folder,
            expected="meta_clinical_patient.txt and meta_clinical_sample.txt with their data files",
            found=", ".join(sorted(path.name for path in folder.iterdir())[:12]) or "an empty folder",
        )
    study.panels = _panels(folder)
    study.sequenced = _sequenced(folder)
    used = {path.name for paths in study.files.values() for path in paths}
    study.not_read = sorted(
        path.name
        for path in folder.glob("data_*")
        if path.name not in used and not path.name.startswith("data_gene_panel_")
    )
    return study


def read_fields(path: Path) -> dict[str, str]:
    """Fields of a ``key: value`` file (meta files, panels, case lists); later lines of a key win."""
    fields = {}
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        key, colon, value = line.partition(":")
        if colon and not line.startswith("#"):
            fields[key.strip()] = value.strip()
    return fields


def _add(study: Study, meta: Path) -> None:
    fields = read_fields(meta)
    kind = (fields.get("genetic_alteration_type", "").upper(), fields.get("datatype", "").upper())
    role = _KINDS.get(kind)
    if role is None:
        return
    name = fields.get("data_filename", "")
    path = study.folder / name
    if not name or not path.is_file():
        raise InputError(
            "a meta file names a data file that is not in the folder",
            path=meta,
            record="key `data_filename`",
            found=name or "nothing",
            remedy="add the file, or remove the meta file",
        )
    study.files.setdefault(role, []).append(path)
    if role == "segments":
        study.genome_build = _BUILDS.get(fields.get("reference_genome_id", "").lower())


def _panels(folder: Path) -> dict[str, frozenset[str]]:
    panels = {}
    for path in sorted([*folder.glob("data_gene_panel_*.txt"), *folder.glob("gene_panels/*.txt")]):
        fields = read_fields(path)
        if "stable_id" in fields and "gene_list" in fields:
            panels[fields["stable_id"]] = frozenset(fields["gene_list"].replace(",", " ").split())
    return panels


def _sequenced(folder: Path) -> frozenset[str] | None:
    for path in sorted((folder / "case_lists").glob("*.txt")):
        fields = read_fields(path)
        if fields.get("stable_id", "").endswith("_sequenced"):
            return frozenset(fields.get("case_list_ids", "").split())
    return None


def read_study_table(path: Path) -> TextTable:
    """A table of a study: tab-separated, comment lines (``#``) before the header counted."""
    return read_text_table(path, separator="\t", comment="#")


def panels_of_samples(path: Path) -> dict[str, str]:
    """Sample to the panel that its mutations were looked for with; `WHOLE_EXOME` where not limited to one."""
    table = read_study_table(path).frame
    columns = {name.casefold(): name for name in table.columns}
    if "sample_id" not in columns or "mutations" not in columns:
        return {}
    pairs = table.select(columns["sample_id"], columns["mutations"]).iter_rows()
    return {sample: panel or WHOLE_EXOME for sample, panel in pairs}
