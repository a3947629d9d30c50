"""Pieces of a large genome, called one by one and finished together: the same calls as in one go."""

import argparse
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from oncoloom.errors import InputError
from oncoloom.files import write_text
from oncoloom.project.folder import Project

SHARD_BASES = 100_000_000  # a piece of a human genome: about half an hour of one core at 60x
WHOLE_BELOW = 200_000_000  # a genome smaller than this is called in one job


def contig_lengths(fasta: Path) -> list[tuple[str, int]]:
    """Contigs and their lengths in bases, from the .fai beside a FASTA, in file order.

    Raises
    ------
    InputError
        If there is no index, or a line of it is broken.
    """
    index = Path(f"{fasta}.fai")
    if not index.is_file():
        raise InputError("the reference has no index", path=fasta, remedy=f"samtools faidx '{fasta}'")
    contigs = []
    for number, line in enumerate(index.read_text(encoding="utf-8").splitlines(), start=1):
        cells = line.split("\t")
        if len(cells) < 5 or not cells[1].isdigit():
            raise InputError(
                "a broken FASTA index", path=index, record=f"line {number}", remedy="index the FASTA again"
            )
        contigs.append((cells[0], int(cells[1])))
    return contigs


def n_shards(project: Project) -> int:
    """Number of pieces for whole genomes of this project; 1 where one job does."""
    fasta = project.config.reference.fasta
    if fasta is None or not any(one.assay == "wgs" and one.entry == "reads" for one in project.patients):
        return 1
    path = project.path(fasta)
    if not Path(f"{path}.fai").is_file():
        return 1
    total = sum(length for _, length in contig_lengths(path))
    return 1 if total < WHOLE_BELOW else -(-total // SHARD_BASES)


def split_contigs(contigs: Sequence[tuple[str, int]], count: int) -> list[list[tuple[str, int, int]]]:
    """Cut contigs into `count` runs of nearly equal size.

    Returns
    -------
    list
        Per piece its intervals (contig, start, end), 0-based half-open; together every base once, in order.
    """
    total = sum(length for _, length in contigs)
    edges = [total * number // count for number in range(count + 1)]
    pieces: list[list[tuple[str, int, int]]] = []
    for low, high in pairwise(edges):
        piece, offset = [], 0
        for name, length in contigs:
            start, end = max(low, offset), min(high, offset + length)
            if start < end:
                piece.append((name, start - offset, end - offset))
            offset += length
        pieces.append(piece)
    return pieces


def write_shards(fasta: Path, count: int, folder: Path) -> None:
    """Write ``000.bed`` … of a genome cut into `count` pieces."""
    for number, piece in enumerate(split_contigs(contig_lengths(fasta), count)):
        text = "".join(f"{name}\t{start}\t{end}\n" for name, start, end in piece)
        write_text(folder / f"{number:03d}.bed", text)


def main() -> None:
    """``python -m oncoloom.project.shards FASTA COUNT FOLDER``: what the rule `shards` calls."""
    parser = argparse.ArgumentParser(description="Cut a genome into pieces of equal size, a BED each.")
    parser.add_argument("fasta", type=Path)
    parser.add_argument("count", type=int)
    parser.add_argument("folder", type=Path)
    given = parser.parse_args()
    write_shards(given.fasta, given.count, given.folder)


if __name__ == "__main__":
    main()
