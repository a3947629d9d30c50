"""oncoloom align: FASTQ to BAM with a well-kept aligner."""

from enum import StrEnum
from pathlib import Path

import typer

app = typer.Typer(add_completion=False)


class AlignerName(StrEnum):
    """Which aligner."""

    bwa_mem2 = "bwa-mem2"
    bwa = "bwa"
    bwamem = "bwamem"


@app.command()
def align(
    reads: tuple[Path, Path] = typer.Option(
        ..., "--reads", metavar="R1 R2", help="FASTQ files of a pair, plain or gzip."
    ),
    reference: Path = typer.Option(..., "--reference", help="Reference FASTA."),
    output: Path = typer.Option(..., "--output", help="BAM to write; its index is put beside it."),
    threads: int = typer.Option(1, "--threads", min=1, help="They change the speed, never the result."),
    sample: str | None = typer.Option(None, "--sample", help="Sample name; default the output's name."),
    read_group: str | None = typer.Option(
        None, "--read-group", help=r"Whole read group line instead: '@RG\tID:lane1\tSM:sample'."
    ),
    aligner: AlignerName | None = typer.Option(
        None, "--aligner", help="Default: bwa-mem2 or bwa where installed, else the bwamem wheel."
    ),
) -> None:
    """Align a pair of FASTQ files: mates fixed, sorted, duplicates marked, indexed.

    Example: oncoloom align --reads a_R1.fq.gz a_R2.fq.gz --reference ref.fa --sample A --output a.bam
    """
    from oncoloom.align.pipeline import align_pair

    summary = align_pair(
        reads,
        reference,
        output,
        threads=threads,
        sample=sample,
        read_group=read_group,
        engine=aligner.value if aligner else None,
    )
    typer.echo(f"{output}: {summary.pairs} pairs aligned by {summary.engine}")
