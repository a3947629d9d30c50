"""oncoloom pon: a panel of normals."""

import json
from pathlib import Path

import typer

app = typer.Typer()


@app.command()
def pon(
    normals: list[Path] = typer.Option(
        ..., help="Reads of a normal (BAM, CRAM, SAM); repeat, or list files after it."
    ),
    more: list[Path] = typer.Argument(None, help="Further normals.", metavar="[NORMALS]..."),
    reference: Path = typer.Option(..., help="Reference FASTA."),
    output: Path = typer.Option(..., help="File to write (.parquet)."),
    targets: Path | None = typer.Option(None, help="BED of the assay; without it the whole reference."),
    threads: int = typer.Option(1, min=1, help="Threads."),
    most_unexplained: float = typer.Option(
        0.05, min=0.0, max=1.0, help="Refuse a normal with a larger share of variants that fit no genotype."
    ),
    as_json: bool = typer.Option(False, "--json", help="Print the panel's figures as JSON."),
) -> None:
    """Build a panel of normals: what unrelated normals show at each place, for `oncoloom call --pon`.

    Example: oncoloom pon --normals a.bam b.bam c.bam --reference ref.fa --output pon.parquet
    """
    from oncoloom.calling.pon.build import build_panel

    header, alleles = build_panel(
        [*normals, *(more or [])],
        reference,
        output,
        targets=targets,
        threads=threads,
        most_unexplained=most_unexplained,
    )
    if as_json:
        figures = {
            "normals": len(header.normals),
            "alleles": alleles,
            "mean_depth": header.mean_depth,
            "rates": header.rates,
        }
        typer.echo(json.dumps(figures, sort_keys=True))
    else:
        typer.echo(f"panel of {len(header.normals)} normals with {alleles} alleles -> {output}")
