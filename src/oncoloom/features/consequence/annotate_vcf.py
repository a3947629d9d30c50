"""A VCF with consequences added: records stay as they are, INFO gains BCSQ."""

from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import pysam

from oncoloom.errors import UsageError
from oncoloom.features.consequence.csq_process import CsqRecord, run_csq
from oncoloom.features.variants.normalize import Allele, reference_agrees
from oncoloom.features.variants.vcf_door import check_vcf
from oncoloom.features.variants.vcf_text import VcfReader, VcfRecord
from oncoloom.files import atomic_path
from oncoloom.reference_data.contigs import rename_contigs
from oncoloom.reference_data.fasta import Reference, open_reference
from oncoloom.reference_data.gene_models import GeneModels, read_gene_models
from oncoloom.tables import Tally

_INFO_LINE = (
    '##INFO=<ID=BCSQ,Number=.,Type=String,Description="Consequence by bcftools csq, a record alone. Format: '
    'Consequence|gene|transcript|biotype|strand|amino_acid_change|dna_change">'
)


@dataclass(slots=True)
class Annotated:
    """What `annotate_vcf` did: records written, records with a consequence, sentences worth saying."""

    n_records: int = 0
    n_with_consequence: int = 0
    tally: Tally = field(default_factory=Tally)
    notes: list[str] = field(default_factory=list)


def annotate_vcf(path: Path, reference_path: Path, output: Path, *, gff: Path | None = None) -> Annotated:
    """Write `path` again with a BCSQ entry for every record that touches a gene model.

    Every record of the input is in the output, in the input's order. A contig without genes gives no
    consequence; gene models on contigs that the reference lacks are named. Output ``.gz`` is bgzipped.

    Raises
    ------
    InputError, ReferenceMismatchError, FaultList
        As the VCF door, and where no contig name of the gene models is in the reference.
    """
    if Path(output).suffix not in (".vcf", ".gz"):
        raise UsageError(
            "the output is a VCF", expected="a name that ends in .vcf or .vcf.gz", found=str(output)
        )
    done = Annotated()
    check_vcf(path, reference_path)
    with open_reference(reference_path) as reference, VcfReader(path) as reader:
        records = list(reader)
        models = None if gff is None else read_gene_models(gff, reference.lengths)
        entries = {} if models is None else _consequences(records, models, reference, reference_path)
        done.n_records, done.n_with_consequence = len(records), len(entries)
        done.tally.kept = len(records)
        _say(done, models, records)
        header = [line for line in reader.header.lines if not line.startswith("##INFO=<ID=BCSQ,")]
        columns = ["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO"]
        if reader.header.samples:
            columns += ["FORMAT", *reader.header.samples]
    lines = [*header, *([_INFO_LINE] if gff is not None else []), "\t".join(columns)]
    lines += [_line(record, entries.get(n)) for n, record in enumerate(records)]
    _write(Path(output), "\n".join(lines) + "\n")
    return done


def _consequences(
    records: list[VcfRecord], models: GeneModels, reference: Reference, fasta: Path
) -> dict[int, list[str]]:
    names = rename_contigs({record.chrom for record in records}, reference.lengths)
    wanted: list[CsqRecord] = []
    owner: list[int] = []
    for n, record in enumerate(records):
        contig = names[record.chrom]
        if contig is None or not reference_agrees(
            Allele(contig, record.pos, record.ref, record.ref), reference
        ):
            continue
        for alt in record.alts:
            if alt.isalpha() and set(alt + record.ref) <= set("ACGT") and alt != record.ref:
                wanted.append(CsqRecord(contig, record.pos, record.ref, alt))
                owner.append(n)
    found: dict[int, list[str]] = {}
    for index, entries in run_csq(wanted, models, fasta, reference.lengths).items():
        found.setdefault(owner[index], []).extend(entries)
    return found


def _say(done: Annotated, models: GeneModels | None, records: list[VcfRecord]) -> None:
    disorder = sum(a.chrom == b.chrom and b.pos < a.pos for a, b in pairwise(records))
    if disorder:
        done.notes.append(f"{disorder} records come before their predecessor's place; the order was kept")
    if models is None:
        done.notes.append("no gene models were given (--gff): no consequences")
        return
    if models.absent:
        named = ", ".join(models.absent[:5]) + (" …" if len(models.absent) > 5 else "")
        done.notes.append(
            f"gene models on {len(models.absent)} contigs that the reference lacks were left out: {named}"
        )
    if models.renamed:
        done.notes.append(
            f"{models.renamed} contigs of the gene models were renamed to the reference's style"
        )
        done.tally.filtered["contigs of the gene models renamed"] = models.renamed
    own = rename_contigs((record.chrom for record in records), models.contigs())  # a VCF keeps its style
    without = sorted(name for name, found in own.items() if found is None)
    if without:
        n = sum(record.chrom in without for record in records)
        done.tally.filtered["records on contigs without genes, kept"] = n
        done.notes.append(f"{n} records lie on contigs without a gene model: {', '.join(without[:5])}")
    if models.absent:
        done.tally.filtered["contigs of the gene models absent from the reference"] = len(models.absent)


def _line(record: VcfRecord, entries: list[str] | None) -> str:
    columns = list(record.columns)
    info = [part for part in columns[7].split(";") if part not in (".", "") and not part.startswith("BCSQ=")]
    if entries:
        info.append("BCSQ=" + ",".join(dict.fromkeys(entry.replace(" ", "_") for entry in entries)))
    columns[7] = ";".join(info) or "."
    return "\t".join(columns)


def _write(output: Path, text: str) -> None:
    with atomic_path(output) as temporary:
        if output.suffix == ".gz":
            with pysam.BGZFile(str(temporary), "wb") as handle:
                handle.write(text.encode("utf-8"))
        else:
            temporary.write_text(text, encoding="utf-8", newline="\n")
