"""oncoloom models: what is registered; log a training that could not be logged."""

import json
from pathlib import Path

import typer

app = typer.Typer(invoke_without_command=True)


@app.callback(invoke_without_command=True)
def models(
    context: typer.Context,
    as_json: bool = typer.Option(False, "--json", help="As JSON, with all metrics."),
) -> None:
    """List registered versions with aliases, approval and metrics.

    Example: oncoloom models --json
    """
    if context.invoked_subcommand is not None:
        return
    from oncoloom.registry.versions import list_versions

    rows = list_versions()
    if as_json:
        typer.echo(json.dumps(rows, indent=1, sort_keys=True))
        return
    for row in rows:
        aliases = ", ".join(row["aliases"]) or "-"
        typer.echo(
            f"{row['name']}  version {row['version']}  {aliases}  {row['endpoint']}  {row['champion_family']}"
        )
    typer.echo(f"{len(rows)} versions of {len({row['name'] for row in rows})} models")


@app.command("log")
def log(
    folder: Path = typer.Argument(..., help="Folder that `oncoloom train` wrote."),
    model_name: str = typer.Option(..., "--model-name", help="Name in the registry."),
    alias: str = typer.Option("candidate", "--alias", help="Alias of the version."),
) -> None:
    """Log and register a kept training, e.g. when the registry was away.

    Example: oncoloom models log model --model-name response
    """
    from oncoloom.registry.runs import log_training_run

    done = log_training_run(folder, model_name=model_name, alias=alias)
    typer.echo(f"registered {done.name} version {done.version} ({', '.join(done.aliases)})")


@app.command("retrain")
def retrain(
    address: str = typer.Argument(..., help="models:/NAME/VERSION or models:/NAME@ALIAS."),
    cohort: list[Path] = typer.Option(
        ..., "--cohort", help="The cohort tables it was trained on; may repeat."
    ),
    output: Path = typer.Option(..., "--output", help="Folder of the model."),
) -> None:
    """Train again by the record of a version's run; exit code 1 if another model comes out.

    Example: oncoloom models retrain models:/response/1 --cohort cohort.parquet --output again
    """
    from oncoloom.registry.records import training_record
    from oncoloom.response.retraining import retrain_from_record

    record = training_record(address)
    trained = retrain_from_record(record, cohort, output)
    same = trained.version == record["model_version"]
    said = "the same model" if same else f"ANOTHER model than {record['model_version']}"
    typer.echo(f"retrained {address}: {said}; {trained.version}; {output}")
    if not same:
        raise typer.Exit(1)
