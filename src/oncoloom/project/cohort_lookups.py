"""What the rules about cohorts, models and reports ask."""

import re
import shlex
from typing import Any

from oncoloom.files import text_digest
from oncoloom.project.lookups import Lookups
from oncoloom.project.stamps import content_stamp


class CohortLookups(Lookups):
    """Look-ups of one project, those of cohort, training and report included."""

    # --- which cohorts and models there are ------------------------------------------------------

    @property
    def has_patients(self) -> bool:
        """Whether the project has patients in sheets."""
        return bool(self.project.patients)

    @property
    def trains(self) -> bool:
        """Whether this project trains a model."""
        return self.config.training.model is None and bool(self.cohort_names("train"))

    @property
    def predicts(self) -> bool:
        """Whether there is a model to predict with."""
        return self.trains or self.config.training.model is not None

    def cohort_names(self, *uses: str) -> list[str]:
        """Names of the config's cohorts, all or those of some uses, in the order of the config."""
        return [one.name for one in self.project.cohorts if not uses or one.source.use in uses]

    # --- import and build ------------------------------------------------------------------------

    def cohort_inputs(self, wildcards: Any) -> list[str]:
        """Files of a cohort of the config: its table or study, its variants, its mapping."""
        source = self._cohorts[wildcards.cohort]
        path = self.project.path(source.path)
        if path.is_dir():
            files = [
                f"{source.path.as_posix()}/{one.name}" for one in sorted(path.iterdir()) if one.is_file()
            ]
        else:
            files = [str(source.path)]
        if source.variants:
            files.append(str(source.variants))
        return files + self._mapping_inputs(source.mapping)

    def cohort_stamp(self, wildcards: Any) -> str:
        """What the files of a cohort hold, by their stamp."""
        return content_stamp(self.project.path(one) for one in self.cohort_inputs(wildcards))

    def cohort_options(self, wildcards: Any) -> str:
        """Arguments of `oncoloom cohort import`."""
        source = self._cohorts[wildcards.cohort]
        words = [source.kind, str(source.path), "--mapping", source.mapping]
        if source.variants:
            words += ["--variants", str(source.variants)]
        return shlex.join([*words, "--name", wildcards.cohort, "--use", source.use])

    def _mapping_inputs(self, mapping: str | None) -> list[str]:
        return [mapping] if mapping and self.project.path(mapping).is_file() else []

    def build_inputs(self, wildcards: Any) -> dict[str, list[str]]:
        """Features of all patients, and the clinic."""
        clinical = self.config.clinical
        return {
            "features": [self.layout.features(name) for name in self.patients()],
            "clinical": ([str(clinical.table)] if clinical.table else [])
            + (self._mapping_inputs(clinical.mapping) if clinical.table else []),
        }

    def build_options(self, wildcards: Any) -> str:
        """Options of `oncoloom cohort build`."""
        clinical = self.config.clinical
        words = ["--clinical", str(clinical.table)] if clinical.table else []
        if clinical.table and clinical.mapping:
            words += ["--mapping", clinical.mapping]
        return shlex.join(words)

    # --- models ----------------------------------------------------------------------------------

    def training_cohorts(self, wildcards: Any) -> list[str]:
        """Cohort tables for training: those to train on, and test cohorts, held out and judged."""
        return [self.layout.named_cohort(name) for name in self.cohort_names("train", "test")]

    def train_options(self, wildcards: Any) -> str:
        """Options of `oncoloom train`."""
        training = self.config.training
        words = [word for path in self.training_cohorts(None) for word in ("--cohort", path)]
        words += ["--endpoint", training.endpoint, "--seed", str(self.config.seed)]
        return shlex.join([*words, "--model-name", training.model_name])

    def model_inputs(self, wildcards: Any) -> list[str]:
        """Folder of the model, where the model is a folder: trained here, or an existing one."""
        model = self.config.training.model
        if model is None:
            return [self.layout.model(self.config.training.endpoint)]
        return [] if model.startswith("models:/") else [model]

    def model_options(self, wildcards: Any) -> str:
        """The option `--model`."""
        model = self.config.training.model or self.layout.model(self.config.training.endpoint)
        return shlex.join(["--model", model])

    def model_training(self, wildcards: Any) -> list[str]:
        """Cohort tables behind a model trained here: a validation leaves their patients out.

        Empty for an existing model, whose training tables no project knows; its validation says so.
        """
        return self.training_cohorts(None) if self.trains else []

    def validate_options(self, wildcards: Any) -> str:
        """Options of `oncoloom validate`: the model, and the tables that it was trained on."""
        words = [word for path in self.model_training(None) for word in ("--training", path)]
        return f"{self.model_options(None)} {shlex.join(words)}".rstrip()

    # --- reports ---------------------------------------------------------------------------------

    def report_inputs(self, wildcards: Any) -> dict[str, Any]:
        """Tables that a report is made from."""
        patient_id = wildcards.patient_id
        inputs: dict[str, Any] = {
            "qc": self.layout.qc(patient_id),
            "features": self.layout.features(patient_id),
            "tables": self.layout.feature_tables(patient_id),
        }
        if self.shows_reads(patient_id):
            inputs["evidence"] = self.layout.evidence(patient_id)
        if self.predicts:
            inputs["model"] = self.model_inputs(None)
        inputs["burdens"] = [self.layout.named_cohort(name) for name in self.cohort_names()]
        return inputs

    def report_predictions(self, wildcards: Any) -> list[str]:
        """The tables of all patients' predictions and comparisons, and of the cohort they were made on.

        The rule takes them as `ancient`: they must be there, but another patient's change makes them newer
        without changing this patient's rows. What does change them (features, clinic row, model, settings)
        the rule names itself.
        """
        layout = self.layout
        return [layout.predictions, layout.comparisons, layout.cohort] if self.predicts else []

    def clinic_rows(self, wildcards: Any) -> str:
        """Digest of the clinic table's header and of its rows that name the patient."""
        table = self.config.clinical.table
        if table is None or not self.project.path(table).is_file():
            return ""
        lines = self.project.path(table).read_text(encoding="utf-8", errors="replace").splitlines()
        cell = re.compile(rf"(^|[^\w-]){re.escape(wildcards.patient_id)}($|[^\w-])")
        return text_digest("\n".join(line for n, line in enumerate(lines) if n == 0 or cell.search(line)))

    def report_options(self, wildcards: Any) -> str:
        """Options of `oncoloom report build` that not every project has."""
        words = []
        if self.shows_reads(wildcards.patient_id):
            words += ["--evidence", self.layout.evidence(wildcards.patient_id)]
        for name in self.cohort_names():
            words += ["--burdens", self.layout.named_cohort(name)]
        if not self.predicts:
            return shlex.join(words)
        words += ["--predictions", self.layout.predictions, "--cohort", self.layout.cohort]
        words += ["--comparisons", self.layout.comparisons]
        for folder in self.model_inputs(None):
            words += ["--model-metrics", f"{folder}/metrics.json"]
        return shlex.join(words)

    def overview_inputs(self, wildcards: Any) -> list[str]:
        """All that the overview page tells of."""
        inputs = [self.layout.report(name) for name in self.patients()]
        if self.has_patients:
            inputs.append(self.layout.cohort)
        inputs += [self.layout.named_cohort(name) for name in self.cohort_names()]
        return inputs + self._prediction_tables() + self._validations() + self._own_model()

    def _prediction_tables(self) -> list[str]:
        if not self.predicts:
            return []
        own = [self.layout.predictions] if self.has_patients else []
        return own + [self.layout.named_predictions(name) for name in self.cohort_names("test", "predict")]

    def _comparisons(self) -> list[str]:
        return [self.layout.comparisons] if self.has_patients and self.predicts else []

    def _validations(self) -> list[str]:
        if not self.predicts:
            return []
        endpoint = self.config.training.endpoint
        return [self.layout.validation(endpoint, name) for name in self.cohort_names("test")]

    def _own_model(self) -> list[str]:
        return [self.layout.model(self.config.training.endpoint)] if self.trains else []

    # --- what a run is asked for -----------------------------------------------------------------

    def targets(self, stage: str = "report") -> list[str]:
        """Files that a run up to `stage` must make."""
        layout, names = self.layout, self.patients()
        everyone = self.project.only is None
        by_stage: dict[str, list[str]] = {
            "align": [
                layout.aligned(one.patient_id, sample.sample_id)
                for one in self.project.patients
                for sample in one.samples
                if sample.kind == "fastq"
            ],
            "call": [file for one in self.project.patients for file in layout.call_outputs(one)],
            "qc": [layout.qc(name) for name in names],
            "features": [layout.features(name) for name in names],
            "cohort": ([layout.cohort] if names else [])
            + ([layout.named_cohort(name) for name in self.cohort_names()] if everyone else []),
            "train": self._own_model(),
            "predict": [layout.predictions, *self._comparisons()] if names and self.predicts else [],
            "report": [layout.report(name) for name in names],
        }
        if everyone:
            by_stage["predict"] = self._prediction_tables() + self._comparisons() + self._validations()
            by_stage["report"].append(layout.overview)
        reached = list(STAGES).index(stage) + 1
        return [path for name in STAGES[:reached] for path in by_stage[name]]


STAGES = ("align", "call", "qc", "features", "cohort", "train", "predict", "report")
