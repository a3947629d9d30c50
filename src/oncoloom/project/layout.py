"""Where every result lies, as seen from the project folder: the one place that spells result paths."""

from dataclasses import dataclass
from hashlib import sha256

from oncoloom.project.folder import Project
from oncoloom.project.patients import PatientSamples

CALL_FILES = ("qc.json", "features_raw.parquet", "callable.bed.gz", "somatic.vcf.gz", "germline.vcf.gz")
INDEXED_FILES = ("callable.bed.gz", "somatic.vcf.gz", "germline.vcf.gz")
FEATURE_TABLES = (
    "variants",
    "segments",
    "assessability",
    "hotspots",
    "spectrum",
    "signatures",
    "msi_loci",
    "coverage",
    "drivers",
)


@dataclass(frozen=True, slots=True)
class Layout:
    """Result paths below `results`; a run limited to some patients keeps its cohort in a folder apart."""

    results: str
    subset: str = ""

    @classmethod
    def of(cls, project: Project) -> "Layout":
        """The layout of a project; the subset folder is named by the patients in it."""
        subset = ""
        if project.only is not None:
            names = "\n".join(sorted(project.only))
            subset = "subset-" + sha256(names.encode()).hexdigest()[:10]
        return cls(project.config.results.as_posix(), subset)

    def aligned(self, patient_id: str, sample_id: str) -> str:
        """BAM that the workflow aligns."""
        return f"{self.results}/aligned/{patient_id}/{sample_id}.bam"

    @property
    def hotspots(self) -> str:
        """Known hotspots as alleles of the project's reference."""
        return f"{self.results}/reference/hotspots.vcf"

    def calls(self, patient_id: str) -> str:
        """Folder of a patient's calls."""
        return f"{self.results}/calls/{patient_id}"

    def call_outputs(self, patient: PatientSamples) -> list[str]:
        """Files that later steps read from the calls folder."""
        folder = self.calls(patient.patient_id)
        if patient.entry == "vcf":
            return [f"{folder}/variants.parquet"]
        return [f"{folder}/{name}" for name in CALL_FILES]

    def qc(self, patient_id: str) -> str:
        """Verdict of the sample checks."""
        return f"{self.results}/qc/{patient_id}.json"

    def features(self, patient_id: str) -> str:
        """One row of features."""
        return f"{self.results}/features/{patient_id}.parquet"

    def feature_tables(self, patient_id: str) -> list[str]:
        """Tables beside the features."""
        return [f"{self.results}/features/{patient_id}/{name}.parquet" for name in FEATURE_TABLES]

    def evidence(self, patient_id: str) -> str:
        """Reads over the reported variants."""
        return f"{self.results}/evidence/{patient_id}.json"

    @property
    def cohort_folder(self) -> str:
        """Where the cohort of this run lies."""
        return f"{self.results}/cohort/{self.subset}" if self.subset else f"{self.results}/cohort"

    @property
    def cohort(self) -> str:
        """The patients of the sheets as a cohort table."""
        return f"{self.cohort_folder}/cohort.parquet"

    @property
    def predictions(self) -> str:
        """Predictions for them."""
        return f"{self.cohort_folder}/predictions.parquet"

    @property
    def comparisons(self) -> str:
        """Their therapies compared, two by two."""
        return f"{self.cohort_folder}/comparisons.parquet"

    @property
    def overview(self) -> str:
        """The overview page."""
        return f"{self.results}/cohort/overview.html"

    def named_cohort(self, name: str) -> str:
        """A cohort table of the config."""
        return f"{self.results}/cohort/{name}.parquet"

    def named_predictions(self, name: str) -> str:
        """Predictions for a cohort of the config."""
        return f"{self.results}/cohort/{name}.predictions.parquet"

    def model(self, endpoint: str) -> str:
        """Folder of the trained model."""
        return f"{self.results}/models/{endpoint}"

    def validation(self, endpoint: str, name: str) -> str:
        """Folder of a validation; beside the model, since a rule owns its whole output folder."""
        return f"{self.results}/validation/{endpoint}/{name}"

    def report(self, patient_id: str) -> str:
        """Folder of a patient's report."""
        return f"{self.results}/patients/{patient_id}"

    @property
    def run_json(self) -> str:
        """What was promised and what was produced."""
        return f"{self.results}/run.json"

    @property
    def run_html(self) -> str:
        """The same as a page."""
        return f"{self.results}/run.html"
