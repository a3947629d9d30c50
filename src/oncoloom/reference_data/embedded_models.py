"""The embedded gene models, read: one transcript a cancer gene, on a human build."""

from functools import cache

from oncoloom.bundled import bundled_path
from oncoloom.reference_data.embedded import EMBEDDED_BUILDS
from oncoloom.reference_data.gene_models import Transcript, read_gene_models

_CONTIGS = [*(str(n) for n in range(1, 23)), "X", "Y", "MT"]


@cache
def embedded_transcripts(genome_build: str) -> dict[str, Transcript]:
    """Approved symbol to its transcript; contigs without `chr`. Three genes without a readable protein lack.

    Raises
    ------
    KeyError
        If `genome_build` is neither GRCh37 nor GRCh38.
    """
    path = bundled_path("resources", "genes", f"cancer_genes.{EMBEDDED_BUILDS[genome_build]}.gff3.gz")
    return read_gene_models(path, _CONTIGS, say_left_out=False).chosen()
