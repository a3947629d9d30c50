"""Asked-for alleles (known hotspots) of one sample: what was seen of each, and what could have been seen."""

from typing import Any

import polars as pl

from oncoloom.calling.listing import LISTED_FROM
from oncoloom.features.consequence.effects import Consequence
from oncoloom.features.contracts import HOTSPOTS_TABLE
from oncoloom.features.drivers.rules import judge_variant

LEAST_FRAGMENTS = 2


def hotspot_rows(
    rows: list[dict[str, Any]], consequences: list[Consequence | None], patient_id: str, sample_id: str
) -> pl.DataFrame:
    """The `hotspots` table: a row for each forced allele of our caller's somatic calls.

    *Detected* passed; *marked* has the evidence that lists any allele, and a filter; *not covered* could not
    have been found at any fraction; the rest is *not detected* down to its limit.
    """
    out = []
    for call, what, stands in zip(rows, consequences, standing(rows), strict=True):
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
                "state": hotspot_state(call, stands=stands),
                "depth": call["depth"] or 0,
                "alt_count": call["alt_count"] or 0,
                "needed": None if call["needed"] is None else int(call["needed"]),
                "limit_af": call["limit_af"],
            }
        )
    return pl.DataFrame(out, schema=HOTSPOTS_TABLE.polars_schema())


def hotspot_state(call: dict[str, Any], *, stands: bool) -> str:
    """What is said of an asked-for allele; `stands` as :func:`standing` says."""
    if call["filters"] == "PASS":
        return "detected"
    if stands:
        return "marked"
    return "not covered" if call["limit_af"] is None else "not detected"


def standing(rows: list[dict[str, Any]]) -> list[bool]:
    """Which calls are variants: all but asked-for alleles that would not be listed had nobody asked.

    Those have fewer than two fragments or a posterior below `LISTED_FROM`, or are told by a passing allele
    that makes one of their bases: reads that end within BRAF V600K's two bases show V600E's as well.
    """
    passing: dict[tuple[str, int, str], int] = {}
    for row in rows:
        if row["filters"] == "PASS" and row["origin"] != "germline":
            for key in _changed_bases(row):
                passing[key] = max(passing.get(key, 0), row["alt_count"] or 0)
    return [_stands(row, passing) for row in rows]


def _stands(row: dict[str, Any], passing: dict[tuple[str, int, str], int]) -> bool:
    if not row.get("forced") or row["filters"] == "PASS":
        return True
    seen = row["alt_count"] or 0
    if seen < LEAST_FRAGMENTS or (row["posterior"] or 0.0) < LISTED_FROM:
        return False
    return all(passing.get(key, -1) < seen for key in _changed_bases(row))


def _changed_bases(row: dict[str, Any]) -> list[tuple[str, int, str]]:
    """Contig, position and new base of each base that a substitution changes; nothing for indels."""
    if len(row["ref"]) != len(row["alt"]):
        return []
    pairs = zip(row["ref"], row["alt"], strict=True)
    return [(row["chrom"], row["pos"] + k, new) for k, (old, new) in enumerate(pairs) if old != new]
