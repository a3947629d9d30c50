"""Evidence of one shard: that of its tiles put together in genome order, so that little is kept in memory."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from oncoloom.calling.candidate_store import PART_CANDIDATES, CandidateStore
from oncoloom.calling.evidence import Sources, TileProcesses, can_fork, start_tiles, work_on
from oncoloom.calling.options import CallOptions
from oncoloom.calling.process_tuning import keep_freed_memory, return_freed_memory
from oncoloom.calling.shard import EvidenceShard, ShardHeader, pack_part
from oncoloom.calling.shard_frames import callable_frame, coverage_frame, phase_frame, repeat_frame
from oncoloom.calling.table_store import SHARD_TABLES, TableStore
from oncoloom.calling.tile_evidence import TileEvidence
from oncoloom.calling.tile_sums import SampleSums
from oncoloom.calling.tiles import Tile

PART_ROWS = 50_000  # of a table; a part is put aside then, however few candidates it has


def gather_evidence(
    tiles: list[Tile], sources: Sources, options: CallOptions, header: ShardHeader, *, threads: int
) -> EvidenceShard:
    """Work through `tiles` and return the shard's evidence; equal for any number of threads."""
    return gather_tumors(tiles, sources, options, [header], threads=threads)[0]


def gather_tumors(
    tiles: list[Tile],
    sources: Sources,
    options: CallOptions,
    headers: list[ShardHeader],
    *,
    threads: int,
    folder: Path | None = None,
    under_way: TileProcesses | None = None,
) -> list[EvidenceShard]:
    """Evidence of each tumor, with the same candidates in all; one header a tumor, the first one first.

    `folder`: where candidates go that do not fit into memory. `under_way`: the same tiles of the same
    sources, where they are worked on already (`start_tiles`).
    """
    keep_freed_memory()
    gathered = [Gathering(header, _roles(sources), folder) for header in headers]
    parts = _in_order(tiles, sources, options, threads) if under_way is None else under_way.results()
    for tumors in parts:
        for one, part in zip(gathered, tumors, strict=True):
            one.add(part)
    return_freed_memory()
    return [one.finish() for one in gathered]


def _roles(sources: Sources) -> list[str]:
    present = (("tumor", sources.tumor), ("normal", sources.normal))
    return [role for role, source in present if source is not None]


def _in_order(
    tiles: list[Tile], sources: Sources, options: CallOptions, threads: int
) -> Iterable[list[TileEvidence]]:
    if threads <= 1 or len(tiles) <= 1:
        for tile in tiles:
            yield work_on(tile, sources, options)
        return
    if can_fork(sources):
        with start_tiles(tiles, sources, options, threads) as processes:
            yield from processes.results()
        return
    with ThreadPoolExecutor(threads) as pool:
        yield from pool.map(lambda tile: work_on(tile, sources, options), tiles)


class Gathering:
    """Evidence of one tumor (or normal) as its tiles come in.

    Parameters
    ----------
    roles
        Samples that are there, in the order of the tiles' depths.
    folder
        Where candidates go that do not fit into memory; None: where the system puts such files.
    """

    def __init__(self, header: ShardHeader, roles: list[str], folder: Path | None = None) -> None:
        self._header, self._roles = header, roles
        contigs = [name for name, _ in header.contigs]
        self._store = CandidateStore.empty(contigs, folder)
        self._tables = {kind.name: TableStore.empty(kind, contigs, folder) for kind in SHARD_TABLES}
        self._sums = {role: SampleSums() for role in roles}
        self._waiting: list[TileEvidence] = []
        self._callable_bp = self._screened = 0

    def add(self, part: TileEvidence) -> None:
        """Take the next tile in."""
        for role, own in (("tumor", part.tumor), ("normal", part.normal)):
            if own is not None:
                self._sums[role].add(own)
        part.tumor = part.normal = None  # the largest part of a quiet tile
        self._screened += part.screened
        self._callable_bp += int((part.callable_at[:, 1] - part.callable_at[:, 0]).sum())
        self._waiting.append(part)
        if (
            sum(len(one.candidates.alleles) for one in self._waiting) >= PART_CANDIDATES
            or sum(map(_n_rows, self._waiting)) >= PART_ROWS
        ):
            self._flush()

    def _flush(self) -> None:
        parts, self._waiting = self._waiting, []
        contigs = [part.tile.contig for part in parts]
        self._store.add(pack_part([(part.tile.contig, part.candidates, part.forced) for part in parts]))
        tables = {
            "callable_regions": callable_frame(contigs, [part.callable_at for part in parts]),
            "coverage": coverage_frame(contigs, [part.coverage for part in parts], self._roles),
            "repeats": repeat_frame(contigs, [part.repeats for part in parts], self._roles),
            "phases": phase_frame(contigs, [part.phases for part in parts]),
        }
        for name, frame in tables.items():
            self._tables[name].add(frame)

    def finish(self) -> EvidenceShard:
        """The evidence of all tiles."""
        self._flush()
        return EvidenceShard(
            header=self._header,
            candidates=self._store,
            **self._tables,
            sums=self._sums,
            callable_bp=self._callable_bp,
            screened=self._screened,
        )


def _n_rows(one: TileEvidence) -> int:
    """Rows that a tile gives to the tables, about."""
    return len(one.coverage.start) + len(one.repeats.start) + len(one.callable_at)
