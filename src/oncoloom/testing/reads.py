"""Small references and alignment files for tests, made on the spot."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pysam


def random_sequence(rng: np.random.Generator, length: int) -> str:
    """`length` bases drawn evenly from A, C, G, T."""
    return "".join(np.array(list("ACGT"))[rng.integers(0, 4, length)])


def write_reference(
    path: Path, sequences: Mapping[str, str], *, line_bases: int = 60, index: bool = True
) -> Path:
    """Write a FASTA file, and its .fai unless `index` is false."""
    lines = []
    for name, sequence in sequences.items():
        lines.append(f">{name}")
        lines += [sequence[at : at + line_bases] for at in range(0, len(sequence), line_bases)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    if index:
        pysam.faidx(str(path))
    return path


@dataclass(frozen=True, slots=True)
class TestRead:
    """One alignment record.

    Parameters
    ----------
    contig
        Name; None for an unplaced read.
    pos
        0-based.
    quality
        Phred values, one number for all bases, or None for missing qualities.
    mate
        Contig and 0-based position of the mate.
    read_group
        RG tag; None for no tag.
    """

    __test__ = False  # not a test class, whatever its name

    name: str
    contig: str | None
    pos: int
    sequence: str
    cigar: str | None = None
    flag: int = 0
    mapq: int = 60
    quality: int | Sequence[int] | None = 30
    mate: tuple[str, int] | None = None
    template_length: int = 0
    read_group: str | None = "rg1"
    tags: tuple[tuple[str, object], ...] = field(default=())


def write_alignments(
    path: Path,
    reads: Iterable[TestRead],
    contigs: Mapping[str, int],
    *,
    read_groups: Sequence[tuple[str, str]] = (("rg1", "SAMPLE"),),
    sort: bool = True,
    sort_order: str = "coordinate",
    index: bool = True,
    mode: str = "wb",
    reference: Path | None = None,
) -> Path:
    """Write records as BAM ("wb"), uncompressed BAM ("wbu"), CRAM ("wc", needs `reference`) or SAM ("w").

    `read_groups`: id and sample of each. `sort`: by coordinate before writing; `sort_order` is what the
    header says, whether true or not.
    """
    header = pysam.AlignmentHeader.from_dict(
        {
            "HD": {"VN": "1.6", "SO": sort_order},
            "SQ": [{"SN": name, "LN": length} for name, length in contigs.items()],
            "RG": [{"ID": group, "SM": sample, "PL": "ILLUMINA"} for group, sample in read_groups],
        }
    )
    order = {name: number for number, name in enumerate(contigs)}
    records = list(reads)
    if sort:
        records.sort(key=lambda one: (order.get(one.contig or "", len(order)), one.pos))
    options = {} if reference is None else {"reference_filename": str(reference)}
    with pysam.AlignmentFile(str(path), mode, header=header, **options) as handle:
        for record in records:
            handle.write(_segment(record, header))
    if index:
        pysam.index(str(path))
    return path


def _segment(read: TestRead, header: pysam.AlignmentHeader) -> pysam.AlignedSegment:
    segment = pysam.AlignedSegment(header)
    segment.query_name = read.name
    segment.flag = read.flag
    segment.reference_id = -1 if read.contig is None else header.get_tid(read.contig)
    segment.reference_start = read.pos if read.contig is not None else -1
    segment.mapping_quality = read.mapq
    if read.contig is not None and not read.flag & 4:
        segment.cigarstring = read.cigar or f"{len(read.sequence)}M"
    segment.query_sequence = read.sequence or None
    if read.quality is not None and read.sequence:
        values = [read.quality] * len(read.sequence) if isinstance(read.quality, int) else list(read.quality)
        segment.query_qualities = pysam.qualitystring_to_array("".join(chr(33 + one) for one in values))
    if read.mate is not None:
        segment.next_reference_id = header.get_tid(read.mate[0])
        segment.next_reference_start = read.mate[1]
    segment.template_length = read.template_length
    if read.read_group is not None:
        segment.set_tag("RG", read.read_group)
    for tag, value in read.tags:
        segment.set_tag(tag, value)
    return segment


def pair_of(
    name: str, contig: str, start: int, sequence: str, *, read_bases: int = 50, **options: object
) -> tuple[TestRead, TestRead]:
    """The two reads of a fragment whose bases are `sequence`, placed at `start`, both along the reference."""
    read_bases = min(read_bases, len(sequence))
    second = start + len(sequence) - read_bases
    first_read = TestRead(
        name,
        contig,
        start,
        sequence[:read_bases],
        flag=99,
        mate=(contig, second),
        template_length=len(sequence),
        **options,  # type: ignore[arg-type]
    )
    second_read = TestRead(
        name,
        contig,
        second,
        sequence[-read_bases:],
        flag=147,
        mate=(contig, start),
        template_length=-len(sequence),
        **options,  # type: ignore[arg-type]
    )
    return first_read, second_read


def write_fragments(
    path: Path, sequences: Mapping[str, str], *, sample: str = "SAMPLE", step: int = 10, fragment: int = 120
) -> Path:
    """A healthy indexed BAM: error-free pairs every `step` bases of each sequence."""
    reads = [
        read
        for contig, sequence in sequences.items()
        for start in range(0, len(sequence) - fragment, step)
        for read in pair_of(f"{contig}:{start}", contig, start, sequence[start : start + fragment])
    ]
    contigs = {name: len(sequence) for name, sequence in sequences.items()}
    return write_alignments(path, reads, contigs, read_groups=(("rg1", sample),))
