"""Everything that is checked of alignment files before a pair is called."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from oncoloom.errors import FaultList, OncoloomError, SampleSwapError
from oncoloom.reads.alignments import AlignmentSource, open_alignments
from oncoloom.reads.bam_source import BamSource
from oncoloom.reads.column_arrays import ReadsDigest
from oncoloom.reads.content_checks import ReadSummary, judge_reads, look_at_reads
from oncoloom.reads.file_kinds import file_kind, find_index, sam_header_text
from oncoloom.reads.header_checks import check_contigs, check_read_groups
from oncoloom.reads.index_checks import check_index_counts, check_index_fits, is_clearly_older
from oncoloom.reads.reference import Reference

Role = Literal["tumor", "normal"]


@dataclass(frozen=True)
class AlignmentFacts:
    """What the checks found out about a file.

    Parameters
    ----------
    sample
        Sample name: SM, else the sheet's, else the file's name.
    summary
        Counts over the reads looked at.
    source
        The open file, for whoever reads on.
    """

    path: Path
    kind: Literal["bam", "cram", "sam"]
    role: Role
    sample: str
    summary: ReadSummary
    source: AlignmentSource


def check_alignments(
    path: Path,
    reference: Reference,
    *,
    expected_sample: str | None = None,
    role: Role = "tumor",
    work_folder: Path | None = None,
) -> tuple[AlignmentFacts, list[str]]:
    """Check one file of reads: form, index, order, contigs, read groups, content.

    Parameters
    ----------
    expected_sample
        Sample name of the sheet; None: not known.
    work_folder
        Where a missing index is made.

    Returns
    -------
    facts
        For the caller.
    warnings
        One sentence each, naming the file; nothing in them forbids calling.

    Raises
    ------
    InputError, ReferenceMismatchError, SampleSwapError
        The one thing that forbids calling; several at once as FaultList.
    """
    path = Path(path)
    kind = file_kind(path)
    source = open_alignments(path, reference=reference, work_folder=work_folder)
    header = source.header
    if kind == "sam":
        header = replace(header, text=sam_header_text(path))
    faults, warnings = check_contigs(path, header, reference)
    sample, more_faults, more_warnings = check_read_groups(path, header, expected_sample)
    faults, warnings = faults + more_faults, warnings + more_warnings
    _raise_all(path, faults)  # contigs or samples are wrong: the reads need no look
    warnings += _index_warnings(path, source, kind)
    summary = look_at_reads(source, reference)
    if summary.whole_file and isinstance(source, BamSource):
        check_index_counts(source, summary.contig)
    faults, more_warnings = judge_reads(summary, source, sample)
    _raise_all(path, faults)
    return AlignmentFacts(path, kind, role, sample, summary, source), warnings + more_warnings


def _index_warnings(path: Path, source: AlignmentSource, kind: str) -> list[str]:
    index = None if kind == "sam" else find_index(path)
    if isinstance(source, BamSource):
        check_index_fits(source)
    if index is None:
        return [f"{path}: no index; one was made for this run (once for all: samtools index {path.name})"]
    if is_clearly_older(index, path):
        return [f"{path}: its index is older than the file, though it fits its content"]
    return []


def _raise_all(path: Path, faults: list[OncoloomError]) -> None:
    if len(faults) == 1:
        raise faults[0]
    if faults:
        raise FaultList(f"{path} has {len(faults)} faults", faults)


def check_pair(tumor: AlignmentFacts, normal: AlignmentFacts) -> None:
    """That tumor and normal are two samples, by file, name and content.

    Raises
    ------
    SampleSwapError
        If they are one file, hold the same reads, or carry the same sample name.
    """
    both = f"{tumor.path} (tumor), {normal.path} (normal)"
    if tumor.path.resolve() == normal.path.resolve() or _same_reads(tumor, normal):
        raise SampleSwapError(
            "tumor and normal hold the same reads: one sample was given twice",
            path=both,
            remedy="give the normal's own file, or call the tumor alone",
        )
    if tumor.sample == normal.sample:
        raise SampleSwapError(
            f"tumor and normal carry the same sample name {tumor.sample}",
            path=both,
            expected="two sample names (SM)",
            found=f"{tumor.sample} twice",
            remedy="if they are two samples, rename one: samtools addreplacerg -r ID:… -r SM:… -w",
        )


def _same_reads(first: AlignmentFacts, second: AlignmentFacts) -> bool:
    """Whether both files hold the same reads, wherever the first was looked at."""
    if first.summary.reads == 0 or second.summary.reads == 0:
        return False
    # a BAM is looked at in places where a CRAM of the same reads is small enough to be read whole
    regions = first.summary.regions or second.summary.regions
    digests = []
    for facts in (first, second):
        digest = ReadsDigest()
        if regions:
            for region in regions[:4]:
                digest.add(facts.source.read_region(*region))
        else:
            for columns in facts.source.iterate():
                digest.add(columns)
        digests.append((digest.n, digest.total))
    return digests[0] == digests[1] and digests[0][0] > 0
