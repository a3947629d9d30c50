"""FASTQ pair to BAM: aligned, mates fixed, sorted, duplicates marked, indexed; whole or not at all."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pysam

from oncoloom.align.engines import Engine, EngineName, engine_failed, find_engine, run_engine
from oncoloom.align.fastq import check_fastq_pair
from oncoloom.align.read_group import read_group_line
from oncoloom.errors import InputError
from oncoloom.files import atomic_path
from oncoloom.logs import logger, step
from oncoloom.reads.reference import Reference
from oncoloom.reads.transcode import run_samtools

_SORT_MEMORY_MB = 512  # a thread
_SPACE_FACTOR = 3  # two intermediate BAM files and the result, each about as large as the FASTQ files


@dataclass(frozen=True, slots=True)
class AlignSummary:
    """What was aligned, by whom."""

    engine: str
    read_group: str
    pairs: int


def align_pair(
    reads: tuple[Path, Path],
    reference: Path,
    output: Path,
    *,
    threads: int = 1,
    sample: str | None = None,
    read_group: str | None = None,
    engine: EngineName | None = None,
) -> AlignSummary:
    r"""Align a pair of FASTQ files into a sorted, indexed BAM with duplicates marked.

    The bytes of the BAM do not depend on `threads`. Both FASTQ files are checked whole first.

    Parameters
    ----------
    reference
        FASTA; an index of the aligner beside it is used, else one is built for this run, and said so.
    output
        BAM to write; its index is put beside it (.bai).
    sample
        Sample name (SM); default the output's name.
    read_group
        Whole read group line instead, ``@RG\tID:…\tSM:…``.
    engine
        bwa-mem2, bwa or bwamem; default the first of them that is installed.

    Raises
    ------
    InputError
        If the FASTQ files are broken or do not pair, or the aligner fails.
    UsageError
        If the read group is broken or no aligner is installed.
    """
    line = read_group_line(sample, read_group, fallback=output.name.split(".")[0])
    chosen = find_engine(engine)
    Reference.open(reference)
    n_pairs = check_fastq_pair(*reads)
    with step(f"align with {chosen.name}") as said, _work_folder(output, reads) as folder:
        prefix = _index_prefix(chosen, reference, folder)
        paired, ordered = folder / "paired.bam", folder / "sorted.bam"
        _align_and_fix_mates(chosen, prefix, reads, line, threads, paired)
        _sort(paired, ordered, threads, output)
        paired.unlink()
        ordered = _without_command_lines(ordered)
        _mark_duplicates(ordered, output, threads)
        said["pairs"] = n_pairs
    return AlignSummary(chosen.name, line, n_pairs)


@contextmanager
def _work_folder(output: Path, reads: tuple[Path, Path]) -> Iterator[Path]:
    """A folder beside the output for intermediate files, gone afterwards; space is looked for first."""
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        made = tempfile.TemporaryDirectory(prefix=".tmp-align-", dir=output.parent)
    except OSError as error:
        raise InputError(
            f"cannot write here: {error.strerror}", path=output, remedy="choose another folder"
        ) from error
    with made as name:
        needed = _SPACE_FACTOR * sum(path.stat().st_size for path in reads)
        free = shutil.disk_usage(name).free
        if free < needed:
            raise InputError(
                "not enough space for the alignment",
                path=output.parent,
                expected=f"about {needed / 1e9:.1f} GB",
                found=f"{free / 1e9:.1f} GB free",
                remedy="free space or choose another folder",
            )
        yield Path(name)


def _index_prefix(engine: Engine, reference: Path, folder: Path) -> Path:
    if engine.has_index(reference):
        return reference
    logger.warning(
        "%s has no %s index: building one for this run (a human genome takes an hour); once for all: %s",
        reference,
        engine.name,
        f"{'bwa' if engine.name == 'bwamem' else engine.name} index {reference.name}",
    )
    prefix = folder / "index"
    run_engine(engine.index_command(reference, prefix), path=reference, said=folder / "index.log")
    return prefix


def _align_and_fix_mates(
    engine: Engine, prefix: Path, reads: tuple[Path, Path], line: str, threads: int, target: Path
) -> None:
    """Stream the aligner's SAM into fixmate, which adds what duplicate marking needs."""
    said = target.with_suffix(".log")
    read_end, write_end = os.pipe()
    with said.open("wb") as log:
        aligner = subprocess.Popen(
            engine.align_command(prefix, reads, line, threads), stdout=write_end, stderr=log
        )
    os.close(write_end)
    broken: InputError | None = None
    try:
        # -p: a pair is proper where the aligner says so, not only by orientation
        arguments = ["-m", "-p", "--no-PG", "-O", "bam,level=1", f"/dev/fd/{read_end}", str(target)]
        run_samtools("fixmate", *arguments, path=reads[0])
    except InputError as error:
        broken = error
    finally:
        os.close(read_end)
        code = aligner.wait()
    if code and not (broken and code < 0):
        raise engine_failed(reads[0], said, code)
    if broken:
        raise broken


def _sort(paired: Path, ordered: Path, threads: int, output: Path) -> None:
    run_samtools(
        "sort",
        "-l",
        "1",
        "-m",
        f"{_SORT_MEMORY_MB}M",
        "-@",
        str(threads - 1),
        "--no-PG",
        "-T",
        str(ordered.parent / "sort"),
        "-o",
        str(ordered),
        str(paired),
        path=output,
    )


def _without_command_lines(bam: Path) -> Path:
    """A copy whose @PG lines say program and version only: no threads and paths in the content."""
    with pysam.AlignmentFile(str(bam), "rb") as handle:
        text = str(handle.header)
    lines = [
        "\t".join(field for field in line.split("\t") if not field.startswith("CL:"))
        if line.startswith("@PG\t")
        else line
        for line in text.splitlines()
    ]
    header, target = bam.with_name("header.sam"), bam.with_name("clean.bam")
    header.write_text("\n".join(lines) + "\n", encoding="utf-8")
    run_samtools("reheader", "-P", str(header), str(bam), path=bam, save_stdout=target)
    bam.unlink()
    return target


def _mark_duplicates(ordered: Path, output: Path, threads: int) -> None:
    index = output.with_name(output.name + ".bai")
    with atomic_path(output) as bam, atomic_path(index) as bai:
        # -S: supplementary alignments of a duplicate are duplicates, too
        options = ["-S", "--no-PG", "-@", str(threads - 1), "-T", str(ordered.parent / "markdup")]
        run_samtools("markdup", *options, "-O", "bam", str(ordered), str(bam), path=output)
        run_samtools("index", "-b", "-o", str(bai), str(bam), path=output)
