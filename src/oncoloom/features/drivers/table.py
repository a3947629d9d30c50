"""The drivers table: small variants, copies and fusions that a rule makes drivers, with their reasons."""

from typing import Any

import polars as pl

from oncoloom.features.copy_number.gene_calls import ABOVE_PLOIDY, GeneCopies
from oncoloom.features.copy_number.outcome import CopyNumber, WholeCopies
from oncoloom.features.drivers.biallelic import TWO_HITS_UNPHASED
from oncoloom.features.drivers.by_class import class_of_variant
from oncoloom.features.drivers.contracts import DRIVERS_TABLE
from oncoloom.features.drivers.copies import judge_copies
from oncoloom.features.drivers.doubts import doubt_of, doubts_of_variant
from oncoloom.features.hrd.biallelic import minor_copies_at
from oncoloom.reference_data.drivers import gene_roles, hotspots_of
from oncoloom.reference_data.gene_models import GeneModels

FEW_BINS = 5


def driver_table(
    variants: pl.DataFrame,
    copies: CopyNumber,
    fusions: pl.DataFrame | None,
    models: GeneModels | None,
    *,
    patient_id: str,
    sample_id: str,
    amplification_min_copies: float,
) -> pl.DataFrame:
    """Every driver of one tumor.

    Parameters
    ----------
    variants
        The `variants` table with its driver columns.
    fusions
        The imported `fusions` table, None without one.
    """
    rows = [_small(row, copies.whole) for row in variants.filter(pl.col("driver")).iter_rows(named=True)]
    places = {} if models is None else models.chosen()
    for gene, level in (copies.genes or {}).items():
        rule = judge_copies(level)
        if rule is not None:
            place = places.get(gene)
            at = {} if place is None else {"chrom": place.contig, "pos": place.start + 1}
            rows.append(_copies(level, rule, copies, amplification_min_copies) | at)
    if fusions is not None:
        drivers = fusions.filter(pl.col("driver_gene").is_not_null())
        rows += [_fusion(row) for row in drivers.iter_rows(named=True)]
    names = DRIVERS_TABLE.polars_schema()
    who = {"patient_id": patient_id, "sample_id": sample_id}
    return pl.DataFrame([{name: (row | who).get(name) for name in names} for row in rows], schema=names)


def _small(row: dict[str, Any], whole: WholeCopies | None) -> dict[str, Any]:
    n_tumors = _tumors(row)
    return {
        **{name: row[name] for name in ("gene", "chrom", "pos", "ref", "alt", "origin")},
        "alteration_class": class_of_variant(row["gene"], row["driver_rule"]),
        "change": row["hgvs_p_short"] or row["hgvs_c"],
        "rule": row["driver_rule"],
        "reason": row["driver_reason"],
        "other_copy": _other_copy(row, whole),
        "doubt": doubts_of_variant(row, n_tumors),
        "evidence": row["driver_evidence"],
        "n_tumors": n_tumors,
    }


def _tumors(row: dict[str, Any]) -> int | None:
    """Tumors of the hotspot list at the named hotspot; None where another rule speaks."""
    if not row["driver_rule"].startswith("hotspot_"):
        return None
    return next((one.n_tumors for one in hotspots_of(row["gene"]) if one.name == row["hotspot"]), None)


def _other_copy(row: dict[str, Any], whole: WholeCopies | None) -> str | None:
    """Of a suppressor's driver: whether the other copy is lost, too; None where nothing is known."""
    role = gene_roles().get(row["gene"])
    if role is None or not role.tumor_suppressor:
        return None
    minor = minor_copies_at(row, whole)
    if row["biallelic"] and minor == 0:
        return "both copies are hit: the other copy is lost in the tumor (loss of heterozygosity)"
    if row["biallelic"]:
        return "both copies are hit: another driver lies on the other copy"
    if TWO_HITS_UNPHASED in (row["labels"] or ""):
        return "two drivers in this gene: whether they lie on both copies is not known"
    if row["biallelic"] is False:
        return f"the other copy is kept ({minor} whole)" if minor is not None else None
    return "whether the other copy is lost is not known"


def _copies(level: GeneCopies, rule: str, copies: CopyNumber, minimum: float) -> dict[str, Any]:
    few = f"rests on {level.n_bins} bins" if 0 < level.n_bins < FEW_BINS else None
    uncounted = "without a purity copies are not counted" if level.copies is None else None
    return {
        "gene": level.gene,
        "alteration_class": level.state,
        "origin": "somatic",
        "rule": rule,
        "reason": _amplified(level, copies, minimum) if level.state == "amplification" else _deleted(level),
        "doubt": doubt_of(rule, uncounted, few),
        "evidence": gene_roles()[level.gene].evidence,
        "copies": level.copies,
        "copies_lower": level.copies_lower,
        "copies_upper": level.copies_upper,
        "log2": level.log2,
        "n_bins": level.n_bins,
    }


def _amplified(level: GeneCopies, copies: CopyNumber, minimum: float) -> str:
    if level.copies is None:
        return f"{2**level.log2:.1f} times as much DNA as the rest of the genome, of an oncogene"
    ploidy = copies.ploidy.value
    against = f"; the whole genome has {ploidy:.1f}" if ploidy is not None else ""
    rule = f"amplified: {minimum:g} or more, and {ABOVE_PLOIDY:g} above the genome's mean"
    return f"{_interval(level)} copies of an oncogene{against} ({rule})"


def _deleted(level: GeneCopies) -> str:
    if level.copies is None:
        return (
            f"{100 * 2**level.log2:.0f} % of the DNA that the rest of the genome has, of a tumor suppressor"
        )
    return f"no copy of a tumor suppressor is left ({_interval(level)} copies measured)"


def _interval(level: GeneCopies) -> str:
    digits = 0 if level.copies is not None and level.copies >= 2 else 1
    if level.copies_lower is None or level.copies_upper is None:
        return f"{level.copies:.{digits}f}"
    return f"{level.copies:.{digits}f} ({level.copies_lower:.{digits}f}–{level.copies_upper:.{digits}f})"


def _fusion(row: dict[str, Any]) -> dict[str, Any]:
    name = f"{row['gene_5prime'] or 'unknown gene'}::{row['gene_3prime'] or 'unknown gene'}"
    seen = "support not given" if row["support"] is None else f"{row['support']:,} fragments across it"
    places = [one for one in (row["breakpoint_5prime"], row["breakpoint_3prime"]) if one]
    broken = f", broken at {' and '.join(places)}" if places else ""
    frame = "frame not known" if row["frame"] == "unknown" else row["frame"]
    origin = f"imported from {row['caller']} ({row['material'].upper()})"
    reason = f"{row['driver_reason']}, {frame}; {origin}, {seen}{broken}"
    return {
        "gene": row["driver_gene"],
        "alteration_class": "fusion",
        "change": name,
        "origin": "somatic",
        "rule": row["driver_rule"],
        "reason": reason,
        "doubt": doubt_of(
            row["driver_rule"], "the frame is not known" if row["frame"] == "unknown" else None
        ),
        "evidence": row["driver_evidence"],
        "support": row["support"],
    }
