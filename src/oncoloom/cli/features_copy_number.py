"""oncoloom features segment, depth-baseline: copy number from files of bins, and a pool of normals."""

import json
from pathlib import Path

import typer


def segment(
    bins: Path = typer.Argument(..., help="CNVkit's .cnr, or features_raw.parquet of a call"),
    output: Path = typer.Option(..., "--output", help="Segments table to write (Parquet)"),
    sample_id: str | None = typer.Option(None, "--sample-id", help="Default: the file's name"),
    method: str = typer.Option("cbs", "--method", help="cbs or pelt"),
    alpha: float = typer.Option(1e-4, "--alpha", help="Level of a break, with cbs"),
    depth_baseline: Path | None = typer.Option(None, "--depth-baseline", help="Table of depth-baseline"),
    as_json: bool = typer.Option(False, "--json", help="As JSON."),
) -> None:
    """Segments of one tumor's bins: log2 ratios, and allele fractions where the file has them.

    Example: oncoloom features segment tumor.cnr --output segments.parquet
    """
    from oncoloom.errors import UsageError
    from oncoloom.features.contracts import SEGMENTS_TABLE
    from oncoloom.features.copy_number.from_bins import segment_file
    from oncoloom.tables import write_table

    if method not in ("cbs", "pelt"):
        raise UsageError("unknown method", expected="cbs or pelt", found=method)
    if not 0 < alpha < 1:
        raise UsageError("no level of a test", expected="--alpha between 0 and 1", found=str(alpha))
    found = segment_file(
        bins,
        sample_id=sample_id or bins.name.split(".")[0],
        method=method,  # type: ignore[arg-type]
        alpha=alpha,
        baseline=depth_baseline,
    )
    write_table(found.segments, SEGMENTS_TABLE, output)
    told = {
        "n_segments": found.segments.height,
        "n_bins": found.tally.kept,
        "bin_noise_log2": round(found.noise, 4),
        "dropped": found.tally.as_dict()["filtered"],
    }
    if as_json:
        typer.echo(json.dumps(told, sort_keys=True))
        return
    left_out = sum(found.tally.filtered.values())
    typer.echo(
        f"{output}: {found.segments.height} segments of {found.tally.kept} bins ({left_out} bins left out)"
    )


def depth_baseline(
    raws: list[Path] = typer.Argument(..., help="features_raw.parquet of normals, one a sample"),
    output: Path = typer.Option(..., "--output", help="Table for features.depth_baseline of the config"),
    as_json: bool = typer.Option(False, "--json", help="As JSON."),
) -> None:
    """Usual depth of an assay's bins in three or more normals, for tumors without a matched normal.

    Example: oncoloom features depth-baseline N1/features_raw.parquet N2/features_raw.parquet
    N3/features_raw.parquet --output depth_baseline.parquet
    """
    from dataclasses import asdict

    from oncoloom.features.copy_number.normal_pool import build_pool

    summary = build_pool(raws, output)
    if as_json:
        typer.echo(json.dumps(asdict(summary), sort_keys=True))
        return
    typer.echo(
        f"{output}: {summary.n_bins} bins of {summary.n_normals} normals ({summary.n_male} with one X), "
        f"{summary.n_thin} bins too thin, {summary.n_off_target} small bins between targets"
    )
