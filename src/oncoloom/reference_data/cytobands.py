"""Chromosome lengths and centromeres of the human builds, out of the cytobands."""

import gzip
from dataclasses import dataclass
from functools import cache

from oncoloom.bundled import bundled_path

_BUILDS = {"GRCh37": "hg19", "GRCh38": "hg38"}


@dataclass(frozen=True, slots=True)
class Chromosome:
    """Length and centromere (0-based half-open) of a chromosome, in bases."""

    length: int
    centromere_start: int
    centromere_end: int


@cache
def chromosomes(genome_build: str) -> dict[str, Chromosome]:
    """Chromosome name without `chr` to its length and centromere (union of its `acen` bands).

    Raises
    ------
    KeyError
        If `genome_build` is neither GRCh37 nor GRCh38.
    """
    path = bundled_path("resources", "cytobands", f"cytobands.{_BUILDS[genome_build]}.tsv.gz")
    length: dict[str, int] = {}
    middle: dict[str, list[int]] = {}
    for line in gzip.decompress(path.read_bytes()).decode("utf-8").splitlines():
        if line.startswith("#") or not line.strip():
            continue
        chrom, start, end, _, stain = line.split("\t")[:5]
        name = chrom.removeprefix("chr")
        length[name] = max(length.get(name, 0), int(end))
        if stain == "acen":
            middle.setdefault(name, []).extend((int(start), int(end)))
    return {name: Chromosome(length[name], min(edges), max(edges)) for name, edges in middle.items()}
