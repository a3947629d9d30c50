"""Evidence of one tile, and tiles in processes of their own; put together they are in `gathering`."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from oncoloom.calling.alleles import Allele, AllelePlaces, normalize
from oncoloom.calling.candidate_evidence import CandidateEvidence, weigh_candidates
from oncoloom.calling.candidates import find_candidates
from oncoloom.calling.compound_alleles import compound_alleles
from oncoloom.calling.damaged_copies import damaged_copies
from oncoloom.calling.indel_batches import ReadWeighing
from oncoloom.calling.local_assembly import assembled_alleles
from oncoloom.calling.options import CallOptions
from oncoloom.calling.phase_pairs import LEAST_FRAGMENTS, PhaseRow, phase_rows
from oncoloom.calling.process_tuning import keep_freed_memory
from oncoloom.calling.processes import CAN_FORK, ProcessMap
from oncoloom.calling.sample_reads import ReferenceWindow, SampleReads, prepare_compared
from oncoloom.calling.settle import settled
from oncoloom.calling.tile_evidence import PackedCandidates, TileEvidence
from oncoloom.calling.tile_sums import (
    callable_intervals,
    coverage_bin_bp,
    coverage_bins,
    find_tracts,
    repeat_lengths,
    sum_sample,
)
from oncoloom.calling.tiles import Tile
from oncoloom.kernels.arrays import N_BINS, N_CATEGORIES, STATISTIC
from oncoloom.kernels.dispatch import Device
from oncoloom.kernels.sparse_cells import pack_cells
from oncoloom.reads.alignments import AlignmentSource
from oncoloom.reads.bam_source import BamSource
from oncoloom.reads.comparison import CompareWith, compare_all
from oncoloom.reads.reference import Reference

EDGE_BP = 600  # candidates are looked for this far outside a tile, so that its edges see their neighbours
READS_BP = 1_050  # reads are taken this far outside a tile
REFERENCE_BP = 500  # and the reference this much further
TileProcesses = ProcessMap[Tile, list[TileEvidence]]


@dataclass(frozen=True, slots=True)
class Sources:
    """Open inputs of a call.

    Attributes
    ----------
    forced
        Alleles to genotype whether seen or not, by contig, sorted.
    further
        More tumors of the patient: what is seen in one tumor is looked at in all.
    device
        Where reads are placed on the haplotypes of indels.
    """

    assay_bp: int
    reference: Reference
    tumor: AlignmentSource | None
    normal: AlignmentSource | None
    forced: dict[str, list[Allele]]
    further: tuple[AlignmentSource, ...] = ()
    device: Device = "cpu"


def start_tiles(tiles: list[Tile], sources: Sources, options: CallOptions, threads: int) -> TileProcesses:
    """Begin to work on tiles in processes of their own; their results go into `gather_tumors`."""
    keep_freed_memory()
    return ProcessMap(lambda tile: work_on(tile, sources, options), tiles, threads)


def can_fork(sources: Sources) -> bool:
    """Whether processes of their own can read the sources: not a card, nor what a CRAM keeps transcoded."""
    files = (sources.tumor, sources.normal, *sources.further)
    plain = all(source is None or isinstance(source, BamSource) for source in files)
    return CAN_FORK and sources.device == "cpu" and plain


@dataclass(frozen=True, slots=True)
class ExaminedTile:
    """All that the evidence step finds out about a tile, before it is boiled down to a shard's sums.

    Attributes
    ----------
    start, end : int
        0-based borders within which alleles were looked for: the tile and its edges.
    reads : list of (SampleReads or None)
        Tumor, normal.
    assay : (n,) bool
        Which of the tile's bases belong to the assay.
    forced, seen, assembled : set of Allele
        Asked for; found by the screen of alignments; found by local assembly alone.
    stands : (n,) bool; kept : (k,) int64
        Of `weighed.alleles`: what settling leaves, and which become the shard's candidates.
    """

    tile: Tile
    window: ReferenceWindow
    start: int
    end: int
    reads: list[SampleReads | None]
    assay: NDArray[np.bool_]
    forced: set[Allele]
    seen: set[Allele]
    assembled: set[Allele]
    weighed: CandidateEvidence
    stands: NDArray[np.bool_]
    kept: NDArray[np.int64]

    @property
    def core(self) -> slice:
        """The tile's own bases within the depth arrays of its samples."""
        return slice(self.tile.start - self.start, self.tile.end - self.start)


def examine_tile(tile: Tile, sources: Sources, options: CallOptions) -> ExaminedTile:
    """Read a tile, look for candidates, weigh them and settle which become records, in the first tumor.

    `oncoloom evidence` looks at single places with it, so that it shows what the caller saw.
    """
    return examine_tumors(tile, sources, options)[0]


def examine_tumors(tile: Tile, sources: Sources, options: CallOptions) -> list[ExaminedTile]:
    """A tile in each tumor. All have the same candidates: what stands in all their reads together, and has
    two fragments in one of them.
    """
    length = sources.reference.lengths[tile.contig]
    low, high = max(0, tile.start - READS_BP), min(length, tile.end + READS_BP)
    first, last = max(0, low - REFERENCE_BP), min(length, high + REFERENCE_BP)
    window = ReferenceWindow.from_ascii(first, sources.reference.bases(tile.contig, first, last))
    start, end = max(0, tile.start - EDGE_BP), min(length, tile.end + EDGE_BP)
    wanted = CompareWith(window.start, window.arrays, options.min_mapping_quality, options.min_base_quality)

    def read(source: AlignmentSource) -> SampleReads:
        if isinstance(source, BamSource):
            columns, differences = source.read_compared(tile.contig, low, high, wanted)
        else:
            columns = source.read_region(tile.contig, low, high)
            differences = compare_all(columns, wanted)
        return prepare_compared(
            columns, differences, window, start=start, end=end, callable_mapq=options.callable_mapq
        )

    files = (sources.tumor, sources.normal, *sources.further)
    reads = [None if source is None else read(source) for source in files]
    present = [sample for sample in reads if sample is not None]
    assay = np.zeros(tile.end - tile.start, bool)
    for a, b in tile.intervals:
        assay[a - tile.start : b - tile.start] = True
    forced = _forced_in(tile, sources, window)
    seen = find_candidates(present, window, start, end, min_af=options.min_af, normal=reads[1])
    assembled = assembled_alleles(present, window, start, end)
    assembled -= compound_alleles(assembled, {*seen, *assembled}, window)
    alleles = sorted({*seen, *assembled, *forced})
    assembled.difference_update(seen)
    tumors, normal = [reads[0], *reads[2:]], reads[1]
    weighing = ReadWeighing(sources.device, at_once=sources.device == "gpu", pair_hmm=options.pair_hmm)
    weighed = [
        weigh_candidates(alleles, window, tumor, normal, options, assembled=assembled, weighing=weighing)
        for tumor in tumors
    ]
    counts = np.stack([one.tumor for one in weighed])
    stands = settled(alleles, weighed[0].places, counts.sum(axis=0), weighed[0].normal, assembled)
    stands &= ~damaged_copies(alleles, weighed[0].places, counts.sum(axis=0), window)
    enough = (counts[:, :, STATISTIC["alt"]].max(axis=0) >= 2) | (weighed[0].normal[:, STATISTIC["alt"]] >= 2)
    wanted = (stands & enough) | _among(alleles, forced)
    kept = np.flatnonzero(wanted & _inside(weighed[0].places, tile, assay))
    shared = (assay, forced, set(seen), assembled)
    return [
        ExaminedTile(tile, window, start, end, [tumor, normal], *shared, one, stands, kept)
        for tumor, one in zip(tumors, weighed, strict=True)
    ]


def work_on(tile: Tile, sources: Sources, options: CallOptions) -> list[TileEvidence]:
    return [_boil_down(one, sources, options) for one in examine_tumors(tile, sources, options)]


def _boil_down(one: ExaminedTile, sources: Sources, options: CallOptions) -> TileEvidence:
    tile = one.tile
    present = [sample for sample in one.reads if sample is not None]
    is_callable = _callable(one.reads, one.core, one.assay, options)
    tracts = find_tracts(tile, one.window, one.assay)
    sums = [
        None
        if sample is None
        else sum_sample(sample, tile, sample.depth[one.core], one.assay, tracts, options.callable_mapq)
        for sample in one.reads
    ]
    return TileEvidence(
        tile,
        _only(one.weighed, one.kept),
        one.forced,
        sums[0],
        sums[1],
        coverage_bins(
            tile,
            one.window,
            present,
            one.core,
            is_callable,
            bin_bp=coverage_bin_bp(sources.assay_bp),
            callable_mapq=options.callable_mapq,
        ),
        callable_intervals(is_callable, tile.start),
        repeat_lengths(tracts, one.window, present),
        _phase_rows(one, options),
        int(_inside(one.weighed.places, tile, one.assay).sum()),
    )


def _phase_rows(one: ExaminedTile, options: CallOptions) -> list[PhaseRow]:
    """Pairs of neighbors; which candidates have enough support does not depend on the tile that sees them."""
    weighed, alt = one.weighed, STATISTIC["alt"]
    support = np.maximum(weighed.tumor[:, alt], weighed.normal[:, alt])
    aligned = ~_among(weighed.alleles, one.assembled)
    return phase_rows(
        weighed.alleles,
        weighed.places,
        one.stands & aligned & (support >= LEAST_FRAGMENTS),
        one.tile.start,
        one.tile.end,
        one.window,
        one.reads,
        options.min_base_quality,
    )


def _forced_in(tile: Tile, sources: Sources, window: ReferenceWindow) -> set[Allele]:
    """Alleles asked for whose first changed base lies in the tile, wherever they are written."""
    near = {
        normalize(one, window)
        for one in sources.forced.get(tile.contig, ())
        if tile.start - EDGE_BP <= one.pos < tile.end + EDGE_BP
    }
    return {one for one in near if tile.start <= one.first_changed < tile.end}


def _among(alleles: list[Allele], some: set[Allele]) -> NDArray[np.bool_]:
    """Which alleles are among some."""
    if not some:
        return np.zeros(len(alleles), bool)
    return np.array([one in some for one in alleles], bool)


def _inside(places: AllelePlaces, tile: Tile, assay: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which alleles a tile's own assay holds; what lies in its gaps is no shard's to count."""
    at = places.first_changed - tile.start
    inside = (at >= 0) & (at < tile.end - tile.start)
    inside[inside] = assay[at[inside]]
    return inside


def _only(weighed: CandidateEvidence, kept: NDArray[np.int64]) -> PackedCandidates:
    flat = weighed.histogram.reshape(-1, N_CATEGORIES * N_BINS)
    room = 64 * len(kept)
    while True:
        row, cell, count = np.empty(room, np.int64), np.empty(room, np.int32), np.empty(room, np.int32)
        if (n := pack_cells(flat, kept, row, cell, count)) <= room:
            break
        room = n
    return PackedCandidates(
        [weighed.alleles[c] for c in kept.tolist()],
        row[:n].copy(),
        cell[:n].copy(),
        count[:n].copy(),
        weighed.tumor[kept],
        weighed.normal[kept],
        weighed.unit[kept],
        weighed.units[kept],
        weighed.slippage_rate[kept],
    )


def _callable(
    reads: list[SampleReads | None], core: slice, assay: NDArray[np.bool_], options: CallOptions
) -> NDArray[np.bool_]:
    ready = assay.copy()
    for one, least in zip(reads, (options.min_callable_tumor, options.min_callable_normal), strict=True):
        if one is not None:
            ready &= one.depth[core] >= least
    return ready
