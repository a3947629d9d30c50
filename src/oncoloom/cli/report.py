"""oncoloom report: a patient's report, the cohort overview, and the check of a report.json."""

import json
from pathlib import Path

import typer

from oncoloom.logs import counted

app = typer.Typer(no_args_is_help=True, help="Reports of patients and the overview of a cohort.")


@app.command()
def build(
    patient_id: str = typer.Option(..., "--patient-id", help="Patient, as in patients.tsv."),
    qc: Path = typer.Option(..., "--qc", help="Verdict of the sample checks: results/qc/ID.json."),
    features: Path = typer.Option(..., "--features", help="results/features/ID.parquet."),
    calls: Path | None = typer.Option(None, "--calls", help="results/calls/ID."),
    predictions: Path | None = typer.Option(None, "--predictions", help="predictions.parquet."),
    patients: Path | None = typer.Option(None, "--patients", help="patients.tsv: sex and tumor type."),
    config: Path | None = typer.Option(None, "--config", help="Config of the project."),
    model_metrics: Path | None = typer.Option(None, "--model-metrics", help="metrics.json of the model."),
    evidence: Path | None = typer.Option(None, "--evidence", help="Reads to show: results/evidence/ID.json."),
    cohort: Path | None = typer.Option(None, "--cohort", help="Cohort table: what the clinic knows."),
    comparisons: Path | None = typer.Option(None, "--comparisons", help="Table of `oncoloom compare`."),
    burdens: list[Path] = typer.Option(
        [], "--burdens", help="Cohort table whose tumors the burden is compared with; may be given again."
    ),
    output: Path = typer.Option(..., "--output", help="Folder of the patient's report."),
    as_json: bool = typer.Option(False, "--json", help="Print the summary as JSON."),
) -> None:
    """Write report.json with its HTML and PDF, or stopped.json and stopped.html for a stopped patient.

    Example: oncoloom report build --patient-id P01 --qc results/qc/P01.json
    --features results/features/P01.parquet --calls results/calls/P01 --output results/patients/P01
    """
    from oncoloom.config import ProjectConfig, load_config
    from oncoloom.logs import step
    from oncoloom.report.build import summary, write_report
    from oncoloom.report.inputs import read_inputs

    inputs = read_inputs(
        patient_id,
        qc=qc,
        features=features,
        calls=calls,
        predictions=predictions,
        patients=patients,
        config=load_config(config) if config else ProjectConfig(),
        metrics=model_metrics,
        evidence=evidence,
        cohort=cohort,
        comparisons=comparisons,
        burdens=burdens,
    )
    with step("report build") as said:
        written = write_report(inputs, output)
        said["kind"] = written.report.kind
    figures = summary(written)
    if as_json:
        typer.echo(json.dumps(figures, ensure_ascii=False))
    elif written.report.kind == "stopped":
        typer.echo(f"not reported: {written.report.heading}; wrote {output}/stopped.html")
    else:
        typer.echo(
            f"report: {figures['findings']} findings, {figures['variants']} variants, "
            f"{figures['warnings']} warnings, {figures['therapies']} therapies; wrote {output}/report.json"
        )


@app.command()
def overview(
    project: Path | None = typer.Option(None, "--project", help="Project folder."),
    results: Path | None = typer.Option(None, "--results", help="Results folder, instead of --project."),
    config: Path | None = typer.Option(None, "--config", help="Config of the project."),
    output: Path = typer.Option(..., "--output", help="overview.html."),
    as_json: bool = typer.Option(False, "--json", help="Print the summary as JSON."),
) -> None:
    """Write the cohort overview: alterations, outcomes by therapy, checks, links to each report.

    Example: oncoloom report overview --project . --output results/cohort/overview.html
    """
    from oncoloom.errors import UsageError
    from oncoloom.report.overview import write_overview

    if (project is None) == (results is None):
        raise UsageError("give --project or --results, one of them")
    figures = write_overview(project=project, results=results, config=config, output=output)
    if as_json:
        typer.echo(json.dumps(figures, ensure_ascii=False))
    else:
        typer.echo(
            f"overview: {counted(figures['patients'], 'patient')}, {figures['reported']} reported, "
            f"{figures['stopped']} stopped, {figures['cohort_rows']} cohort rows; wrote {output}"
        )


@app.command()
def verify(
    path: Path = typer.Argument(..., help="report.json or stopped.json."),
) -> None:
    """Check a report.json or stopped.json against its schema.

    Example: oncoloom report verify results/patients/P01/report.json
    """
    from oncoloom.report.verify import verify_report

    report = verify_report(path)
    typer.echo(
        f"{report.kind}: keeps schema {report.schema_version}, made by oncoloom {report.oncoloom_version}"
    )
