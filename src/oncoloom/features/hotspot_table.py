"""Asked-for alleles (known hotspots) of one sample: what was seen of each, and what could have been seen."""

from typing import Any

import polars as pl

from oncoloom.calling.records import LISTED_FROM
from oncoloom.features.consequence import Consequence
from oncoloom.features.contracts import HOTSPOTS_TABLE
from oncoloom.features.drivers import judge_variant

LEAST_FRAGMENTS = 2


def hotspot_rows(
    rows: list[dict[str, Any]], consequences: list[Consequence | None], patient_id: str, sample_id: str
) -> pl.DataFrame:
    """The `hotspots` table: a row for each forced allele of our caller's somatic calls.

    *Detected* passed; *marked* has the evidence that lists any allele, and a filter; *not covered* could not
    have been found at any fraction; the rest is *not detected* down to its limit.
    """
    out = []
    for call, what in zip(rows, consequences, strict=True):
        if not call.get("forced"):
            continue
        hotspot = None
        if what is not None:
            hotspot = judge_variant(what.gene, what.terms, what.hgvs_p_short, what.coding_index).hotspot
        out.append(
            {
                "patient_id": patient_id,
                "sample_id": sample_id,
                **{name: call[name] for name in ("chrom", "pos", "ref", "alt", "filters", "posterior")},
                "gene": None if what is None else what.gene,
                "hotspot": hotspot,
                "hgvs_p_short": None if what is None else what.hgvs_p_short,
                "state": hotspot_state(call),
                "depth": call["depth"] or 0,
                "alt_count": call["alt_count"] or 0,
                "needed": None if call["needed"] is None else int(call["needed"]),
                "limit_af": call["limit_af"],
            }
        )
    return pl.DataFrame(out, schema=HOTSPOTS_TABLE.polars_schema())


def hotspot_state(call: dict[str, Any]) -> str:
    """What is said of an asked-for allele."""
    if call["filters"] == "PASS":
        return "detected"
    if stands_alone(call):
        return "marked"
    return "not covered" if call["limit_af"] is None else "not detected"


def stands_alone(call: dict[str, Any]) -> bool:
    """Whether the call would be listed had nobody asked for it; other asked-for alleles are no variants."""
    if not call.get("forced"):
        return True
    return (call["alt_count"] or 0) >= LEAST_FRAGMENTS and (call["posterior"] or 0.0) >= LISTED_FROM
