"""The synthetic genome as files: FASTA with its index, GFF3 as Ensembl writes it, panel BED."""

from pathlib import Path

import pysam

from oncoloom.files import atomic_path, write_text
from oncoloom.simulate.reference import DemoGenome, GeneModel

_LINE = 60


def write_reference(genome: DemoGenome, folder: Path) -> None:
    """Write ``demo.fa``, ``demo.fa.fai`` and ``genes.gff3`` into `folder`."""
    lines = []
    for contig, bases in genome.sequences.items():
        lines.append(f">{contig}")
        lines += [bases[at : at + _LINE] for at in range(0, len(bases), _LINE)]
    fasta = folder / "demo.fa"
    write_text(fasta, "\n".join(lines) + "\n")
    pysam.faidx(str(fasta))
    write_text(folder / "genes.gff3", gff_text(genome))


def write_targets(genome: DemoGenome, path: Path) -> None:
    """Write the panel's intervals as BED with the gene, or `marker`, as name."""
    with atomic_path(path) as temporary, temporary.open("w", encoding="utf-8") as handle:
        for contig, intervals in genome.targets.items():
            name = contig.removeprefix("demo_")
            handle.writelines(f"{contig}\t{start}\t{end}\t{name}\n" for start, end in intervals)


def gff_text(genome: DemoGenome) -> str:
    """GFF3 with ``ID=gene:…``/``ID=transcript:…`` and biotypes, as `bcftools csq` wants it."""
    lines = ["##gff-version 3"]
    lines += [f"##sequence-region {contig} 1 {len(bases)}" for contig, bases in genome.sequences.items()]
    for gene in genome.genes.values():
        lines += _gene_lines(gene)
        lines.append("###")
    return "\n".join(lines) + "\n"


def _gene_lines(gene: GeneModel) -> list[str]:
    facts = gene.facts
    transcript = facts.transcript_id
    start, end = gene.exons[0][0], gene.exons[-1][1]

    def line(kind: str, low: int, high: int, phase: str, attributes: str) -> str:
        columns = (gene.contig, "oncoloom", kind, low + 1, high, ".", facts.strand, phase, attributes)
        return "\t".join(str(column) for column in columns)

    out = [
        line(
            "gene",
            start,
            end,
            ".",
            f"ID=gene:{facts.gene_id};Name={facts.symbol};biotype=protein_coding;gene_id={facts.gene_id}",
        ),
        line(
            "mRNA",
            start,
            end,
            ".",
            f"ID=transcript:{transcript};Parent=gene:{facts.gene_id};Name={facts.symbol}-201;"
            f"biotype=protein_coding;tag=Ensembl_canonical,MANE_Select;transcript_id={transcript}",
        ),
    ]
    ranks = range(1, len(gene.exons) + 1)
    for rank, (low, high) in zip(ranks if facts.strand == "+" else reversed(ranks), gene.exons, strict=True):
        out.append(
            line(
                "exon", low, high, ".", f"Parent=transcript:{transcript};Name={transcript}.{rank};rank={rank}"
            )
        )
    for low, high, phase in _phases(gene):
        out.append(line("CDS", low, high, str(phase), f"ID=CDS:{transcript};Parent=transcript:{transcript}"))
    left, right = ("five_prime_UTR", "three_prime_UTR")
    if facts.strand == "-":
        left, right = right, left
    out.append(line(left, gene.exons[0][0], gene.cds[0][0], ".", f"Parent=transcript:{transcript}"))
    out.append(line(right, gene.cds[-1][1], gene.exons[-1][1], ".", f"Parent=transcript:{transcript}"))
    return out


def _phases(gene: GeneModel) -> list[tuple[int, int, int]]:
    """Coding intervals, ascending, each with its GFF phase (bases until the next codon begins)."""
    ordered = gene.cds if gene.facts.strand == "+" else gene.cds[::-1]
    out, done = [], 0
    for low, high in ordered:
        out.append((low, high, (3 - done % 3) % 3))
        done += high - low
    return sorted(out)
