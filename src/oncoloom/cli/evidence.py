"""oncoloom evidence: what the reads show at a place, and what the caller made of it."""

import json
from pathlib import Path

import typer

app = typer.Typer()


@app.command()
def evidence(
    locus: list[str] = typer.Argument(None, help="CHR:POS, CHR:START-END, or CHR:POS REF>ALT (1-based)."),
    calls: Path = typer.Option(..., help="Folder that `oncoloom call --output` wrote."),
    reference: Path = typer.Option(..., help="Reference FASTA of the call."),
    tumor: Path | None = typer.Option(None, help="Reads of the tumor (BAM, CRAM, SAM)."),
    normal: Path | None = typer.Option(None, help="Reads of the normal."),
    targets: Path | None = typer.Option(None, help="BED of the assay, as given to the call."),
    flank: int = typer.Option(40, min=0, max=200, help="Bases shown to each side."),
    reads: int = typer.Option(40, min=1, max=2000, help="Reads shown of each sample."),
    html: Path | None = typer.Option(None, help="Write a page with the reads as a picture, too."),
    variants: Path | None = typer.Option(
        None, help="Instead of a place: variants.parquet, for the reads that a report shows."
    ),
    patient_id: str | None = typer.Option(None, "--patient-id", help="With --variants: whose."),
    strips: Path | None = typer.Option(None, help="With --variants: JSON to write for `report build`."),
    as_json: bool = typer.Option(False, "--json", help="Print figures and reads as JSON."),
) -> None:
    """Print the pile-up at a place, what was called there, and why not: screens, filters, figures.

    Example: oncoloom evidence --calls calls --tumor t.bam --normal n.bam --reference ref.fa chr7:55191822
    """
    from oncoloom.calling.look.inputs import open_look_inputs
    from oncoloom.calling.look.locus import parse_locus
    from oncoloom.calling.look.look_at import LookSettings, look_at
    from oncoloom.calling.look.text import look_text
    from oncoloom.errors import UsageError

    of_report = (variants is not None, patient_id is not None, strips is not None)
    if any(of_report) != all(of_report) or all(of_report) == bool(locus):
        raise UsageError(
            "a place, or the variants of a report", expected="CHR:POS, or --variants --patient-id --strips"
        )
    opened = open_look_inputs(calls=calls, reference=reference, tumor=tumor, normal=normal, targets=targets)
    if variants is not None and patient_id is not None and strips is not None:
        from oncoloom.features.strips import write_strips

        figures = write_strips(opened, variants, strips, patient_id=patient_id)
        said = f"{strips}: reads over {figures['strips']} variants, {figures['left_out']} left out"
        typer.echo(json.dumps(figures) if as_json else said)
        return
    place = parse_locus(" ".join(locus), opened.sources.reference.lengths)
    settings = LookSettings(flank_bp=flank, most_reads=reads)
    look = look_at(place, opened.sources, opened.calls, targets=opened.targets, settings=settings)
    if html is not None:
        from oncoloom.report.evidence_page import write_evidence_page

        write_evidence_page(look, html)
    if as_json:
        typer.echo(json.dumps(look.as_dict(), ensure_ascii=False))
        return
    typer.echo(look_text(look))
    states = ", ".join(f"{one.name} {one.state}" for one in look.alleles[:3]) or "nothing but the reference"
    typer.echo(f"{look.locus}: {states}" + (f"; wrote {html}" if html else ""))
