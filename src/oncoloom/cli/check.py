"""oncoloom check: everything that can be known before a job starts."""

import json
from pathlib import Path

import typer

app = typer.Typer()


@app.command()
def check(
    config: Path | None = typer.Option(None, "--config", help="Config or project folder; default: here."),
    as_json: bool = typer.Option(False, "--json", help="Print the findings as JSON."),
) -> None:
    """Check config, sheets, files, reference, contig names, read groups, tables, disk: all findings at once.

    Example: oncoloom check
    """
    from oncoloom.errors import EXIT_FAILED
    from oncoloom.project.checks import check_project

    findings = check_project(config)
    if as_json:
        typer.echo(json.dumps(findings.as_dict(), indent=1, ensure_ascii=False))
    else:
        for kind, found in (("error", findings.errors), ("warning", findings.warnings)):
            for one in found:
                typer.echo(f"{kind}: " + "\n".join(one.lines()))
        seen = ", ".join(f"{n} {what}" for what, n in sorted(findings.seen.items()))
        counts = f"{len(findings.errors)} errors, {len(findings.warnings)} warnings"
        typer.echo(f"{counts}; looked at: {seen or 'the config'}")
    if findings.errors:
        raise typer.Exit(EXIT_FAILED)
