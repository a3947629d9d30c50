"""oncoloom predict: outcome predictions for every patient of a cohort and every therapy the model knows."""

from pathlib import Path

import typer

from oncoloom.logs import counted

app = typer.Typer()


@app.command()
def predict(
    model: str = typer.Option(..., "--model", help="Model folder, or models:/NAME@ALIAS."),
    cohort: Path = typer.Option(..., "--cohort", help="Cohort table."),
    output: Path = typer.Option(..., "--output", help="Predictions table (Parquet)."),
    log: bool | None = typer.Option(
        None, "--log/--no-log", help="Log to MLflow; default: where a registry is there.", show_default=False
    ),
) -> None:
    """Predict response, PFS and OS under each therapy, with intervals, abstentions and lineage.

    Example: oncoloom predict --model models:/response@champion --cohort new.parquet --output out.parquet
    """
    from oncoloom.registry.names import is_address
    from oncoloom.registry.tracking import registry_is_there
    from oncoloom.response.predict_file import predict_to_file

    if is_address(model):
        from oncoloom.registry.versions import fetched_model

        with fetched_model(model) as folder:
            summary = predict_to_file(folder, cohort, output)
    else:
        summary = predict_to_file(Path(model), cohort, output)
    logged = ""
    if registry_is_there() if log is None else log:
        from oncoloom.registry.predictions import log_predictions

        logged = f"; logged as run {log_predictions(output, summary)}"
    typer.echo(
        f"predicted {counted(summary['n_patients'], 'patient')}, {counted(summary['n_rows'], 'row')}, "
        f"{summary['n_abstained']} abstained{logged}; {output}"
    )
