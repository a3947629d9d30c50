"""Memory and run time that a job asks for, from the size of its input and the attempt.

Each function takes what Snakemake hands to a resource function. The figures are upper bounds with slack;
a job that is killed for memory is tried again with more.
"""

from math import ceil
from typing import Any


def _grow(megabytes: float, attempt: int, *, most: int = 256_000) -> int:
    return min(most, ceil(megabytes * attempt))


def _size(input: Any) -> float:
    return float(getattr(input, "size_mb", 0.0) or 0.0)


def align_mb(wildcards: Any, input: Any, attempt: int) -> int:
    """MB: the aligner's index is about three times the reference, the rest is sorting."""
    return _grow(2000 + 3 * _size(input), attempt)


def align_minutes(wildcards: Any, input: Any, attempt: int) -> int:
    """Minutes: about 20 MB of compressed FASTQ a minute and core."""
    return ceil((30 + _size(input) / 20) * attempt)


def call_mb(wildcards: Any, input: Any, threads: int, attempt: int) -> int:
    """MB: about 360 for one process, 160 for each further one, whatever the reads; more compiles kernels."""
    return _grow(800 + 400 * threads, attempt)


def finish_mb(wildcards: Any, input: Any, attempt: int) -> int:
    """MB: shards are read in parts; what is kept of a genome's candidates stays below one GB."""
    return _grow(1500, attempt)


def call_minutes(wildcards: Any, input: Any, attempt: int) -> int:
    """Minutes: about 100 MB of BAM a minute and core, with slack for compiling kernels."""
    return ceil((20 + _size(input) / 100) * attempt)


def table_mb(wildcards: Any, input: Any, attempt: int) -> int:
    """MB of a step that reads tables and VCFs."""
    return _grow(1500 + 10 * min(_size(input), 1000), attempt)


def table_minutes(wildcards: Any, input: Any, attempt: int) -> int:
    """Minutes of a step that reads tables and VCFs."""
    return ceil((10 + _size(input) / 50) * attempt)


def model_mb(wildcards: Any, input: Any, attempt: int) -> int:
    """MB of training and prediction: torch and the registry, then the cohort."""
    return _grow(4000 + 100 * min(_size(input), 100), attempt)


def model_minutes(wildcards: Any, input: Any, attempt: int) -> int:
    """Minutes of training and prediction."""
    return ceil((60 + 20 * min(_size(input), 100)) * attempt)
