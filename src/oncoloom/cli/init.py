"""oncoloom init: a project folder with a commented config and example sheets."""

from pathlib import Path

import typer

app = typer.Typer()


@app.command()
def init(
    folder: Path = typer.Argument(..., help="Folder to make, or one that holds sheets or a FASTA already."),
    reference: Path | None = typer.Option(None, "--reference", help="FASTA of the reads or VCFs."),
) -> None:
    """Make a project: a config with every key commented, and sheets to fill. Nothing is overwritten.

    Example: oncoloom init my_project --reference GRCh38.fa
    """
    from oncoloom.project.initialise import initialise

    done = initialise(folder, reference=reference)
    kept = f"; kept {', '.join(str(path) for path in done.kept)}" if done.kept else ""
    typer.echo(
        f"wrote {', '.join(str(path) for path in done.written)}{kept}. Fill the sheets, then: oncoloom check"
    )
