"""oncoloom schema: print a table's columns or a JSON schema."""

import json
from importlib import import_module

import typer

from oncoloom.errors import UsageError
from oncoloom.tables import TableSchema, suggest

# name -> where it is declared; docs/data-model.md is rendered from the same list.
TABLES: dict[str, str] = {
    "features_raw": "oncoloom.calling.schema:FEATURES_RAW_TABLE",
    "panel_of_normals": "oncoloom.calling.pon.file:PANEL_TABLE",
    "features": "oncoloom.features.schema:FEATURES_TABLE",
    "variants": "oncoloom.features.contracts:VARIANTS_TABLE",
    "drivers": "oncoloom.features.drivers.contracts:DRIVERS_TABLE",
    "coverage": "oncoloom.features.contracts:COVERAGE_TABLE",
    "fusions": "oncoloom.features.rearrangements.contracts:FUSIONS_TABLE",
    "expression": "oncoloom.features.rearrangements.contracts:EXPRESSION_TABLE",
    "segments": "oncoloom.features.contracts:SEGMENTS_TABLE",
    "assessability": "oncoloom.features.contracts:ASSESSABILITY_TABLE",
    "hotspots": "oncoloom.features.contracts:HOTSPOTS_TABLE",
    "spectrum": "oncoloom.features.signatures.contracts:SPECTRUM_TABLE",
    "signatures": "oncoloom.features.signatures.contracts:SIGNATURES_TABLE",
    "signature_prevalences": "oncoloom.features.signatures.prevalence:PREVALENCE_TABLE",
    "msi_loci": "oncoloom.features.msi.contracts:MSI_LOCI_TABLE",
    "msi_baseline": "oncoloom.features.msi.contracts:BASELINE_TABLE",
    "clinical": "oncoloom.clinical.schema:CLINICAL_TABLE",
    "cohort": "oncoloom.cohort.schema:COHORT_TABLE",
    "predictions": "oncoloom.response.schema:PREDICTIONS_TABLE",
    "comparisons": "oncoloom.response.effects.schema:COMPARISONS_TABLE",
    "trial_evidence": "oncoloom.knowledge.trials.evidence:TRIAL_EVIDENCE_TABLE",
}

app = typer.Typer(no_args_is_help=True)


def load_table(name: str) -> TableSchema:
    """The declared schema of that name."""
    module, attribute = TABLES[name].split(":")
    table: TableSchema = getattr(import_module(module), attribute)
    return table


def table_as_dict(table: TableSchema) -> dict[str, object]:
    """A schema as plain values, for JSON and the docs."""
    return {
        "name": table.name,
        "version": table.version,
        "description": table.description,
        "columns": [
            {
                "name": column.name,
                "dtype": str(column.dtype),
                "unit": column.unit,
                "nullable": column.nullable,
                "legal": column.legal,
                "allowed": column.allowed,
                "description": column.description,
            }
            for column in table.columns
        ],
    }


@app.command()
def schema(
    name: str = typer.Argument(..., help="config, report, or a table: " + ", ".join(TABLES)),
    as_json: bool = typer.Option(False, "--json", help="As JSON."),
) -> None:
    """Print a schema: `config` and `report` as JSON Schema, tables by column.

    Example: oncoloom schema predictions
    """
    if name == "config":
        from oncoloom.config import ProjectConfig

        typer.echo(json.dumps(ProjectConfig.model_json_schema(), indent=1, sort_keys=True))
    elif name == "report":
        from oncoloom.report.model import report_json_schema

        typer.echo(json.dumps(report_json_schema(), indent=1, sort_keys=True))
    elif name in TABLES:
        _print_table(load_table(name), as_json=as_json)
    else:
        near = suggest(name, [*TABLES, "config", "report"])
        raise UsageError(f"no schema {name!r}", remedy=f"did you mean {near}?" if near else None)


def _print_table(table: TableSchema, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(table_as_dict(table), indent=1))
        return
    typer.echo(f"{table.name}, version {table.version}: {table.description}")
    width = max(len(column.name) for column in table.columns)
    for column in table.columns:
        null = "null" if column.nullable else "    "
        unit = f" [{column.unit}]" if column.unit else ""
        typer.echo(f"  {column.name:<{width}}  {column.dtype!s:<8} {null} {column.description}{unit}")
