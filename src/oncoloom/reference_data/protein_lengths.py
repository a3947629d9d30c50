"""Lengths of the proteins of the embedded cancer genes, of the transcript chosen for each."""

import gzip
from functools import cache

from oncoloom.bundled import bundled_path


@cache
def protein_lengths() -> dict[str, int]:
    """Symbol to residues, the stop codon not counted (GRCh38 models)."""
    path = bundled_path("resources", "genes", "cancer_genes.hg38.gff3.gz")
    gene_of: dict[str, str] = {}
    coding: dict[str, int] = {}
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            fields = line.rstrip("\n").split("\t")
            if len(fields) < 9 or fields[2] not in ("mRNA", "CDS"):
                continue
            names = dict(part.partition("=")[::2] for part in fields[8].split(";"))
            if fields[2] == "mRNA":
                gene_of[names["ID"]] = names["Parent"].removeprefix("gene-")
            else:
                bases = int(fields[4]) - int(fields[3]) + 1
                coding[names["Parent"]] = coding.get(names["Parent"], 0) + bases
    return {gene_of[one]: bases // 3 - 1 for one, bases in coding.items()}
