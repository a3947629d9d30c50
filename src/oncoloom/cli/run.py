"""oncoloom run: the whole project, or a part of it."""

from pathlib import Path

import typer

app = typer.Typer()


@app.command()
def run(
    config: Path | None = typer.Option(None, "--config", help="Config or project folder; default: here."),
    cores: int | None = typer.Option(None, "--cores", min=1, help="Cores to use; default all."),
    profile: str = typer.Option("default", "--profile", help="default, slurm, gpu, or a folder of your own."),
    dry_run: bool = typer.Option(False, "--dry-run", help="Say what would be made and why, run nothing."),
    until: str = typer.Option(
        "report", "--until", help="align, call, qc, features, cohort, train, predict or report."
    ),
    patients: str | None = typer.Option(None, "--patients", help="Only these patients, joined by commas."),
    force_unlock: bool = typer.Option(False, "--force-unlock", help="Ignore the lock of an earlier run."),
) -> None:
    """Run the project; what is up to date is not made again, what was interrupted goes on.

    Exit code 0: all reported. 1: something failed or is missing (named). 2: wrong usage.
    3: complete, but a check stopped at least one patient (named).

    Example: oncoloom run --cores 2
    """
    from oncoloom.errors import EXIT_FAILED
    from oncoloom.project.run import RunOptions, run_project

    names = tuple(name.strip() for name in patients.split(",") if name.strip()) if patients else None
    options = RunOptions(config, cores, profile, until, names, force_unlock)
    if dry_run:
        _dry_run(options)
        return
    try:
        outcome = run_project(options)
    except KeyboardInterrupt:
        typer.echo("interrupted; finished steps are kept, `oncoloom run` goes on from them", err=True)
        raise typer.Exit(EXIT_FAILED) from None
    typer.echo(outcome.summary)
    raise typer.Exit(outcome.exit_code)


def _dry_run(options: object) -> None:
    from oncoloom.cli.plan import print_plan
    from oncoloom.project.cohort_lookups import CohortLookups
    from oncoloom.project.plan import plan_project
    from oncoloom.project.run import RunOptions, prepare, run_targets

    assert isinstance(options, RunOptions)
    project = prepare(options)
    print_plan(plan_project(project, targets=run_targets(CohortLookups(project), options)))
