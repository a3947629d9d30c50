"""oncoloom clean: remove what can be made again."""

from pathlib import Path

import typer

app = typer.Typer()


@app.command()
def clean(
    config: Path | None = typer.Option(None, "--config", help="Config or project folder; default: here."),
    yes: bool = typer.Option(False, "--yes", help="Remove; without it the list is only shown."),
) -> None:
    """List what a run can make again and, with --yes, remove it. Inputs and the model registry stay.

    Example: oncoloom clean --yes
    """
    from oncoloom.project.clean import removable, remove
    from oncoloom.project.folder import open_project

    project = open_project(config)
    found = remove(project) if yes else removable(project)
    for one in found:
        typer.echo(f"{one.size / 1e6:10.1f} MB  {one.path}")
    total = sum(one.size for one in found) / 1e6
    done = "removed" if yes else "would be removed (give --yes)"
    typer.echo(f"{len(found)} folders, {total:.1f} MB {done}; kept: inputs, config, mlflow.db, mlartifacts")
