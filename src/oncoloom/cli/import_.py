"""oncoloom import: files of other tools become oncoloom's tables."""

import json
from pathlib import Path

import typer

app = typer.Typer(no_args_is_help=True, help="Files of other tools become oncoloom's tables.")


@app.command()
def variants(
    vcf: Path = typer.Argument(..., help="VCF, plain or bgzipped"),
    reference: Path = typer.Option(..., "--reference", help="Reference FASTA of these calls"),
    output: Path = typer.Option(..., "--output", help="variants.parquet to write"),
    caller: str = typer.Option(
        "auto", "--caller", help="auto, mutect2, strelka2, dragen, vardict, deepsomatic, varscan, other"
    ),
    tumor: str | None = typer.Option(None, "--tumor", help="Name of the tumor's column"),
    normal: str | None = typer.Option(None, "--normal", help="Name of the normal's column"),
    patient_id: str | None = typer.Option(None, "--patient-id", help="Default: the tumor's sample id"),
    sample_id: str | None = typer.Option(None, "--sample-id", help="Default: the file's name"),
    as_json: bool = typer.Option(False, "--json", help="Print the tally as JSON."),
) -> None:
    """Import another caller's VCF: split, normalized, checked against the reference, every loss counted.

    Example: oncoloom import variants mutect2.vcf.gz --reference GRCh38.fa --patient-id P01 --output
    variants.parquet
    """
    from datetime import UTC, datetime

    from oncoloom.features.contracts import VARIANTS_TABLE
    from oncoloom.features.variants.vcf_door import import_variants
    from oncoloom.files import write_json
    from oncoloom.provenance import write_provenance
    from oncoloom.tables import write_table

    started = datetime.now(UTC)
    sample = sample_id or tumor or vcf.name.split(".")[0]
    frame, tally = import_variants(
        vcf,
        reference,
        patient_id=patient_id or sample,
        sample_id=sample,
        caller=caller,
        tumor=tumor,
        normal=normal,
    )
    write_table(frame, VARIANTS_TABLE, output)
    write_json(output.with_suffix(".tally.json"), {"variants": tally.as_dict()})
    write_provenance(
        output.with_suffix(".provenance.json"),
        step="import variants",
        inputs={"vcf": vcf},
        parameters={"caller": caller, "tumor": tumor, "normal": normal, "reference": str(reference)},
        started=started,
    )
    _summary(output, "variants", tally.as_dict(), as_json=as_json)


@app.command()
def segments(
    file: Path = typer.Argument(..., help="Segments of another tool"),
    source: str = typer.Option(
        ..., "--from", help="seg, cnvkit, purecn, ascat, purple, facets, sequenza, gatk, scarhrd"
    ),
    output: Path = typer.Option(..., "--output", help="segments.parquet to write"),
    patient_id: str | None = typer.Option(None, "--patient-id", help="Default: the sample's id"),
    sample_id: str | None = typer.Option(None, "--sample-id", help="Of several in the file; or its name"),
    scale: str | None = typer.Option(
        None, "--scale", help="Of the levels: log2, log10, ln, ratio, copies; default the format's"
    ),
    genome_build: str | None = typer.Option(
        None, "--genome-build", help="GRCh37, GRCh38, or other (lengths not checked); default: either"
    ),
    as_json: bool = typer.Option(False, "--json", help="Print the tally as JSON."),
) -> None:
    """Import copy-number segments: odd numbers are read, impossible ones become null and are counted.

    Example: oncoloom import segments sample.call.cns --from cnvkit --sample-id T01 --output segments.parquet
    """
    from oncoloom.features.contracts import SEGMENTS_TABLE
    from oncoloom.features.segment_files.door import import_segments
    from oncoloom.files import write_json
    from oncoloom.tables import write_table

    found = import_segments(
        file, source, patient_id=patient_id, sample_id=sample_id, scale=scale, genome_build=genome_build
    )
    write_table(found.frame, SEGMENTS_TABLE, output, metadata=found.metadata())
    write_json(output.with_suffix(".tally.json"), {"segments": found.as_dict()})
    _summary(output, "segments", found.as_dict(), as_json=as_json)


@app.command()
def fusions(
    file: Path = typer.Argument(..., help="Fusion calls"),
    source: str = typer.Option(..., "--from", help="star-fusion, arriba, plain"),
    material: str = typer.Option(..., "--material", help="What was sequenced: rna or dna"),
    output: Path = typer.Option(..., "--output", help="fusions.parquet to write"),
    as_json: bool = typer.Option(False, "--json", help="Print the tally as JSON."),
) -> None:
    """Import fusion calls, judged by recurrent pairs; a file without rows says that none was found.

    Example: oncoloom import fusions calls.tsv --from star-fusion --material rna --output fusions.parquet
    """
    from oncoloom.features.rearrangements.contracts import FUSIONS_TABLE
    from oncoloom.features.rearrangements.fusion_door import import_fusions
    from oncoloom.features.rearrangements.imported import MATERIAL_KEY
    from oncoloom.tables import write_table

    frame, tally = import_fusions(file, source=source, material=material)
    write_table(frame, FUSIONS_TABLE, output, metadata={MATERIAL_KEY: material})
    _summary(output, "fusions", tally.as_dict(), as_json=as_json)


@app.command()
def expression(
    file: Path = typer.Argument(..., help="TSV or CSV with columns gene and tpm"),
    output: Path = typer.Option(..., "--output", help="expression.parquet to write"),
    as_json: bool = typer.Option(False, "--json", help="Print the tally as JSON."),
) -> None:
    """Import the expression of a tumor's genes.

    Example: oncoloom import expression genes.tsv --output expression.parquet
    """
    from oncoloom.features.rearrangements.contracts import EXPRESSION_TABLE
    from oncoloom.features.rearrangements.expression_door import import_expression
    from oncoloom.tables import write_table

    frame, tally = import_expression(file)
    write_table(frame, EXPRESSION_TABLE, output)
    _summary(output, "genes", tally.as_dict(), as_json=as_json)


def _summary(output: Path, what: str, tally: dict[str, object], *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(tally, sort_keys=True))
        return
    counted = tally["filtered"]
    said = "; ".join(f"{reason}: {n}" for reason, n in counted.items()) if isinstance(counted, dict) else ""
    typer.echo(f"{output}: {tally['kept']} {what}" + (f" ({said})" if said else ""))
