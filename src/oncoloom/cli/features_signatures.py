"""oncoloom features signatures, signature-prevalences, signature-extract: mutational processes."""

import json
from pathlib import Path

import typer


def signatures(
    vcf: Path = typer.Argument(..., help="VCF of somatic variants"),
    reference: Path = typer.Option(..., "--reference", help="Reference FASTA"),
    matrix: str | None = typer.Option(
        None,
        "--matrix",
        help="SBS signatures: a file, or e.g. COSMIC_v3.4_SBS_GRCh38 (SigProfilerAssignment)",
    ),
    prevalences: Path | None = typer.Option(
        None, "--prevalences", help="Table of signature-prevalences; without it every signature is as likely"
    ),
    tumor_type: str | None = typer.Option(None, "--tumor-type", help="OncoTree code, or a type of the table"),
    tumor: str | None = typer.Option(None, "--tumor", help="Which sample of the VCF is the tumor"),
    targets: Path | None = typer.Option(None, "--targets", help="BED of an exome or panel: opportunities"),
    seed: int = typer.Option(20260101, "--seed", help="Of the resampled spectra"),
    as_json: bool = typer.Option(False, "--json", help="As JSON."),
) -> None:
    """Spectrum (SBS-96, ID-83) of a VCF and, with a matrix, its signatures with sampling intervals.

    Example: oncoloom features signatures somatic.vcf.gz --reference GRCh38.fa --matrix COSMIC_v3.4_SBS_GRCh38
    --prevalences prevalences.parquet --tumor-type LUAD --json
    """
    from oncoloom.features.signatures.single import signatures_of_vcf

    found = signatures_of_vcf(
        vcf,
        reference,
        matrix=matrix,
        prevalences=prevalences,
        tumor_type=tumor_type,
        targets=targets,
        seed=seed,
        tumor=tumor,
    )
    if as_json:
        typer.echo(json.dumps(found, indent=1, sort_keys=True))
        return
    typer.echo(
        f"{found['sbs_total']} SBS in {len(found['sbs96'])} channels, {found['dbs_total']} DBS,"
        f" {found['indel_total']} indels"
    )
    for one in found["exposures"] or []:
        limits = f"{100 * one['share_lower']:.0f} to {100 * one['share_upper']:.0f} %"
        support = f"support {one['support']:.2f}{', uncertain' if one['uncertain'] else ''}"
        typer.echo(f"{one['signature']}: {100 * one['share']:.0f} % ({limits}), {support}")
    if found["exposures_missing_reason"]:
        typer.echo(f"no signatures: {found['exposures_missing_reason']}")


def signature_prevalences(
    exposures: Path = typer.Argument(
        ..., help="Table (TSV): a row a tumor, its type, mutations by signature"
    ),
    output: Path = typer.Option(..., "--output", help="Table to write (Parquet)"),
    source: str = typer.Option(..., "--source", help="Whose exposures they are; printed with every result"),
    type_column: str = typer.Option("Cancer Types", "--type-column", help="Column with the tumor type"),
    types: Path | None = typer.Option(
        None, "--types", help="TSV tumor_type, oncotree_codes; default those of the PCAWG study"
    ),
    as_json: bool = typer.Option(False, "--json", help="As JSON."),
) -> None:
    """How often each signature is present by tumor type, counted from tumors with known exposures.

    Example: oncoloom features signature-prevalences exposures.tsv --source "Alexandrov 2020"
    --output prevalences.parquet
    """
    from oncoloom.features.signatures.prevalence import write_prevalences
    from oncoloom.features.signatures.single import prevalences_of_table

    table = prevalences_of_table(exposures, type_column=type_column, types=types)
    write_prevalences(table, output, source=source)
    told = {
        "tumor_types": table["tumor_type"].n_unique(),
        "signatures": table["signature"].n_unique(),
        "types_without_code": table.filter(table["oncotree_codes"].is_null())["tumor_type"].n_unique(),
    }
    if as_json:
        typer.echo(json.dumps(told, sort_keys=True))
        return
    typer.echo(f"{output}: {told['signatures']} signatures in {told['tumor_types']} tumor types")


def signature_extract(
    spectra: Path = typer.Argument(..., help="Table (TSV): channels in the first column, a column a tumor"),
    output: Path = typer.Option(..., "--output", help="Signatures found (TSV, COSMIC's layout)"),
    factors: tuple[int, int] = typer.Option((2, 12), "--factors", help="Fewest and most signatures to try"),
    matrix: str | None = typer.Option(None, "--matrix", help="Known signatures to name the found ones by"),
    device: str = typer.Option("cpu", "--device", help="cpu or gpu (CuPy); changes the speed"),
    seed: int = typer.Option(20260101, "--seed", help="Of resamples and starts"),
    as_json: bool = typer.Option(False, "--json", help="As JSON."),
) -> None:
    """De novo signatures of a cohort of 100 tumors or more, by NMF; the number of them by stability.

    Example: oncoloom features signature-extract spectra.tsv --output found.tsv --factors 2 10
    """
    from oncoloom.features.signatures.single import extract_from_table

    told = extract_from_table(spectra, output, factors=factors, matrix=matrix, device=device, seed=seed)
    if as_json:
        typer.echo(json.dumps(told, indent=1, sort_keys=True))
        return
    typer.echo(
        f"{output}: {told['chosen']} signatures" if told["chosen"] else f"nothing written: {told['reason']}"
    )
