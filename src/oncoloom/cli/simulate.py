"""oncoloom simulate: a project of simulated patients with a known truth, and its score."""

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from oncoloom.logs import counted

if TYPE_CHECKING:
    from oncoloom.simulate.score import ChoiceFigures
    from oncoloom.simulate.score_variants import VariantFigures

app = typer.Typer()


@app.callback(invoke_without_command=True)
def simulate(
    context: typer.Context,
    output: Path | None = typer.Option(None, "--output", "-o", help="Project folder to write."),
    scenario: str = typer.Option("demo", "--scenario", help="demo (12 patients with reads) or small (4)."),
    seed: int = typer.Option(20260101, "--seed", min=0, help="Same seed, same bytes."),
    patients: int | None = typer.Option(None, "--patients", help="Patients with reads, the first ones."),
    training_patients: int | None = typer.Option(
        None, "--training-patients", min=20, help="Training rows; the test table has half as many."
    ),
) -> None:
    """Write a project folder of simulated patients: reference, reads, clinic, config and the truth.

    Example: oncoloom simulate --output my_demo && cd my_demo && oncoloom run --cores 2
    """
    if context.invoked_subcommand is not None:
        return
    from oncoloom.errors import UsageError
    from oncoloom.simulate.scenarios import simulate_project

    if output is None:
        raise UsageError("no folder to write to", remedy="oncoloom simulate --output my_demo")
    counts = simulate_project(
        output, scenario=scenario, seed=seed, patients=patients, training_patients=training_patients
    )
    typer.echo(
        f"{output}: {counted(counts['patients'], 'patient')} with reads, "
        f"{counts['training']} + {counts['test']} table rows"
    )


@app.command()
def score(
    project: Path = typer.Option(Path(), "--project", help="Simulated project after `oncoloom run`."),
    as_json: bool = typer.Option(False, "--json", help="As JSON."),
) -> None:
    """Judge a finished simulated project by its truth: calls, and whose treatment was ranked right.

    Example: oncoloom simulate score --project my_demo
    """
    import json

    from oncoloom.simulate.scoring import score_as_dict, score_calls, score_choices

    calls = score_calls(project)
    model, others = score_choices(project)
    if as_json:
        typer.echo(json.dumps(score_as_dict(calls, model, others), indent=1))
        return
    _print_calls(calls)
    _print_choices(model, others)


@app.command()
def stops(project: Path = typer.Option(Path(), "--project", help="Simulated project.")) -> None:
    """Print the patients that a sound run must stop, one a line.

    Example: oncoloom simulate stops --project my_demo
    """
    from oncoloom.simulate.scoring import expected_stops

    for name in expected_stops(project):
        typer.echo(name)


def _print_calls(calls: "VariantFigures") -> None:
    from oncoloom.simulate.scoring import MIN_PRECISION, MIN_RECALL

    typer.echo("Somatic SNVs at an allele fraction of at least 0.1, against the planted truth")
    typer.echo(f"  recall     {calls.recall:.3f}  ({calls.n_found} of {calls.n_true}; bar {MIN_RECALL})")
    typer.echo(
        f"  precision  {calls.precision:.3f}  ({calls.n_right} of {calls.n_called}; bar {MIN_PRECISION})"
    )
    for name, sites in (("missed", calls.missed), ("wrong", calls.wrong)):
        for site in sites:
            typer.echo(f"  {name:<9}  {site}")


def _print_choices(model: "ChoiceFigures", others: "dict[str, ChoiceFigures]") -> None:
    from oncoloom.simulate.outcomes import MAIN_PAIR

    typer.echo(f"\nChoosing between {MAIN_PAIR[0]} and {MAIN_PAIR[1]}, {model.n_patients} test patients")
    typer.echo(
        f"  the therapy that is better on average, for all: response {model.response_best_average:.3f}"
    )
    typer.echo(f"  {'':<54}{'right':>7}{'abstained':>11}{'response':>10}")
    for name, figures in {"the model": model, **others}.items():
        typer.echo(
            f"  {name:<54}{figures.ranked_right_share:>7.1%}{figures.abstained_share_clear:>11.1%}"
            f"{figures.response_if_followed:>10.3f}"
        )
    typer.echo(
        f"  right, abstained: among the {model.n_clear} whose true difference is at least 10 points"
        " (bar for the model: 70 %, at most 40 %);"
        "\n  response: mean true probability when the choice is followed (bar: above the line for all)"
    )
