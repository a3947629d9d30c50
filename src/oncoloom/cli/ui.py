"""oncoloom ui: the MLflow page of a project."""

from pathlib import Path

import typer

app = typer.Typer()


@app.command()
def ui(
    config: Path | None = typer.Option(None, "--config", help="Config or project folder; default: here."),
    port: int = typer.Option(5000, "--port", min=1, max=65535, help="Port on this machine."),
) -> None:
    """Open the page of runs and models on this machine's own address (127.0.0.1), until Ctrl-C.

    Example: oncoloom ui --port 5001
    """
    from oncoloom.project.folder import open_project
    from oncoloom.project.ui import serve_ui, ui_command

    project = open_project(config)
    typer.echo(f"{ui_command(project, port)[1]}  (end with Ctrl-C)")
    raise typer.Exit(serve_ui(project, port))
