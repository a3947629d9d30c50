"""HRD from a segment file of another tool."""

from pathlib import Path

import polars as pl

from oncoloom.errors import NotAssessableError, UsageError
from oncoloom.features.hrd.scars import AlleleSegment, count_hrd
from oncoloom.features.segment_files.door import import_segments
from oncoloom.features.segment_files.placement import OTHER_BUILD
from oncoloom.logs import logger
from oncoloom.reference_data.contigs import bare_name
from oncoloom.reference_data.cytobands import chromosomes

_LEAST_COVERED = 0.9
_OTHER_BUILD = 1.05  # chromosomes of GRCh37 and GRCh38 differ by less: scars hardly do, so that only warns


def hrd_of_file(path: Path, source: str, genome_build: str) -> dict[str, int]:
    """HRD counts of one tumor's allele-specific segments; keys are the features' names.

    Raises
    ------
    UsageError
        If the build is not GRCh37 or GRCh38.
    NotAssessableError
        If the file holds several samples, or no whole copies of both alleles; if segments end behind their
        chromosome.
    InputError, FaultList
        As :func:`import_segments`.
    """
    if genome_build not in ("GRCh37", "GRCh38"):
        raise UsageError("unknown genome build", expected="GRCh37 or GRCh38", found=genome_build)
    table = import_segments(path, source, genome_build=OTHER_BUILD).frame  # build: below, more leniently
    if table["sample_id"].n_unique() > 1:
        raise NotAssessableError("several samples in one file", path=path, remedy="give one tumor's segments")
    _refuse_misplaced(path, table, genome_build)
    rows = table.drop_nulls(["total_cn", "minor_cn"])
    if rows.height == 0:
        raise NotAssessableError(
            "HRD needs the copies of both alleles",
            path=path,
            expected="total and minor copies in each segment",
        )
    _tell_coverage(path, rows, genome_build)
    segments = [
        AlleleSegment(bare_name(chrom), start, end, round(total) - round(minor), round(minor))
        for chrom, start, end, total, minor in rows.select(
            "chrom", "start", "end", "total_cn", "minor_cn"
        ).iter_rows()
    ]
    scores = count_hrd(segments, chromosomes(genome_build))
    return {
        "hrd_loh": scores.hrd_loh,
        "hrd_lst": scores.hrd_lst,
        "hrd_ntai": scores.hrd_ntai,
        "hrd_sum": scores.hrd_sum,
    }


def _tell_coverage(path: Path, rows: pl.DataFrame, genome_build: str) -> None:
    """Warn of a genome that is mostly not there: what was not measured holds no scar."""
    autosomes = {name: one.length for name, one in chromosomes(genome_build).items() if name.isdigit()}
    own = rows.filter(pl.col("chrom").map_elements(bare_name, return_dtype=pl.String).is_in(list(autosomes)))
    if own.height == 0:
        raise NotAssessableError(
            "no segment with the copies of both alleles lies on an autosome",
            path=path,
            expected="segments of chromosomes 1 to 22",
            found=", ".join(rows["chrom"].unique(maintain_order=True).to_list()[:4]),
        )
    share = int((own["end"] - own["start"]).sum()) / sum(autosomes.values())
    if share < _LEAST_COVERED:
        logger.warning(
            "%s: segments with both alleles cover %.0f %% of the autosomes: the counts are too low",
            path,
            100 * share,
        )


def _refuse_misplaced(path: Path, table: pl.DataFrame, genome_build: str) -> None:
    """Counts of segments of another genome would mean nothing."""
    lengths = {name: one.length for name, one in chromosomes(genome_build).items()}
    for chrom, end in table.select("chrom", "end").iter_rows():
        length = lengths.get(bare_name(chrom), end)
        if end > length * _OTHER_BUILD:
            raise NotAssessableError(
                "a segment ends behind its chromosome",
                path=path,
                record=f"contig {chrom}",
                expected=f"at most {length} ({genome_build})",
                found=f"{end}",
                remedy="say --genome-build of these segments",
            )
        if end > length:
            logger.warning("%s: %s ends at %d, %s at %d", path, chrom, end, genome_build, length)
    if not any(bare_name(chrom) in lengths for chrom in table["chrom"].unique()):
        raise NotAssessableError(
            "no segment lies on a chromosome of the build",
            path=path,
            expected=", ".join(list(lengths)[:4]),
            found=", ".join(table["chrom"].unique(maintain_order=True).to_list()[:4]),
        )
