"""Where the embedded cancer genes lie on the human builds."""

import gzip
from functools import cache

from oncoloom.bundled import bundled_path
from oncoloom.reference_data.contigs import bare_name

_BUILDS = {"GRCh37": "hg19", "GRCh38": "hg38"}


@cache
def gene_spans(genome_build: str) -> dict[str, tuple[tuple[int, int, str], ...]]:
    """Chromosome without `chr` to its genes: start, end (0-based half-open), symbol, by place.

    Raises
    ------
    KeyError
        If `genome_build` is neither GRCh37 nor GRCh38.
    """
    path = bundled_path("resources", "genes", f"cancer_genes.{_BUILDS[genome_build]}.gff3.gz")
    spans: dict[str, list[tuple[int, int, str]]] = {}
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            fields = line.rstrip("\n").split("\t")
            if len(fields) < 9 or fields[2] != "gene":
                continue
            names = dict(part.partition("=")[::2] for part in fields[8].split(";"))
            span = (int(fields[3]) - 1, int(fields[4]), names["Name"])
            spans.setdefault(bare_name(fields[0]), []).append(span)
    return {contig: tuple(sorted(genes)) for contig, genes in spans.items()}


def genes_in(genome_build: str, contig: str, start: int, end: int) -> list[str]:
    """Cancer genes that an interval (0-based half-open) touches, by place.

    Examples
    --------
    >>> genes_in("GRCh37", "chr7", 55_100_000, 55_200_000)
    ['EGFR']
    """
    return [
        name for a, b, name in gene_spans(genome_build).get(bare_name(contig), ()) if a < end and b > start
    ]
