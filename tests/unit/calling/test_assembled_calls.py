"""Whole calls of events that no alignment shows: a tandem duplication whose reads are all clipped, blocks."""

import numpy as np
import pytest
from calling_bams import CONTIG_BP, pairs, random_reference, write_bam, write_reference
from test_whole_call import assert_same, passing

from oncoloom.calling.alleles import Allele, places_of
from oncoloom.calling.options import CallInputs
from oncoloom.calling.pipeline import run_call, run_call_finish
from oncoloom.calling.settle import reads_fit_assembly, settled
from oncoloom.kernels.arrays import N_STATISTICS, STATISTIC

AT, SIZE, READ_BP = 1500, 66, 100


def clipped_pairs(reference, n, *, seed):
    """Pairs of a duplication of 66 bases before 1500, aligned with clips wherever they cross a junction."""
    haplotype = reference[:AT] + reference[AT - SIZE :]
    random = np.random.Generator(np.random.PCG64(seed))
    records = []
    for i in range(n):
        start = int(random.integers(AT - 260, AT + 20))
        swap, reads = bool(random.integers(0, 2)), []
        for at in (start, start + 120):
            before = AT - at  # bases up to the junction
            cigar, pos = (("M", READ_BP),), at if before > 0 else at - SIZE
            if READ_BP / 2 <= before < READ_BP:
                cigar = (("M", before), ("S", READ_BP - before))
            elif 0 < before < READ_BP / 2:
                cigar, pos = (("S", before), ("M", READ_BP - before)), AT - SIZE
            reads.append((pos, haplotype[at : at + READ_BP], cigar))
        for turn, (pos, bases, cigar) in enumerate(reads):
            flag = 0x3 | (0x10 if turn else 0x20) | (0x40 if (turn == 0) != swap else 0x80)
            length = -220 if turn else 220
            records.append(
                {
                    "name": f"dup-{i}",
                    "contig": "one",
                    "pos": pos,
                    "bases": bases,
                    "cigar": cigar,
                    "flag": flag,
                    "mate_pos": reads[1 - turn][0],
                    "tlen": length,
                }
            )
    return records


@pytest.fixture(scope="module")
def duplication(tmp_path_factory):
    folder = tmp_path_factory.mktemp("duplication")
    contigs = {"one": random_reference(77)}
    one = contigs["one"]
    tumor = pairs(one, "one", 450, lambda _: {}, seed=1) + clipped_pairs(one, 40, seed=2)
    normal = pairs(one, "one", 450, lambda _: {}, seed=3)
    inputs = {
        "reference": write_reference(folder / "ref.fa", contigs),
        "tumor": write_bam(folder / "t.bam", contigs, "T", tumor),
        "normal": write_bam(folder / "n.bam", contigs, "N", normal),
    }
    run_call(CallInputs(**inputs), folder / "called")
    return inputs, folder / "called", one


def test_a_tandem_duplication_is_called_from_clips(duplication):
    _, called, one = duplication
    pos = AT - SIZE - 1
    while one[pos] == one[pos + SIZE]:
        pos -= 1
    expected = ("one", pos, one[pos], one[pos : pos + SIZE + 1])
    assert passing(called / "somatic.vcf.gz") == {expected}
    assert passing(called / "germline.vcf.gz") == set()


@pytest.mark.parametrize("cut", [AT - SIZE - 200, AT - SIZE - 1, AT - SIZE, AT - 20, AT + 190])
def test_no_cut_changes_an_assembled_call(duplication, tmp_path, cut):
    inputs, called, _ = duplication
    folders = []
    for index, (start, end) in enumerate([(0, cut), (cut, CONTIG_BP)]):
        bed = tmp_path / f"{index}.bed"
        bed.write_text(f"one\t{start}\t{end}\n")
        folders.append(tmp_path / f"shard{index}")
        run_call(CallInputs(**inputs, regions=bed), folders[-1], evidence_only=True)
    run_call_finish(folders, tmp_path / "whole")
    assert_same(called, tmp_path / "whole")


def counts(**values):
    row = np.zeros(N_STATISTICS, np.int32)
    for name, value in values.items():
        row[STATISTIC[name]] = value
    return row


def test_reads_of_a_repeats_other_copy_are_no_assembly():
    rows = [
        counts(alt=6, alt_reads=6, alt_clipped_reads=6, discordant=5),  # a duplication
        counts(alt=91, alt_reads=107, alt_clipped_reads=23, discordant=27),  # another copy
        counts(alt=40, alt_reads=55, alt_clipped_reads=12),  # a block, aligned as its parts
        counts(alt=2, alt_reads=2, alt_clipped_reads=2),  # its k-mers had more fragments
    ]
    change = np.array([174, 3, -5, 30], np.int64)
    assert reads_fit_assembly(np.array(rows), change).tolist() == [True, False, True, False]


def test_a_block_is_one_record_but_for_a_germline_part():
    block, part, apart = Allele(100, "AATC", "CG"), Allele(101, "A", "G"), Allele(106, "A", "G")
    alleles = [block, part, apart]
    tumor = np.array([counts(alt=20), counts(alt=24), counts(alt=9)])
    nothing = np.zeros_like(tumor)
    assert settled(alleles, places_of(alleles), tumor, nothing, set()).tolist() == [True, False, True]
    tumor[1, STATISTIC["alt"]] = 50  # mostly without the block
    assert settled(alleles, places_of(alleles), tumor, nothing, set()).tolist() == [True, True, True]
    normal = np.array([counts(), counts(alt=14), counts()])
    assert settled(alleles, places_of(alleles), tumor, normal, set()).tolist() == [False, True, True]
