"""oncoloom annotate: consequences of a VCF's records."""

from pathlib import Path

import typer

app = typer.Typer()


@app.command()
def annotate(
    vcf: Path = typer.Argument(..., help="VCF, plain or bgzipped"),
    reference: Path = typer.Option(..., "--reference", help="Reference FASTA"),
    gff: Path | None = typer.Option(None, "--gff", help="Gene models (GFF3); without it no consequences"),
    output: Path = typer.Option(..., "--output", help="VCF to write (.vcf or .vcf.gz)"),
) -> None:
    """Add consequences (INFO/BCSQ) to every record of a VCF that touches a gene.

    Example: oncoloom annotate calls.vcf.gz --reference GRCh38.fa --gff genes.gff3.gz --output
    annotated.vcf.gz
    """
    from oncoloom.features.consequence.annotate_vcf import annotate_vcf
    from oncoloom.logs import logger

    done = annotate_vcf(vcf, reference, output, gff=gff)
    for note in done.notes:
        logger.warning(note)
    typer.echo(f"{output}: {done.n_records} records, {done.n_with_consequence} with a consequence")
