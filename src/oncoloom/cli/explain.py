"""oncoloom explain: why predictions are what they are, and how similar treated patients fared."""

import json
from pathlib import Path
from typing import Literal

import typer

from oncoloom.logs import counted

app = typer.Typer()


@app.command()
def explain(
    model: str = typer.Option(..., "--model", help="Model folder, or models:/NAME@ALIAS."),
    cohort: list[Path] = typer.Option(..., "--cohort", help="Cohort table; may repeat."),
    output: Path = typer.Option(..., "--output", help="Folder of the explanations."),
    endpoint: Literal["response", "pfs", "os"] | None = typer.Option(
        None, "--endpoint", help="Default the one the champion was judged by."
    ),
    therapy: str | None = typer.Option(None, "--therapy", help="Default the one most patients got."),
    day: int | None = typer.Option(None, "--day", min=1, help="Horizon of pfs and os; default the last."),
    as_json: bool = typer.Option(False, "--json", help="Print what was done as JSON."),
) -> None:
    """Each feature's part of every prediction, partial dependence, and curves of similar treated patients.

    The parts of a patient sum to the prediction; their spread is that of the ensemble's members.

    Example: oncoloom explain --model model --cohort cohort.parquet --endpoint os --output explained
    """
    from oncoloom.registry.names import is_address
    from oncoloom.response.explanation.folder import explain_to_folder

    if is_address(model):
        from oncoloom.registry.versions import fetched_model

        with fetched_model(model) as folder:
            done = explain_to_folder(folder, cohort, output, endpoint=endpoint, therapy=therapy, day=day)
    else:
        done = explain_to_folder(Path(model), cohort, output, endpoint=endpoint, therapy=therapy, day=day)
    if as_json:
        typer.echo(json.dumps(done, indent=1, sort_keys=True))
        return
    horizon = "" if done["day"] is None else f" by day {done['day']}"
    typer.echo(
        f"explained {done['endpoint']}{horizon} under {done['therapy']} for "
        f"{counted(done['n_patients'], 'patient')} by {counted(done['n_features'], 'feature')}; {output}"
    )
