"""What `oncoloom features` is asked for."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from oncoloom.config import Assay, FeaturesConfig
from oncoloom.files import file_digest

# Keys of `features` in the config that name files.
FEATURE_FILES = (
    "tmb_calibration",
    "signature_matrix",
    "signature_prevalences",
    "msi_baseline",
    "depth_baseline",
    "mappability",
    "imported_tables",
)


@dataclass(frozen=True, slots=True)
class FeatureRequest:
    """Files and settings of one tumor sample's features.

    Attributes
    ----------
    calls
        Folder of `oncoloom call`, or with `variants.parquet` of the VCF door.
    seed
        Of what is drawn at random: resampled spectra.
    tumor_type
        OncoTree code, which chooses the prevalences of signatures.
    signature_matrix
        Reference signatures: a file, or the name of a table of an installed SigProfilerAssignment.
    signature_prevalences
        Table of `oncoloom features signature-prevalences`.
    msi_baseline
        Table of `oncoloom features msi-baseline`, for tumors without a normal.
    tmb_calibration
        JSON of `oncoloom features tmb-calibrate`, for a panel's `tmb_harmonized`.
    fusions, expression
        Tables of `oncoloom import fusions` and `oncoloom import expression`.
    qc
        Verdict of the sample checks; state `stopped` gives tables without rows.
    min_af
        Lowest allele fraction that was called; no detection limit is below it.
    segments
        Table of `oncoloom import segments`, used instead of the depth of reads.
    depth_baseline
        Table of `oncoloom features depth-baseline`, for tumors without a matched normal.
    mappability
        BED or bedGraph of mappability (see `copy_number.mappability`).
    """

    calls: Path
    reference: Path
    assay: Assay
    patient_id: str
    sample_id: str
    output: Path
    gff: Path | None = None
    targets: Path | None = None
    qc: Path | None = None
    tmb_calibration: Path | None = None
    fusions: Path | None = None
    expression: Path | None = None
    tumor_type: str | None = None
    signature_matrix: str | None = None
    signature_prevalences: Path | None = None
    msi_baseline: Path | None = None
    seed: int = 0
    settings: FeaturesConfig = field(default_factory=FeaturesConfig)
    min_af: float = 0.01
    depth_baseline: Path | None = None
    mappability: Path | None = None
    segments: Path | None = None

    def file_digests(self) -> dict[str, str]:
        """Content digest of each optional file that decides the result, "none" where it was not given."""
        from oncoloom.features.signatures.matrix import locate_matrix

        matrix = None if self.signature_matrix is None else locate_matrix(self.signature_matrix)
        named = {
            "tmb_calibration": self.tmb_calibration,
            "gene_models": self.gff,
            "targets": self.targets,
            "signature_matrix": matrix,
            "signature_prevalences": self.signature_prevalences,
            "msi_baseline": self.msi_baseline,
            "depth_baseline": self.depth_baseline,
            "mappability": self.mappability,
            "segments": self.segments,
            "fusions": self.fusions,
            "expression": self.expression,
        }
        return {name: "none" if path is None else file_digest(path) for name, path in named.items()}

    def plain_settings(self) -> dict[str, Any]:
        """The settings without file names: those are told by their digests."""
        return self.settings.model_dump(mode="json", exclude=set(FEATURE_FILES))

    def files(self) -> list[Path]:
        """Files that decide the result, apart from the reference; some may be absent."""
        names = (
            "somatic.vcf.gz",
            "germline.vcf.gz",
            "callable.bed.gz",
            "features_raw.parquet",
            "variants.parquet",
        )
        optional = (
            self.gff,
            self.targets,
            self.qc,
            self.tmb_calibration,
            self.fusions,
            self.expression,
            self.signature_prevalences,
            self.msi_baseline,
            self.depth_baseline,
            self.mappability,
            self.segments,
        )
        given = [path for path in optional if path is not None]
        return [self.calls / name for name in names] + given
