"""oncoloom status: where every patient stands."""

import json
from pathlib import Path

import typer

app = typer.Typer()


@app.command()
def status(
    config: Path | None = typer.Option(None, "--config", help="Config or project folder; default: here."),
    as_json: bool = typer.Option(False, "--json", help="Print the record as JSON."),
) -> None:
    """Compare promised and produced files as they are now, patient by patient, and say what is out of date.

    Example: oncoloom status
    """
    from oncoloom.logs import counted
    from oncoloom.project.run_page import headline
    from oncoloom.project.status import project_status

    now = project_status(config)
    if as_json:
        record = {**now.completeness.as_dict(), "running": now.running, "jobs_to_run": now.jobs}
        typer.echo(json.dumps(record, indent=1))
        return
    for one in now.completeness.patients:
        produced = len(one.promised) - len(one.missing)
        note = one.why_stopped or (f"next: {one.missing[0]}" if one.missing else "; ".join(one.warnings))
        typer.echo(f"{one.patient_id}  {one.state}  {produced} of {len(one.promised)} files  {note}".rstrip())
    for path in now.completeness.missing:
        typer.echo(f"not there: {path}")
    for job in now.failed:
        typer.echo(f"failed in the last run: {job}")
    if n := sum(now.jobs.values()):
        typer.echo(
            f"not up to date: {counted(n, 'job')} to run "
            "(`oncoloom plan` lists them, `oncoloom run` does them)"
        )
    typer.echo(headline(now.completeness) + (f"; {now.running}" if now.running else ""))
