"""oncoloom validate: judge a model on cohorts with known outcomes."""

import json
from pathlib import Path

import typer

app = typer.Typer()


@app.command()
def validate(
    model: str = typer.Option(..., "--model", help="Model folder, or models:/NAME@ALIAS."),
    cohort: list[Path] = typer.Option(..., "--cohort", help="Cohort table; may repeat."),
    output: Path = typer.Option(..., "--output", help="Folder for validation.json and plots."),
    as_json: bool = typer.Option(False, "--json", help="Print the figures as JSON."),
) -> None:
    """Discrimination and calibration with bootstrap intervals, by cohort, never pooled.

    Example: oncoloom validate --model model --cohort msk1.parquet --output validation
    """
    from oncoloom.registry.names import is_address
    from oncoloom.response.validating import validate_to_folder

    if is_address(model):
        from oncoloom.registry.versions import fetched_model

        with fetched_model(model) as folder:
            figures = validate_to_folder(folder, cohort, output)
    else:
        figures = validate_to_folder(Path(model), cohort, output)
    if as_json:
        typer.echo(json.dumps(figures, indent=1, sort_keys=True))
        return
    parts = []
    for name, one in figures["cohorts"].items():
        for endpoint, block in one["endpoints"].items():
            key, label = ("roc_auc", "AUC") if endpoint == "response" else ("c_index", "C")
            if block.get(key) is not None:
                parts.append(f"{name} {endpoint} {label} {block[key]:.3f}")
    typer.echo(f"validated: {'; '.join(parts) or 'no outcome to judge by'}; {output}")
