"""oncoloom cohort: tables of strangers, or our own features with a clinic, to one cohort table."""

import json
from dataclasses import asdict
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from oncoloom.errors import UsageError
from oncoloom.logs import counted

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


_MAPPING_HELP = "Mapping file, or the name of a shipped one."
_MAPPING = typer.Option("plain", "--mapping", help=_MAPPING_HELP)
_MAF_MAPPING = typer.Option("maf", "--mapping", help=_MAPPING_HELP)
_MAF_REFERENCE = typer.Option(None, "--reference", help="FASTA of the MAF's build: mutational spectra.")
_STUDY_MAPPING = typer.Option("cbioportal", "--mapping", help=_MAPPING_HELP)
_BUILD_MAPPING = typer.Option(None, "--mapping", help="Mapping of the clinic's table.")
_MAF_BUILD = typer.Option(
    None,
    "--build",
    help="GRCh37 or GRCh38: of a MAF of several builds the rows to take",
)
_OUTPUT = typer.Option(..., "--output", help="Cohort table to write (Parquet); a tally is put beside it.")
_NAME = typer.Option(None, "--name", help="Cohort name; default the file's.")
_BUILD_NAME = typer.Option("patients", "--name", help="Cohort name.")
_USE = typer.Option(Use.train, "--use", help="What the rows are for.")
_BUILD_USE = typer.Option(Use.predict, "--use", help="What the rows are for.")
_VARIANTS = typer.Option(None, "--variants", help="MAF of the same patients.")
_KEY = typer.Option(None, "--pseudonym-key", help="Key file: ids become keyed pseudonyms.")
_JSON = typer.Option(False, "--json", help="Print the tally as JSON.")
_TABLES = typer.Argument(..., help="Tables with a row per patient.")
_MAF = typer.Argument(..., help="MAF file.")
_CLINIC = typer.Argument(None, help="Table with a row per patient of the MAF.")
_FOLDER = typer.Argument(..., help="Study folder with its meta files.")
_FEATURES = typer.Option(..., "--features", help="Feature tables, one a patient; several may follow.")
_MORE = typer.Argument(None, help="Further feature tables.", show_default=False)
_CLINICAL = typer.Option(None, "--clinical", help="Table of the clinic with a row per patient.")
_PATIENTS = typer.Option(None, "--patients", help="patients.tsv: order of the rows, sex, tumor type.")
_FIRST = typer.Argument(..., help="Cohort table, e.g. the one that trains.")
_SECOND = typer.Argument(..., help="Cohort table, e.g. the one that tests.")
_SEED = typer.Option(0, "--seed", help="Of the permutations that say what chance gives.")
_FIGURES = typer.Option(False, "--json", help="Print the figures as JSON.")


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

    started = datetime.now(UTC)
    cohort = import_csv(
        inputs, load_mapping(mapping), variants=variants, name=name, use=use.value, key_file=pseudonym_key
    )
    files = {f"table {number}": path for number, path in enumerate(inputs, start=1)}
    _finish(cohort, output, {**files, "variants": variants}, mapping, started, as_json=as_json)


@import_app.command("maf")
def import_maf_command(
    maf: Path = _MAF,
    clinic: Path | None = _CLINIC,
    mapping: str = _MAF_MAPPING,
    build: str | None = _MAF_BUILD,
    reference: Path | None = _MAF_REFERENCE,
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
    from oncoloom.cohort.mapping import load_mapping, with_build

    started = datetime.now(UTC)
    cohort = import_maf(
        maf,
        with_build(load_mapping(mapping), build),
        clinic=clinic,
        name=name,
        use=use.value,
        key_file=pseudonym_key,
        reference=reference,
    )
    _finish(
        cohort,
        output,
        {"maf": maf, "table": clinic, "reference": reference},
        mapping,
        started,
        as_json=as_json,
    )


@import_app.command("cbioportal")
def import_cbioportal_command(
    folder: Path = _FOLDER,
    mapping: str = _STUDY_MAPPING,
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

    started = datetime.now(UTC)
    cohort = import_cbioportal(
        folder, load_mapping(mapping), name=name, use=use.value, key_file=pseudonym_key
    )
    files: dict[str, Path | None] = {path.name: path for path in sorted(folder.iterdir()) if path.is_file()}
    _finish(cohort, output, files, mapping, started, as_json=as_json)


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
    started = datetime.now(UTC)
    tables = [*features, *(more or [])]
    cohort = build_cohort(
        tables,
        clinic=clinical,
        mapping=load_mapping(mapping) if mapping is not None else None,
        patients=patients,
        name=name,
        use=use.value,
        key_file=pseudonym_key,
    )
    files = {f"features {number}": path for number, path in enumerate(tables, start=1)}
    _finish(
        cohort, output, {**files, "clinic": clinical, "sheet": patients}, mapping, started, as_json=as_json
    )


@app.command("overlap")
def overlap_command(
    first: Path = _FIRST, second: Path = _SECOND, seed: int = _SEED, as_json: bool = _FIGURES
) -> None:
    """Look for patients of the second cohort that are in the first, by what was measured of them.

    Example: oncoloom cohort overlap train.parquet test.parquet
    """
    from oncoloom.cohort.overlap import find_overlap
    from oncoloom.cohort.schema import COHORT_TABLE
    from oncoloom.tables import read_table

    found = find_overlap(read_table(first, COHORT_TABLE), read_table(second, COHORT_TABLE), seed=seed)
    if as_json:
        typer.echo(json.dumps(asdict(found), indent=1, sort_keys=True))
        return
    verdict = "an overlap" if found.found else "no more than chance"
    typer.echo(f"{len(found.rows)} rows match, {found.expected:.1f} expected by chance: {verdict}")


def _finish(
    cohort: "Cohort",
    output: Path,
    inputs: dict[str, Path | None],
    mapping: str | None,
    started: datetime,
    *,
    as_json: bool,
) -> None:
    """Write the cohort with what lies beside it, and say one line."""
    from oncoloom.cohort.assemble import write_cohort
    from oncoloom.provenance import write_provenance

    write_cohort(cohort, output)
    write_provenance(
        output.with_name(f"{output.name}.provenance.json"),
        step="cohort",
        inputs={name: path for name, path in inputs.items() if path is not None},
        parameters={"mapping": mapping, "cohort_name": cohort.tally["cohort_name"]},
        started=started,
    )
    if as_json:
        typer.echo(json.dumps(cohort.tally, indent=1, sort_keys=True))
        return
    known = ", ".join(
        f"{name} {counts['known']} ({counts['events']} events)"
        for name, counts in cohort.tally["endpoints"].items()
    )
    from oncoloom.cohort.several_files import in_common_words

    for line in in_common_words(cohort.tally):
        typer.echo(line)
    variants = "" if cohort.variants is None else f"; {cohort.variants.height} variants"
    segments = "" if cohort.segments is None else f"; {cohort.segments.height} segments"
    typer.echo(f"{output}: {counted(cohort.tally['patients'], 'patient')}; {known}{variants}{segments}")
