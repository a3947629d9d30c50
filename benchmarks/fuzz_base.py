"""Small healthy files that the fuzzing mutates: a reference, a pair of samples, their indexes, text."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import fuzz_mutators as mutators
import numpy as np
import pysam

from oncoloom.testing.reads import TestRead, pair_of, random_sequence, write_alignments, write_reference

READ_BP, FRAGMENT_BP = 60, 140


@dataclass(frozen=True)
class Base:
    """Healthy files and what they hold.

    `records`: the tumor BAM's, as :func:`htslib_records` gives them.
    """

    folder: Path
    reference: Path
    tumor: Path
    normal: Path
    cram: Path
    raw: bytes
    payload: bytes
    bai: bytes
    csi: bytes
    records: list[tuple[object, ...]]
    lengths: dict[str, int]
    bed: bytes
    vcf: bytes


def htslib_records(path: Path, reference: Path | None = None) -> list[tuple[object, ...]]:
    """Every record of a file as pysam gives it, in file order (ValueError, OSError as pysam raises)."""
    options = {} if reference is None else {"reference_filename": str(reference)}
    with pysam.AlignmentFile(str(path), check_sq=False, **options) as handle:
        return [as_tuple(one) for one in handle.fetch(until_eof=True)]


def as_tuple(one: pysam.AlignedSegment) -> tuple[object, ...]:
    """What a record says, without its name and tags."""
    quality = one.query_qualities
    return (
        *(one.reference_id, one.reference_start, one.flag, one.mapping_quality, one.query_length),
        tuple((n << 4) | op for op, n in one.cigartuples or ()),
        one.query_sequence or "",
        b"\xff" * one.query_length if quality is None else bytes(quality),
        *(one.next_reference_id, one.next_reference_start, one.template_length),
    )


def make_base(folder: Path) -> Base:
    """Write the healthy files into `folder` (the same bytes every time)."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(5)
    sequences = {"1": random_sequence(rng, 1_400), "2": random_sequence(rng, 300)}
    lengths = {name: len(one) for name, one in sequences.items()}
    reference = write_reference(folder / "ref.fa", sequences)
    bams = {
        role: _write(folder / f"{role}.bam", sequences, lengths, tumor=role == "tumor")
        for role in ("tumor", "normal")
    }
    tumor = bams["tumor"]
    payload = mutators.payload_of(tumor.read_bytes())
    tumor.write_bytes(mutators.bgzf(payload, 3_000))
    pysam.index(str(tumor))
    csi = folder / "tumor.csi"
    pysam.index("-c", "-o", str(csi), str(tumor))
    cram = folder / "tumor.cram"
    pysam.view("-C", "-T", str(reference), "-o", str(cram), str(tumor), catch_stdout=False)
    pysam.index(str(cram))
    return Base(
        folder,
        reference,
        tumor,
        bams["normal"],
        cram,
        tumor.read_bytes(),
        payload,
        Path(f"{tumor}.bai").read_bytes(),
        csi.read_bytes(),
        htslib_records(tumor),
        lengths,
        b"# targets\n1\t100\t300\tfirst\n1\t280\t420\n2\t10\t200\tsecond\n1\t900\t1400\n",
        _vcf(sequences["1"]),
    )


def _write(path: Path, sequences: dict[str, str], lengths: dict[str, int], *, tumor: bool) -> Path:
    reads: list[TestRead] = []
    for contig, sequence in sequences.items():
        for k, start in enumerate(range(5, len(sequence) - FRAGMENT_BP, 12 if tumor else 15)):
            pair = pair_of(
                f"q{contig}{start}",
                contig,
                start,
                sequence[start : start + FRAGMENT_BP],
                read_bases=READ_BP,
                tags=(("NM", 0), ("XA", "text"), ("XB", [1, 2, 3])),
            )
            reads += [_with_event(one, sequence, k) for one in pair] if tumor and k % 2 else pair
    reads.append(TestRead("lost", None, -1, sequences["1"][:READ_BP], flag=4))
    reads.append(TestRead("second", "1", 700, sequences["1"][700:760], flag=0x100))
    groups = (("rg1", "FUZZ_T" if tumor else "FUZZ_N"),)
    return write_alignments(path, reads, lengths, read_groups=groups)


def _with_event(read: TestRead, sequence: str, k: int) -> TestRead:
    """A read with a substitution at 200, a deletion at 500, an insertion at 800, clips at 1100."""
    fields = {name: getattr(read, name) for name in TestRead.__slots__}
    at, bases = read.pos, read.sequence
    if read.contig == "1":
        if at <= 200 < at + READ_BP:
            other = "ACGT"[("ACGT".index(sequence[200]) + 1) % 4]
            fields["sequence"] = bases[: 200 - at] + other + bases[201 - at :]
        left = 500 - at
        if 5 < left < READ_BP - 5:
            fields["sequence"] = bases[:left] + sequence[504 : 504 + READ_BP - left]
            fields["cigar"] = f"{left}M4D{READ_BP - left}M"
        left = 800 - at
        if 5 < left < READ_BP - 8:
            fields["sequence"] = (bases[:left] + "GATTACA" + bases[left:])[:READ_BP]
            fields["cigar"] = f"{left}M7I{READ_BP - left - 7}M"
        left = 1_100 - at
        if 8 < left < READ_BP - 12:
            tail = ("TTGACCATGCAAGGTACCTGATCCGTATTAGC" * 2)[: READ_BP - left]
            fields["sequence"], fields["cigar"] = bases[:left] + tail, f"{left}M{READ_BP - left}S"
    return TestRead(**fields)


def _vcf(sequence: str) -> bytes:
    rows = []
    for pos in (100, 200, 333, 800):
        ref = sequence[pos]
        alt = "ACGT"[("ACGT".index(ref) + 1) % 4]
        rows.append(f"1\t{pos + 1}\t.\t{ref}\t{alt},{ref}A\t.\tPASS\tAC=3;AF=0.01,0.002\n")
    head = "##fileformat=VCFv4.2\n##contig=<ID=1>\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
    return (head + "".join(rows)).encode()


def clean(folder: Path) -> Path:
    """An empty folder."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder
