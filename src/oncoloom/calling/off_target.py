"""Fragments that a capture left between its targets, in bins: depth of the genome around a panel or exome.

A part of a capture's fragments lies outside its targets: few a base, but even enough over 100 kb to tell
copies there (Talevich 2016, PLoS Comput Biol 12:e1004873). They are counted here in small bins; the
copy-number step joins neighbors until enough fragments are expected in each.
"""

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import groupby

import numpy as np
import polars as pl
from numpy.typing import NDArray

from oncoloom.calling.evidence import Sources
from oncoloom.calling.options import CallOptions
from oncoloom.calling.sample_reads import ASCII_TO_CODE
from oncoloom.calling.shard import EvidenceShard
from oncoloom.calling.table_store import OFF_TARGET
from oncoloom.kernels.off_target import count_fragments
from oncoloom.kernels.tile_counts import sum_bins
from oncoloom.reads.alignments import AlignmentSource
from oncoloom.reads.reference import Reference
from oncoloom.reads.regions import Region, pad_regions
from oncoloom.reference_data.contigs import is_chromosome

BIN_BP = 20_000
MARGIN_BP = 500  # around the targets: fragments caught by them reach that far
LEAST_GAP_BP = 20_000  # shorter gaps hold few fragments, and reading them costs the targets' blocks again
_AT_ONCE_BP = 1_000_000
_NOT_A_BASE = 4


@dataclass(frozen=True, slots=True)
class OffTargetStretch:
    """Bins of a contig that are read together: start and end (n,) int64, ascending, adjoining."""

    contig: str
    start: NDArray[np.int64]
    end: NDArray[np.int64]


def plan_off_target(
    assay: Sequence[Region], shard: Sequence[Region] | None, lengths: Mapping[str, int]
) -> list[OffTargetStretch]:
    """Bins between the targets, of the shard where there is one, in the order of the contigs.

    Gaps of at least 20 kb between targets (500 bp further away than those) are cut into equal bins of about
    20 kb; chromosomes only, without the mitochondrion. A bin belongs to the shard that holds its first base:
    shards that part the genome part the bins.
    """
    chromosomes = {name: length for name, length in lengths.items() if is_chromosome(name)}
    inside = [one for one in assay if one.contig in chromosomes]
    planned = []
    for gap in _gaps(pad_regions(inside, MARGIN_BP, chromosomes), chromosomes):
        size = gap.end - gap.start
        if size < LEAST_GAP_BP:
            continue
        edges = np.linspace(gap.start, gap.end, max(1, round(size / BIN_BP)) + 1).astype(np.int64)
        keep = np.ones(len(edges) - 1, bool) if shard is None else _begins_in(gap.contig, edges[:-1], shard)
        start, end = edges[:-1][keep], edges[1:][keep]
        step = _AT_ONCE_BP // BIN_BP
        breaks = np.flatnonzero(start[1:] != end[:-1]) + 1
        for run_start, run_end in zip(np.split(start, breaks), np.split(end, breaks), strict=True):
            planned += [
                OffTargetStretch(gap.contig, run_start[k : k + step], run_end[k : k + step])
                for k in range(0, len(run_start), step)
            ]
    return planned


def _gaps(targets: Sequence[Region], lengths: Mapping[str, int]) -> Iterable[Region]:
    by_contig = {name: list(some) for name, some in groupby(targets, key=lambda one: one.contig)}
    for contig, length in lengths.items():
        before = 0
        for one in by_contig.get(contig, ()):
            yield Region(contig, before, one.start)
            before = one.end
        yield Region(contig, before, length)


def _begins_in(contig: str, starts: NDArray[np.int64], shard: Sequence[Region]) -> NDArray[np.bool_]:
    inside = np.zeros(len(starts), bool)
    for one in shard:
        if one.contig == contig:
            inside |= (starts >= one.start) & (starts < one.end)
    return inside


def add_off_target(
    tumors: Sequence[EvidenceShard],
    planned: Sequence[OffTargetStretch],
    sources: Sources,
    options: CallOptions,
    *,
    threads: int,
) -> None:
    """Add to each tumor's evidence (first and further ones) the fragments of itself and of its normal."""
    own = [sources.tumor, *sources.further]
    present = [one for one in (sources.normal, *own) if one is not None]

    def work(one: OffTargetStretch) -> NDArray[np.int64]:
        return _count(one, present, sources.reference, options.callable_mapq)

    if threads > 1:
        with ThreadPoolExecutor(threads) as pool:
            found = list(pool.map(work, planned))
    else:
        found = [work(one) for one in planned]
    counts = np.concatenate([np.zeros((2 + 2 * len(present), 0), np.int64), *found], axis=1)
    first = int(sources.normal is not None)
    for k, one in enumerate(tumors):
        for role, at in (("normal", 0), ("tumor", first + k)):
            if role in one.header.samples:
                one.off_target.add(_frame(planned, counts, role, at))


def _frame(
    planned: Sequence[OffTargetStretch], counts: NDArray[np.int64], role: str, at: int
) -> pl.DataFrame:
    """Counts of the source at an index, `table_store.OFF_TARGET`, in the order of the bins."""
    names = pl.Series([one.contig for one in planned], dtype=pl.String)
    columns = {
        "contig": names.gather(np.repeat(np.arange(len(planned)), [len(one.start) for one in planned])),
        "start": np.concatenate([np.zeros(0, np.int64), *(one.start for one in planned)]),
        "end": np.concatenate([np.zeros(0, np.int64), *(one.end for one in planned)]),
        "fragments": counts[2 + 2 * at],
        "bases": counts[0],
        "gc": counts[1],
        "doubtful": counts[3 + 2 * at],
    }
    return pl.DataFrame(columns).with_columns(pl.lit(role).alias("role")).select(list(OFF_TARGET.schema))


def _count(
    one: OffTargetStretch, sources: Sequence[AlignmentSource], reference: Reference, least_mapq: int
) -> NDArray[np.int64]:
    """(2 + 2 sources, n): bases that the reference names, G+C, by source sure and doubtful fragments."""
    first, last = int(one.start[0]), int(one.end[-1])
    out = np.zeros((2 + 2 * len(sources), len(one.start)), np.int64)
    code = ASCII_TO_CODE[reference.bases(one.contig, first, last)]
    sum_bins(one.start - first, one.end - first, code < _NOT_A_BASE, code, out[0], out[1])
    for k, source in enumerate(sources):
        reads = source.read_region(one.contig, first, last)
        count_fragments(
            reads.flag, reads.mapq, reads.pos, one.start, one.end, least_mapq, out[2 + 2 * k], out[3 + 2 * k]
        )
    return out
