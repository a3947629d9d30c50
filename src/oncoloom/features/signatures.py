"""Mutation counts by channel: SBS-96 (pyrimidine strand, context from the reference), DBS and indels."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from oncoloom.features.consequence.coding import reverse_complement
from oncoloom.reference_data.fasta import Reference, open_reference

MIN_MUTATIONS = 50


def channel_names() -> list[str]:
    """The 96 channels, e.g. `A[C>T]G`, in a fixed order."""
    return [
        f"{left}[{ref}>{alt}]{right}"
        for ref in "CT"
        for alt in "ACGT"
        if alt != ref
        for left in "ACGT"
        for right in "ACGT"
    ]


@dataclass(slots=True)
class MutationCounts:
    """Somatic mutations by channel; `left_out` says what was not counted and why."""

    sbs96: dict[str, int] = field(default_factory=lambda: dict.fromkeys(channel_names(), 0))
    sbs_total: int = 0
    dbs_total: int = 0
    mnv_total: int = 0
    indel_total: int = 0
    left_out: dict[str, int] = field(default_factory=dict)

    def skip(self, reason: str) -> None:
        """Count one variant that is not counted."""
        self.left_out[reason] = self.left_out.get(reason, 0) + 1

    def as_dict(self) -> dict[str, Any]:
        """For JSON: channels with at least one mutation, totals, and why there are no exposures."""
        return {
            "sbs96": {name: n for name, n in self.sbs96.items() if n},
            "sbs_total": self.sbs_total,
            "dbs_total": self.dbs_total,
            "mnv_total": self.mnv_total,
            "indel_total": self.indel_total,
            "left_out": dict(sorted(self.left_out.items())),
            "exposures": None,
            "exposures_missing_reason": (
                f"{self.sbs_total} mutations are too few; {MIN_MUTATIONS} are needed"
                if self.sbs_total < MIN_MUTATIONS
                else "no signature matrix was given; COSMIC's may not be shipped"
            ),
        }


def count_mutations(variants: pl.DataFrame, reference: Reference) -> MutationCounts:
    """Channels of the variants that passed their filters; an MNV is never split into SNVs.

    Parameters
    ----------
    variants
        `variants` table (normalized alleles); germline variants are left out.
    """
    counts = MutationCounts()
    for chrom, pos, ref, alt, filters, origin in variants.select(
        "chrom", "pos", "ref", "alt", "filters", "origin"
    ).iter_rows():
        if filters != "PASS":
            counts.skip("did not pass the filters")
        elif origin == "germline":
            counts.skip("germline")
        elif len(ref) != len(alt):
            counts.indel_total += 1
        elif len(ref) == 2:
            counts.dbs_total += 1
        elif len(ref) > 2:
            counts.mnv_total += 1
        else:
            _count_snv(counts, reference.bases(chrom, pos - 2, pos + 1), ref, alt)
    return counts


def _count_snv(counts: MutationCounts, context: str, ref: str, alt: str) -> None:
    if len(context) != 3 or set(context) - set("ACGT"):
        counts.skip("no trinucleotide at a contig's end or beside N")
        return
    if ref in "AG":
        context, ref, alt = reverse_complement(context), reverse_complement(ref), reverse_complement(alt)
    counts.sbs96[f"{context[0]}[{ref}>{alt}]{context[2]}"] += 1
    counts.sbs_total += 1


def count_vcf_mutations(path: Path, reference_path: Path) -> MutationCounts:
    """Channels of a plain VCF (see the VCF door for what is checked)."""
    from oncoloom.features.variants.vcf_door import import_variants

    name = path.name.split(".")[0]
    variants, _ = import_variants(path, reference_path, patient_id=name, sample_id=name)
    with open_reference(reference_path) as reference:
        return count_mutations(variants, reference)
