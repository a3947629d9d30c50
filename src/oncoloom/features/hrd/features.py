"""Features of HRD in the one row: scars with their range, the state of BRCA1 and BRCA2."""

import polars as pl

from oncoloom.features.hrd.biallelic import HRD_GENES, biallelic_loss
from oncoloom.features.hrd.of_tumor import scars_of_tumor
from oncoloom.features.row_inputs import RowInputs, Values, unfiltered_reason


def scars(inputs: RowInputs) -> Values:
    """HRD scars and the state of BRCA1 and BRCA2."""
    copies = inputs.copies
    found = scars_of_tumor(
        copies.whole,
        inputs.contigs,
        inputs.request.settings,
        missing=copies.reason,
        formalin_fixed=inputs.request.settings.formalin_fixed,
    )
    counts = found.scores
    values: Values = {
        "hrd_sum": (None if counts is None else counts.hrd_sum, found.reason),
        "hrd_sum_lower": (found.lower, found.reason),
        "hrd_sum_upper": (found.upper, found.reason),
        "hrd_loh": (None if counts is None else counts.hrd_loh, found.reason),
        "hrd_ntai": (None if counts is None else counts.hrd_ntai, found.reason),
        "hrd_lst": (None if counts is None else counts.hrd_lst, found.reason),
    }
    for gene in HRD_GENES:
        values[f"{gene.lower()}_biallelic"] = biallelic_loss(
            gene,
            inputs.variants.iter_rows(named=True),
            (copies.genes or {}).get(gene),
            copies.whole,
            assessable=unfiltered_reason(inputs) or _small_variant_cause(inputs, gene),
        )
    return values


def _small_variant_cause(inputs: RowInputs, gene: str) -> str | None:
    """Why a gene's small variants could not be judged, or None."""
    small = inputs.assessability.filter(
        (pl.col("alteration_class") == "small variant") & (pl.col("gene") == gene)
    )
    if small.height == 0:
        return f"{gene} was not assessed"
    return small["cause"][0] if small["state"][0] == "not assessable" else None
