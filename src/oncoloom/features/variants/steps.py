"""Variants of one sample: consequences, hotspots, drivers and cancer cell fractions put beside the calls."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import polars as pl

from oncoloom.features.clonality.of_variants import add_cell_fractions
from oncoloom.features.consequence.effects import Consequence
from oncoloom.features.contracts import VARIANTS_TABLE
from oncoloom.features.copy_number.outcome import CopyNumber
from oncoloom.features.drivers.biallelic import label_hematopoiesis, mark_biallelic
from oncoloom.features.drivers.expressed import drop_unexpressed
from oncoloom.features.drivers.hotspot_table import standing
from oncoloom.features.drivers.rules import DriverVerdict, judge_variant
from oncoloom.features.hrd.biallelic import minor_copies_at
from oncoloom.features.variants.calls import CallSet
from oncoloom.reference_data.consequence_terms import NONSYNONYMOUS
from oncoloom.reference_data.noncoding import PROMOTER_RULE, noncoding_hotspot
from oncoloom.tables import Tally

# What a rule is called where the variant was inherited; other rules do not hold in the germline.
GERMLINE_RULES = {
    "truncated_tumor_suppressor": "germline_truncated_tumor_suppressor",
    "shortened_tumor_suppressor": "germline_truncated_tumor_suppressor",
    "splice_site_tumor_suppressor": "germline_truncated_tumor_suppressor",
}


def finish_variants(
    calls: CallSet,
    consequences: list[Consequence | None],
    copies: CopyNumber,
    patient_id: str,
    sample_id: str,
    tally: Tally,
    *,
    build: str | None = None,
    tpm: Mapping[str, float] | None = None,
) -> pl.DataFrame:
    """The `variants` table: every somatic call, and the germline calls that change a protein.

    Germline calls without an effect on a protein are counted and left out. A germline change is a driver only
    where it truncates a tumor suppressor. `build` (GRCh37, GRCh38) names the promoter hotspots' places;
    an activating change in a gene that `tpm` says is not expressed is no driver.
    """
    rows: list[dict[str, Any]] = []
    whole = zip(calls.rows, consequences, standing(calls.rows), calls.haplotypes, strict=True)
    for call, what, stands, haplotype in whole:
        if not stands:
            tally.kept -= 1
            tally.drop("asked-for alleles without evidence, in the hotspots table")
            continue
        row = dict(call) | {"patient_id": patient_id, "sample_id": sample_id, "haplotype": haplotype}
        row |= _effect(what, row, build, paired=calls.paired)
        if row["origin"] == "germline" and not _is_nonsynonymous(row["consequence"]):
            tally.kept -= 1
            tally.drop("germline calls without an effect on a protein")
            continue
        rows.append(row)
    if tpm is not None:
        drop_unexpressed(rows, tpm)
    add_cell_fractions(rows, copies)
    mark_biallelic(rows, partial(minor_copies_at, whole=copies.whole))
    label_hematopoiesis(rows, paired=calls.paired)
    names = VARIANTS_TABLE.polars_schema()
    return pl.DataFrame([{name: row.get(name) for name in names} for row in rows], schema=names)


def _effect(
    what: Consequence | None, row: dict[str, Any], build: str | None, *, paired: bool
) -> dict[str, Any]:
    promoter = noncoding_hotspot(build, row["chrom"], row["pos"], row["ref"], row["alt"])
    if what is None and promoter is None:
        return {"driver": False, "consequence": row.get("consequence")}
    if promoter is not None:
        said = f"recurrent promoter change {promoter.name}"
        verdict = DriverVerdict(PROMOTER_RULE, promoter.title, promoter.evidence, said)
        what = what or Consequence("upstream_gene_variant")
        what = replace(what, gene=promoter.gene)
    else:
        assert what is not None  # said above
        verdict = judge_variant(
            what.gene,
            what.terms,
            what.hgvs_p_short,
            what.coding_index,
            stop_residue=what.stop_residue,
            shape=what.shape,
        )
    rule, reason, evidence = verdict.rule, verdict.reason, verdict.evidence
    if rule is not None and row["filters"] != "PASS":
        reason, rule, evidence = f"would be a driver ({rule}), but did not pass", None, None
    if row["origin"] == "germline" and rule is not None:
        rule = GERMLINE_RULES.get(rule)
        reason, evidence = (reason, evidence) if rule else (None, None)
    return {
        "gene": what.gene,
        "transcript": what.transcript,
        "consequence": what.consequence,
        "hgvs_c": what.hgvs_c,
        "hgvs_p": what.hgvs_p,
        "hgvs_p_short": what.hgvs_p_short,
        "driver": rule is not None,
        "driver_rule": rule,
        "driver_evidence": evidence,
        "driver_reason": reason,
        # without a normal "germline" is a guess, and a known hotspot stays listed beside its filter
        "hotspot": None if row["origin"] == "germline" and paired else verdict.hotspot,
    }


def _is_nonsynonymous(consequence: str | None) -> bool:
    return consequence is not None and bool(set(consequence.split("&")) & NONSYNONYMOUS)


def hidden_candidates(variants: pl.DataFrame, *, paired: bool) -> dict[str, str]:
    """Genes whose driver may hide behind a germline filter that no normal backs, with the reason."""
    if paired:
        return {}
    hidden: dict[str, str] = {}
    marked = variants.filter((pl.col("filters") == "germline") & pl.col("consequence").is_not_null())
    for gene, terms, short in marked.select("gene", "consequence", "hgvs_p_short").iter_rows():
        if gene is not None and judge_variant(gene, terms.split("&"), short, None).rule is not None:
            hidden.setdefault(
                gene, f"{short or terms} is filtered as germline; without a normal it may as well be somatic"
            )
    return hidden


def gene_depths(
    raw: pl.DataFrame | None, coding: dict[str, list[tuple[str, int, int]]] | None
) -> dict[str, float]:
    """Median tumor depth (fragments) over the coverage bins that overlap each gene's coding exons."""
    if raw is None or coding is None:
        return {}
    bins = (
        raw.filter((pl.col("kind") == "coverage") & (pl.col("role") == "tumor") & (pl.col("key") == 0))
        .group_by("chrom", "start", "end")
        .agg(pl.col("count").sum())
        .sort("chrom", "start")
    )
    by_contig = {
        str(contig): list(group.select("start", "end", "count").iter_rows())
        for (contig,), group in bins.group_by("chrom", maintain_order=True)
    }
    depths = {}
    for gene, parts in coding.items():
        over = [
            count / (end - start)
            for start, end, count in by_contig.get(parts[0][0], [])
            if any(a < end and b > start for _, a, b in parts)
        ]
        if over:
            depths[gene] = float(sorted(over)[len(over) // 2])
    return depths
