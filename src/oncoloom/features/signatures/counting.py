"""Mutations of samples by channel: SBS-96 and ID-83, with what was not counted and why."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from oncoloom.features.signatures.channels import ID83, SBS96
from oncoloom.features.signatures.contexts import codes_of, trinucleotides
from oncoloom.features.signatures.indels import flank_bp, id83_class
from oncoloom.kernels.mutation_channels import NO_CONTEXT, WRONG_REFERENCE, count_sbs96
from oncoloom.reference_data.fasta import Reference, open_reference

COUNTED_FILTERS = ("PASS", "not filtered")
MOST_INDEL_BP = 1_000  # longer ones are structural and no ID-83
_ID_INDEX = {name: index for index, name in enumerate(ID83)}


@dataclass(slots=True)
class Spectra:
    """Counts of samples by channel.

    Attributes
    ----------
    samples
        Sample ids, sorted: the rows of both matrices.
    sbs96, id83
        (n, 96) and (n, 83) int64; columns as in `channels.SBS96` and `channels.ID83`.
    doublets, longer
        (n,) int64: doublet substitutions, and longer ones. Neither is ever split into SNVs.
    left_out
        Variants not counted, by sample and reason.
    """

    samples: list[str]
    sbs96: NDArray[np.int64]
    id83: NDArray[np.int64]
    doublets: NDArray[np.int64]
    longer: NDArray[np.int64]
    left_out: dict[str, Counter[str]] = field(default_factory=dict)

    def row_of(self, sample: str) -> int:
        """Row of a sample (ValueError if there is none)."""
        return self.samples.index(sample)

    def as_dict(self, sample: str) -> dict[str, Any]:
        """One sample for JSON: channels with at least one mutation, totals, what was left out."""
        row = self.row_of(sample)
        return {
            "sbs96": {name: int(n) for name, n in zip(SBS96, self.sbs96[row], strict=True) if n},
            "id83": {name: int(n) for name, n in zip(ID83, self.id83[row], strict=True) if n},
            "sbs_total": int(self.sbs96[row].sum()),
            "indel_total": int(self.id83[row].sum()),
            "dbs_total": int(self.doublets[row]),
            "mnv_total": int(self.longer[row]),
            "left_out": dict(sorted(self.left_out.get(sample, Counter()).items())),
        }


def count_spectra(
    variants: pl.DataFrame, reference: Reference, *, samples: list[str] | None = None
) -> Spectra:
    """Spectra of the somatic variants of a `variants` table (alleles normalized, positions 1-based).

    Germline variants, filtered ones and those without alleles are left out and counted. SNVs of one sample at
    adjacent positions with like allele fractions are one multi-base change, not two substitutions.

    Parameters
    ----------
    samples
        Sample ids to count for (those without a variant get zeros); default those of the table.
    """
    known = sorted(set(variants["sample_id"].to_list())) if samples is None else sorted(samples)
    spectra = Spectra(
        known,
        np.zeros((len(known), len(SBS96)), np.int64),
        np.zeros((len(known), len(ID83)), np.int64),
        np.zeros(len(known), np.int64),
        np.zeros(len(known), np.int64),
        {name: Counter() for name in known},
    )
    usable = _usable(variants.filter(pl.col("sample_id").is_in(known)), spectra)
    size = (pl.col("ref").str.len_bytes(), pl.col("alt").str.len_bytes())
    same = usable.filter(size[0] == size[1])
    _count_substitutions(same.filter(size[0] == 1), reference, spectra)
    rows = {name: row for row, name in enumerate(known)}
    for sample, length in same.filter(size[0] > 1).select("sample_id", size[0]).iter_rows():
        (spectra.doublets if length == 2 else spectra.longer)[rows[sample]] += 1
    for indel in usable.filter(size[0] != size[1]).iter_rows(named=True):
        name = _indel_channel(indel, reference)
        if name in _ID_INDEX:
            spectra.id83[rows[indel["sample_id"]], _ID_INDEX[name]] += 1
        else:
            spectra.left_out[indel["sample_id"]][name] += 1
    return spectra


def count_vcf_spectra(path: Path, reference_path: Path, *, tumor: str | None = None) -> Spectra:
    """Spectra of a plain VCF of one tumor (see the VCF door for what is checked, and for `tumor`)."""
    from oncoloom.features.variants.vcf_door import import_variants

    name = path.name.split(".")[0]
    variants, _ = import_variants(path, reference_path, patient_id=name, sample_id=name, tumor=tumor)
    with open_reference(reference_path) as reference:
        return count_spectra(variants, reference, samples=[name])


def _usable(variants: pl.DataFrame, spectra: Spectra) -> pl.DataFrame:
    """Variants that may be counted, one row an allele, sorted; the rest is tallied."""
    reasons = (
        pl.when(pl.col("ref").is_null() | pl.col("alt").is_null() | pl.col("pos").is_null())
        .then(pl.lit("no place or alleles"))
        .when(~pl.col("filters").is_in(COUNTED_FILTERS))
        .then(pl.lit("did not pass the filters"))
        .when(pl.col("origin") == "germline")
        .then(pl.lit("germline"))
        .alias("why")
    )
    told = variants.with_columns(reasons)
    for sample, why, n in told.filter(pl.col("why").is_not_null()).group_by("sample_id", "why").len().rows():
        spectra.left_out[sample][why] += n
    keep = ["sample_id", "chrom", "pos", "ref", "alt", "af"]
    bare = [
        pl.col(name).str.replace_all("-", "", literal=True) for name in ("ref", "alt")
    ]  # MAF's empty allele
    kept = told.filter(pl.col("why").is_null()).with_columns(bare).select(keep)
    distinct = kept.unique(["sample_id", "chrom", "pos", "ref", "alt"], keep="first", maintain_order=True)
    return distinct.sort("sample_id", "chrom", "pos", "ref", "alt")


def _count_substitutions(snvs: pl.DataFrame, reference: Reference, spectra: Spectra) -> None:
    if snvs.is_empty():
        return
    rows = {name: row for row, name in enumerate(spectra.samples)}
    sample = np.array([rows[name] for name in snvs["sample_id"].to_list()], np.int64)
    pos = snvs["pos"].to_numpy().astype(np.int64)
    single = _set_multi_base_aside(snvs, sample, pos, spectra)
    chrom = snvs["chrom"].to_list()
    context = trinucleotides(reference, chrom, pos)
    ref, alt = codes_of("".join(snvs["ref"].to_list())), codes_of("".join(snvs["alt"].to_list()))
    channel = np.empty(int(single.sum()), np.int16)
    count_sbs96(context[single], ref[single], alt[single], sample[single], channel, spectra.sbs96)
    for code, why in (
        (NO_CONTEXT, "no trinucleotide at a contig's end or beside N"),
        (WRONG_REFERENCE, "REF is not the reference's base"),
    ):
        for row in sample[single][channel == code].tolist():
            spectra.left_out[spectra.samples[row]][why] += 1


def _set_multi_base_aside(
    snvs: pl.DataFrame, sample: NDArray[np.int64], pos: NDArray[np.int64], spectra: Spectra
) -> NDArray[np.bool_]:
    """(n,) bool: SNVs that stand alone; runs of adjacent ones become doublets or longer changes."""
    chrom = snvs["chrom"].to_numpy()
    af = snvs["af"].cast(pl.Float64).fill_null(float("nan")).to_numpy()
    joined = (sample[1:] == sample[:-1]) & (chrom[1:] == chrom[:-1]) & (pos[1:] == pos[:-1] + 1)
    unlike = np.abs(af[1:] - af[:-1]) > 0.5 * np.fmax(af[1:], af[:-1])  # NaN: fractions unknown, not unlike
    joined &= ~unlike
    single = np.ones(len(pos), bool)
    run = 1
    for i in range(1, len(pos) + 1):
        if i < len(pos) and joined[i - 1]:
            run += 1
            continue
        if run > 1:
            single[i - run : i] = False
            (spectra.doublets if run == 2 else spectra.longer)[sample[i - 1]] += 1
        run = 1
    return single


def _indel_channel(row: dict[str, Any], reference: Reference) -> str:
    """ID-83 channel, or why the indel has none."""
    ref, alt = row["ref"], row["alt"]
    if row["chrom"] not in reference.lengths:
        return "indel on a contig that the reference lacks"
    if not ref or not alt:  # MAF's spelling: no anchor base
        shared = 0
    elif ref[0] == alt[0] and min(len(ref), len(alt)) == 1:
        shared = 1
    else:
        return "complex indel"
    bases, deleted = (ref[shared:], True) if len(ref) > len(alt) else (alt[shared:], False)
    if len(bases) > MOST_INDEL_BP:
        return f"indel longer than {MOST_INDEL_BP} bases"
    start = row["pos"] - 1 + shared
    if not deleted and shared == 0:
        start += 1  # MAF: an insertion's position is the base before it
    end = start + len(bases) if deleted else start
    if deleted and reference.bases(row["chrom"], start, end) != bases:
        return "REF is not the reference's base"
    flank = flank_bp(len(bases))
    before = reference.bases(row["chrom"], start - flank, start)
    after = reference.bases(row["chrom"], end, end + flank)
    return id83_class(bases, before, after, deleted=deleted) or "indel beside N"
