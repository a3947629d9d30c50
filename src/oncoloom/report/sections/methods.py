"""How the report was made, what it cannot say, what its words mean."""

from oncoloom import __version__
from oncoloom.report.inputs import ReportInputs
from oncoloom.report.model import SCHEMA_VERSION, Figure, Methods
from oncoloom.report.words import short_digest

_DOORS = {
    "reads": (
        "Somatic variants were called from aligned reads of the tumor and its normal; fragments count, "
        "overlapping mates once."
    ),
    "vcf": "Variants come from another caller's file and keep its filters; reads were not looked at.",
    "cohort": "Variants and features come from a cohort table; reads were not looked at.",
}
_LIMITS = (
    "Research use. Not a medical device; nothing here replaces a validated test.",
    "No knowledge base is loaded: no tier, no therapy and no approval is stated for any finding.",
    "Germline findings need consent; none is recorded in the inputs, so none is reported.",
    "Fusions, exon skipping and expression are tested only where a file of them was imported.",
    "Predictions describe patients like this one in the training cohorts; they prove no therapy's effect.",
)
_GLOSSARY = (
    ("AF", "allele fraction: share of tumor fragments that carry the variant; 95 % Wilson interval"),
    ("BAF", "B-allele fraction: share of one of the two parental alleles"),
    ("Detected, not detected", "looked for with enough depth, and seen or not seen above the limit"),
    ("Not assessable", "looked for, but the data do not allow a verdict; the cause is given"),
    ("Not tested", "the assay or the inputs cannot show this class of alteration"),
    (
        "Driver",
        "alteration that a rule calls cancer-driving: hotspot, truncation, amplification, deep deletion",
    ),
    ("HRD", "homologous recombination deficiency: sum of three kinds of genomic scars, deficient from 42"),
    ("log2", "base-2 logarithm of the copy ratio; 0 is the sample's own level"),
    ("MSI, MSS", "microsatellite instability; microsatellite stable"),
    ("PASS", "no filter marked the variant"),
    ("PFS, OS", "progression-free survival; overall survival"),
    (
        "Predicted",
        "expected share of good outcomes among patients like this one; thick 50 %, thin 90 % interval",
    ),
    (
        "Observed in similar",
        "share with the good outcome among similar patients who received the therapy in training",
    ),
    ("Posterior", "calibrated probability that the call is real"),
    ("Purity", "share of tumor cells among all cells of the sample"),
    (
        "TMB",
        "tumor mutational burden: non-synonymous coding mutations per callable Mb; 95 % Poisson interval",
    ),
)


def build_methods(inputs: ReportInputs) -> Methods:
    """One paragraph, versions, content digests, limits, glossary."""
    config = inputs.config
    genes = "with gene models" if config.reference.gff else "without gene models"
    paragraph = " ".join(
        (
            _DOORS[inputs.features["entry"]],
            f"Reference {config.reference.genome_build}, {genes}.",
            "Consequences are those of the chosen transcript; findings are drivers by rule, not by a model.",
            "A verdict is given for each gene and class of alteration, never for a gene alone.",
        )
    )
    versions = (
        ("oncoloom", __version__),
        ("report schema", SCHEMA_VERSION),
        ("reference", config.reference.genome_build),
        ("knowledge base", "none loaded"),
        ("model", _model(inputs)),
    )
    return Methods(
        paragraph=paragraph,
        versions=tuple(Figure(label=label, text=text) for label, text in versions),
        digests=tuple(Figure(label=name, text=digest) for name, digest in sorted(inputs.digests.items())),
        limits=_LIMITS,
        glossary=tuple(Figure(label=label, text=text) for label, text in _GLOSSARY),
    )


def _model(inputs: ReportInputs) -> str:
    if inputs.predictions is None or inputs.predictions.is_empty():
        return "none"
    return str(inputs.predictions["model_version"][0])


def lineage(inputs: ReportInputs) -> str:
    """The footer: knowledge, calls, model."""
    parts = ["no knowledge base"]
    if "variants" in inputs.digests:
        parts.append(f"calls {short_digest(inputs.digests['variants'])}")
    model = _model(inputs)
    parts.append(f"model {short_digest(model)}" if model != "none" else "no model")
    return " · ".join(parts)
