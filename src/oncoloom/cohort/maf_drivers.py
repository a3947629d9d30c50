"""Drivers among MAF rows: by the rules of our own calls, residues checked against our gene models."""

from typing import Any

from oncoloom.cohort.maf_codons import CodonCheck, renumbered, residue_at
from oncoloom.features.drivers.rules import DriverVerdict, judge_variant
from oncoloom.reference_data.drivers import gene_roles
from oncoloom.reference_data.noncoding import PROMOTER_RULE, noncoding_hotspot
from oncoloom.reference_data.protein_change import parse_protein_change


class MafDrivers:
    """Judges the rows of one MAF; remembers what it judged, and counts residue numbers that differ."""

    def __init__(self) -> None:
        self.codons = CodonCheck()
        self._verdicts: dict[tuple[str | None, str | None, str, int | None], DriverVerdict] = {}

    def judge(
        self, variant: dict[str, Any], protein: str, class_name: str, build: int | None
    ) -> DriverVerdict:
        """The verdict of a row.

        Parameters
        ----------
        variant
            Gene, chrom, pos, ref, alt, consequence and variant_class as in the `variants` table.
        protein, class_name
            The MAF's own texts.
        build
            37 or 38, None where it is not known.
        """
        if variant["gene"] == "FLT3" and class_name.upper() == "ITD":
            reason = "internal tandem duplication, by the MAF's own class"
            return DriverVerdict("flt3_internal_tandem_duplication", None, "the MAF's class ITD", reason)
        place = (variant["chrom"] or "?", variant["pos"], variant["ref"], variant["alt"])
        promoter = noncoding_hotspot(f"GRCh{build}", *place)
        if promoter is not None:
            reason = f"recurrent promoter change {promoter.name}"
            return DriverVerdict(PROMOTER_RULE, promoter.title, promoter.evidence, reason)
        residue = self._residue(build, variant, protein)
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

    def _residue(self, build: int | None, variant: dict[str, Any], protein: str) -> int | None:
        """The residue by our gene models, for genes with a role; counted against what the MAF says."""
        if variant["gene"] not in gene_roles() or variant["chrom"] is None or variant["pos"] is None:
            return None
        residue = residue_at(build, variant["gene"], variant["chrom"], variant["pos"])
        change = parse_protein_change(protein)
        named = change.kind in ("missense", "nonsense", "synonymous") and variant["variant_class"] == "snv"
        if change.position is not None and residue is not None and named:
            self.codons.add(variant["gene"], change.position, residue)
        return residue
