"""Drivers among MAF rows: by the rules of our own calls, residues checked against our gene models."""

from typing import Any

import polars as pl

from oncoloom.cohort.maf_codons import CodonCheck, renumbered, residue_at
from oncoloom.cohort.maf_fields import COUNTED_FILTERS
from oncoloom.features.drivers.rules import DriverVerdict, judge_variant
from oncoloom.reference_data.drivers import gene_roles
from oncoloom.reference_data.noncoding import PROMOTER_RULE, noncoding_hotspot, noncoding_hotspots
from oncoloom.reference_data.protein_change import parse_protein_change

_PLACE = ("chrom", "pos", "ref", "alt", "build")
_KEY = ("gene", "consequence", "variant_class", "protein", "class", *_PLACE)
_VERDICT = ("driver_rule", "driver_evidence", "driver_reason", "hotspot")


def judge_drivers(frame: pl.DataFrame, facts: pl.DataFrame) -> tuple[pl.DataFrame, list[str]]:
    """`frame` with its driver columns, and notes on residue numbers.

    Parameters
    ----------
    frame
        Rows of the variants table, with `origin` and `filters`.
    facts
        `build` (37, 38 or null), `protein` and `class` (the MAF's own texts) of the same rows.
    """
    # Only genes with a role and promoter hot spots are judged by place: other rows differ in words alone.
    hot = [one.pos for one in noncoding_hotspots()]
    placed = pl.col("gene").is_in(list(gene_roles())) | pl.col("pos").is_in(hot)
    keys = pl.concat([frame, facts], how="horizontal").select(
        pl.when(placed).then(pl.col(name)).alias(name) if name in _PLACE else pl.col(name) for name in _KEY
    )
    drivers = MafDrivers()
    rows = []
    distinct = keys.group_by(_KEY, maintain_order=True).len()
    for one in distinct.iter_rows(named=True):
        verdict = drivers.judge(one, one["protein"], one["class"], one["build"], one["len"])
        rows.append((verdict.rule, verdict.evidence, verdict.reason, verdict.hotspot))
    found = pl.DataFrame(rows, schema=dict.fromkeys(_VERDICT, pl.String), orient="row")
    found = pl.concat([distinct.drop("len"), found], how="horizontal")
    verdicts = keys.join(found, on=list(_KEY), how="left", nulls_equal=True, maintain_order="left")
    counts = (pl.col("origin") != "germline") & pl.col("filters").is_in(COUNTED_FILTERS)
    frame = pl.concat([frame, verdicts.select(_VERDICT)], how="horizontal").with_columns(
        (pl.col("driver_rule").is_not_null() & counts).alias("driver"),
        *(pl.when(counts).then(pl.col(name)).alias(name) for name in _VERDICT[:3]),
    )
    return frame, drivers.codons.notes()


class MafDrivers:
    """Judges the rows of one MAF; remembers what it judged, and counts residue numbers that differ."""

    def __init__(self) -> None:
        self.codons = CodonCheck()
        self._verdicts: dict[tuple[str | None, str | None, str, int | None], DriverVerdict] = {}

    def judge(
        self, variant: dict[str, Any], protein: str, class_name: str, build: int | None, rows: int
    ) -> DriverVerdict:
        """The verdict of rows that are alike.

        Parameters
        ----------
        variant
            Gene, chrom, pos, ref, alt, consequence and variant_class as in the `variants` table.
        protein, class_name
            The MAF's own texts.
        build
            37 or 38, None where it is not known.
        rows
            How many they are.
        """
        if variant["gene"] == "FLT3" and class_name.upper() == "ITD":
            reason = "internal tandem duplication, by the MAF's own class"
            return DriverVerdict("flt3_internal_tandem_duplication", None, "the MAF's class ITD", reason)
        place = (variant["chrom"] or "?", variant["pos"], variant["ref"], variant["alt"])
        promoter = noncoding_hotspot(f"GRCh{build}", *place)
        if promoter is not None:
            reason = f"recurrent promoter change {promoter.name}"
            return DriverVerdict(PROMOTER_RULE, promoter.title, promoter.evidence, reason)
        residue = self._residue(build, variant, protein, rows)
        verdict = self._judge(variant, protein, residue)
        if verdict.rule is None and residue is not None and variant["variant_class"] == "snv":
            ours = renumbered(parse_protein_change(protein), residue)
            if ours is not None:
                other = self._judge(variant, ours, residue)
                verdict = other if other.rule is not None else verdict
        return verdict

    def _judge(self, variant: dict[str, Any], protein: str, residue: int | None) -> DriverVerdict:
        key = (variant["gene"], variant["consequence"], protein, residue)
        if key not in self._verdicts:
            terms = [key[1]] if key[1] else []
            index = None if residue is None else 3 * residue - 3
            self._verdicts[key] = judge_variant(key[0], terms, protein, index)
        return self._verdicts[key]

    def _residue(self, build: int | None, variant: dict[str, Any], protein: str, rows: int) -> int | None:
        """The residue by our gene models, for genes with a role; counted against what the MAF says."""
        if variant["gene"] not in gene_roles() or variant["chrom"] is None or variant["pos"] is None:
            return None
        residue = residue_at(build, variant["gene"], variant["chrom"], variant["pos"])
        change = parse_protein_change(protein)
        named = change.kind in ("missense", "nonsense", "synonymous") and variant["variant_class"] == "snv"
        if change.position is not None and residue is not None and named:
            self.codons.add(variant["gene"], change.position, residue, rows)
        return residue
