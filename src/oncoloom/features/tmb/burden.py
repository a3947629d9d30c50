"""The features of tumor mutational burden."""

import polars as pl

from oncoloom.features.intervals import IntervalSet
from oncoloom.features.row_inputs import RowInputs, Values, somatic, uncountable_reason, with_terms
from oncoloom.features.tmb.rate import Tmb, compute_tmb
from oncoloom.reference_data.consequence_terms import CODING, NONSYNONYMOUS
from oncoloom.reference_data.gene_models import merge_intervals


def burden(inputs: RowInputs) -> Values:
    """TMB with interval, counts of somatic variants."""
    reason = uncountable_reason(inputs)
    variants = somatic(inputs)
    no_genes = "no gene models for this reference" if inputs.models is None else None
    nonsynonymous = with_terms(variants, NONSYNONYMOUS)
    tmb = _tmb(inputs, variants, reason or no_genes)
    highest = variants["af"].max() if variants.height else None
    af_reason = reason or (
        "no somatic variant" if not variants.height else "the calls give no allele fractions"
    )
    return {
        "tmb": (tmb.value, tmb.reason),
        "tmb_lower": (tmb.lower, tmb.reason),
        "tmb_upper": (tmb.upper, tmb.reason),
        "tmb_all_coding": (tmb.all_coding, tmb.reason),
        "n_somatic": (None if reason else variants.height, reason),
        "n_nonsynonymous": (None if reason or no_genes else nonsynonymous.height, reason or no_genes),
        "btmb": (None, "not a cell-free DNA assay"),
        "max_somatic_af": (None if reason else highest, af_reason),
    }


def _tmb(inputs: RowInputs, variants: pl.DataFrame, reason: str | None) -> Tmb:
    regions = inputs.calls.callable_regions
    if reason is None and regions is None:
        reason = "only a VCF was given: the callable size is unknown"
    if reason is not None or regions is None or inputs.models is None:
        return Tmb(None, None, None, None, reason)
    coding = inputs.models.coding_intervals()
    size = (
        regions.shared(coding) if inputs.targets is None else _shared_twice(regions, inputs.targets, coding)
    )
    inside = variants.filter(
        pl.Series(
            [regions.contains(c, p - 1) for c, p in variants.select("chrom", "pos").iter_rows()],
            dtype=pl.Boolean,
        )
    )
    n, n_coding = with_terms(inside, NONSYNONYMOUS).height, with_terms(inside, CODING).height
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
