"""oncoloom warmup: compile the kernels once, in one process."""

from pathlib import Path

import typer

app = typer.Typer()


@app.command()
def warmup(
    folder: Path | None = typer.Option(
        None, help="Cache folder; the jobs must see it as NUMBA_CACHE_DIR. Default: Numba's own."
    ),
) -> None:
    """Compile and cache all kernels, so that parallel jobs start warm.

    Example: oncoloom warmup
    """
    import os

    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        os.environ["NUMBA_CACHE_DIR"] = str(folder)
    from oncoloom.calling.warm_up import compile_kernels
    from oncoloom.features.copy_number.warm_up import compile_copy_number

    compile_copy_number()
    typer.echo(f"{compile_kernels()} kernels compiled or found in the cache")
