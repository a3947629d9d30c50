"""The hotspots of a reference as a VCF file, from given or embedded gene models."""

from pathlib import Path
from tempfile import TemporaryDirectory

from oncoloom.features.hotspot_alleles import hotspot_alleles, vcf_lines
from oncoloom.files import write_text
from oncoloom.reference_data.embedded import write_gene_models
from oncoloom.reference_data.fasta import open_reference
from oncoloom.reference_data.gene_models import read_gene_models
from oncoloom.tables import Tally


def write_hotspots(reference: Path, output: Path, *, gff: Path | None, genome_build: str) -> Tally:
    """Write the embedded hotspots as alleles of `reference` into a VCF; what was left out is counted.

    Raises
    ------
    InputError, ReferenceMismatchError
        If the reference or the gene models cannot be read, or do not belong together.
    UsageError
        If there are no gene models: none given, and none embedded for the build.
    """
    with TemporaryDirectory() as folder, open_reference(reference) as opened:
        models = gff
        if models is None:
            models = Path(folder) / "models.gff3.gz"
            write_gene_models(models, genome_build)
        alleles, tally = hotspot_alleles(read_gene_models(models, opened.lengths), opened)
        write_text(output, "\n".join(vcf_lines(alleles, opened)) + "\n")
    return tally
