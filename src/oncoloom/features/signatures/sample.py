"""What is known of one sample's mutational processes."""

from dataclasses import dataclass, field
from typing import Any

import polars as pl

from oncoloom.features.signatures.assign import SignatureResult
from oncoloom.features.signatures.counting import Spectra


@dataclass(slots=True)
class SampleSignatures:
    """Spectrum and signatures of one sample, with the tables that hold them and sentences worth saying.

    `spectrum` is None where the variants could not be counted, for `reason`.
    """

    spectrum: Spectra | None
    result: SignatureResult
    reason: str | None
    table: pl.DataFrame
    counts: pl.DataFrame
    summary: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
