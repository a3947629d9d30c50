"""HRD from a segment file of another tool."""

from pathlib import Path

from oncoloom.errors import NotAssessableError, UsageError
from oncoloom.features.hrd import AlleleSegment, count_hrd
from oncoloom.features.segments_door import import_segments
from oncoloom.reference_data.contigs import bare_name
from oncoloom.reference_data.cytobands import chromosomes


def hrd_of_file(path: Path, source: str, genome_build: str) -> dict[str, int]:
    """HRD counts of one tumor's allele-specific segments; keys are the features' names.

    Raises
    ------
    UsageError
        If the build is not GRCh37 or GRCh38.
    NotAssessableError
        If the file holds several samples, or no whole copies of both alleles.
    """
    if genome_build not in ("GRCh37", "GRCh38"):
        raise UsageError("unknown genome build", expected="GRCh37 or GRCh38", found=genome_build)
    table, _ = import_segments(path, source)
    if table["sample_id"].n_unique() > 1:
        raise NotAssessableError("several samples in one file", path=path, remedy="give one tumor's segments")
    rows = table.drop_nulls(["total_cn", "minor_cn"])
    if rows.height == 0:
        raise NotAssessableError(
            "HRD needs the copies of both alleles",
            path=path,
            expected="total and minor copies in each segment",
        )
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
