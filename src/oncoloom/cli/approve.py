"""oncoloom approve: a person makes a version the champion."""

import typer

app = typer.Typer()


@app.command()
def approve(
    name: str = typer.Argument(..., help="Model name."),
    version: int = typer.Argument(..., min=1, help="Version number."),
    by: str = typer.Option(..., "--by", help="Who approves."),
    reason: str = typer.Option(..., "--reason", help="Why, in words that a later reader understands."),
    alias: str = typer.Option("champion", "--alias", help="Alias to set."),
) -> None:
    """Set the alias `champion` on a version and record who and why.

    Example: oncoloom approve response 2 --by "A. Name" --reason "AUC 0.77 on the 2018 patients"
    """
    from oncoloom.registry.versions import approve_version

    before = approve_version(name, version, by=by, reason=reason, alias=alias)
    was = f", before it version {before}" if before and before != str(version) else ""
    typer.echo(f"{name} version {version} is {alias} now{was}")
