"""Tiles: how the assay is cut so that any number of threads or shards gives the same evidence."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from oncoloom.reads.regions import Region, grid_cell, intersect_regions, tiles

TILE_BP = 262_144
# Reads are taken a little beyond a tile. With the grid moved by more than that, a tile's first read lies just
# behind a border of the index (16 kb), not just before: a tenth of the file would else be inflated twice.
TILE_OFFSET_BP = 1_200
JOIN_GAP_BP = 3_000


@dataclass(frozen=True, slots=True)
class Tile:
    """A stretch of a contig that is worked on at once.

    Attributes
    ----------
    intervals : tuple of (start, end)
        Parts of the assay in it, 0-based half-open, ascending.
    assay_before : int
        End of the last assay base before the tile (0 if none): a read that covers it was counted there.
    """

    contig: str
    intervals: tuple[tuple[int, int], ...]
    assay_before: int

    @property
    def start(self) -> int:
        """First base, 0-based."""
        return self.intervals[0][0]

    @property
    def end(self) -> int:
        """End, exclusive."""
        return self.intervals[-1][1]


def plan_tiles(assay: Sequence[Region], shard: Sequence[Region] | None) -> list[Tile]:
    """Tiles of the assay's part that lies in `shard` (None: all of it), in genome order.

    Intervals within one grid cell and with small gaps share a tile, so that a panel's many targets are read
    together; not where a gap holds assay of another shard: its reads would be counted in both.
    """
    wanted = list(assay) if shard is None else intersect_regions(assay, shard)
    ends = _ends_by_contig(assay)
    planned: list[Tile] = []
    group: list[Region] = []
    for piece in tiles(wanted, TILE_BP, TILE_OFFSET_BP):
        if group and not (
            _joins(group[-1], piece) and _is_free(ends[piece.contig], group[-1].end, piece.start)
        ):
            planned.append(_tile(group, ends))
            group = []
        group.append(piece)
    if group:
        planned.append(_tile(group, ends))
    return planned


def _joins(last: Region, piece: Region) -> bool:
    return (
        last.contig == piece.contig and _cell(last) == _cell(piece) and piece.start - last.end <= JOIN_GAP_BP
    )


def _cell(piece: Region) -> int:
    return grid_cell(piece.start, TILE_BP, TILE_OFFSET_BP)


def _is_free(ends: tuple[list[int], list[int]], start: int, end: int) -> bool:
    """Whether [start, end) holds no base of the assay."""
    starts, stops = ends
    index = bisect_right(starts, end - 1) - 1  # the last region that begins before `end`
    return start >= end or index < 0 or stops[index] <= start


def _ends_by_contig(assay: Sequence[Region]) -> dict[str, tuple[list[int], list[int]]]:
    found: dict[str, tuple[list[int], list[int]]] = {}
    for region in assay:
        starts, ends = found.setdefault(region.contig, ([], []))
        starts.append(region.start)
        ends.append(region.end)
    return found


def _tile(group: Sequence[Region], ends: Mapping[str, tuple[list[int], list[int]]]) -> Tile:
    contig, start = group[0].contig, group[0].start
    starts, stops = ends[contig]
    index = bisect_right(starts, start) - 1  # the assay's region that holds the tile's start
    before = start if starts[index] < start else (stops[index - 1] if index > 0 else 0)
    return Tile(contig, tuple((region.start, region.end) for region in group), before)
