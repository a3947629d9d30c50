"""The part of report.json about the genome as a whole: copy number, mutational processes, microsatellites."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Segment(_Part):
    """A copy-number segment, 0-based half-open."""

    chrom: str
    start: int
    end: int
    copies: float | None
    log2: float | None
    baf: float | None
    genes: tuple[str, ...] = ()


class Dots(_Part):
    """Measured values on one contig: 0-based places, and what was measured there."""

    chrom: str
    at: tuple[int, ...]
    value: tuple[float, ...]


class Genome(_Part):
    """Copy number over the genome; dots are bins (in `unit`) and single heterozygous sites, thinned."""

    available: bool
    text: str
    alt: str = Field(default="", description="The plot in one sentence")
    unit: Literal["copies", "log2"] | None = None
    segments: tuple[Segment, ...] = ()
    marked_genes: tuple[str, ...] = ()
    purity: float | None = None
    bins: tuple[Dots, ...] = ()
    hets: tuple[Dots, ...] = ()
    notes: tuple[str, ...] = Field(default=(), description="What a reader of the copies must know")


class Exposure(_Part):
    """A signature: share of the explained substitutions with its sampling interval, support of resamples."""

    signature: str
    share: float
    lower: float
    upper: float
    support: float
    remark: str = ""


class Processes(_Part):
    """Mutational spectrum and signatures."""

    text: str
    available: bool = False
    alt: str = Field(default="", description="The spectrum in one sentence")
    counts: tuple[int, ...] = Field(
        default=(), description="Substitutions by the 96 channels, in their order"
    )
    exposures: tuple[Exposure, ...] = ()
    signatures_text: str = ""


class Microsatellites(_Part):
    """Loci by share of fragments on new lengths (50 bins of 2 %), and the score between two lines."""

    text: str
    alt: str
    stable_by_share: tuple[int, ...]
    unstable_by_share: tuple[int, ...]
    score: float
    lower: float
    upper: float
    line: float = Field(description="Above it the lower limit must lie for MSI-H")
    expected: float | None = Field(default=None, description="Below it the upper limit must lie for MSS")


class BurdenQuantiles(_Part):
    """Mutations per Mb of other tumors of the same type."""

    p5: float
    p25: float
    median: float
    p75: float
    p95: float


class PublishedBurden(_Part):
    """A published median of the tumor type, mutations per Mb."""

    median: float
    n: int | None
    assay: str
    source: str
    reference: str


class Burden(_Part):
    """Mutational burden against tumors of the same type, mutations per Mb."""

    text: str
    alt: str
    tumor_type: str
    tmb: float | None
    lower: float | None = Field(default=None, description="95 % Poisson limits")
    upper: float | None = None
    n_tumors: int | None = Field(default=None, description="Other tumors of the type; null below ten")
    cohorts: tuple[str, ...] = ()
    quantiles: BurdenQuantiles | None = Field(default=None, description="Null below twenty tumors")
    share_below: float | None = Field(default=None, description="Tumors of the type with a lower burden")
    published: PublishedBurden | None = None
