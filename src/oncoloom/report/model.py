"""report.json: everything a report says, as figures and finished sentences; views only place it on a page.

Two kinds share one schema: a treatment report, and the "not reported" page of a patient that a check stopped.
Only what determines the content is here: no paths, no times of the run. `report_date` is set from
SOURCE_DATE_EPOCH or stays null.
"""

from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from oncoloom.report.change_model import Changes
from oncoloom.report.difference_model import TreatmentDifferences
from oncoloom.report.genome_model import Burden, Genome, Microsatellites, Processes
from oncoloom.report.strip import Strip
from oncoloom.report.trial_model import RandomizedEvidence

# 1.1: Finding.driver, burden, differences; 1.2: differences as figures. Files of 1.0 and 1.1 are still read.
SchemaVersion = Literal["1.0", "1.1", "1.2"]
SCHEMA_VERSION: Final = "1.2"

State = Literal["draft", "reviewed", "signed", "amended"]
SeenState = Literal["detected", "not detected", "not assessable", "not tested"]
CheckStatus = Literal["pass", "warn", "stop", "overridden", "not assessable"]
Direction = Literal["sensitive", "resistant", "disagrees", "none matched", "not looked up"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Identity(_Part):
    """Whose report it is and which sample it rests on; pseudonymous: an id, no name, no date of birth."""

    patient_id: str
    person: str = Field(description="Line under the identifier: sex, age where known")
    disease: str
    disease_detail: str
    sample: str
    sample_detail: str


class Sentence(_Part):
    """One line: the cause with its figure first, then what follows from it."""

    lead: str
    text: str = ""


class Override(_Part):
    """A stop that a person lifted, with the written reason; printed on every page."""

    checks: tuple[str, ...]
    reason: str


class TherapyEvidence(_Part):
    """What knowledge says about one therapy for one finding."""

    therapy: str
    direction: Direction
    detail: str = ""
    evidence: str = ""
    evidence_detail: str = ""


class Figure(_Part):
    """A labelled figure, unit and interval inside its text."""

    label: str
    text: str


class DriverReason(_Part):
    """Why a finding is called a driver, with the figures that the call rests on."""

    rule: str = Field(description="Id of the rule in docs/methods/drivers.md")
    text: str = Field(description="The reason in words, figures inside")
    other_copy: str = Field(default="", description="What is known of the gene's other copy")
    doubt: str = Field(default="", description="Why the call is uncertain; empty: nothing speaks against it")
    rests_on: str = Field(description="List with its version, and the row of it")
    n_tumors: int | None = Field(default=None, description="Tumors of the hotspot list changed at this place")
    copies_lower: float | None = Field(default=None, description="95 % limits of the gene's copies")
    copies_upper: float | None = None
    support: int | None = Field(default=None, description="Fragments across a fusion's junction")


class Finding(_Part):
    """One alteration to act on or to know of."""

    tier: str | None = Field(description="AMP/ASCO/CAP tier, null where no knowledge base was loaded")
    gene: str
    name: str = Field(description="Gene and change")
    detail: str
    alteration_class: str
    allele_fraction: float | None = None
    allele_fraction_lower: float | None = Field(default=None, description="95 % Wilson limit")
    allele_fraction_upper: float | None = None
    copies: float | None = None
    figures: tuple[Figure, ...] = ()
    because: str = Field(description="Why it is a finding, in a sentence")
    driver: DriverReason | None = Field(default=None, description="Why it is called a driver")
    why: str = Field(description="The rule in a few words")
    why_detail: str = ""
    therapies: tuple[TherapyEvidence, ...]


class Findings(_Part):
    """Page one's "Act on" block."""

    heading: str
    note: str
    text: str = Field(default="", description="Sentence that stands where no row does")
    rows: tuple[Finding, ...] = ()
    filtered_hotspots: tuple[Sentence, ...] = ()


class Seen(_Part):
    """Genes that share a verdict for one class of alteration, with cause or limit; never merged."""

    state: SeenState
    alteration_class: str
    genes: tuple[str, ...]
    text: str
    detail: str = ""


class GeneRow(_Part):
    """All verdicts of one gene."""

    gene: str
    states: dict[str, SeenState] = Field(description="Alteration class to verdict")
    covered_fraction: float | None = None
    detection_limit_af: float | None = None
    cause: str = ""


class Interval(_Part):
    """An expected share, its intervals, and what similar patients had; all 0 to 1, of the good outcome."""

    estimate: float
    lo90: float | None = None
    hi90: float | None = None
    lo50: float | None = None
    hi50: float | None = None
    observed: float | None = None
    n_similar: int | None = None
    text: str
    observed_text: str


class TherapyPrediction(_Part):
    """One therapy: a panel's interval, or the sentence that says why there is none."""

    therapy: str
    received: bool
    panels: dict[str, Interval] = Field(description="Panel id to interval")
    abstentions: dict[str, str] = Field(description="Panel id to the sentence")
    further: tuple[str, ...] = Field(default=(), description="Outcome set, survival-time bound")


class Panel(_Part):
    """One question asked of every therapy, on one 0 to 100 % axis."""

    id: str
    title: str
    endpoint: Literal["response", "pfs", "os"]
    horizon_days: int | None


class Predictions(_Part):
    """What the model expects under each therapy."""

    available: bool
    text: str = Field(default="", description="Why there is none, or what the figures are")
    panels: tuple[Panel, ...] = ()
    main_panel: str | None = None
    therapies: tuple[TherapyPrediction, ...] = ()
    shown_first: tuple[str, ...] = Field(default=(), description="Therapies on page one, in order")
    more: str = ""
    difference: str = ""
    rests_on: str = ""
    model_version: str | None = None
    cohort_digest: str | None = None


class AlsoItem(_Part):
    """A figure beside the findings: TMB, MSI, HRD, purity, germline."""

    label: str
    text: str
    value: float | str | None = None
    lower: float | None = None
    upper: float | None = None
    missing_reason: str | None = None


class VariantRow(_Part):
    """One somatic variant; `pos` is 1-based."""

    gene: str
    change: str
    consequence: str
    place: str
    allele_fraction: float | None
    alt_count: int | None
    depth: int | None
    normal: str
    driver: bool


class Variants(_Part):
    """All variants that passed, and how many did not, by reason."""

    heading: str
    text: str
    rows: tuple[VariantRow, ...] = ()
    filtered: dict[str, int] = Field(default_factory=dict)
    counted: dict[str, int] = Field(default_factory=dict, description="Left out at the door, by reason")


class Check(_Part):
    """One check of the samples."""

    check: str
    status: CheckStatus
    found: str
    limit: str
    sentence: str


class Methods(_Part):
    """How it was made, what it cannot say, and what the words mean."""

    paragraph: str
    versions: tuple[Figure, ...]
    digests: tuple[Figure, ...]
    limits: tuple[str, ...]
    glossary: tuple[Figure, ...]


class NamedStrip(_Part):
    """The reads over one variant, under its name."""

    name: str
    strip: Strip


class Strips(_Part):
    """Reads over the variants that matter, or the sentence that says why none are shown."""

    text: str
    rows: tuple[NamedStrip, ...] = ()


class HotspotGene(_Part):
    """Known hotspots of one gene, genotyped whether seen or not."""

    gene: str
    n_alleles: int
    detected: tuple[str, ...]
    marked: tuple[str, ...] = Field(description="With counts and filters")
    limit: str = Field(description="Allele fractions found with 95 % power among those not detected")
    n_not_covered: int


class Hotspots(_Part):
    """Known hotspots that were looked at in the reads."""

    text: str
    rows: tuple[HotspotGene, ...] = ()


class FurtherRow(_Part):
    """A variant of the first tumor: fragments with it of all, in each tumor."""

    gene: str
    change: str
    first: str
    others: tuple[str, ...]


class FurtherTumors(_Part):
    """Further tumors of the patient, called together with the first."""

    text: str
    first: str
    samples: tuple[str, ...]
    rows: tuple[FurtherRow, ...] = ()


class Report(_Part):
    """A treatment report."""

    kind: Literal["report"] = "report"
    schema_version: SchemaVersion = SCHEMA_VERSION
    oncoloom_version: str
    state: State = "draft"
    simulated: bool
    report_date: str | None
    identity: Identity
    override: Override | None
    warnings: tuple[Sentence, ...] = Field(max_length=3)
    more_warnings: tuple[Sentence, ...] = ()
    findings: Findings
    seen: tuple[Seen, ...]
    genes: tuple[GeneRow, ...]
    predictions: Predictions
    randomized_evidence: RandomizedEvidence | None = None
    treatment_differences: TreatmentDifferences | None = None
    also: tuple[AlsoItem, ...]
    genome: Genome
    burden: Burden | None = Field(default=None, description="TMB against tumors of the same type")
    processes: Processes | None = None
    microsatellites: Microsatellites | None = None
    variants: Variants
    further_tumors: FurtherTumors | None = None
    hotspots: Hotspots
    changes: Changes
    strips: Strips
    checks: tuple[Check, ...]
    methods: Methods
    lineage: str = Field(description="Footer: knowledge, calls, model")


class Measure(_Part):
    """The figure that stopped a patient against its limit; both in `unit`."""

    label: str
    value: float
    limit: float
    unit: Literal["%", ""]
    better: Literal["higher", "lower"]
    alt: str


class Stopped(_Part):
    """The page of a patient whose check failed: no result of any kind."""

    kind: Literal["stopped"] = "stopped"
    schema_version: SchemaVersion = SCHEMA_VERSION
    oncoloom_version: str
    simulated: bool
    report_date: str | None
    identity: Identity
    heading: str
    text: str
    measure: Measure | None
    steps: tuple[Sentence, ...]
    checks: tuple[Check, ...]
    lineage: str


AnyReport = Annotated[Report | Stopped, Field(discriminator="kind")]
_ADAPTER: TypeAdapter[Report | Stopped] = TypeAdapter(AnyReport)


def report_json_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of report.json and stopped.json."""
    schema = _ADAPTER.json_schema()
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "oncoloom report",
        "description": f"report.json and stopped.json, schema version {SCHEMA_VERSION}",
        **schema,
    }


def parse_report(raw: Any) -> Report | Stopped:
    """A report from plain values.

    Raises
    ------
    pydantic.ValidationError
        If the values break the schema.
    """
    return _ADAPTER.validate_python(raw)


def report_values(report: Report | Stopped) -> dict[str, Any]:
    """A report as plain JSON values."""
    values: dict[str, Any] = report.model_dump(mode="json")
    return values
