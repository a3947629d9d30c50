"""qc.json: what one pass over the reads counted of its samples. The caller writes it, the checks judge it."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from oncoloom.errors import InputError
from oncoloom.files import json_text, read_json, write_text

Sex = Literal["female", "male", "unknown"]
Mode = Literal["tumor_normal", "tumor_only", "germline"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SampleQc(_Part):
    """Counts of one sample inside the called regions."""

    sample: str
    reads: int = Field(ge=0, description="Records seen")
    used: int = Field(ge=0, description="Reads that were evidence")
    filtered: dict[str, int] = Field(description="Reads left out, by reason")
    mean_depth: float = Field(ge=0, description="Mean fragment depth over the targets")
    duplicate_fraction: float = Field(ge=0, le=1)
    mapped_fraction: float = Field(ge=0, le=1)
    median_insert_size: int | None = Field(default=None, ge=0, description="bp; null without pairs")
    reads_digest: str = Field(description="Content digest of the reads that start in the regions")


class Concordance(_Part):
    """Germline genotypes of the normal seen in the tumor."""

    sites: int = Field(ge=0, description="Informative sites")
    concordant: int = Field(ge=0)
    fraction: float | None = Field(default=None, ge=0, le=1)


class FractionEstimate(_Part):
    """A fraction estimated from sites; null where they do not suffice."""

    fraction: float | None = Field(default=None, ge=0, le=1)
    sites: int = Field(default=0, ge=0)


class Slippage(_Part):
    """Polymerase slippage in repeats of one class of units: ``log rate = a + b (units - 6)``."""

    a: float
    b: float
    highest: float = Field(ge=0, le=1)
    reads: int = Field(ge=0, description="Reads over such repeats that the curve was fitted to")
    slipped: int = Field(ge=0, description="Of these, with one unit more or less")
    learned: bool = Field(description="false: too few slipped reads, typical curve")


class Purity(_Part):
    """Tumor content as the allele fractions tell it (tumor only); null where they do not."""

    purity: float | None = Field(default=None, ge=0, le=1)
    low: float | None = Field(default=None, ge=0, le=1)
    high: float | None = Field(default=None, ge=0, le=1)
    variants: int = Field(default=0, ge=0)


class OrientationBias(_Part):
    """DNA damage of one change in the tumor's library."""

    sites_per_mb: float = Field(ge=0, description="Sites per callable million bases that damage explains")
    damage_side_share: float | None = Field(
        ge=0,
        le=1,
        description="Share of supporting fragments in the damage's orientation; 0.5 without damage",
    )
    fragments: int = Field(ge=0, description="Supporting fragments of the class that are not germline")


class CallQc(_Part):
    """The whole of qc.json."""

    schema_version: Literal[1] = 1
    mode: Mode
    tumors: tuple[SampleQc, ...] = ()
    normal: SampleQc | None = None
    callable_bp: int = Field(ge=0)
    target_bp: int = Field(ge=0)
    concordance: Concordance = Concordance(sites=0, concordant=0)
    contamination: FractionEstimate = FractionEstimate()  # of the tumor
    contamination_normal: FractionEstimate = FractionEstimate()
    tumor_in_normal: FractionEstimate = FractionEstimate()
    purity_estimate: Purity = Purity()
    inferred_sex: Sex = "unknown"
    orientation_bias: dict[Literal["C>T", "G>T"], OrientationBias] = {}
    slippage: dict[Literal["mono", "di", "longer"], Slippage] = {}


def write_call_qc(path: Path, qc: CallQc) -> None:
    """Write qc.json, whole or not at all; floats to six digits, so that its bytes are stable."""
    write_text(path, json_text(_rounded(qc.model_dump(mode="json"))))


def _rounded(value: object) -> object:
    if isinstance(value, float):
        return round(value, 6) + 0.0
    if isinstance(value, dict):
        return {key: _rounded(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_rounded(one) for one in value]
    return value


def read_call_qc(path: Path) -> CallQc:
    """Read qc.json.

    Raises
    ------
    InputError
        If the file is absent, not JSON, or a value is missing or impossible.
    """
    raw = read_json(path)
    try:
        return CallQc.model_validate(raw)
    except ValidationError as error:
        first = error.errors()[0]
        raise InputError(
            "not a qc.json of this version of oncoloom",
            path=path,
            record="key " + ".".join(str(part) for part in first["loc"]),
            found=first["msg"],
            remedy="call the sample again",
        ) from error
