"""Reads of a BAM, CRAM or SAM file, by region, as column arrays; any thread, GIL released while decoding."""

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from oncoloom.errors import InputError
from oncoloom.reads.bam_header import AlignmentHeader, Contig, ReadGroup
from oncoloom.reads.bam_index import AlignmentIndex
from oncoloom.reads.bam_source import BamSource
from oncoloom.reads.columns import ReadColumns
from oncoloom.reads.file_kinds import file_kind, find_index, make_index, sam_to_bam
from oncoloom.reads.reference import Reference
from oncoloom.reads.transcode import CramSource, check_cram_complete
from oncoloom.reads.work_folder import use_work_folder


class AlignmentSource(Protocol):
    """An open alignment file. Safe to share between threads."""

    path: Path
    header: AlignmentHeader

    @property
    def contigs(self) -> tuple[Contig, ...]:
        """Name and length of each contig of the header."""

    @property
    def read_groups(self) -> tuple[ReadGroup, ...]:
        """Id and sample of each read group; `read_groups_of` gives indexes into them."""

    @property
    def samples(self) -> tuple[str, ...]:
        """Sample names, sorted, each once."""

    def read_region(self, contig_name: str, start: int, end: int) -> ReadColumns:
        """Every record that overlaps [start, end) of the contig, in file order.

        Secondary, supplementary, duplicate, QC-failed and placed unmapped records are among them; a record
        without reference bases counts as one base long. A contig that the header lacks gives no rows.

        Raises
        ------
        InputError
            If the file is corrupt (file and virtual offset are named), unsorted, or does not fit its index.
        """

    def iterate(self, *, n_bytes: int = 4 << 20) -> Iterator[ReadColumns]:
        """All records in file order, unplaced ones too, about `n_bytes` file bytes at a time.

        Raises
        ------
        InputError
            As for :meth:`read_region`.
        """


def open_alignments(
    path: Path, *, reference: Reference | None = None, work_folder: Path | None = None
) -> AlignmentSource:
    """Open a BAM, CRAM or SAM file for reading by region.

    A missing index is made in `work_folder`, and said so; a SAM file is transcoded there once.

    Parameters
    ----------
    reference
        Needed for CRAM: the FASTA it was made with.
    work_folder
        For indexes and transcoded windows; default a temporary folder that goes with the process.

    Raises
    ------
    InputError
        If the file is absent, empty, truncated, not an alignment file, not sorted, or its index is broken.
    """
    path = Path(path)
    kind = file_kind(path)
    if kind == "sam":
        folder = use_work_folder(work_folder)
        bam = sam_to_bam(path, folder)
        return BamSource(bam, make_index(bam, folder, shown=path), shown_path=path)
    if kind == "cram":
        if reference is None:
            raise InputError(
                "a CRAM file needs the reference it was made with",
                path=path,
                remedy="give it with --reference; nothing is downloaded",
            )
        check_cram_complete(path)
        folder = use_work_folder(work_folder)
        return CramSource(path, find_index(path) or make_index(path, folder), reference, folder)
    source = BamSource(path, None)
    source.index = AlignmentIndex(find_index(path) or make_index(path, use_work_folder(work_folder)))
    return source
