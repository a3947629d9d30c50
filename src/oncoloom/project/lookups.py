"""What the workflow asks: which inputs, options and settings a job of a rule has.

The rules stay thin calls of one command each. Every option string here is part of a rule's `params`, so it
holds only what changes the result; a changed section of the config reruns exactly the rules that use it.
"""

import json
import re
import shlex
from collections.abc import Mapping
from typing import Any

from oncoloom.files import text_digest
from oncoloom.project.folder import Project
from oncoloom.project.layout import Layout
from oncoloom.project.patients import PatientSamples, Sample
from oncoloom.project.shards import n_shards
from oncoloom.project.stamps import content_stamp
from oncoloom.reference_data.embedded import EMBEDDED_BUILDS

_SMALL_MB = 200  # reads of a patient below it are a matter of minutes on one core
# Files that the config names under `features`; the option of `oncoloom features` has the same name.
_IMPORTED_TABLES = ("fusions", "expression")
_FEATURE_FILES = ("tmb_calibration", "signature_prevalences", "msi_baseline", "depth_baseline", "mappability")
NO_MATCH = r"(?!)"  # a wildcard constraint that nothing meets


class Lookups:
    """Look-ups of one project for the rules; the methods take Snakemake's wildcards."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.config = project.config
        self.layout = Layout.of(project)
        self._patients: Mapping[str, PatientSamples] = {one.patient_id: one for one in project.patients}
        self._cohorts = {cohort.name: cohort.source for cohort in project.cohorts}
        self.shards = n_shards(project)

    # --- who goes through which rule -------------------------------------------------------------

    def patients(self, *, entry: str | None = None, sharded: bool | None = None) -> list[str]:
        """Names of the patients of an entry, in the order of the sheet."""
        return [
            one.patient_id
            for one in self.project.patients
            if (entry is None or one.entry == entry) and (sharded is None or self._is_sharded(one) == sharded)
        ]

    def constraint(self, names: list[str]) -> str:
        """A wildcard constraint that is met by exactly these names."""
        return "|".join(re.escape(name) for name in sorted(names)) or NO_MATCH

    def _is_sharded(self, patient: PatientSamples) -> bool:
        return patient.assay == "wgs" and self.shards > 1

    def shard_names(self) -> list[str]:
        """Names of the pieces that a whole genome is called in."""
        return [f"{number:03d}" for number in range(self.shards)]

    # --- alignment -------------------------------------------------------------------------------

    def lanes(self, wildcards: Any) -> dict[str, list[str]]:
        """FASTQ files of a sample's lanes."""
        sample = self._sample(wildcards.patient_id, wildcards.sample_id)
        return {
            "reads": [file.path for file in sample.files],
            "reads_2": [file.path_2 for file in sample.files],
        }

    def fastq(self, wildcards: Any) -> dict[str, str]:
        """The pair of FASTQ files to align: the sample's own, or its joined lanes."""
        sample = self._sample(wildcards.patient_id, wildcards.sample_id)
        if len(sample.files) == 1:
            return {"reads": sample.files[0].path, "reads_2": sample.files[0].path_2}
        suffix = "fastq.gz" if sample.files[0].path.lower().endswith("gz") else "fastq"
        base = f"{self.layout.results}/aligned/{wildcards.patient_id}/{wildcards.sample_id}"
        return {"reads": f"{base}.R1.{suffix}", "reads_2": f"{base}.R2.{suffix}"}

    def align_threads(self, wildcards: Any) -> int:
        """Threads of the aligner: small samples run side by side, large ones get eight."""
        sample = self._sample(wildcards.patient_id, wildcards.sample_id)
        return 2 if self._megabytes(sample) < _SMALL_MB else 8

    def _megabytes(self, *samples: Sample) -> float:
        files = [path for one in samples for file in one.files for path in (file.path, file.path_2) if path]
        sizes = (
            self.project.path(path).stat().st_size for path in files if self.project.path(path).is_file()
        )
        return sum(sizes) / 1e6

    def _sample(self, patient_id: str, sample_id: str) -> Sample:
        return {one.sample_id: one for one in self._patients[patient_id].samples}[sample_id]

    def _alignment(self, patient: PatientSamples, sample: Sample) -> str:
        if sample.kind == "fastq":
            return self.layout.aligned(patient.patient_id, sample.sample_id)
        return sample.files[0].path

    # --- calls -----------------------------------------------------------------------------------

    def call_inputs(self, wildcards: Any) -> dict[str, Any]:
        """Files that calls are made from."""
        patient, calling = self._patients[wildcards.patient_id], self.config.calling
        inputs: dict[str, Any] = {
            "reference": self.reference(),
            "tumor": [self._alignment(patient, sample) for sample in patient.tumors],
        }
        if patient.normal:
            inputs["normal"] = self._alignment(patient, patient.normal)
        if patient.assay_bed:
            inputs["targets"] = patient.assay_bed
        for name, path in (
            ("population_af", calling.population_af),
            ("alleles", self.alleles()),
            ("pon", calling.panel_of_normals),
        ):
            if path is not None:
                inputs[name] = str(path)
        return inputs

    def alleles(self) -> str | None:
        """VCF of alleles to genotype: the config's, else the known hotspots where they can be placed."""
        calling, reference = self.config.calling, self.config.reference
        if calling.alleles is not None:
            return str(calling.alleles)
        known = reference.gff is not None or reference.genome_build in EMBEDDED_BUILDS
        return self.layout.hotspots if calling.hotspots and known else None

    def hotspot_inputs(self, wildcards: Any) -> dict[str, str]:
        """The reference whose hotspots are placed, and its gene models where they are given."""
        gff = self.config.reference.gff
        return {"reference": self.reference()} | ({"gff": str(gff)} if gff is not None else {})

    def hotspot_options(self, wildcards: Any) -> str:
        """Options of `oncoloom resources hotspots`."""
        words = ["--genome-build", self.config.reference.genome_build]
        if self.config.reference.gff is not None:
            words += ["--gff", str(self.config.reference.gff)]
        return shlex.join(words)

    def call_options(self, wildcards: Any) -> str:
        """Options of `oncoloom call`, quoted for the shell."""
        patient, calling = self._patients[wildcards.patient_id], self.config.calling
        inputs = self.call_inputs(wildcards)
        words: list[str] = []
        for sample in patient.tumors:
            words += ["--tumor", self._alignment(patient, sample), "--tumor-sample", sample.sample_id]
        if patient.normal:
            words += ["--normal", inputs["normal"], "--normal-sample", patient.normal.sample_id]
        for name in ("targets", "population_af", "alleles", "pon"):
            if name in inputs:
                words += [f"--{name.replace('_', '-')}", inputs[name]]
        if calling.off_target and patient.assay in ("panel", "exome") and "targets" in inputs:
            words.append("--off-target")
        words += ["--padding", str(calling.padding_bp), "--min-af", repr(calling.min_af)]
        words += ["--max-depth", str(calling.max_depth_fragments)]
        words += ["--min-base-quality", str(calling.min_base_quality)]
        words += ["--min-mapping-quality", str(calling.min_mapping_quality)]
        return shlex.join(words)

    def call_threads(self, wildcards: Any) -> int:
        """Threads of a call: small patients run side by side, one a core; large ones get four."""
        return 1 if self._megabytes(*self._patients[wildcards.patient_id].samples) < _SMALL_MB else 4

    def import_inputs(self, wildcards: Any) -> dict[str, str]:
        """The VCF of another caller, and the reference it belongs to."""
        patient = self._patients[wildcards.patient_id]
        return {"vcf": patient.tumors[0].files[0].path, "reference": self.reference()}

    def import_stamp(self, wildcards: Any) -> str:
        """What the VCF of a patient holds, by its stamp."""
        return content_stamp([self.project.path(self.import_inputs(wildcards)["vcf"])])

    def reads_stamp(self, wildcards: Any) -> str:
        """What the alignments of a patient hold, by their stamp; FASTQ is the aligner's input, not here."""
        patient = self._patients[wildcards.patient_id]
        files = (file for sample in patient.samples for file in sample.files if sample.kind == "alignment")
        return content_stamp(self.project.path(file.path) for file in files)

    def index_sample(self, wildcards: Any) -> str:
        """Name of the sample that features describe."""
        return self._patients[wildcards.patient_id].tumors[0].sample_id

    def reference(self) -> str:
        """The reference FASTA ("" where the project has none)."""
        return str(self.config.reference.fasta or "")

    # --- checks and features ---------------------------------------------------------------------

    def call_outputs(self, wildcards: Any) -> list[str]:
        """What the calls of a patient consist of, for the rules that read them."""
        return self.layout.call_outputs(self._patients[wildcards.patient_id])

    def calls_folder(self, wildcards: Any) -> str:
        """Folder of a patient's calls."""
        return self.layout.calls(wildcards.patient_id)

    def qc_options(self, wildcards: Any) -> str:
        """Options of `oncoloom qc`."""
        one = self._patients[wildcards.patient_id]
        words = ["--assay", one.assay, "--sex", one.patient.sex]
        if one.patient.override_checks:
            words += ["--override-checks", one.patient.override_checks]
            words += ["--override-reason", one.patient.override_reason]
        return shlex.join(words)

    def feature_inputs(self, wildcards: Any) -> dict[str, Any]:
        """Files that features are made from."""
        patient, reference = self._patients[wildcards.patient_id], self.config.reference
        inputs: dict[str, Any] = {
            "calls": self.layout.call_outputs(patient),
            "qc": self.layout.qc(patient.patient_id),
            "reference": self.reference(),
        }
        if reference.gff:
            inputs["gff"] = str(reference.gff)
        if patient.assay_bed:
            inputs["targets"] = patient.assay_bed
        for name in _FEATURE_FILES:
            if path := getattr(self.config.features, name):
                inputs[name] = str(path)
        folder = self.config.features.imported_tables
        for name in _IMPORTED_TABLES if folder else ():
            path = f"{folder}/{patient.patient_id}.{name}.parquet"
            if self.project.path(path).is_file():  # a patient without the file was not looked at
                inputs[name] = path
        return inputs

    def feature_options(self, wildcards: Any) -> str:
        """Options of `oncoloom features`."""
        patient, inputs = self._patients[wildcards.patient_id], self.feature_inputs(wildcards)
        words = ["--assay", patient.assay, "--sample-id", patient.tumors[0].sample_id]
        words += ["--tumor-type", patient.patient.oncotree_code]
        if self.config.features.signature_matrix:
            words += ["--signature-matrix", self.config.features.signature_matrix]
        for name in ("gff", "targets", *_FEATURE_FILES, *_IMPORTED_TABLES):
            if name in inputs:
                words += ["--" + name.replace("_", "-"), inputs[name]]
        return shlex.join(words)

    # --- reads for the report --------------------------------------------------------------------

    def shows_reads(self, patient_id: str) -> bool:
        """Whether the patient's report shows reads: there are some, and the config wants it."""
        return self.config.report.evidence_strips and self._patients[patient_id].entry == "reads"

    def evidence_inputs(self, wildcards: Any) -> dict[str, Any]:
        """Files that the reads over reported variants are gathered from."""
        patient = self._patients[wildcards.patient_id]
        inputs: dict[str, Any] = {
            "calls": self.layout.call_outputs(patient),
            "variants": self.layout.feature_tables(patient.patient_id)[0],
            "reference": self.reference(),
            "tumor": self._alignment(patient, patient.tumors[0]),
        }
        if patient.normal:
            inputs["normal"] = self._alignment(patient, patient.normal)
        if patient.assay_bed:
            inputs["targets"] = patient.assay_bed
        return inputs

    def evidence_options(self, wildcards: Any) -> str:
        """Options of `oncoloom evidence` that not every patient has."""
        inputs = self.evidence_inputs(wildcards)
        words = ["--tumor", inputs["tumor"]]
        for name in ("normal", "targets"):
            if name in inputs:
                words += [f"--{name}", inputs[name]]
        return shlex.join(words)

    # --- what else decides a result --------------------------------------------------------------

    def section(self, *names: str) -> str:
        """Sections or keys of the config as one JSON text, e.g. ``section("qc", "seed")``.

        `calling.device` is left out: it changes the speed, never the result.
        """
        chosen = self.config.model_dump(mode="json", include=set(names), exclude={"calling": {"device"}})
        return json.dumps(chosen, sort_keys=True)

    def patient_row(self, wildcards: Any) -> str:
        """The patient's row of patients.tsv, without its place in the sheet."""
        one = self._patients[wildcards.patient_id].patient
        return "|".join(
            (one.patient_id, one.sex, one.oncotree_code, one.override_checks, one.override_reason)
        )

    def patients_digest(self) -> str:
        """Digest of all rows of patients.tsv that this run is about."""
        rows = [one.patient for one in self.project.patients]
        return text_digest(
            "\n".join(
                f"{row.patient_id}|{row.sex}|{row.oncotree_code}|{row.override_checks}|{row.override_reason}"
                for row in rows
            )
        )

    @property
    def config_path(self) -> str:
        """The config file as seen from the project folder."""
        return self.project.relative(self.project.config_path)

    @property
    def patients_sheet(self) -> str:
        """patients.tsv as seen from the project folder; "" in a project of cohort tables."""
        sheet = self.project.patients_sheet
        return self.project.relative(sheet) if sheet else ""
