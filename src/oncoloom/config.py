"""The one config tree: what a project sets, with units, bounds and defaults.

`oncoloom init` writes it commented, `oncoloom schema config` prints its JSON schema, and
`workflow/schemas/config.schema.json` is generated from it. Relative paths are relative to the project folder.
"""

from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from oncoloom.errors import ConfigError, FaultList, OncoloomError
from oncoloom.tables import suggest

Assay = Literal["wgs", "exome", "panel"]
Endpoint = Literal["response", "pfs", "os"]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _empty_is_default(cls, raw: Any) -> Any:
        """A key without a value means its default (a section of which every key is commented out is null)."""
        if not isinstance(raw, dict):
            return raw
        nullable = {name for name, field in cls.model_fields.items() if field.default is None}
        return {
            key: value
            for key, value in raw.items()
            if value is not None or key in nullable or key not in cls.model_fields
        }


class ReferenceConfig(_Section):
    """The reference genome of every file of the project."""

    fasta: Path | None = Field(
        default=None, description="Reference FASTA with .fai; not needed for cohort tables alone"
    )
    genome_build: str = Field(default="GRCh38", description="GRCh37, GRCh38 or a name of your own")
    gff: Path | None = Field(
        default=None,
        description="Gene models (GFF3 as Ensembl writes it); without it no consequences, said so",
    )


class CallingConfig(_Section):
    """How variants are called."""

    min_af: float = Field(
        default=0.01, ge=0.0, le=1.0, description="Lowest tumor allele fraction that is called"
    )
    min_base_quality: int = Field(
        default=13, ge=0, le=60, description="Phred; bases below it are no evidence"
    )
    min_mapping_quality: int = Field(
        default=1, ge=0, le=60, description="Phred; reads below it are no evidence"
    )
    max_depth_fragments: int = Field(
        default=20_000, ge=100, description="Deeper sites are sampled down to it, said so"
    )
    padding_bp: int = Field(default=0, ge=0, le=10_000, description="Call this far outside the targets, too")
    population_af: Path | None = Field(
        default=None, description="VCF with population allele frequencies (INFO/AF)"
    )
    panel_of_normals: Path | None = Field(
        default=None, description="Panel of normals, made by `oncoloom pon` on this reference"
    )
    alleles: Path | None = Field(default=None, description="VCF of alleles to genotype whether seen or not")
    hotspots: bool = Field(
        default=True,
        description="Genotype the known hotspots whether seen or not, where `alleles` names no others",
    )
    off_target: bool = Field(
        default=True,
        description="Panels and exomes: count the fragments between the targets, too, for copy number",
    )
    device: Literal["cpu", "gpu"] = Field(
        default="cpu", description="gpu changes the speed, never the result"
    )


class QcProfile(_Section):
    """At which figure a check of a sample warns or stops. Identity stops; the rest warns."""

    min_concordance_stop: float = Field(
        default=0.8,
        ge=0,
        le=1,
        description="Tumor/normal germline concordance below it: identity check failed",
    )
    min_concordance_sites: int = Field(
        default=10, ge=1, description="Fewer informative sites: identity not assessable"
    )
    max_contamination_warn: float = Field(
        default=0.02, ge=0, le=1, description="Foreign DNA fraction above it warns"
    )
    max_tumor_in_normal_warn: float = Field(
        default=0.03, ge=0, le=1, description="Tumor in normal above it warns"
    )
    min_tumor_depth_warn: float = Field(
        default=30, ge=0, description="Mean tumor depth (fragments) below it warns"
    )
    min_normal_depth_warn: float = Field(
        default=15, ge=0, description="Mean normal depth (fragments) below it warns"
    )
    min_callable_fraction_warn: float = Field(
        default=0.8, ge=0, le=1, description="Callable share of the targets"
    )
    max_duplicate_fraction_warn: float = Field(
        default=0.5, ge=0, le=1, description="Duplicate reads above it warn"
    )


class ExomeQcProfile(QcProfile):
    """At which figure a check of an exome warns or stops. Identity stops; the rest warns."""

    # Defaults of the class, not of an instance: a config that sets one limit keeps the assay's others.
    min_tumor_depth_warn: float = Field(
        default=60, ge=0, description="Mean tumor depth (fragments) below it warns"
    )
    min_normal_depth_warn: float = Field(
        default=30, ge=0, description="Mean normal depth (fragments) below it warns"
    )


class PanelQcProfile(QcProfile):
    """At which figure a check of a panel warns or stops. Identity stops; the rest warns."""

    min_tumor_depth_warn: float = Field(
        default=50, ge=0, description="Mean tumor depth (fragments) below it warns"
    )
    min_normal_depth_warn: float = Field(
        default=20, ge=0, description="Mean normal depth (fragments) below it warns"
    )


class QcConfig(_Section):
    """QC profile per assay."""

    wgs: QcProfile = QcProfile()
    exome: ExomeQcProfile = ExomeQcProfile()
    panel: PanelQcProfile = PanelQcProfile()


class FeaturesConfig(_Section):
    """Thresholds of features."""

    min_tmb_callable_mb: float = Field(
        default=0.67, ge=0, description="Mb of callable coding sequence below which TMB is null (Vega 2021)"
    )
    tmb_high_cutoff: float = Field(
        default=10.0, gt=0, description="Mutations per Mb that tmb_probability_high is about"
    )
    tmb_calibration: Path | None = Field(
        default=None, description="Panels: JSON of `oncoloom features tmb-calibrate` for tmb_harmonized"
    )
    imported_tables: Path | None = Field(
        default=None,
        description="Folder with PATIENT.fusions.parquet and PATIENT.expression.parquet of `oncoloom import`",
    )
    min_msi_loci: int = Field(
        default=30, ge=1, description="Assessable microsatellites below which MSI is null"
    )
    msi_unstable_high: float = Field(
        default=0.10, ge=0, le=1, description="Share of loci unstable in the weakest MSI-H tumor, at purity 1"
    )
    msi_background: float = Field(
        default=0.005, ge=0, le=1, description="Unstable share between two normals of the assay"
    )
    msi_baseline: Path | None = Field(
        default=None, description="Tumors without a normal: table of `oncoloom features msi-baseline`"
    )
    signature_matrix: str | None = Field(
        default=None,
        description="SBS signatures: a file, or e.g. COSMIC_v3.4_SBS_GRCh38 (SigProfilerAssignment's)",
    )
    signature_prevalences: Path | None = Field(
        default=None, description="Table of `oncoloom features signature-prevalences`"
    )
    depth_baseline: Path | None = Field(
        default=None, description="Tumors without a normal: table of `oncoloom features depth-baseline`"
    )
    off_target_min_fragments: int = Field(
        default=100,
        ge=10,
        description="Fragments that an off-target bin shall hold on average; it is as long as that takes",
    )
    mappability: Path | None = Field(
        default=None,
        description="BED or bedGraph of mappability (0 to 1; what it leaves out is 0); default: by the reads",
    )
    min_mappability: float = Field(
        default=0.5, ge=0, le=1, description="Mappability below which a bin of depth is left out"
    )
    segmentation: Literal["cbs", "pelt"] = Field(
        default="cbs", description="Circular binary segmentation, or penalized least squares"
    )
    formalin_fixed: bool = Field(
        default=False, description="The tumors are FFPE material: HRD needs a higher purity"
    )
    hrd_min_purity: float = Field(default=0.3, ge=0, le=1, description="Purity below which HRD is null")
    hrd_min_purity_ffpe: float = Field(
        default=0.4, ge=0, le=1, description="The same for formalin-fixed tumors"
    )
    hrd_min_sites: int = Field(
        default=10_000, ge=1, description="Germline heterozygous sites below which HRD is null"
    )
    amplification_min_copies: float = Field(
        default=6, ge=2, description="Total copies from which on a gene is amplified"
    )
    min_gene_covered_fraction: float = Field(
        default=0.95, ge=0, le=1, description="Coding bases callable below which a gene is not assessable"
    )


class CohortSource(_Section):
    """A cohort table with known outcomes, or one to predict."""

    kind: Literal["csv", "maf", "cbioportal"] = Field(description="Which door it comes through")
    path: Path = Field(description="CSV, MAF or study folder")
    mapping: str = Field(description="Mapping file, or the name of a shipped one, e.g. loris_icb")
    variants: Path | None = Field(default=None, description="MAF of the same patients")
    use: Literal["train", "test", "predict"] = Field(default="train", description="What the rows are for")
    name: str | None = Field(default=None, description="Cohort name; default the file's")


class TrainingConfig(_Section):
    """How response models are trained. Without `cohorts` and `model` reports carry no predictions."""

    cohorts: tuple[CohortSource, ...] = Field(default=(), description="Cohorts to train, test and predict on")
    endpoint: Endpoint = Field(default="response", description="What the champion is judged by")
    model: str | None = Field(
        default=None, description="An existing model instead: a folder or models:/NAME@ALIAS"
    )
    model_name: str = Field(default="response", pattern=r"^[^/:]+$", description="Name in the registry")
    features: tuple[str, ...] = Field(
        default=(), description="Declared core features; empty = all with enough values"
    )
    modifiers: tuple[str, ...] = Field(
        default=(), description="Declared effect modifiers: what therapies differ by"
    )
    signs: dict[str, Literal["+", "-"]] = Field(
        default={},
        description="Declared signs of effects: + = a higher value helps (linear parts only)",
    )
    search: Literal["grid", "optuna"] = Field(
        default="grid", description="How the network's penalties are searched on inner folds"
    )
    randomized: bool = Field(
        default=False, description="Therapy was assigned at random in the training cohorts"
    )
    adjust_for: tuple[str, ...] = Field(
        default=(),
        description="Declared confounders: what the choice of therapy depended on; not with `randomized`",
    )
    horizons_days: tuple[int, ...] = Field(
        default=(183, 365), description="Horizons of pfs and os predictions"
    )
    outer_folds: int = Field(default=5, ge=2, le=20, description="Outer folds of nested cross-validation")
    repeats: int = Field(default=1, ge=1, le=10, description="Repeats of the outer folds")
    members: int = Field(default=10, ge=5, le=100, description="Members of the ensemble")
    accelerator: Literal["cpu", "gpu"] = Field(
        default="cpu", description="What Lightning trains on; gpu = a CUDA card"
    )
    precision: Literal["32-true", "bf16-mixed", "16-mixed"] = Field(
        default="32-true", description="Lightning's precision; mixed ones are for cards"
    )
    devices: int = Field(
        default=1, ge=1, le=64, description="Cards (or processes on cpu) that share the rows of a step"
    )


class ClinicalConfig(_Section):
    """The clinic of the patients in patients.tsv."""

    table: Path | None = Field(default=None, description="CSV with a row per patient")
    mapping: str | None = Field(default=None, description="Mapping file, or the name of a shipped one")


class ReportConfig(_Section):
    """What reports look like."""

    formats: tuple[Literal["html", "pdf"], ...] = Field(
        default=("html", "pdf"), description="Views of report.json"
    )
    evidence_strips: bool = Field(
        default=True, description="Show the reads over drivers and hotspots (patient data, no read names)"
    )
    simulated: bool = Field(default=False, description='Every page says "simulated patient"')


class ProjectConfig(_Section):
    """A project: one reference, some patients, a model to train or use, reports."""

    project_name: str = Field(
        default="my_project", min_length=1, max_length=60, description="Shown on the overview page"
    )
    seed: int = Field(default=20260101, ge=0, description="Of everything that draws at random")
    patients: Path = Field(default=Path("config/patients.tsv"), description="Sheet with a row per patient")
    samples: Path = Field(default=Path("config/samples.tsv"), description="Sheet with a row per file")
    results: Path = Field(default=Path("results"), description="Where results go")
    reference: ReferenceConfig = ReferenceConfig()
    calling: CallingConfig = CallingConfig()
    qc: QcConfig = QcConfig()
    features: FeaturesConfig = FeaturesConfig()
    clinical: ClinicalConfig = ClinicalConfig()
    training: TrainingConfig = TrainingConfig()
    report: ReportConfig = ReportConfig()


def load_config(path: Path) -> ProjectConfig:
    """The config in a YAML file.

    Raises
    ------
    ConfigError, FaultList
        If the file is absent, not YAML, or breaks the schema; all faults at once, each with its key.
    """
    try:
        raw = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ConfigError("no such config", path=path, remedy="make one: oncoloom init .") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError("not a YAML file", path=path, found=str(error).replace("\n", " ")) from error
    if raw is not None and not isinstance(raw, dict):
        raise ConfigError("not a config", path=path, expected="keys and values", found=type(raw).__name__)
    return parse_config(raw or {}, path=path)


def parse_config(raw: dict[str, Any], *, path: Path | str | None = None) -> ProjectConfig:
    """The config in a plain dictionary; errors as for :func:`load_config`."""
    try:
        return ProjectConfig.model_validate(raw)
    except ValidationError as error:
        faults: list[OncoloomError] = [_fault(one, path) for one in error.errors()]
        if len(faults) == 1:
            raise faults[0] from None
        raise FaultList(f"the config has {len(faults)} faults", faults) from None


def _fault(one: Any, path: Path | str | None) -> ConfigError:
    key = ".".join(str(part) for part in one["loc"])
    if one["type"] == "extra_forbidden":
        near = suggest(str(one["loc"][-1]), _keys_beside(one["loc"]))
        remedy = f"did you mean `{near}`?" if near else "`oncoloom schema config` lists the keys"
        return ConfigError("unknown key", path=path, record=f"key `{key}`", remedy=remedy)
    return ConfigError(
        one["msg"],
        path=path,
        record=f"key `{key}`",
        found=repr(one["input"]),
        remedy="`oncoloom schema config`",
    )


def _keys_beside(location: tuple[int | str, ...]) -> list[str]:
    model: Any = ProjectConfig
    for part in location[:-1]:
        field = getattr(model, "model_fields", {}).get(part)
        if field is None:
            continue
        model = field.annotation
        model = CohortSource if model == tuple[CohortSource, ...] else model
    return list(getattr(model, "model_fields", {}))
