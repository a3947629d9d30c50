"""What features are made of, and what several groups of features ask of it."""

from dataclasses import dataclass
from typing import Any

import polars as pl

from oncoloom.features.copy_number.outcome import CopyNumber
from oncoloom.features.intervals import IntervalSet
from oncoloom.features.msi.assess import Assessment
from oncoloom.features.request import FeatureRequest
from oncoloom.features.signatures.sample import SampleSignatures
from oncoloom.features.variants.calls import CallSet
from oncoloom.features.variants.vcf_door import NOT_FILTERED
from oncoloom.reference_data.gene_models import GeneModels

Values = dict[str, tuple[Any, str | None]]


@dataclass(frozen=True, slots=True)
class RowInputs:
    """Everything that features are made of."""

    request: FeatureRequest
    calls: CallSet
    models: GeneModels | None
    targets: IntervalSet | None
    variants: pl.DataFrame
    copies: CopyNumber
    drivers: dict[str, set[str]]
    assessability: pl.DataFrame
    contigs: dict[str, int]
    msi: Assessment
    signatures: SampleSignatures


def unfiltered_reason(inputs: RowInputs) -> str | None:
    """Why calls cannot be told from noise, or None."""
    return why_unfiltered(inputs.variants)


def why_unfiltered(variants: pl.DataFrame) -> str | None:
    """Why the calls of a `variants` table cannot be told from noise, or None."""
    filters = variants["filters"]
    return (
        "the calls were not filtered by their caller"
        if len(filters) and (filters == NOT_FILTERED).all()
        else None
    )


def uncountable_reason(inputs: RowInputs) -> str | None:
    """Why somatic variants cannot be counted, or None."""
    return why_uncountable(inputs.variants)


def why_uncountable(variants: pl.DataFrame) -> str | None:
    """Why the somatic ones of a `variants` table cannot be counted, or None."""
    passed = variants.filter(pl.col("filters") == "PASS")
    n = passed.filter(pl.col("origin") == "unknown").height
    if n:
        return f"{n} of {passed.height} variants may be germline or somatic: no matched normal tells"
    return why_unfiltered(variants)


def notes_on_filters(variants: pl.DataFrame) -> list[str]:
    """A sentence where no call passed its filters: a count of 0 then is no empty genome."""
    if variants.height and not (variants["filters"] == "PASS").any() and why_unfiltered(variants) is None:
        return [f"{variants.height} variants, none of which passed its filters: they count as none"]
    return []


def somatic(inputs: RowInputs) -> pl.DataFrame:
    """Somatic variants that passed every filter."""
    return passed_somatic(inputs.variants)


def passed_somatic(variants: pl.DataFrame) -> pl.DataFrame:
    """Rows of a `variants` table that are somatic and passed every filter."""
    return variants.filter((pl.col("origin") == "somatic") & (pl.col("filters") == "PASS"))


def with_terms(variants: pl.DataFrame, terms: frozenset[str]) -> pl.DataFrame:
    """Variants with at least one of the consequence terms."""
    keep = [c is not None and bool(set(c.split("&")) & terms) for c in variants["consequence"].to_list()]
    return variants.filter(pl.Series(keep, dtype=pl.Boolean))
