"""Pieces of a genome: together every base once, in order, of nearly equal size."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncoloom.errors import InputError
from oncoloom.project.shards import contig_lengths, split_contigs, write_shards


@given(st.lists(st.integers(1, 500), min_size=1, max_size=12), st.integers(1, 9))
def test_pieces_hold_every_base_once(lengths, count):
    contigs = [(f"c{number}", length) for number, length in enumerate(lengths)]
    pieces = split_contigs(contigs, count)
    bases = [(name, base) for piece in pieces for name, start, end in piece for base in range(start, end)]
    assert bases == [(name, base) for name, length in contigs for base in range(length)]
    sizes = [sum(end - start for _, start, end in piece) for piece in pieces]
    assert max(sizes) - min(sizes) <= 1


def test_files_and_broken_index(tmp_path):
    fasta = tmp_path / "x.fa"
    fasta.write_text(">a\nACGTACGT\n>b\nACG\n")
    with pytest.raises(InputError, match="samtools faidx"):
        contig_lengths(fasta)
    (tmp_path / "x.fa.fai").write_text("a\t8\t3\t8\t9\nb\t3\t15\t3\t4\n")
    write_shards(fasta, 2, tmp_path / "out")
    assert (tmp_path / "out/000.bed").read_text() == "a\t0\t5\n"
    assert (tmp_path / "out/001.bed").read_text() == "a\t5\t8\nb\t0\t3\n"
    (tmp_path / "x.fa.fai").write_text("a\tmany\n")
    with pytest.raises(InputError, match="line 1"):
        contig_lengths(fasta)
