"""oncoloom plan: what each patient will and will not get, and why."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from oncoloom.logs import counted

if TYPE_CHECKING:
    from oncoloom.project.plan import Plan

app = typer.Typer()


@app.command()
def plan(
    config: Path | None = typer.Option(None, "--config", help="Config or project folder; default: here."),
    as_json: bool = typer.Option(False, "--json", help="Print the plan as JSON."),
) -> None:
    """Say per patient what will and will not be made and why, which jobs would run, and the disk they take.

    Example: oncoloom plan
    """
    from oncoloom.project.folder import open_project
    from oncoloom.project.plan import plan_project

    made = plan_project(open_project(config))
    if as_json:
        typer.echo(json.dumps(asdict(made), indent=1, ensure_ascii=False))
    else:
        print_plan(made)


def print_plan(made: "Plan") -> None:
    """Print a plan for people; patients who get the same stand together."""
    groups: dict[tuple[tuple[str, ...], tuple[str, ...]], list[str]] = {}
    for one in made.patients:
        groups.setdefault((one.will, one.will_not), []).append(one.patient_id)
    for (will, will_not), names in groups.items():
        typer.echo(", ".join(names))
        for text in will:
            typer.echo(f"  + {text}")
        for text in will_not:
            typer.echo(f"  - {text}")
    for rule, n in made.jobs.items():
        typer.echo(f"{n:6d} {rule}")
    total = sum(made.jobs.values())
    jobs = f"{counted(total, 'job')} to run" if total else "everything is up to date"
    typer.echo(
        f"{counted(len(made.patients), 'patient')}; {jobs}; "
        f"results take at most {made.disk_bytes / 1e9:.1f} GB"
    )
