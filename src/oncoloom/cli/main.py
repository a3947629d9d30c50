"""The `oncoloom` command: finds the verb, loads only its module, and renders errors."""

import os
from importlib import import_module
from typing import Any, NoReturn

import typer
from typer.core import TyperGroup
from typer.exceptions import TyperException

from oncoloom import __version__
from oncoloom.errors import EXIT_FAILED, OncoloomError
from oncoloom.logs import set_up_logging

# verb -> module of oncoloom.cli that holds `app`; order = order in the help.
VERBS: dict[str, str] = {
    "init": "init",
    "check": "check",
    "run": "run",
    "plan": "plan",
    "status": "status",
    "clean": "clean",
    "ui": "ui",
    "align": "align",
    "call": "call",
    "call-finish": "call_finish",
    "evidence": "evidence",
    "pon": "pon",
    "qc": "qc",
    "multiqc": "multiqc",
    "annotate": "annotate",
    "import": "import_",
    "features": "features",
    "cohort": "cohort",
    "train": "train",
    "validate": "validate",
    "predict": "predict",
    "explain": "explain",
    "compare": "compare",
    "models": "models",
    "approve": "approve",
    "knowledge": "knowledge",
    "report": "report",
    "simulate": "simulate",
    "resources": "resources",
    "schema": "schema",
    "warmup": "warmup",
}


_COMPLETION_OPTIONS = ("install_completion", "show_completion")


class LazyVerbs(TyperGroup):
    """Loads the module of a verb when that verb is asked for, so that `oncoloom --help` starts fast."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in VERBS:
            return None
        module = import_module(f"oncoloom.cli.{VERBS[cmd_name]}")
        command = typer.main.get_command(module.app)
        command.name = cmd_name
        # Each verb is a typer app of its own; completion is installed once, by `oncoloom` itself.
        command.params = [one for one in command.params if one.name not in _COMPLETION_OPTIONS]
        return command

    def invoke(self, ctx: Any) -> Any:
        """Run the verb; an error becomes a message and an exit code, a stack trace only with --debug."""
        try:
            return super().invoke(ctx)
        except OncoloomError as error:
            _fail("\n".join(error.lines()), error.exit_code)
        except (typer.Exit, typer.Abort, TyperException):
            raise  # typer's own control flow: exit codes, usage errors, Ctrl-C
        except BrokenPipeError:
            _fail("the reader of the output went away", EXIT_FAILED)
        except Exception as error:  # noqa: BLE001  the last door: no stack trace unless asked for
            from oncoloom.files import disk_is_full

            if disk_is_full(error):
                _fail(f"the disk is full ({error})\n  remedy:   free space and run again", EXIT_FAILED)
            _fail(
                f"internal error ({type(error).__name__}: {error})\n"
                "  remedy:   run again with `oncoloom --debug …` and report the trace",
                EXIT_FAILED,
            )


app = typer.Typer(
    cls=LazyVerbs,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="From a cancer patient's sequencing reads to a treatment report. Not a medical device.",
    epilog="Start: oncoloom init my_project. Every verb has --help with an example.",
)


def _print_version(value: bool) -> None:
    if value:
        typer.echo(f"oncoloom {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: bool = typer.Option(
        False, "--version", callback=_print_version, is_eager=True, help="Print the version and stop."
    ),
    debug: bool = typer.Option(False, "--debug", help="Show the stack trace of an error."),
    verbose: bool = typer.Option(False, "--verbose", "-v", help="Log more."),
) -> None:
    """Options that every verb takes before its name."""
    if debug:
        os.environ["ONCOLOOM_DEBUG"] = "1"
    set_up_logging(verbose=verbose)


def main() -> None:
    """Entry point of the `oncoloom` command."""
    app()


def _fail(text: str, code: int) -> NoReturn:
    if os.environ.get("ONCOLOOM_DEBUG") == "1":
        import traceback

        traceback.print_exc()
    typer.echo(f"error: {text}", err=True)
    raise typer.Exit(code)


if __name__ == "__main__":
    main()
