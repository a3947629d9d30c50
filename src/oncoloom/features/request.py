"""What `oncoloom features` is asked for."""

from dataclasses import dataclass, field
from pathlib import Path

from oncoloom.config import Assay, FeaturesConfig


@dataclass(frozen=True, slots=True)
class FeatureRequest:
    """Files and settings of one tumor sample's features.

    Attributes
    ----------
    calls
        Folder of `oncoloom call`, or with `variants.parquet` of the VCF door.
    tmb_calibration
        JSON of `oncoloom features tmb-calibrate`, for a panel's `tmb_harmonized`.
    fusions, expression
        Tables of `oncoloom import fusions` and `oncoloom import expression`.
    qc
        Verdict of the sample checks; state `stopped` gives tables without rows.
    min_af
        Lowest allele fraction that was called; no detection limit is below it.
    baseline
        Folder of `oncoloom features baseline`: what normals of the assay show.
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
    settings: FeaturesConfig = field(default_factory=FeaturesConfig)
    min_af: float = 0.01
    baseline: Path | None = None

    def files(self) -> list[Path]:
        """Files that decide the result, apart from the reference; some may be absent."""
        names = (
            "somatic.vcf.gz",
            "germline.vcf.gz",
            "callable.bed.gz",
            "features_raw.parquet",
            "variants.parquet",
        )
        imported = (self.tmb_calibration, self.fusions, self.expression)
        given = [path for path in (self.gff, self.targets, self.qc, *imported) if path is not None]
        return [self.calls / name for name in names] + given
