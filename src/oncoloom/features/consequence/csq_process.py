"""`bcftools csq` in a process of its own, with the guards it needs.

csq keeps state between calls of one process (measured: 14 of 126 of its own regression cases right in one
process, 100 of 102 in fresh ones), stops on a contig without genes, and names the RefSeq and Ensembl GFF
dialects differently. So every call writes one plain GFF3 with the transcripts near the variants, one VCF with
the records on contigs that have genes, and starts a fresh interpreter.
"""

import subprocess
import sys
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from oncoloom.errors import OncoloomError
from oncoloom.reference_data.fasta import link_reference
from oncoloom.reference_data.gene_models import GeneModels, Transcript

_PROGRAM = """
import sys
import pysam
from pysam import bcftools
try:
    text = bcftools.csq(*sys.argv[1:], catch_stdout=True)
except pysam.utils.SamtoolsError as error:
    sys.stderr.write(str(error))
    raise SystemExit(1)
sys.stdout.write(text)
"""
# Biotypes that csq treats in a way of their own; it leaves out transcripts of a type unknown to it.
_OWN_BIOTYPES = {"nonsense_mediated_decay", "non_stop_decay", "processed_transcript", "retained_intron"}
_FLANK_BP = 5_000  # transcripts this near to a variant are handed to csq


@dataclass(frozen=True, slots=True)
class CsqRecord:
    """A record for csq: 1-based `pos`; `haplotype` (phase set, copy 0 or 1) where the caller phased it."""

    chrom: str
    pos: int
    ref: str
    alt: str
    haplotype: tuple[str, int] | None = None


def run_csq(
    records: Sequence[CsqRecord], models: GeneModels, fasta: Path, lengths: dict[str, int]
) -> dict[int, list[str]]:
    """Index of the record in `records` to its BCSQ entries; records without any are left out.

    Unphased records are judged one by one (`--local-csq`). Records of one phase set are judged together as
    the haplotype they form. An entry ``@POS`` (the change is told at another record of the haplotype) is
    resolved.

    Raises
    ------
    OncoloomError
        If csq itself fails.
    """
    with_genes = models.contigs()
    usable = [index for index, one in enumerate(records) if one.chrom in with_genes]
    counts: dict[str, int] = {}
    for index in usable:
        haplotype = records[index].haplotype
        if haplotype is not None:
            counts[haplotype[0]] = counts.get(haplotype[0], 0) + 1
    phased = [i for i in usable if (h := records[i].haplotype) is not None and counts[h[0]] > 1]
    alone = sorted(set(usable) - set(phased))
    found: dict[int, list[str]] = {}
    with TemporaryDirectory() as folder:
        link_reference(fasta, Path(folder))
        for chunk, local in ((alone, True), (phased, False)):
            if chunk:
                near = transcripts_near([records[i] for i in chunk], models)
                found |= _run(chunk, records, near, Path(folder), lengths, local=local)
    return found


def transcripts_near(records: Sequence[CsqRecord], models: GeneModels) -> list[Transcript]:
    """Transcripts within 5 kb of a record, in the order of the models."""
    places: dict[str, list[int]] = {}
    for one in records:
        places.setdefault(one.chrom, []).append(one.pos)
    for positions in places.values():
        positions.sort()
    near = []
    for transcript in models.transcripts:
        positions = places.get(transcript.contig, [])
        at = bisect_left(positions, transcript.start - _FLANK_BP)
        if at < len(positions) and positions[at] <= transcript.end + _FLANK_BP:
            near.append(transcript)
    return near


def gff_text(transcripts: Sequence[Transcript]) -> str:
    """Plain GFF3 as csq reads it (Ensembl's dialect), one gene a transcript so that names never clash."""
    lines = ["##gff-version 3"]
    for n, one in enumerate(transcripts):
        fixed = f"{one.contig}\toncoloom\t{{}}\t{{}}\t{{}}\t.\t{one.strand}\t{{}}\t{{}}"
        # the name is an index, so that no symbol or accession can break a field
        biotype = _csq_biotype(one)
        span = (max(1, one.start + 1), one.end)
        lines.append(fixed.format("gene", *span, ".", f"ID=gene:g{n};Name=g{n};biotype={biotype}"))
        lines.append(
            fixed.format("transcript", *span, ".", f"ID=transcript:t{n};Parent=gene:g{n};biotype={biotype}")
        )
        parent = f"Parent=transcript:t{n}"
        lines += [fixed.format("exon", a + 1, b, ".", parent) for a, b in one.exons]
        lines += [
            fixed.format("CDS", a + 1, b, phase, parent)
            for (a, b), phase in zip(one.coding, one.phases, strict=True)
        ]
        lines += [fixed.format(kind, a + 1, b, ".", parent) for kind, a, b in untranslated(one)]
    return "\n".join(lines) + "\n"


def _csq_biotype(one: Transcript) -> str:
    if one.biotype in _OWN_BIOTYPES or one.biotype.startswith(("IG_", "TR_")):
        return one.biotype
    return "protein_coding" if one.coding else "lincRNA"


def untranslated(one: Transcript) -> list[tuple[str, int, int]]:
    """Exon parts outside the coding sequence: GFF3 feature type, start, end (0-based half-open)."""
    if not one.coding:
        return []
    low, high = one.coding[0][0], one.coding[-1][1]
    before, after = "five_prime_UTR", "three_prime_UTR"
    if one.strand == "-":
        before, after = after, before
    left = [(before, a, min(b, low)) for a, b in one.exons if a < low]
    right = [(after, max(a, high), b) for a, b in one.exons if b > high]
    return left + right


def _run(
    chunk: list[int],
    records: Sequence[CsqRecord],
    transcripts: list[Transcript],
    folder: Path,
    lengths: dict[str, int],
    *,
    local: bool,
) -> dict[int, list[str]]:
    contigs = {one.contig for one in transcripts}
    chunk = [index for index in chunk if records[index].chrom in contigs]
    if not chunk:
        return {}
    sets = sorted({h[0] for i in chunk if (h := records[i].haplotype) is not None}) if not local else []
    order = {name: n for n, name in enumerate(lengths)}
    chunk.sort(key=lambda i: (order[records[i].chrom], records[i].pos, records[i].ref, records[i].alt, i))
    vcf, gff = folder / "in.vcf", folder / "models.gff3"
    vcf.write_text(_vcf_text([(i, records[i]) for i in chunk], sets, lengths), encoding="utf-8")
    gff.write_text(gff_text(transcripts), encoding="utf-8")
    how = ["--local-csq"] if local else ["--phase", "r"]
    text = _call(["-f", str(folder / "reference.fa"), "-g", str(gff), "-n", "64", *how, str(vcf)])
    return _parse(text, transcripts)


def _vcf_text(chunk: list[tuple[int, CsqRecord]], sets: list[str], lengths: dict[str, int]) -> str:
    lines = ["##fileformat=VCFv4.3"]
    lines += [f"##contig=<ID={name},length={length}>" for name, length in lengths.items()]
    head = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO"
    if sets:
        lines.append('##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">')
        head += "\tFORMAT\t" + "\t".join(f"s{n}" for n in range(len(sets)))
    lines.append(head)
    for index, one in chunk:
        row = f"{one.chrom}\t{one.pos}\t{index}\t{one.ref}\t{one.alt}\t.\t.\t."
        if sets and one.haplotype is not None:
            name, copy = one.haplotype
            gt = "1|0" if copy == 0 else "0|1"
            row += "\tGT\t" + "\t".join(gt if name == each else "0|0" for each in sets)
        lines.append(row)
    return "\n".join(lines) + "\n"


def _call(arguments: list[str]) -> str:
    done = subprocess.run(
        [sys.executable, "-P", "-c", _PROGRAM, *arguments], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        said = [line for line in done.stderr.replace("\\n", "\n").split("\n") if line.strip()]
        raise OncoloomError(
            "bcftools csq stopped",
            found=" ".join(said[-3:])[:500],
            remedy="check that gene models and reference belong together",
        )
    return done.stdout


def _parse(text: str, transcripts: list[Transcript]) -> dict[int, list[str]]:
    rows: dict[int, tuple[str, int, list[str]]] = {}
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        chrom, pos, name, _, _, _, _, info = line.split("\t")[:8]
        entries = next((part[5:].split(",") for part in info.split(";") if part.startswith("BCSQ=")), [])
        rows[int(name)] = (chrom, int(pos), entries)
    at = {(chrom, pos): entries for chrom, pos, entries in rows.values() if not _is_pointer(entries)}
    found = {}
    for index, (chrom, _, entries) in rows.items():
        resolved = []
        for entry in entries:
            resolved += at.get((chrom, int(entry[1:])), []) if entry.startswith("@") else [entry]
        if resolved:
            found[index] = [_name_back(entry, transcripts) for entry in dict.fromkeys(resolved)]
    return found


def _is_pointer(entries: list[str]) -> bool:
    return all(entry.startswith("@") for entry in entries)


def _name_back(entry: str, transcripts: list[Transcript]) -> str:
    fields = entry.split("|")
    if len(fields) > 2 and fields[1].startswith("g"):
        # csq leaves the transcript out for introns; here a gene has but one
        one = transcripts[int(fields[1][1:])]
        fields[1], fields[2] = one.gene, one.transcript
        if len(fields) > 3:
            fields[3] = one.biotype
    return "|".join(fields)
