"""oncoloom multiqc: quality figures of a run as MultiQC reads them."""

import json
from pathlib import Path

import typer

app = typer.Typer(add_completion=False)


@app.command()
def multiqc(
    results: Path = typer.Option(Path("results"), "--results", help="Results folder of a run"),
    output: Path = typer.Option(Path("results/multiqc"), "--output", help="Folder for the tables"),
    as_json: bool = typer.Option(False, "--json", help="Print the files as JSON."),
) -> None:
    """Write samples, checks, depth and callable share of genes and targets for MultiQC; run it on the folder.

    Example: oncoloom multiqc --results results --output results/multiqc
    """
    from oncoloom.report.multiqc import write_multiqc

    written = write_multiqc(results, output)
    if as_json:
        typer.echo(json.dumps([path.name for path in written]))
        return
    typer.echo(f"{output}: {len(written)} tables; now `multiqc {output}`")
