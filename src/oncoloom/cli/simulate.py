"""oncoloom simulate: a project of simulated patients with a known truth, and its score."""

from pathlib import Path

import typer

app = typer.Typer()


@app.command()
def simulate(
    output: Path = typer.Option(..., "--output", "-o", help="Project folder to write."),
    scenario: str = typer.Option("demo", "--scenario", help="demo (12 patients with reads) or small (4)."),
    seed: int = typer.Option(20260101, "--seed", min=0, help="Same seed, same bytes."),
    patients: int | None = typer.Option(None, "--patients", help="Patients with reads, the first ones."),
    training_patients: int | None = typer.Option(
        None,
        "--training-patients",
        min=20,
        help="Rows of the training table; the test table has half as many.",
    ),
) -> None:
    """Write a project folder of simulated patients: reference, reads, clinic, config and the truth.

    Example: oncoloom simulate --output my_demo && cd my_demo && oncoloom run --cores 2
    """
    from oncoloom.simulate.scenarios import simulate_project

    counts = simulate_project(
        output, scenario=scenario, seed=seed, patients=patients, training_patients=training_patients
    )
    typer.echo(
        f"{output}: {counts['patients']} patients with reads, {counts['training']} + {counts['test']} table rows"
    )
