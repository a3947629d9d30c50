"""The hotspots of a reference as a VCF file, from given or embedded gene models."""

from pathlib import Path
from tempfile import TemporaryDirectory

from oncoloom.errors import InputError
from oncoloom.features.drivers.hotspot_alleles import hotspot_alleles, vcf_lines
from oncoloom.files import write_text
from oncoloom.logs import logger
from oncoloom.reference_data.embedded import write_gene_models
from oncoloom.reference_data.fasta import Reference, open_reference
from oncoloom.reference_data.gene_models import GeneModels, read_gene_models
from oncoloom.tables import Tally


def write_hotspots(reference: Path, output: Path, *, gff: Path | None, genome_build: str) -> Tally:
    """Write the embedded hotspots as alleles of `reference` into a VCF; what was left out is counted.

    Embedded gene models that do not fit the reference (a part of a genome, another build) give a VCF without
    alleles, and a warning: nobody asked for them by name.

    Raises
    ------
    InputError, ReferenceMismatchError
        If the reference or given gene models cannot be read, or do not belong together.
    UsageError
        If there are no gene models: none given, and none embedded for the build.
    """
    with TemporaryDirectory() as folder, open_reference(reference) as opened:
        alleles, tally = hotspot_alleles(_models(gff, genome_build, Path(folder), opened), opened)
        write_text(output, "\n".join(vcf_lines(alleles, opened)) + "\n")
    return tally


def _models(gff: Path | None, genome_build: str, folder: Path, reference: Reference) -> GeneModels:
    if gff is not None:
        return read_gene_models(gff, reference.lengths)
    embedded = folder / "models.gff3.gz"
    write_gene_models(embedded, genome_build)
    try:
        return read_gene_models(embedded, reference.lengths)
    except InputError as error:
        logger.warning(
            "%s: the embedded gene models of %s do not fit (%s): no hotspot is asked for",
            reference.path,
            genome_build,
            error.message,
        )
        return GeneModels((), 0, ())
