"""oncoloom resources: the embedded facts, with their digests."""

import json
from pathlib import Path

import typer

app = typer.Typer(
    no_args_is_help=True, help="The facts that travel with oncoloom: what, from where, intact or not."
)


@app.command("list")
def list_resources(as_json: bool = typer.Option(False, "--json", help="As JSON.")) -> None:
    """List the embedded files with size and digest; SOURCE.md beside each names origin and licence.

    Example: oncoloom resources list
    """
    from oncoloom.reference_data.embedded import list_embedded

    files = list_embedded()
    if as_json:
        rows = [
            {"folder": f.folder, "name": f.name, "size_bytes": f.size_bytes, "digest": f.present}
            for f in files
        ]
        typer.echo(json.dumps(rows, indent=1))
        return
    for one in files:
        typer.echo(f"{one.folder}/{one.name:<32} {one.size_bytes:>9,} bytes  {one.present[:19]}…")
    typer.echo(f"{len(files)} embedded files")


@app.command()
def verify() -> None:
    """Check every embedded file against its recorded digest.

    Example: oncoloom resources verify
    """
    from oncoloom.reference_data.embedded import verify_embedded

    typer.echo(f"{len(verify_embedded())} embedded files are intact")


@app.command()
def genes(
    names: list[str] = typer.Argument(None, help="Symbols, old or new; none: the genes that reports assess"),
    gff: Path | None = typer.Option(
        None, "--gff", help="GFF3 of a whole genome (Ensembl, GENCODE, RefSeq) to make gene models of"
    ),
    reference: Path | None = typer.Option(None, "--reference", help="Reference FASTA that they are for"),
    output: Path | None = typer.Option(None, "--output", help="Gene models to write (.gff3.gz)"),
    all_transcripts: bool = typer.Option(
        False, "--all-transcripts", help="Keep every transcript, not only the MANE or canonical one"
    ),
    as_json: bool = typer.Option(False, "--json", help="As JSON."),
) -> None:
    """Say what a gene name means (symbol, role, hotspots), or make gene models of a whole genome's GFF3.

    Example: oncoloom resources genes MLL3 HER2
    Example: oncoloom resources genes --gff gencode.gff3.gz --reference GRCh38.fa --output genes.gff3.gz
    """
    if gff is not None:
        _import_models(gff, reference, output, all_transcripts=all_transcripts, as_json=as_json)
        return
    from oncoloom.features.testability.assessability import ASSESSED_GENES
    from oncoloom.reference_data.drivers import gene_roles, hotspots_of
    from oncoloom.reference_data.symbols import resolve_symbol

    rows = []
    for name in names or ASSESSED_GENES:
        match = resolve_symbol(name)
        role = gene_roles().get(match.symbol or "")
        rows.append(
            {
                "name": name,
                "symbol": match.symbol,
                "match": match.kind,
                "candidates": list(match.candidates),
                "oncogene": None if role is None else role.oncogene,
                "tumor_suppressor": None if role is None else role.tumor_suppressor,
                "n_hotspots": len(hotspots_of(match.symbol)) if match.symbol else 0,
            }
        )
    if as_json:
        typer.echo(json.dumps(rows, indent=1))
        return
    for row in rows:
        roles = [
            word for word, key in (("oncogene", "oncogene"), ("suppressor", "tumor_suppressor")) if row[key]
        ]
        said = row["symbol"] or f"not resolved ({row['match']})"
        known = f"{', '.join(roles) or '-':<21} {row['n_hotspots']} hotspots"
        typer.echo(f"{row['name']:<10} {said:<10} {row['match']:<9} {known}")


def _import_models(
    gff: Path, reference: Path | None, output: Path | None, *, all_transcripts: bool, as_json: bool
) -> None:
    from dataclasses import asdict

    from oncoloom.errors import UsageError
    from oncoloom.reference_data.fasta import open_reference
    from oncoloom.reference_data.model_import import import_gene_models

    if reference is None or output is None:
        raise UsageError("options are missing", expected="--reference and --output beside --gff")
    with open_reference(reference) as opened:
        found = import_gene_models(gff, opened.lengths, output, all_transcripts=all_transcripts)
    if as_json:
        typer.echo(json.dumps(asdict(found), sort_keys=True))
        return
    absent = f"; on {len(found.absent)} contigs that the reference lacks: left out" if found.absent else ""
    renamed = f"; {found.renamed} contigs renamed" if found.renamed else ""
    typer.echo(
        f"{output}: {found.n_genes} genes, {found.n_transcripts} of {found.n_read} transcripts, "
        f"{found.coding_mb:.2f} Mb coding{renamed}{absent}"
    )


@app.command()
def models(
    output: Path = typer.Argument(..., help="GFF3 to write (.gz)"),
    genome_build: str = typer.Option("GRCh38", "--genome-build", help="GRCh37 or GRCh38"),
) -> None:
    """Write the embedded gene models of 1,260 cancer genes, to give as reference.gff.

    Example: oncoloom resources models cancer_genes.gff3.gz --genome-build GRCh38
    """
    from oncoloom.reference_data.embedded import write_gene_models

    write_gene_models(output, genome_build)
    typer.echo(f"{output}: gene models of {genome_build}")


@app.command()
def hotspots(
    reference: Path = typer.Option(..., help="Reference FASTA."),
    output: Path = typer.Option(..., help="VCF to write, for `oncoloom call --alleles`."),
    gff: Path | None = typer.Option(None, help="Gene models; without them the embedded ones of the build."),
    genome_build: str = typer.Option("GRCh38", "--genome-build", help="GRCh37 or GRCh38, without --gff."),
    as_json: bool = typer.Option(False, "--json", help="Print the tally as JSON."),
) -> None:
    """Write the known hotspots as alleles of a reference, to be genotyped whether seen or not.

    Example: oncoloom resources hotspots --reference GRCh38.fa --output hotspots.vcf
    """
    from oncoloom.features.drivers.hotspot_file import write_hotspots

    tally = write_hotspots(reference, output, gff=gff, genome_build=genome_build)
    if as_json:
        typer.echo(json.dumps(tally.as_dict(), sort_keys=True))
        return
    left_out = "; ".join(f"{reason}: {n}" for reason, n in sorted(tally.filtered.items()))
    typer.echo(f"{output}: {tally.kept} alleles" + (f" ({left_out})" if left_out else ""))
