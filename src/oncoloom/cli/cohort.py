"""oncoloom cohort: tables of strangers, or our own features with a clinic, to one cohort table."""

import json
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from oncoloom.errors import UsageError

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
_MAF_MAPPING = typer.Option("maf", "--mapping", help="Mapping file, or the name of a shipped one.")
_CBIO_MAPPING = typer.Option("cbioportal", "--mapping", help="Mapping file, or the name of a shipped one.")
_FOLDER = typer.Argument(..., help="Study folder with its meta files.")
_FEATURES = typer.Option(..., "--features", help="Feature tables, one a patient; several may follow.")
_MORE = typer.Argument(None, help="Further feature tables.", show_default=False)
_CLINICAL = typer.Option(None, "--clinical", help="Table of the clinic with a row per patient.")
_BUILD_MAPPING = typer.Option(None, "--mapping", help="Mapping of the clinic's table.")
_PATIENTS = typer.Option(None, "--patients", help="patients.tsv: order of the rows, sex, tumor type.")
_BUILD_NAME = typer.Option("patients", "--name", help="Cohort name.")
_BUILD_USE = typer.Option(Use.predict, "--use", help="What the rows are for.")
_TABLES = typer.Argument(..., help="Tables with a row per patient.")
_MAF = typer.Argument(..., help="MAF file.")
_CLINIC = typer.Argument(None, help="Table with a row per patient of the MAF.")
_OUTPUT = typer.Option(..., "--output", help="Cohort table to write (Parquet); a tally is put beside it.")
_NAME = typer.Option(None, "--name", help="Cohort name; default the file's.")
_USE = typer.Option(Use.train, "--use", help="What the rows are for.")
_VARIANTS = typer.Option(None, "--variants", help="MAF of the same patients.")
_KEY = typer.Option(None, "--pseudonym-key", help="Key file: ids become keyed pseudonyms.")
_JSON = typer.Option(False, "--json", help="Print the tally as JSON.")


@import_app.command("csv")
def import_csv_command(
    inputs: list[Path] = _TABLES,
    mapping: str = _MAPPING,
    output: Path = _OUTPUT,
    variants: Path | None = _VARIANTS,
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
    cohort = import_csv(inputs, rules, variants=variants, name=name, use=use.value, key_file=pseudonym_key)
    _finish(cohort, output, as_json=as_json)


@import_app.command("maf")
def import_maf_command(
    maf: Path = _MAF,
    clinic: Path | None = _CLINIC,
    mapping: str = _MAF_MAPPING,
    output: Path = _OUTPUT,
    name: str | None = _NAME,
    use: Use = _USE,
    pseudonym_key: Path | None = _KEY,
    as_json: bool = _JSON,
) -> None:
    """Import a MAF (plain or gzip), with a table of its patients where there is one.

    Example: oncoloom cohort import maf laml.maf.gz laml_annot.tsv --mapping maf --output laml.parquet
    """
    from oncoloom.cohort.importing import import_maf
    from oncoloom.cohort.mapping import load_mapping

    rules = load_mapping(mapping)
    cohort = import_maf(maf, rules, clinic=clinic, name=name, use=use.value, key_file=pseudonym_key)
    _finish(cohort, output, as_json=as_json)


@import_app.command("cbioportal")
def import_cbioportal_command(
    folder: Path = _FOLDER,
    mapping: str = _CBIO_MAPPING,
    output: Path = _OUTPUT,
    name: str | None = _NAME,
    use: Use = _USE,
    pseudonym_key: Path | None = _KEY,
    as_json: bool = _JSON,
) -> None:
    """Import a cBioPortal study folder: clinic, treatment timeline, mutations, gene panels.

    Example: oncoloom cohort import cbioportal brca_tcga_gdc --mapping cbioportal --output brca.parquet
    """
    from oncoloom.cohort.cbioportal_door import import_cbioportal
    from oncoloom.cohort.mapping import load_mapping

    rules = load_mapping(mapping)
    cohort = import_cbioportal(folder, rules, name=name, use=use.value, key_file=pseudonym_key)
    _finish(cohort, output, as_json=as_json)


@app.command("build")
def build_command(
    more: list[Path] | None = _MORE,
    features: list[Path] = _FEATURES,
    clinical: Path | None = _CLINICAL,
    mapping: str | None = _BUILD_MAPPING,
    patients: Path | None = _PATIENTS,
    output: Path = _OUTPUT,
    name: str = _BUILD_NAME,
    use: Use = _BUILD_USE,
    pseudonym_key: Path | None = _KEY,
    as_json: bool = _JSON,
) -> None:
    """Join features of patients with their clinic; a patient stopped by a check is counted and left out.

    Example: oncoloom cohort build --features results/features/*.parquet --clinical clinic.csv --mapping plain
    --patients config/patients.tsv --output cohort.parquet
    """
    from oncoloom.cohort.build import build_cohort
    from oncoloom.cohort.mapping import load_mapping

    if clinical is not None and mapping is None:
        raise UsageError(
            "--clinical needs --mapping", remedy="--mapping plain, or a mapping file of your own"
        )
    cohort = build_cohort(
        [*features, *(more or [])],
        clinic=clinical,
        mapping=load_mapping(mapping) if mapping is not None else None,
        patients=patients,
        name=name,
        use=use.value,
        key_file=pseudonym_key,
    )
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
