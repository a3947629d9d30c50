"""Whether an index belongs to its BAM file, by content: times of files are not kept by copies."""

from pathlib import Path

from oncoloom.errors import InputError
from oncoloom.reads.bam_index import AlignmentIndex
from oncoloom.reads.bam_source import BamSource

_CLEARLY_OLDER_SECONDS = 60


def check_index_fits(source: BamSource) -> None:
    """Follow an index to the first record of each contig and to the end of the last one.

    An index of another file points to where no block or no such record begins, or leaves records out in
    front, behind or between; a query by it would miss reads in silence.

    Raises
    ------
    InputError
        If the index belongs to another file.
    """
    index = source.index
    if index is None:
        return
    first, last_end = source.first_record_offset(), None
    try:
        for contig in range(len(index)):
            limits = index.chunk_limits(contig)
            if limits is None:
                continue
            if last_end is None and limits[0] != first:
                raise _stale(source, f"the first record is at {first}, the index begins at {limits[0]}")
            if source.contig_at(limits[0]) != contig:
                name = source.contigs[contig].name
                raise _stale(source, f"no record of contig {name} where the index says")
            last_end = limits[1]
            if (window := index.late_window(contig)) is not None:
                name = source.contigs[contig].name
                raise _stale(source, f"it leaves out records of contig {name} from base {window << 14} on")
        behind = source.contig_at(first if last_end is None else last_end)
        _check_without_gap(source, index, first)
    except InputError as error:
        raise _stale(source, error.found or error.message) from error
    if behind is not None and behind >= 0:
        raise _stale(source, "there are records behind the last one that the index knows")


def _check_without_gap(source: BamSource, index: AlignmentIndex, first: int) -> None:
    """The stretches of an index lie end to end: records between two of them would never be found."""
    reached = first
    for begin, end in index.chunks():
        if begin > reached and begin != source.next_offset(reached):
            raise _stale(source, f"the records between virtual offsets {reached} and {begin} are not in it")
        reached = max(reached, end)


def check_index_counts(source: BamSource, n_by_contig: dict[int, int]) -> None:
    """Compare the records counted in the whole file with what the index counts.

    Raises
    ------
    InputError
        If a contig's numbers differ.
    """
    for contig in range(len(source.index or ())):
        counts = source.index.counts(contig) if source.index else None
        if counts is not None and sum(counts) != n_by_contig.get(contig, 0):
            name = source.contigs[contig].name
            raise _stale(
                source,
                f"contig {name} has {n_by_contig.get(contig, 0)} records, the index counts {sum(counts)}",
            )


def is_clearly_older(index: Path, file: Path) -> bool:
    """Whether the index is more than a minute older than the file: a hint, not a proof."""
    return index.stat().st_mtime + _CLEARLY_OLDER_SECONDS < file.stat().st_mtime


def _stale(source: BamSource, found: str) -> InputError:
    return InputError(
        "the index belongs to another file (a stale index)",
        path=source.path,
        found=found,
        remedy=f"index it again: samtools index {source.path.name}",
    )
