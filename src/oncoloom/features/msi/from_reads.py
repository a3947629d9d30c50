"""Repeat lengths straight from alignment files, for tumors that our caller has not seen and for baselines."""

from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from oncoloom.calling.process_tuning import keep_freed_memory
from oncoloom.calling.sample_reads import ASCII_TO_CODE
from oncoloom.calling.schema import FEATURES_RAW_TABLE
from oncoloom.calling.tiles import TILE_BP, TILE_OFFSET_BP
from oncoloom.features.msi.histograms import MOST_LOCI
from oncoloom.features.msi.loci import FLANK_BP, evenly, locus_table, scan_window
from oncoloom.kernels.read_fates import choose_reads, pair_mates
from oncoloom.kernels.repeat_reads import count_repeat_lengths
from oncoloom.reads.alignments import AlignmentSource, open_alignments
from oncoloom.reads.header_checks import check_contigs
from oncoloom.reads.reference import Reference
from oncoloom.reads.regions import Region, merge_regions, read_bed, whole_contigs

MIN_MAPQ = 20
LONGEST_KEPT_BP = 400
_WINDOW_BP = 20_000  # loci this close share one look into the file
_BORDER_BP = 60
_READ_SUFFIXES = (".bam", ".cram", ".sam")


def holds_reads(path: Path) -> bool:
    """Whether a file's name says that it is an alignment file."""
    return path.suffix.lower() in _READ_SUFFIXES


def read_lengths(files: dict[str, Path], reference_path: Path, targets: Path | None = None) -> pl.DataFrame:
    """The `repeat` rows of a `features_raw` table, counted from alignment files.

    Parameters
    ----------
    files
        Alignment file by role, `tumor` or `normal`.
    targets
        BED; only microsatellites inside it are looked at. Without it those of the whole reference, evenly
        thinned to 5,000.

    Raises
    ------
    InputError, ReferenceMismatchError
        If a file is broken, or its contigs are not those of the reference.
    """
    keep_freed_memory()
    reference = Reference.open(reference_path)
    order = {name: index for index, name in enumerate(reference.names)}
    regions = whole_contigs(reference.lengths)
    if targets is not None:
        regions = merge_regions(read_bed(targets, reference.lengths).regions, order)
    loci = find_loci(reference, regions)
    parts = []
    for role, path in files.items():
        source = open_alignments(path, reference=reference)
        faults, _ = check_contigs(path, source.header, reference)
        if faults:
            raise faults[0]
        if loci.height:
            parts.append(_count(source, reference, loci, role))
    empty = FEATURES_RAW_TABLE.empty()
    return pl.concat([empty, *parts]) if parts else empty


def find_loci(reference: Reference, regions: list[Region]) -> pl.DataFrame:
    """Microsatellites of the regions (columns `loci.LOCUS_COLUMNS`), evenly thinned where they are many."""
    rows = []
    for region in regions:
        length = reference.lengths[region.contig]
        first, last = max(0, region.start - _BORDER_BP), min(length, region.end + _BORDER_BP)
        code = ASCII_TO_CODE[reference.bases(region.contig, first, last)]
        rows += [(region.contig, *one) for one in scan_window(code, first, region.start, region.end)]
    return evenly(locus_table(rows), MOST_LOCI)


def _count(source: AlignmentSource, reference: Reference, loci: pl.DataFrame, role: str) -> pl.DataFrame:
    """Rows of the raw table, one a locus and length."""
    chrom = loci["chrom"].to_numpy()
    start, end = loci["start"].to_numpy(), loci["end"].to_numpy()
    tracts = np.column_stack([start, end, loci["unit"].str.len_bytes().to_numpy()]).astype(np.int64)
    cell = (start - TILE_OFFSET_BP) // TILE_BP  # as the caller's tiles: no block of the file is read twice
    far = (chrom[1:] != chrom[:-1]) | (start[1:] - start[:-1] > _WINDOW_BP) | (cell[1:] != cell[:-1])
    at, length, count = [], [], []
    for some in np.split(np.arange(len(tracts)), np.flatnonzero(far) + 1):
        histogram = _histograms(source, reference, str(chrom[some[0]]), tracts[some])
        rows, columns = np.nonzero(histogram)
        at.append(some[rows])
        length.append(columns)
        count.append(histogram[rows, columns])
    return loci[np.concatenate(at)].select(
        pl.lit("repeat").alias("kind"),
        pl.lit(role).alias("role"),
        pl.lit(",".join(source.samples) or role).alias("sample_id"),
        "chrom",
        "start",
        "end",
        pl.col("unit").alias("label"),
        pl.Series("key", np.concatenate(length).astype(np.int32)),
        pl.Series("count", np.concatenate(count).astype(np.int64)),
    )


def _histograms(
    source: AlignmentSource, reference: Reference, contig: str, tracts: NDArray[np.int64]
) -> NDArray[np.int32]:
    """(n, 401) fragments by length of the tract in bases; tracts (n, 3): start, end, unit length."""
    first, last = int(tracts[0, 0]) - FLANK_BP, int(tracts[-1, 1]) + FLANK_BP
    code = ASCII_TO_CODE[reference.bases(contig, first, last)]
    columns = source.read_region(contig, first, last)
    n = len(columns)
    fate, mate = np.empty(n, np.uint8), np.empty(n, np.int32)
    choose_reads(columns.flag, columns.mapq, columns.marks, MIN_MAPQ, 0, n, fate)
    table = np.full(1 << max(4, (2 * n + 1).bit_length()), -1, np.int32)
    pair_mates(
        fate,
        columns.pos,
        columns.end,
        columns.flag,
        columns.contig,
        columns.mate_contig,
        columns.mate_pos,
        columns.name_hash.view(np.int64),
        table,
        mate,
    )
    used = fate == 0
    longest = int((columns.end[used] - columns.pos[used]).max()) if used.any() else 0
    histogram = np.zeros((len(tracts), LONGEST_KEPT_BP + 1), np.int32)
    count_repeat_lengths(
        np.ascontiguousarray(tracts),
        FLANK_BP,
        code,
        first,
        fate,
        columns.mapq,
        MIN_MAPQ,
        columns.pos,
        columns.end,
        columns.l_seq,
        columns.n_cigar,
        columns.cigar_at,
        columns.seq_at,
        columns.arena,
        mate,
        longest,
        np.full(n, -1, np.int32),
        histogram,
    )
    return histogram
