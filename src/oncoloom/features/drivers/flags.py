"""A feature a gene: was a driver alteration of it found."""

import polars as pl

from oncoloom.features.row_inputs import RowInputs, Values, unfiltered_reason
from oncoloom.features.schema import DRIVER_GENES

# Driven by rearrangement in most tumors: without a look at fusions they are not known to be free of a driver.
FUSION_GENES = frozenset({"ALK", "RET", "ROS1"})


def driver_flags(inputs: RowInputs) -> Values:
    """1 where a driver of the gene was found, 0 where what drives it was assessable and held none."""
    reason = unfiltered_reason(inputs)
    small = inputs.assessability.filter(pl.col("alteration_class") == "small variant")
    states = {row["gene"]: row for row in small.iter_rows(named=True)}
    fusion = inputs.assessability.filter(pl.col("alteration_class") == "fusion")
    fusions = {row["gene"]: row for row in fusion.iter_rows(named=True)}
    out: Values = {}
    for gene in DRIVER_GENES:
        state = states[gene]
        value: int | None = 1 if inputs.drivers.get(gene) else 0
        cause = None
        if value == 0 and (reason is not None or state["state"] == "not assessable"):
            value, cause = None, reason or state["cause"]
        if value == 0 and gene in FUSION_GENES and fusions[gene]["state"] != "not detected":
            value, cause = None, f"fusions: {fusions[gene]['cause']}"
        out[f"driver_{gene}"] = (value, cause)
    return out
