"""Somatic calls of a patient's further tumors, as the caller writes them beside those of the first."""

from dataclasses import dataclass, field
from pathlib import Path

import pysam

from oncoloom.errors import InputError
from oncoloom.files import read_json

AlleleKey = tuple[str, int, str, str]  # contig, 1-based position, REF, ALT


@dataclass(frozen=True, slots=True)
class SeenAllele:
    """What a tumor shows of an allele: fragments with it, fragments in all, FILTER."""

    alt_count: int
    depth: int
    filters: str


@dataclass(frozen=True, slots=True)
class FurtherTumor:
    """A further tumor of a patient: its sample, mean depth, and every allele that its VCF lists."""

    sample: str
    mean_depth: float
    alleles: dict[AlleleKey, SeenAllele] = field(default_factory=dict)

    @property
    def passing(self) -> set[AlleleKey]:
        """Alleles that no filter marks."""
        return {key for key, seen in self.alleles.items() if seen.filters == "PASS"}


def read_further_tumors(calls: Path) -> tuple[FurtherTumor, ...]:
    """The further tumors in a folder of calls, by name; none for a folder of one tumor.

    Raises
    ------
    InputError
        If a file of one is absent or broken.
    """
    return tuple(_read(folder) for folder in sorted(Path(calls).glob("tumors/*/")))


def _read(folder: Path) -> FurtherTumor:
    counts = read_json(folder / "qc.json")
    path = folder / "somatic.vcf.gz"
    try:
        sample = counts["tumors"][0]
        name, depth = str(sample["sample"]), float(sample["mean_depth"])
    except (KeyError, IndexError, TypeError) as error:
        raise InputError("not a qc.json of a tumor", path=folder / "qc.json", found=repr(error)) from error
    try:
        with pysam.VariantFile(str(path)) as handle:
            alleles = dict(_alleles(handle, name))
    except (OSError, ValueError) as error:
        raise InputError("not readable as calls of a tumor", path=path, found=str(error)) from error
    return FurtherTumor(name, depth, alleles)


def _alleles(handle: pysam.VariantFile, sample: str) -> list[tuple[AlleleKey, SeenAllele]]:
    found = []
    for record in handle:
        counts = record.samples[sample]
        key = (record.chrom, record.pos, str(record.ref), str((record.alts or ("",))[0]))
        alt = int(counts["AD"][1])
        found.append((key, SeenAllele(alt, int(counts["DP"]), ";".join(record.filter.keys()))))
    return found
