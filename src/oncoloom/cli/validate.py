"""oncoloom validate: judge a model on cohorts with known outcomes."""

import json
from pathlib import Path
from typing import Any

import typer

app = typer.Typer()


@app.command()
def validate(
    model: str = typer.Option(..., "--model", help="Model folder, or models:/NAME@ALIAS."),
    cohort: list[Path] = typer.Option(..., "--cohort", help="Cohort table; may repeat."),
    output: Path = typer.Option(..., "--output", help="Folder of validation.json and validation.html."),
    untreated: list[Path] | None = typer.Option(
        None, "--untreated", help="Cohort of patients without these therapies: is the score predictive?"
    ),
    training: list[Path] | None = typer.Option(
        None, "--training", help="Cohort of the training: its patients are found and left out; may repeat."
    ),
    log: bool | None = typer.Option(
        None, "--log/--no-log", help="Add to the version's MLflow run; default: where a registry is there."
    ),
    as_json: bool = typer.Option(False, "--json", help="Print the figures as JSON."),
) -> None:
    """The validation report of a model: every figure with its interval, by cohort, never pooled.

    Example: oncoloom validate --model model --cohort msk1.parquet --output validation
    """
    from oncoloom.registry.names import is_address
    from oncoloom.registry.tracking import registry_is_there
    from oncoloom.response.validation.report import validate_to_folder

    if is_address(model):
        from oncoloom.registry.versions import fetched_model

        with fetched_model(model) as folder:
            figures = validate_to_folder(folder, cohort, output, untreated=untreated, training=training)
    else:
        figures = validate_to_folder(Path(model), cohort, output, untreated=untreated, training=training)
    logged = _log(figures, output) if (registry_is_there() if log is None else log) else ""
    if as_json:
        typer.echo(json.dumps(figures, indent=1, sort_keys=True))
        return
    parts = []
    for name, one in figures["cohorts"].items():
        for endpoint, block in one["endpoints"].items():
            key, label = ("roc_auc", "AUC") if endpoint == "response" else ("c_index", "C")
            if block.get(key) is not None:
                parts.append(f"{name} {endpoint} {label} {block[key]:.3f}")
    typer.echo(f"validated: {'; '.join(parts) or 'no outcome to judge by'}{logged}; {output}")


def _log(figures: dict[str, Any], output: Path) -> str:
    """Log to the run of the version with this content; what the summary line says of it."""
    from oncoloom.registry.validations import log_validation
    from oncoloom.response.train_folder import flat_figures

    metrics: dict[str, float] = {}
    for name, one in figures["cohorts"].items():
        metrics |= flat_figures(f"validation.{name}", one["endpoints"])
    digests = {name: one["cohort_digest"] for name, one in figures["cohorts"].items()}
    files = sorted(output / name for name in ("validation.json", "validation.html"))
    version = log_validation(figures["model_version"], metrics, digests, files)
    return f"; logged to {version}" if version else "; not logged: this model is not registered"
