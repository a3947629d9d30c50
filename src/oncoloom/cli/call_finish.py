"""oncoloom call-finish: shards of evidence to one call set."""

import json
from pathlib import Path

import typer

from oncoloom.errors import UsageError

app = typer.Typer()


@app.command()
def call_finish(
    shards: list[Path] = typer.Argument(..., help="Folders that `call --evidence-only` wrote."),
    output: Path = typer.Option(..., help="Folder to write into."),
    device: str = typer.Option("cpu", help="cpu or gpu; changes the speed, never the result."),
    threads: int = typer.Option(1, min=1, help="Threads."),
    call_filter: str = typer.Option(
        "bundled", help="Trained filter: bundled, none (the mixture alone), or a file of your own."
    ),
    as_json: bool = typer.Option(False, "--json", help="Print the tally as JSON."),
) -> None:
    """Put shards together; writes the same files as a call at once.

    Example: oncoloom call-finish shards/a shards/b --output calls
    """
    from oncoloom.calling.process_tuning import start_process

    start_process()
    from oncoloom.calling.pipeline import run_call_finish
    from oncoloom.cli.call import summary

    if device not in ("cpu", "gpu"):
        raise UsageError("--device must be cpu or gpu", found=device)
    tally = run_call_finish(
        shards,
        output,
        device="gpu" if device == "gpu" else "cpu",
        call_filter=call_filter,
        threads=threads,
    )
    typer.echo(json.dumps(tally, sort_keys=True) if as_json else summary(tally, output))
