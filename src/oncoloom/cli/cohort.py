"""oncoloom cohort: tables of strangers, or our own features with a clinic, to one cohort table."""

import json
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from oncoloom.cohort.assemble import Cohort

app = typer.Typer(no_args_is_help=True, help="Make a cohort table: import one, or build it from features.")
import_app = typer.Typer(no_args_is_help=True, help="Import a CSV, a MAF or a cBioPortal study folder.")
app.add_typer(import_app, name="import")


class Use(StrEnum):
    """What the rows of a cohort are for."""

    train = "train"
    test = "test"
    external = "external"
    predict = "predict"


_MAPPING = typer.Option(..., "--mapping", help="Mapping file, or the name of a shipped one.")
_OUTPUT = typer.Option(..., "--output", help="Cohort table to write (Parquet); a tally is put beside it.")
_NAME = typer.Option(None, "--name", help="Cohort name; default the file's.")
_USE = typer.Option(Use.train, "--use", help="What the rows are for.")
_VARIANTS = typer.Option(None, "--variants", help="MAF of the same patients.")
_KEY = typer.Option(None, "--pseudonym-key", help="Key file: ids become keyed pseudonyms.")
_JSON = typer.Option(False, "--json", help="Print the tally as JSON.")


@import_app.command("csv")
def import_csv_command(
    inputs: list[Path] = typer.Argument(..., help="Tables with a row per patient."),
    mapping: str = _MAPPING,
    output: Path = _OUTPUT,
    name: str | None = _NAME,
    use: Use = _USE,
    pseudonym_key: Path | None = _KEY,
    as_json: bool = _JSON,
) -> None:
    """Import tables with a row per patient.

    Example: oncoloom cohort import csv chowell_train.csv --mapping loris_icb --output cohort.parquet
    """
    from oncoloom.cohort.importing import import_csv
    from oncoloom.cohort.mapping import load_mapping

    rules = load_mapping(mapping)
    cohort = import_csv(inputs, rules, name=name, use=use.value, key_file=pseudonym_key)
    _finish(cohort, output, as_json=as_json)


def _finish(cohort: "Cohort", output: Path, *, as_json: bool) -> None:
    from oncoloom.cohort.assemble import write_cohort

    write_cohort(cohort, output)
    if as_json:
        typer.echo(json.dumps(cohort.tally, indent=1, sort_keys=True))
        return
    known = ", ".join(
        f"{name} {counts['known']} ({counts['events']} events)"
        for name, counts in cohort.tally["endpoints"].items()
    )
    typer.echo(f"{output}: {cohort.tally['patients']} patients; {known}")
