"""Interval sets by contig: overlap in bases, membership. 0-based half-open."""

import gzip
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from pathlib import Path

from oncoloom.errors import InputError
from oncoloom.reference_data.contigs import rename_contigs, require_shared
from oncoloom.reference_data.gene_models import GeneModels, merge_intervals

Interval = tuple[str, int, int]


class IntervalSet:
    """Merged intervals that can be asked for overlap and membership."""

    def __init__(self, intervals: Iterable[Interval]) -> None:
        self.intervals: list[Interval] = merge_intervals(intervals)
        self._starts: dict[str, list[int]] = {}
        self._ends: dict[str, list[int]] = {}
        for contig, start, end in self.intervals:
            self._starts.setdefault(contig, []).append(start)
            self._ends.setdefault(contig, []).append(end)

    def total(self) -> int:
        """Bases."""
        return sum(end - start for _, start, end in self.intervals)

    def contains(self, contig: str, position: int) -> bool:
        """Whether a 0-based position is inside."""
        at = bisect_right(self._starts.get(contig, []), position) - 1
        return at >= 0 and position < self._ends[contig][at]

    def overlap(self, contig: str, start: int, end: int) -> int:
        """Bases of [start, end) that are inside."""
        starts, ends = self._starts.get(contig, []), self._ends.get(contig, [])
        at, total = max(0, bisect_right(starts, start) - 1), 0
        while at < len(starts) and starts[at] < end:
            total += max(0, min(end, ends[at]) - max(start, starts[at]))
            at += 1
        return total

    def intersection(self, others: Iterable[Interval]) -> "IntervalSet":
        """What this set and merged `others` both hold."""
        both: list[Interval] = []
        for contig, start, end in merge_intervals(others):
            starts, ends = self._starts.get(contig, []), self._ends.get(contig, [])
            at = max(0, bisect_right(starts, start) - 1)
            while at < len(starts) and starts[at] < end:
                low, high = max(start, starts[at]), min(end, ends[at])
                if low < high:
                    both.append((contig, low, high))
                at += 1
        return IntervalSet(both)

    def shared(self, others: Iterable[Interval]) -> int:
        """Bases of merged `others` that are inside."""
        return sum(self.overlap(*one) for one in merge_intervals(others))


def coding_of(models: GeneModels, genes: Iterable[str]) -> dict[str, list[Interval]]:
    """Coding intervals of the chosen transcript of each of `genes` that the models hold."""
    chosen = models.chosen()
    return {
        gene: [(chosen[gene].contig, a, b) for a, b in chosen[gene].coding]
        for gene in sorted(genes)
        if gene in chosen and chosen[gene].coding
    }


def read_bed(path: Path, lengths: Mapping[str, int]) -> IntervalSet:
    """Intervals of a BED file (plain or gzipped), contigs in the reference's style.

    Parameters
    ----------
    lengths
        Contig of the reference to its length.

    Raises
    ------
    InputError
        If the file is absent, holds no interval, or a line is broken or ends behind its contig (with its
        number).
    ReferenceMismatchError
        If none of its contigs is in the reference.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError("no such BED file", path=path)
    opener = gzip.open if path.suffix == ".gz" else open
    raw: list[tuple[int, Interval]] = []
    try:
        with opener(path, "rt", encoding="utf-8") as handle:
            for number, line in enumerate(handle, start=1):
                if not line.strip() or line.startswith(("#", "track", "browser")):
                    continue
                raw.append((number, _parse_line(line, path, number)))
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise InputError("not a readable BED file", path=path, found=str(error)) from error
    if not raw:
        raise InputError(
            "no interval in this BED file",
            path=path,
            expected="contig, start and end, tab-separated",
            remedy="give the BED of the assay, or none for the whole reference",
        )
    mapping = rename_contigs((contig for _, (contig, _, _) in raw), lengths)
    require_shared(mapping, lengths, path=path, what="intervals")
    return IntervalSet(_placed(raw, mapping, lengths, path))


def _placed(
    raw: list[tuple[int, Interval]],
    mapping: Mapping[str, str | None],
    lengths: Mapping[str, int],
    path: Path,
) -> list[Interval]:
    placed = []
    for number, (old, start, end) in raw:
        new = mapping[old]
        if new is None:
            continue
        if end > lengths[new]:
            raise InputError(
                "an interval ends behind its contig",
                path=path,
                record=f"line {number}, contig {old}",
                expected=f"an end up to {lengths[new]}",
                found=str(end),
                remedy="give the BED of this genome build",
            )
        placed.append((new, start, end))
    return placed


def _parse_line(line: str, path: Path, number: int) -> Interval:
    fields = line.rstrip("\r\n").split("\t")
    if len(fields) < 3:
        raise InputError("a BED line has 3 columns, tab-separated", path=path, record=f"line {number}")
    try:
        start, end = int(fields[1]), int(fields[2])
    except ValueError as error:
        raise InputError("start or end is no whole number", path=path, record=f"line {number}") from error
    if start < 0 or end < start:
        raise InputError("end lies before start", path=path, record=f"line {number}", found=f"{start} {end}")
    return fields[0], start, end
