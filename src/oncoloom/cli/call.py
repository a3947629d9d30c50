"""oncoloom call: variants from reads."""

import json
from pathlib import Path

import typer

from oncoloom.errors import UsageError

app = typer.Typer()


@app.command()
def call(
    reference: Path = typer.Option(..., help="Reference FASTA."),
    output: Path = typer.Option(..., help="Folder to write into."),
    tumor: list[Path] = typer.Option(
        [], help="Reads of the tumor (BAM, CRAM, SAM); again for each further tumor of the patient."
    ),
    normal: Path | None = typer.Option(None, help="Reads of the normal; alone: germline calls."),
    targets: Path | None = typer.Option(None, help="BED of the assay; without it the whole reference."),
    padding: int = typer.Option(0, min=0, help="Call this many bases outside the targets, too."),
    regions: Path | None = typer.Option(None, help="BED of a shard: the part of the assay to work on."),
    pon: Path | None = typer.Option(None, help="Panel of normals (made by `oncoloom pon`)."),
    population_af: Path | None = typer.Option(None, help="VCF with population frequencies (INFO/AF)."),
    alleles: Path | None = typer.Option(
        None, help="VCF of alleles to genotype whether seen or not (hotspots)."
    ),
    off_target: bool = typer.Option(
        False, "--off-target", help="Count the fragments between the targets, too (copy number)."
    ),
    min_af: float = typer.Option(0.01, min=0.0, max=1.0, help="Lowest tumor allele fraction that is called."),
    max_depth: int = typer.Option(20_000, min=100, help="Deeper sites are sampled down to it."),
    min_base_quality: int = typer.Option(13, min=0, max=60, help="Phred; bases below it are no evidence."),
    min_mapping_quality: int = typer.Option(1, min=0, max=60, help="Phred; reads below it are no evidence."),
    device: str = typer.Option("cpu", help="cpu or gpu; changes the speed, never the result."),
    threads: int = typer.Option(1, min=1, help="Threads."),
    evidence_only: bool = typer.Option(False, "--evidence-only", help="Write a shard for call-finish."),
    tumor_sample: list[str] = typer.Option([], help="Sample name that the tumor's reads must carry."),
    normal_sample: str | None = typer.Option(None, help="Sample name that the normal's reads must carry."),
    call_filter: str = typer.Option(
        "bundled", help="Trained filter: bundled, none (the mixture alone), or a file of your own."
    ),
    as_json: bool = typer.Option(False, "--json", help="Print the tally as JSON."),
) -> None:
    """Call somatic and germline variants; normal only: germline, tumor only: without origin.

    Several tumors of one patient are called together: what is seen in one is looked at in all. The files of
    the first lie in the output folder, those of each further one in tumors/SAMPLE below it.

    Example: oncoloom call --tumor t.bam --normal n.bam --reference ref.fa --threads 2 --output calls
    """
    from oncoloom.calling.process_tuning import start_process

    start_process()
    from oncoloom.calling.options import CallInputs, CallOptions
    from oncoloom.calling.pipeline import run_call

    if tumor_sample and len(tumor_sample) != len(tumor):
        raise UsageError(
            "--tumor-sample goes with --tumor, one for one",
            found=f"{len(tumor_sample)} times, with {len(tumor)} times --tumor",
        )
    if device not in ("cpu", "gpu"):
        raise UsageError("--device must be cpu or gpu", found=device)
    tally = run_call(
        CallInputs(
            reference=reference,
            tumor=tumor[0] if tumor else None,
            normal=normal,
            targets=targets,
            regions=regions,
            population_af=population_af,
            alleles=alleles,
            pon=pon,
            further_tumors=tuple(tumor[1:]),
            tumor_sample=tumor_sample[0] if tumor_sample else None,
            further_samples=tuple(tumor_sample[1:]),
            normal_sample=normal_sample,
            off_target=off_target,
        ),
        output,
        options=CallOptions(
            min_af=min_af,
            max_depth=max_depth,
            padding_bp=padding,
            min_base_quality=min_base_quality,
            min_mapping_quality=min_mapping_quality,
        ),
        threads=threads,
        device="gpu" if device == "gpu" else "cpu",
        evidence_only=evidence_only,
        call_filter=call_filter,
    )
    typer.echo(json.dumps(tally, sort_keys=True) if as_json else summary(tally, output))


def summary(tally: dict[str, object], output: Path) -> str:
    """One line about a call."""
    if "somatic" not in tally:
        return f"shard with {tally['candidates']} candidates -> {output}"
    somatic, germline = tally["somatic"], tally["germline"]
    return f"{somatic['kept']} somatic and {germline['kept']} germline variants pass -> {output}"  # type: ignore[index]
