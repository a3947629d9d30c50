"""Intervals of a genome: BED files read with every fault named, joined, padded, cut into tiles."""

import gzip
import io
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from oncoloom.errors import FaultList, InputError, OncoloomError, ReferenceMismatchError
from oncoloom.logs import logger
from oncoloom.reads.bgzf_file import require_end_marker
from oncoloom.reads.contig_style import rename_contigs

_FAULTS_SHOWN = 10


class Region(NamedTuple):
    """An interval of a contig, 0-based half-open."""

    contig: str
    start: int
    end: int


_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f]")  # but tab and line feed
_WHOLE = re.compile(r"-?[0-9]+")
# What table programs write above the intervals.
_COLUMN_NAMES = re.compile(
    r"(chrom|chr|contig|chromosome)\t(chrom|chr)?_?start\t(chrom|chr)?_?(end|stop)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class BedRegions:
    """What a BED file holds.

    Parameters
    ----------
    regions
        Joined where they overlap or touch, in the order of the reference's contigs.
    n_intervals
        Lines with an interval in the file.
    n_renamed
        Intervals whose contig was written in the other style (chr1 for 1) and renamed.
    """

    regions: tuple[Region, ...]
    n_intervals: int
    n_renamed: int = 0

    @property
    def n_bases(self) -> int:
        """Bases in the joined regions."""
        return sum(region.end - region.start for region in self.regions)


def read_bed(path: Path, contig_lengths: Mapping[str, int]) -> BedRegions:
    """Read a BED file (plain or gzip) of intervals on the given contigs.

    Raises
    ------
    InputError, ReferenceMismatchError, FaultList
        If it is absent, holds no interval, a line is not an interval, or an interval is not on the reference:
        all faulty lines at once, the first ten of them.
    """
    path = Path(path)
    faults: list[OncoloomError] = []
    rows: list[tuple[int, Region]] = []
    for number, line in enumerate(_lines(path), start=1):
        if lost := _CONTROL.search(line):
            faults.append(_control_character(path, number, lost.group()))
            continue
        if not line.strip() or line.startswith(("#", "track", "browser")):
            continue
        if not rows and _COLUMN_NAMES.match(line):
            continue
        parsed = _parse_line(path, number, line)
        if isinstance(parsed, OncoloomError):
            faults.append(parsed)
        else:
            rows.append((number, parsed))
    if not rows and not faults:
        raise InputError("no intervals: nothing to call", path=path, remedy="check which file this is")
    renamed, n_renamed = rename_contigs({region.contig for _, region in rows}, contig_lengths)
    unknown = sorted({region.contig for _, region in rows} - set(renamed))
    if unknown:
        faults.append(_unknown_contigs(path, unknown, contig_lengths))
    regions = []
    for number, region in rows:
        if region.contig not in renamed:
            continue
        region = region._replace(contig=renamed[region.contig])
        length = contig_lengths[region.contig]
        if region.end > length:
            faults.append(
                InputError(
                    "the interval ends behind its contig",
                    path=path,
                    record=f"line {number}",
                    expected=f"an end of at most {length} ({region.contig})",
                    found=str(region.end),
                    remedy="these intervals may belong to another genome build",
                )
            )
        regions.append(region)
    _raise_all(path, faults)
    n_renamed_rows = sum(renamed[region.contig] != region.contig for _, region in rows)
    if n_renamed:
        logger.warning("%s: contigs of %d intervals renamed to the reference's style", path, n_renamed_rows)
    order = {name: index for index, name in enumerate(contig_lengths)}
    return BedRegions(tuple(merge_regions(regions, order)), len(rows), n_renamed_rows)


def _lines(path: Path) -> list[str]:
    if not path.is_file():
        raise InputError("no such file", path=path, expected="a BED file")
    require_end_marker(path)
    raw = path.read_bytes()
    try:
        if raw[:2] == b"\x1f\x8b":
            raw = gzip.decompress(raw)
        return io.StringIO(raw.decode("utf-8-sig"), newline=None).read().split("\n")
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise InputError("not a readable BED file", path=path, found=str(error)) from error


def _control_character(path: Path, number: int, character: str) -> InputError:
    """One in the place of a line feed would join two intervals, or hide one behind a comment."""
    return InputError(
        "a control character in the line",
        path=path,
        record=f"line {number}",
        found=repr(character),
        remedy="it may stand for a line feed: make the file again",
    )


def _parse_line(path: Path, number: int, line: str) -> Region | OncoloomError:
    def fault(message: str, expected: str | None = None, found: str | None = None) -> InputError:
        return InputError(message, path=path, record=f"line {number}", expected=expected, found=found)

    fields = line.rstrip("\r\n").split("\t")
    if len(fields) < 3:
        by_space = len(line.split()) >= 3
        return fault(
            "not a BED line" + (": its columns are separated by spaces" if by_space else ""),
            "contig, start, end separated by tabs",
            f"{len(fields)} column" + ("s" if len(fields) > 1 else ""),
        )
    if not all(_WHOLE.fullmatch(text.strip()) for text in fields[1:3]):
        return fault("start and end must be whole numbers", found=f"{fields[1]!r}, {fields[2]!r}")
    start, end = int(fields[1]), int(fields[2])
    if start < 0:
        return fault("the start is negative", "0 or more (BED counts from 0)", str(start))
    if end < start:
        return fault("the end lies before the start", f"an end of at least {start}", str(end))
    if end == start:
        return fault("the interval holds no base", f"an end behind {start}", str(end))
    return Region(fields[0].strip(), start, end)


def _unknown_contigs(path: Path, unknown: list[str], known: Mapping[str, int]) -> ReferenceMismatchError:
    return ReferenceMismatchError(
        "contigs that the reference lacks",
        path=path,
        expected="contigs such as " + ", ".join(list(known)[:5]),
        found=", ".join(unknown[:10]) + (f" and {len(unknown) - 10} more" if len(unknown) > 10 else ""),
        remedy="give the intervals of this reference, or the reference of these intervals",
    )


def _raise_all(path: Path, faults: list[OncoloomError]) -> None:
    if len(faults) == 1:
        raise faults[0]
    if faults:
        more = f", the first {_FAULTS_SHOWN}" if len(faults) > _FAULTS_SHOWN else ""
        raise FaultList(f"{path} has {len(faults)} faults{more}", faults[:_FAULTS_SHOWN])


def merge_regions(regions: Iterable[Region], contig_order: Mapping[str, int]) -> list[Region]:
    """Regions sorted by contig order and place; those that overlap or touch are joined."""
    merged: list[Region] = []
    for region in sorted(regions, key=lambda one: (contig_order[one.contig], one.start, one.end)):
        if merged and merged[-1].contig == region.contig and region.start <= merged[-1].end:
            merged[-1] = merged[-1]._replace(end=max(merged[-1].end, region.end))
        else:
            merged.append(region)
    return merged


def pad_regions(
    regions: Iterable[Region], padding_bp: int, contig_lengths: Mapping[str, int]
) -> list[Region]:
    """Regions made wider by `padding_bp` on both sides, clipped at the contigs' ends, and joined."""
    order = {name: index for index, name in enumerate(contig_lengths)}
    wide = (
        Region(
            one.contig, max(0, one.start - padding_bp), min(contig_lengths[one.contig], one.end + padding_bp)
        )
        for one in regions
    )
    return merge_regions(wide, order)


def intersect_regions(first: Iterable[Region], second: Iterable[Region]) -> list[Region]:
    """What two lists of joined, sorted regions have in common, in the order of the first."""
    by_contig: dict[str, list[Region]] = {}
    for one in second:
        by_contig.setdefault(one.contig, []).append(one)
    common = []
    for one in first:
        for other in by_contig.get(one.contig, ()):
            start, end = max(one.start, other.start), min(one.end, other.end)
            if start < end:
                common.append(Region(one.contig, start, end))
    return common


def whole_contigs(contig_lengths: Mapping[str, int]) -> list[Region]:
    """A region a contig, from end to end; contigs without bases are left out."""
    return [Region(name, 0, length) for name, length in contig_lengths.items() if length]


def grid_cell(position: int, tile_bp: int, offset_bp: int = 0) -> int:
    """Which tile of a grid a position lies in: tile k ends at ``(k + 1) * tile_bp + offset_bp``."""
    return max(0, (position - offset_bp) // tile_bp)


def tiles(regions: Iterable[Region], tile_bp: int, offset_bp: int = 0) -> Iterator[Region]:
    """Cut regions into the tiles of a grid (see `grid_cell`): the same however regions are sharded.

    The tiles of a region are disjoint and cover it; order is kept.
    """
    for region in regions:
        start = region.start
        while start < region.end:
            cell = grid_cell(start, tile_bp, offset_bp)
            end = min(region.end, (cell + 1) * tile_bp + offset_bp)
            yield Region(region.contig, start, end)
            start = end
