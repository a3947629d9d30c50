"""oncoloom features: the features of one tumor sample, or one feature from a plain file."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from oncoloom.cli import features_copy_number
from oncoloom.cli.features_msi import msi, msi_baseline
from oncoloom.cli.features_signatures import signature_extract, signature_prevalences, signatures

if TYPE_CHECKING:
    from oncoloom.features.request import FeatureRequest

app = typer.Typer(invoke_without_command=True, no_args_is_help=True)
app.command("signatures")(signatures)
app.command("signature-prevalences")(signature_prevalences)
app.command("signature-extract")(signature_extract)
app.command("msi")(msi)
app.command("msi-baseline")(msi_baseline)
app.command("segment")(features_copy_number.segment)
app.command("depth-baseline")(features_copy_number.depth_baseline)


@app.callback()
def features(
    context: typer.Context,
    calls: Path | None = typer.Option(None, "--calls", help="Folder with calls, or with variants.parquet"),
    reference: Path | None = typer.Option(None, "--reference", help="Reference FASTA"),
    gff: Path | None = typer.Option(None, "--gff", help="Gene models (GFF3); without it no consequences"),
    assay: str = typer.Option("panel", "--assay", help="wgs, exome or panel"),
    targets: Path | None = typer.Option(None, "--targets", help="BED of the assay"),
    patient_id: str | None = typer.Option(None, "--patient-id", help="Patient"),
    sample_id: str | None = typer.Option(None, "--sample-id", help="Tumor sample; default the patient's id"),
    tumor_type: str | None = typer.Option(
        None, "--tumor-type", help="OncoTree code: prevalences of signatures"
    ),
    signature_matrix: str | None = typer.Option(
        None, "--signature-matrix", help="SBS signatures: a file, or e.g. COSMIC_v3.4_SBS_GRCh38"
    ),
    signature_prevalences: Path | None = typer.Option(
        None, "--signature-prevalences", help="Table of features signature-prevalences"
    ),
    msi_baseline: Path | None = typer.Option(
        None, "--msi-baseline", help="Table of features msi-baseline, for a tumor without a normal"
    ),
    qc: Path | None = typer.Option(None, "--qc", help="Verdict of the sample checks (JSON)"),
    tmb_calibration: Path | None = typer.Option(
        None, "--tmb-calibration", help="Panels: JSON of `oncoloom features tmb-calibrate`"
    ),
    fusions: Path | None = typer.Option(None, "--fusions", help="Table of `oncoloom import fusions`"),
    expression: Path | None = typer.Option(
        None, "--expression", help="Table of `oncoloom import expression`"
    ),
    config: Path | None = typer.Option(None, "--config", help="Project config with the thresholds"),
    segments: Path | None = typer.Option(
        None, "--segments", help="Table of `oncoloom import segments`, instead of the depth of reads"
    ),
    depth_baseline: Path | None = typer.Option(
        None, "--depth-baseline", help="Table of features depth-baseline, for a tumor without a normal"
    ),
    mappability: Path | None = typer.Option(
        None, "--mappability", help="BED or bedGraph of mappability; default: by the reads"
    ),
    output: Path | None = typer.Option(None, "--output", help="Table to write (Parquet)"),
    as_json: bool = typer.Option(False, "--json", help="Print the row as JSON."),
) -> None:
    """Features of one tumor sample: a row with reasons, variants, segments, assessability. Opens no BAM.

    Example: oncoloom features --calls results/calls/P01 --reference ref.fa --gff genes.gff3 --assay panel
    --patient-id P01 --sample-id P01_T --output results/features/P01.parquet
    """
    if context.invoked_subcommand is not None:
        return
    from oncoloom.config import FeaturesConfig, load_config
    from oncoloom.errors import UsageError
    from oncoloom.features.request import FeatureRequest

    given = {"--calls": calls, "--reference": reference, "--patient-id": patient_id, "--output": output}
    absent = [name for name, value in given.items() if value is None]
    if absent or calls is None or reference is None or patient_id is None or output is None:
        raise UsageError("options are missing", expected=", ".join(absent))
    if assay not in ("wgs", "exome", "panel"):
        raise UsageError("unknown assay", expected="wgs, exome, panel", found=assay)
    project = None if config is None else load_config(config)
    request = FeatureRequest(
        calls=calls,
        reference=reference,
        assay=assay,  # type: ignore[arg-type]
        patient_id=patient_id,
        sample_id=sample_id or patient_id,
        output=output,
        gff=gff,
        targets=targets,
        qc=qc,
        tmb_calibration=tmb_calibration,
        fusions=fusions,
        expression=expression,
        tumor_type=tumor_type,
        signature_matrix=signature_matrix,
        signature_prevalences=signature_prevalences,
        msi_baseline=msi_baseline,
        settings=FeaturesConfig() if project is None else project.features,
        min_af=0.01 if project is None else project.calling.min_af,
        depth_baseline=depth_baseline,
        mappability=mappability,
        segments=segments,
        seed=20260101 if project is None else project.seed,
    )
    _build(request, as_json=as_json)


def _build(request: "FeatureRequest", *, as_json: bool) -> None:
    from datetime import UTC, datetime

    from oncoloom.features.build import build_features
    from oncoloom.logs import logger
    from oncoloom.provenance import write_provenance

    started = datetime.now(UTC)
    tables = build_features(request)
    write_provenance(
        request.output.with_suffix("") / "provenance.json",
        step="features",
        inputs={path.name: path for path in request.files() if path.is_file()},
        parameters={
            "assay": request.assay,
            "reference": str(request.reference),
            "settings": request.plain_settings(),
        },
        started=started,
    )
    for note in tables.notes:
        logger.warning(note)
    if as_json:
        rows = tables.row.to_dicts()
        typer.echo(json.dumps(rows[0] if rows else {}, sort_keys=True))
        return
    if tables.row.height == 0:
        typer.echo(f"{request.output}: no row (stopped by a check)")
        return
    n_variants, n_segments = tables.variants.height, tables.segments.height
    n_drivers = int(tables.variants["driver"].sum())
    typer.echo(f"{request.output}: {n_variants} variants ({n_drivers} drivers), {n_segments} segments")


@app.command()
def hrd(
    segments: Path = typer.Argument(..., help="Allele-specific segments (scarHRD's columns, or --from)"),
    source: str = typer.Option(
        "scarhrd", "--from", help="scarhrd, ascat, purple, facets, sequenza, cnvkit, purecn"
    ),
    genome_build: str = typer.Option("GRCh38", "--genome-build", help="GRCh37 or GRCh38"),
    as_json: bool = typer.Option(False, "--json", help="As JSON."),
) -> None:
    """HRD scars (LOH, LST, NtAI) of one tumor from its allele-specific segments.

    Example: oncoloom features hrd segments.txt --json
    """
    from oncoloom.features.hrd.from_file import hrd_of_file

    scores = hrd_of_file(segments, source, genome_build)
    if as_json:
        typer.echo(json.dumps(scores, sort_keys=True))
        return
    typer.echo(", ".join(f"{name} {value}" for name, value in scores.items()))


@app.command()
def tmb(
    variants: Path = typer.Argument(..., help="variants.parquet with consequences"),
    callable_mb: float = typer.Option(..., "--callable-mb", help="Callable coding megabases"),
    as_json: bool = typer.Option(False, "--json", help="As JSON."),
) -> None:
    """Tumor mutational burden with its exact Poisson interval.

    Example: oncoloom features tmb results/features/P01/variants.parquet --callable-mb 34.2 --json
    """
    from oncoloom.features.tmb.single_file import tmb_of_file

    found = tmb_of_file(variants, callable_mb)
    if as_json:
        typer.echo(json.dumps(found, sort_keys=True))
        return
    if found["tmb"] is None:
        typer.echo(f"no TMB: {found['reason']}")
        return
    typer.echo(
        f"{found['tmb']:.2f} per Mb (95 % interval {found['tmb_lower']:.2f} to {found['tmb_upper']:.2f}), "
        f"{found['tmb_level']}: probability {found['tmb_probability_high']:.3f} of being above the cutoff"
    )


@app.command("tmb-calibrate")
def tmb_calibrate(
    table: Path = typer.Argument(..., help="CSV: panel_count, panel_mb, reference_count, reference_mb"),
    output: Path = typer.Option(..., "--output", help="JSON for features.tmb_calibration of the config"),
    method: str = typer.Option("poisson", "--method", help="poisson or deming"),
    tumor_only: bool = typer.Option(False, "--tumor-only", help="The panel had no matched normals"),
    source: str | None = typer.Option(None, "--source", help="Where the samples come from; default the file"),
    as_json: bool = typer.Option(False, "--json", help="As JSON."),
) -> None:
    """Fit the factor that brings a panel's burden to another assay's scale, with interval, n and range.

    Example: oncoloom features tmb-calibrate pairs.csv --output tmb_calibration.json --source "our 60 pairs"
    """
    from dataclasses import asdict

    from oncoloom.errors import UsageError
    from oncoloom.features.tmb.calibration import write_calibration
    from oncoloom.features.tmb.calibration_table import calibrate_from_table

    if method not in ("poisson", "deming"):
        raise UsageError("unknown method", expected="poisson, deming", found=method)
    fitted = calibrate_from_table(table, method=method, paired=not tumor_only, source=source)  # type: ignore[arg-type]
    write_calibration(fitted, output)
    if as_json:
        typer.echo(json.dumps(asdict(fitted), sort_keys=True))
        return
    typer.echo(f"{output}: {fitted.equation}")
