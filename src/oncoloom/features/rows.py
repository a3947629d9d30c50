"""The one row: every feature of the registry with its value, or null with the reason."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import polars as pl

from oncoloom.features.copy_steps import CopyNumber
from oncoloom.features.intervals import IntervalSet
from oncoloom.features.msi import MsiResult, assess_loci, summarize_msi
from oncoloom.features.purity import why_unseen
from oncoloom.features.request import FeatureRequest
from oncoloom.features.schema import (
    DRIVER_GENES,
    FEATURES,
    FEATURES_TABLE,
    FeatureSpec,
    missing_reason_column,
)
from oncoloom.features.tmb.rate import Tmb, compute_tmb
from oncoloom.features.variants.calls import CallSet
from oncoloom.features.variants.vcf_door import NOT_FILTERED
from oncoloom.reference_data.consequence_terms import CODING, NONSYNONYMOUS
from oncoloom.reference_data.gene_models import GeneModels, merge_intervals

Values = dict[str, tuple[Any, str | None]]
# Below this the count of unstable loci no longer tells an unstable tumor from a stable one (docs/methods).
_TUMOR_SEEN_AF, _TUMOR_SEEN_PURITY = 0.15, 0.25


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
    genome_bp: int


def feature_row(inputs: RowInputs) -> pl.DataFrame:
    """The `features` table with one row.

    Each group of features is one function of `GROUPS`; together they must name every feature of the registry,
    each either with a value or with a reason (a test walks the registry).
    """
    values: Values = {}
    for group in GROUPS:
        values |= group(inputs)
    row: dict[str, Any] = {
        "patient_id": inputs.request.patient_id,
        "sample_id": inputs.request.sample_id,
        "entry": inputs.calls.entry,
        "assay": inputs.request.assay,
    }
    for spec in FEATURES:
        value, reason = _plausible(spec, *values[spec.name])
        row[spec.name], row[missing_reason_column(spec.name)] = value, (reason if value is None else None)
    return pl.DataFrame([row], schema=FEATURES_TABLE.polars_schema())


def _plausible(spec: FeatureSpec, value: Any, reason: str | None) -> tuple[Any, str | None]:
    """A figure outside its legal range is no feature: null, with the figure in the reason."""
    if value is not None and spec.legal is not None and not spec.legal[0] <= value <= spec.legal[1]:
        return None, f"{value:g} is outside the plausible range {spec.legal[0]:g} to {spec.legal[1]:g}"
    return value, reason


def _unfiltered_reason(inputs: RowInputs) -> str | None:
    """Why calls cannot be told from noise, or None."""
    filters = inputs.variants["filters"]
    return (
        "the calls were not filtered by their caller"
        if len(filters) and (filters == NOT_FILTERED).all()
        else None
    )


def _uncountable_reason(inputs: RowInputs) -> str | None:
    """Why somatic variants cannot be counted, or None."""
    passed = inputs.variants.filter(pl.col("filters") == "PASS")
    n = passed.filter(pl.col("origin") == "unknown").height
    if n:
        return f"{n} of {passed.height} variants may be germline or somatic: no matched normal tells"
    return _unfiltered_reason(inputs)


def _somatic(inputs: RowInputs) -> pl.DataFrame:
    return inputs.variants.filter((pl.col("origin") == "somatic") & (pl.col("filters") == "PASS"))


def _with_terms(variants: pl.DataFrame, terms: frozenset[str]) -> pl.DataFrame:
    keep = [c is not None and bool(set(c.split("&")) & terms) for c in variants["consequence"].to_list()]
    return variants.filter(pl.Series(keep, dtype=pl.Boolean))


def burden(inputs: RowInputs) -> Values:
    """TMB with interval, counts of somatic variants."""
    reason = _uncountable_reason(inputs)
    somatic = _somatic(inputs)
    no_genes = "no gene models for this reference" if inputs.models is None else None
    nonsynonymous = _with_terms(somatic, NONSYNONYMOUS)
    tmb = _tmb(inputs, somatic, reason or no_genes)
    highest = somatic["af"].max() if somatic.height else None
    af_reason = reason or (
        "no somatic variant" if not somatic.height else "the calls give no allele fractions"
    )
    return {
        "tmb": (tmb.value, tmb.reason),
        "tmb_lower": (tmb.lower, tmb.reason),
        "tmb_upper": (tmb.upper, tmb.reason),
        "tmb_all_coding": (tmb.all_coding, tmb.reason),
        "n_somatic": (None if reason else somatic.height, reason),
        "n_nonsynonymous": (None if reason or no_genes else nonsynonymous.height, reason or no_genes),
        "btmb": (None, "not a cell-free DNA assay"),
        "max_somatic_af": (None if reason else highest, af_reason),
    }


def _tmb(inputs: RowInputs, somatic: pl.DataFrame, reason: str | None) -> Tmb:
    regions = inputs.calls.callable_regions
    if reason is None and regions is None:
        reason = "only a VCF was given: the callable size is unknown"
    if reason is not None or regions is None or inputs.models is None:
        return Tmb(None, None, None, None, reason)
    coding = inputs.models.coding_intervals()
    size = (
        regions.shared(coding) if inputs.targets is None else _shared_twice(regions, inputs.targets, coding)
    )
    inside = somatic.filter(
        pl.Series(
            [regions.contains(c, p - 1) for c, p in somatic.select("chrom", "pos").iter_rows()],
            dtype=pl.Boolean,
        )
    )
    n, n_coding = _with_terms(inside, NONSYNONYMOUS).height, _with_terms(inside, CODING).height
    return compute_tmb(n, n_coding, size, inputs.request.settings.min_tmb_callable_mb)


def _shared_twice(first: IntervalSet, second: IntervalSet, third: list[tuple[str, int, int]]) -> int:
    """Bases that all three hold."""
    both = []
    for contig, start, end in merge_intervals(third):
        both += [
            (contig, max(start, a), min(end, b))
            for c, a, b in second.intervals
            if c == contig and a < end and b > start
        ]
    return first.shared(both)


def microsatellites(inputs: RowInputs) -> Values:
    """MSI score, loci, status."""
    result = msi_of(inputs)
    return {
        "msi_score": (result.score, result.reason),
        "msi_n_loci": (
            result.n_loci if inputs.calls.raw is not None and inputs.calls.paired else None,
            result.reason,
        ),
        "msi_status": (result.status, result.reason),
    }


def msi_of(inputs: RowInputs) -> MsiResult:
    """MSI of the sample; null with reason where there are no reads or no normal."""
    raw = inputs.calls.raw
    if raw is None:
        why = (
            "only a VCF was given: repeat lengths need reads"
            if inputs.calls.entry == "vcf"
            else "no repeat counts"
        )
        return MsiResult(0, 0, None, None, None, None, why)
    somatic = _somatic(inputs)
    highest = somatic["af"].max()
    purity = inputs.copies.purity.value
    af = highest if isinstance(highest, float) else None
    seen = why_unseen(purity, af, min_purity=_TUMOR_SEEN_PURITY, min_af=_TUMOR_SEEN_AF) is None
    settings = inputs.request.settings
    return summarize_msi(
        assess_loci(raw) if inputs.calls.paired else [],
        min_loci=settings.min_msi_loci,
        unstable_high=settings.msi_unstable_high,
        tumor_seen=seen,
        paired=inputs.calls.paired,
    )


def copy_number(inputs: RowInputs) -> Values:
    """Purity, ploidy, altered share of the genome, HRD scars."""
    purity = inputs.copies.purity
    altered, why = inputs.copies.altered
    scars = "no allele-specific segments of the whole genome"
    ploidy = (
        inputs.copies.reason
        or "ploidy needs a joint fit of copy number and allele fractions, not in this version"
    )
    return {
        "purity": (purity.value, purity.reason),
        "ploidy": (None, ploidy),
        "fraction_genome_altered": (altered, why),
        "hrd_sum": (None, scars),
        "hrd_loh": (None, scars),
        "hrd_ntai": (None, scars),
        "hrd_lst": (None, scars),
    }


def immune(_: RowInputs) -> Values:
    """HLA features: not computed here."""
    reason = "HLA typing is not part of this version"
    return {"hla_loh": (None, reason), "hla_evolutionary_divergence": (None, reason)}


def drivers(inputs: RowInputs) -> Values:
    """1 where a driver of the gene was found, 0 where its coding sequence was assessable and held none."""
    reason = _unfiltered_reason(inputs)
    small = inputs.assessability.filter(pl.col("alteration_class") == "small variant")
    states = {row["gene"]: row for row in small.iter_rows(named=True)}
    out: Values = {}
    for gene in DRIVER_GENES:
        state = states[gene]
        value: int | None = 1 if inputs.drivers.get(gene) else 0
        cause = None
        if value == 0 and (reason is not None or state["state"] == "not assessable"):
            value, cause = None, reason or state["cause"]
        out[f"driver_{gene}"] = (value, cause)
    return out


GROUPS: tuple[Callable[[RowInputs], Values], ...] = (burden, microsatellites, copy_number, immune, drivers)
