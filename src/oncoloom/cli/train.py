"""oncoloom train: cohort tables to a calibrated model, baselines beside it, registered in MLflow."""

import json
from pathlib import Path
from typing import Literal

import typer

from oncoloom.logs import counted

app = typer.Typer()


@app.command()
def train(
    cohort: list[Path] = typer.Option(..., "--cohort", help="Cohort table; may repeat."),
    more: list[Path] | None = typer.Argument(None, help="Further cohort tables.", show_default=False),
    endpoint: Literal["response", "pfs", "os"] | None = typer.Option(
        None, "--endpoint", help="What the champion is judged by; default the config's, else response."
    ),
    output: Path = typer.Option(..., "--output", help="Folder of the model."),
    seed: int | None = typer.Option(None, "--seed", min=0, help="Default the config's."),
    config: Path | None = typer.Option(
        None, "--config", help="Project config; its section `training` counts."
    ),
    features: str | None = typer.Option(None, "--features", help="Declared features, joined by commas."),
    modifiers: str | None = typer.Option(
        None, "--modifiers", help="Declared effect modifiers, joined by commas."
    ),
    randomized: bool | None = typer.Option(
        None, "--randomized/--observational", help="Therapy was assigned at random.", show_default=False
    ),
    adjust_for: str | None = typer.Option(
        None, "--adjust-for", help="Declared confounders, joined by commas; for observational cohorts."
    ),
    accelerator: Literal["cpu", "gpu"] | None = typer.Option(
        None, "--accelerator", help="What Lightning trains on; default the config's, else cpu."
    ),
    precision: Literal["32-true", "bf16-mixed", "16-mixed"] | None = typer.Option(
        None, "--precision", help="Lightning's precision; default the config's, else 32-true."
    ),
    devices: int | None = typer.Option(
        None, "--devices", min=1, max=64, help="Cards that share the rows of a step; default the config's."
    ),
    model_name: str | None = typer.Option(None, "--model-name", help="Name in the registry."),
    alias: str = typer.Option("candidate", "--alias", help="Alias of the new version."),
    register: bool = typer.Option(True, "--register/--no-register", help="Log and register in MLflow."),
    as_json: bool = typer.Option(False, "--json", help="Print the metrics as JSON."),
) -> None:
    """Train all heads and baselines, choose the champion, and register it.

    Rows with split `test` or `external` are held out and judged. The registry is MLFLOW_TRACKING_URI, else
    mlflow.db in the current folder.

    Example: oncoloom train --cohort cohort.parquet --endpoint response --output model
    """
    from oncoloom.config import ProjectConfig, load_config
    from oncoloom.registry.names import check_alias, check_model_name

    project = load_config(config) if config else ProjectConfig()
    settings = project.training
    changes: dict[str, object] = {}
    if features is not None:
        changes["features"] = _names(features)
    if modifiers is not None:
        changes["modifiers"] = _names(modifiers)
    if randomized is not None:
        changes["randomized"] = randomized
    if adjust_for is not None:
        changes["adjust_for"] = _names(adjust_for)
    asked = {"accelerator": accelerator, "precision": precision, "devices": devices}
    changes |= {name: value for name, value in asked.items() if value is not None}
    settings = settings.model_copy(update=changes)
    name = check_model_name(model_name or settings.model_name)
    check_alias(alias)
    if register:
        from oncoloom.registry.tracking import check_uri, tracking_uri

        check_uri(tracking_uri())
    from oncoloom.response.train_folder import train_to_folder

    trained = train_to_folder(
        [*cohort, *(more or [])],
        output,
        endpoint=endpoint or settings.endpoint,
        settings=settings,
        seed=project.seed if seed is None else seed,
    )
    registered = _register(output, name, alias) if register else "not registered"
    if as_json:
        typer.echo(json.dumps(trained.metrics, indent=1, sort_keys=True))
    else:
        typer.echo(f"{_summary(trained.metrics)}; {registered}; {output}")


def _names(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())


def _register(output: Path, name: str, alias: str) -> str:
    from oncoloom.errors import ModelContractError
    from oncoloom.registry.runs import log_training_run

    try:
        done = log_training_run(output, model_name=name, alias=alias)
    except ModelContractError as error:
        error.remedy = (
            f"the trained model is kept in {output}; when the registry works: "
            f"oncoloom models log {output} --model-name {name}"
        )
        raise
    return f"registered {done.name} version {done.version} ({', '.join(done.aliases)})"


def _summary(metrics: dict[str, object]) -> str:
    endpoint = str(metrics["endpoint"])
    out_of_fold = metrics["out_of_fold"]
    assert isinstance(out_of_fold, dict)
    figures = out_of_fold[endpoint]
    key, label = ("roc_auc", "AUC") if endpoint == "response" else ("c_index", "C")
    value = figures[key]
    shown = "not assessable" if value is None else f"{value:.3f}"
    return (
        f"trained {endpoint} on {counted(figures['n'], 'patient')} "
        f"({counted(figures['n_events'], 'event')}): "
        f"champion {metrics['champion']}, out-of-fold {label} {shown}"
    )
