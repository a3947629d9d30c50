"""Gene models of a whole genome, made small: a GFF3 of what consequences need, on one reference's contigs."""

import gzip
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from oncoloom.errors import UsageError
from oncoloom.files import atomic_path
from oncoloom.reference_data.gene_models import GeneModels, Transcript, read_gene_models


@dataclass(frozen=True, slots=True)
class ImportedModels:
    """What an import kept: genes, transcripts, coding megabases; contigs renamed, and those left out."""

    n_genes: int
    n_transcripts: int
    n_read: int
    coding_mb: float
    renamed: int
    absent: tuple[str, ...]


def import_gene_models(
    gff: Path, lengths: Mapping[str, int], output: Path, *, all_transcripts: bool = False
) -> ImportedModels:
    """Write the chosen transcript of each gene (or all transcripts) of a GFF3 as a small GFF3.

    Ensembl, GENCODE and RefSeq dialects are read (see :func:`read_gene_models`); transcripts on contigs that
    the reference lacks are left out, contigs are spelled as in the reference. The same input gives the same
    bytes.

    Raises
    ------
    UsageError
        If `output` has no ending of a GFF3 file.
    InputError, ReferenceMismatchError
        As :func:`read_gene_models`.
    """
    if not output.name.endswith((".gff3", ".gff3.gz")):
        raise UsageError("the output is a GFF3", expected="a name in .gff3 or .gff3.gz", found=str(output))
    models = read_gene_models(gff, lengths)
    kept = _kept(models, lengths, all_transcripts=all_transcripts)
    raw = ("\n".join(["##gff-version 3", *_lines(kept)]) + "\n").encode()
    with atomic_path(output) as temporary:
        temporary.write_bytes(gzip.compress(raw, 6, mtime=0) if output.suffix == ".gz" else raw)
    coding = GeneModels(tuple(kept), 0, ()).coding_intervals()
    return ImportedModels(
        len({one.gene for one in kept}),
        len(kept),
        len(models.transcripts),
        sum(end - start for _, start, end in coding) / 1e6,
        models.renamed,
        models.absent,
    )


def _kept(models: GeneModels, lengths: Mapping[str, int], *, all_transcripts: bool) -> list[Transcript]:
    chosen = models.transcripts if all_transcripts else tuple(models.chosen().values())
    order = {name: n for n, name in enumerate(lengths)}
    return sorted(chosen, key=lambda one: (order[one.contig], one.start, one.end, one.transcript))


def _lines(transcripts: Iterable[Transcript]) -> Iterable[str]:
    for one in transcripts:
        fixed = f"{one.contig}\toncoloom\t{{}}\t{{}}\t{{}}\t.\t{one.strand}\t{{}}\t{{}}"
        span = (one.start + 1, one.end)
        gene = f"gene:{one.gene}:{one.transcript}"
        yield fixed.format("gene", *span, ".", f"ID={gene};Name={one.gene};biotype={one.biotype}")
        tag = ";tag=MANE_Select" if one.preferred else ""
        own = f"ID=transcript:{one.transcript};Parent={gene};biotype={one.biotype}{tag}"
        yield fixed.format("mRNA" if one.coding else "transcript", *span, ".", own)
        parent = f"Parent=transcript:{one.transcript}"
        for start, end in one.exons:
            yield fixed.format("exon", start + 1, end, ".", parent)
        for (start, end), phase in zip(one.coding, one.phases, strict=True):
            yield fixed.format("CDS", start + 1, end, phase, parent)
