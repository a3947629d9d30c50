"""A look at the reads themselves: what they lack, before anything is called from them."""

from collections import Counter
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from oncoloom.errors import InputError, OncoloomError, ReferenceMismatchError
from oncoloom.kernels.bam_records import summarize_qualities
from oncoloom.kernels.bam_records_match import count_matches
from oncoloom.reads.alignments import AlignmentSource
from oncoloom.reads.bam_source import BamSource
from oncoloom.reads.column_arrays import read_groups_of, select_rows
from oncoloom.reads.columns import ReadColumns
from oncoloom.reads.reference import Reference
from oncoloom.reads.regions import Region
from oncoloom.reads.transcode import CramSource

_WHOLE_FILE_BYTES = 2 << 20
_ENOUGH_READS = 100_000
_REGIONS, _REGIONS_OF_CRAM = 24, 6  # a look into a CRAM transcodes 256 kb
_FLAG_DUPLICATE, _FLAG_UNMAPPED = 0x400, 0x4
_WINDOW_BP, _MIN_BASES, _MAX_DIFFERENT = 4096, 2_000, 0.4
_IMPLAUSIBLE_QUALITY, _LOWEST_PHRED64, _HIGHEST_PHRED64 = 60, 31, 73  # as Phred+33 reads that code
_LEAST_HIGHEST_QUALITY = 10

_BAM_CODES = np.full(256, 15, np.uint8)
_BAM_CODES[list(b"ACGT")] = (1, 2, 4, 8)


@dataclass(slots=True)
class ReadSummary:
    """Counts over the reads that were looked at.

    `whole_file`: whether that were all. `regions`: where it looked, otherwise.
    """

    whole_file: bool = False
    regions: list[Region] = field(default_factory=list)
    reads: int = 0
    mapped: int = 0
    mapq0: int = 0
    mapq255: int = 0
    duplicates: int = 0
    with_bases: int = 0
    without_qualities: int = 0
    lowest_quality: int = 255
    highest_quality: int = 0
    read_group: Counter[int] = field(default_factory=Counter)
    contig: Counter[int] = field(default_factory=Counter)

    def add(self, columns: ReadColumns, groups: NDArray[np.uint64]) -> None:
        """Count the reads of `columns`; `groups`: hashes of the header's read groups."""
        mapped = (columns.flag & _FLAG_UNMAPPED) == 0
        self.reads += len(columns)
        self.mapped += int(mapped.sum())
        self.mapq0 += int((mapped & (columns.mapq == 0)).sum())
        self.mapq255 += int((mapped & (columns.mapq == 255)).sum())
        self.duplicates += int((mapped & ((columns.flag & _FLAG_DUPLICATE) != 0)).sum())
        self.with_bases += int((columns.l_seq > 0).sum())
        missing, lowest, highest = summarize_qualities(columns.arena, columns.l_seq, columns.qual_at)
        self.without_qualities += int(missing)
        self.lowest_quality = min(self.lowest_quality, int(lowest))
        self.highest_quality = max(self.highest_quality, int(highest))
        for counter, values in (
            (self.read_group, read_groups_of(columns, groups)),
            (self.contig, columns.contig),
        ):
            found, counts = np.unique(values, return_counts=True)
            counter.update(dict(zip(found.tolist(), counts.tolist(), strict=True)))

    @property
    def looked_at(self) -> str:
        """For messages: how many reads were looked at."""
        return f"all {self.reads} reads" if self.whole_file else f"{self.reads} reads looked at"


def look_at_reads(source: AlignmentSource, reference: Reference) -> ReadSummary:
    """Count over a small file whole, over a large one in about two dozen places spread over it.

    Raises
    ------
    InputError
        If what it reads is corrupt, unsorted, or not where the index says.
    ReferenceMismatchError
        If the aligned bases of a window do not agree with the reference at all.
    """
    summary, groups = ReadSummary(), source.header.read_group_hashes()
    if source.path.stat().st_size <= _WHOLE_FILE_BYTES:
        summary.whole_file = True
        for columns in source.iterate():
            summary.add(columns, groups)
            for contig in np.unique(columns.contig[columns.contig >= 0]).tolist():
                rows = select_rows(columns, columns.contig == contig)
                check_bases_match(source, reference, source.contigs[contig].name, rows)
        return summary
    for region in sample_regions(source):
        summary.regions.append(region)
        columns = source.read_region(*region)
        summary.add(columns, groups)
        check_bases_match(source, reference, region.contig, columns)
        if summary.reads >= _ENOUGH_READS:
            break
    return summary


def check_bases_match(
    source: AlignmentSource, reference: Reference, contig: str, columns: ReadColumns
) -> None:
    """That reads of one contig agree with the reference in most of their aligned bases, window by window.

    Reads of another reference with the same names and lengths, and CRAM slices that were written with wrong
    reference bases (they decode without an error), agree in a quarter of the bases or fewer.

    Raises
    ------
    ReferenceMismatchError
        If in a window of 4 kb with at least 2,000 aligned bases more than 40 % of them differ.
    """
    length = reference.lengths.get(contig, 0)
    if not len(columns) or not length:
        return
    low = int(columns.pos.min()) // _WINDOW_BP * _WINDOW_BP
    high = min(length, int(columns.end.max()))
    codes = _BAM_CODES[reference.bases(contig, low, high)]
    counts = np.zeros(((high - low) // _WINDOW_BP + 1, 2), np.int64)
    count_matches(
        columns.arena,
        columns.pos,
        columns.flag,
        columns.n_cigar,
        columns.cigar_at,
        columns.seq_at,
        columns.l_seq,
        codes,
        low,
        _WINDOW_BP,
        counts,
    )
    bad = np.flatnonzero((counts[:, 0] >= _MIN_BASES) & (counts[:, 1] > _MAX_DIFFERENT * counts[:, 0]))
    if len(bad):
        first = low + int(bad[0]) * _WINDOW_BP
        share = counts[bad[0], 1] / counts[bad[0], 0]
        raise ReferenceMismatchError(
            "the reads do not match the reference: another reference, or a corrupt file",
            path=source.path,
            record=f"{contig}:{first + 1}-{first + _WINDOW_BP}",
            expected=f"at most {_MAX_DIFFERENT:.0%} of the aligned bases differ from {reference.path}",
            found=f"{share:.0%} differ",
            remedy="give the FASTA that the reads were aligned to, or make the file again",
        )


def sample_regions(source: AlignmentSource) -> list[Region]:
    """Up to 24 places with reads (6 of a CRAM), spread evenly, in an order that covers the file early."""
    filled: list[Region] = []
    n_regions = _REGIONS
    if isinstance(source, BamSource) and source.index is not None:
        for contig in range(len(source.index)):
            name = source.contigs[contig].name
            filled += [Region(name, *interval) for interval in source.index.filled_intervals(contig)]
    elif isinstance(source, CramSource):
        filled, n_regions = source.filled_regions(), _REGIONS_OF_CRAM
    if len(filled) > n_regions:
        picks = np.linspace(0, len(filled) - 1, n_regions).round().astype(int)
        filled = [filled[pick] for pick in picks]
    return [region for first in range(4) for region in filled[first::4]]


def judge_reads(
    summary: ReadSummary, source: AlignmentSource, sample: str
) -> tuple[list[OncoloomError], list[str]]:
    """Faults that forbid calling from these reads, and warnings that must be told."""
    faults: list[OncoloomError] = []
    warnings: list[str] = []
    path = source.path
    if summary.reads == 0:
        return [], [f"{path}: no reads of sample {sample}: its coverage is 0 everywhere"]
    if summary.without_qualities == summary.with_bases and summary.with_bases:
        faults.append(
            InputError(
                "all base qualities are missing",
                path=path,
                record=summary.looked_at,
                expected="a Phred quality a base; without it no error rate can be told",
                remedy="align again from FASTQ with qualities",
            )
        )
    elif summary.without_qualities:
        warnings.append(
            f"{path}: {summary.without_qualities} of {summary.looked_at} have no base qualities; "
            "they are no evidence"
        )
    elif summary.with_bases and summary.highest_quality < _LEAST_HIGHEST_QUALITY:
        faults.append(
            InputError(
                "implausible base qualities: none is of any use",
                path=path,
                record=summary.looked_at,
                expected=f"Phred qualities of which some are {_LEAST_HIGHEST_QUALITY} or more",
                found=f"{summary.lowest_quality} to {summary.highest_quality}",
                remedy="align again from FASTQ with the sequencer's qualities",
            )
        )
    high = summary.highest_quality > _IMPLAUSIBLE_QUALITY
    if high and summary.highest_quality > _HIGHEST_PHRED64:
        warnings.append(
            f"{path}: base qualities up to {summary.highest_quality} (reads of a consensus?); they are "
            "believed as they stand"
        )
    elif high and summary.lowest_quality >= _LOWEST_PHRED64:
        faults.append(
            InputError(
                "implausible base qualities: they seem to be in the old Phred+64 code",
                path=path,
                record=summary.looked_at,
                expected="Phred qualities of 0 to 60",
                found=f"{summary.lowest_quality} to {summary.highest_quality}",
                remedy="write the FASTQ again with Phred+33, e.g. seqtk seq -VQ64, and align it",
            )
        )
    warnings += _counted_warnings(summary, source)
    return faults, warnings


def _counted_warnings(summary: ReadSummary, source: AlignmentSource) -> list[str]:
    path, warnings = source.path, []
    if summary.mapped and summary.mapq0 == summary.mapped:
        warnings.append(
            f"{path}: mapping quality 0: {summary.mapq0} of {summary.mapped} mapped reads; none is evidence"
        )
    if summary.mapq255 * 2 > summary.mapped:
        warnings.append(
            f"{path}: mapping quality 255 (not available): {summary.mapq255} of {summary.mapped} mapped "
            "reads; they are no evidence. STAR writes it for unique reads: align with --outSAMmapqUnique 60"
        )
    if summary.mapped and summary.duplicates == summary.mapped:
        warnings.append(
            f"{path}: flagged duplicate: {summary.duplicates} of {summary.mapped} mapped reads; "
            "none is evidence"
        )
    if not summary.mapped:
        warnings.append(f"{path}: unmapped: {summary.looked_at}")
    undeclared, untagged = summary.read_group[-2], summary.read_group[-1]
    if undeclared:
        warnings.append(
            f"{path}: {undeclared} of {summary.looked_at} name a read group that the header does not "
            "declare; they count for the file's sample"
        )
    if untagged and source.read_groups:
        warnings.append(f"{path}: {untagged} of {summary.looked_at} have no read group (RG tag)")
    return warnings
