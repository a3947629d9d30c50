"""oncoloom qc: judge the samples of a patient by what the caller counted."""

from enum import StrEnum
from pathlib import Path

import typer

app = typer.Typer(add_completion=False)


class AssayName(StrEnum):
    """Which QC profile judges."""

    wgs = "wgs"
    exome = "exome"
    panel = "panel"


class SexName(StrEnum):
    """Sex as the sheet states it."""

    female = "female"
    male = "male"
    unknown = "unknown"


@app.command()
def qc(
    calls: Path = typer.Option(..., "--calls", help="Folder of calls; qc.json in it is judged."),
    patient_id: str = typer.Option(..., "--patient-id", help="Whose samples they are."),
    assay: AssayName = typer.Option(..., "--assay", help="Whose profile of limits holds."),
    sex: SexName = typer.Option(SexName.unknown, "--sex", help="Sex as stated."),
    config: Path | None = typer.Option(None, "--config", help="Config with limits of your own."),
    override_checks: str = typer.Option(
        "", "--override-checks", help="Checks of which a stop is lifted, joined by commas (identity)."
    ),
    override_reason: str = typer.Option("", "--override-reason", help="Why; needed to lift a stop."),
    output: Path = typer.Option(..., "--output", help="Verdict to write (JSON)."),
    as_json: bool = typer.Option(False, "--json", help="Print the verdict as JSON, too."),
) -> None:
    """Judge a patient's samples: identity, sex, contamination, depth. A stop is a verdict, never a failed
    job.

    Example: oncoloom qc --calls results/calls/P01 --patient-id P01 --assay panel --sex female --output
    P01.json
    """
    from dataclasses import asdict

    from oncoloom.config import QcConfig, QcProfile, load_config
    from oncoloom.files import json_text
    from oncoloom.reads.sample_checks import (
        judge_samples,
        read_folder_qc,
        read_further_qc,
        write_verdict,
    )

    limits = load_config(config).qc if config else QcConfig()
    profile: QcProfile = getattr(limits, assay.value)
    verdict = judge_samples(
        patient_id,
        read_folder_qc(calls),
        profile,
        expected_sex=sex.value,
        further=read_further_qc(calls),
        override_checks=override_checks.split(","),
        override_reason=override_reason,
    )
    write_verdict(output, verdict)
    if as_json:
        typer.echo(json_text(asdict(verdict)), nl=False)
        return
    told = [f"{one.check} {one.status}" for one in verdict.checks if one.status not in ("pass",)]
    typer.echo(f"{patient_id}: {verdict.state}" + (f" ({', '.join(told)})" if told else ""))
