"""oncoloom features msi, msi-baseline: microsatellite instability from a plain file."""

import json
from pathlib import Path

import typer


def msi(
    tumor: Path = typer.Argument(..., help="features_raw.parquet of a call, or the tumor's BAM, CRAM or SAM"),
    normal: Path | None = typer.Option(None, "--normal", help="BAM, CRAM or SAM of the matched normal"),
    reference: Path | None = typer.Option(None, "--reference", help="Reference FASTA; needed with reads"),
    targets: Path | None = typer.Option(None, "--targets", help="BED of the assay, with reads"),
    baseline: Path | None = typer.Option(None, "--baseline", help="Table of msi-baseline, without a normal"),
    purity: float | None = typer.Option(
        None, "--purity", min=0, max=1, help="Tumor cells among all; unknown: nothing is called stable"
    ),
    config: Path | None = typer.Option(None, "--config", help="Project config with the thresholds"),
    as_json: bool = typer.Option(False, "--json", help="As JSON."),
) -> None:
    """Microsatellite instability: repeat lengths of a tumor against its normal or a baseline of normals.

    Example: oncoloom features msi tumor.bam --normal normal.bam --reference GRCh38.fa --targets panel.bed
    """
    from oncoloom.config import load_config
    from oncoloom.features.msi.steps import msi_of_file

    found = msi_of_file(
        tumor,
        normal=normal,
        reference=reference,
        targets=targets,
        baseline=baseline,
        purity=purity,
        settings=None if config is None else load_config(config).features,
    )
    if as_json:
        typer.echo(json.dumps(found, sort_keys=True))
        return
    loci = f"{found['n_unstable']} of {found['msi_n_loci']} microsatellites unstable"
    why = found["reason"] or found["why"]
    typer.echo(f"{found['msi_status'] or 'no status'}: {loci}{f' ({why})' if why else ''}")


def msi_baseline(
    normals: list[Path] = typer.Argument(..., help="features_raw.parquet, BAM, CRAM or SAM of normals"),
    output: Path = typer.Option(..., "--output", help="Table to write (Parquet)"),
    reference: Path | None = typer.Option(None, "--reference", help="Reference FASTA; needed with reads"),
    targets: Path | None = typer.Option(None, "--targets", help="BED of the assay, with reads"),
    as_json: bool = typer.Option(False, "--json", help="As JSON."),
) -> None:
    """Repeat lengths of at least 20 normals of an assay: what tumors without a normal are compared with.

    Example: oncoloom features msi-baseline results/calls/*/features_raw.parquet --output msi_baseline.parquet
    """
    from oncoloom.features.msi.baseline import MOST_UNSTABLE_NORMALS, write_baseline
    from oncoloom.features.msi.steps import baseline_of_files

    table = baseline_of_files(normals, reference=reference, targets=targets)
    write_baseline(table, output)
    quiet = int((table["unstable_normals"] <= MOST_UNSTABLE_NORMALS).sum())
    if as_json:
        typer.echo(json.dumps({"normals": len(normals), "loci": table.height, "usable_loci": quiet}))
        return
    typer.echo(f"{output}: {table.height} microsatellites of {len(normals)} normals, {quiet} usable")
