"""Broken sequencing inputs: each leads to its error, naming file and remedy, or to a counted warning."""

import gzip
import shutil

import numpy as np
import pysam
import pytest

from oncoloom.align.pipeline import align_pair
from oncoloom.errors import FaultList, InputError, OncoloomError, ReferenceMismatchError, SampleSwapError
from oncoloom.reads import content_checks
from oncoloom.reads.door_checks import check_alignments, check_pair
from oncoloom.reads.reference import Reference
from oncoloom.reads.regions import read_bed
from oncoloom.testing import damage
from oncoloom.testing.reads import (
    TestRead,
    random_sequence,
    write_alignments,
    write_fragments,
    write_reference,
)

pytestmark = pytest.mark.filterwarnings("error")

# file, error class, words of the message; expected sample of the sheet is DEVWGS_T (DEVWGS_N for the normal)
SHARED_READS = [
    ("truncated_no_eof.bam", InputError, ["truncated_no_eof.bam", "truncated", "copy it again"]),
    ("truncated_midblock.bam", InputError, ["truncated_midblock.bam", "truncated"]),
    ("bad_crc.bam", InputError, ["bad_crc.bam", "CRC32", "byte 27858", f"virtual offset {27858 << 16}"]),
    ("corrupt_block.bam", InputError, ["corrupt_block.bam", "corrupt BGZF block", "byte 27858"]),
    ("zero_bytes.bam", InputError, ["zero_bytes.bam", "empty", "not a BAM or CRAM"]),
    ("not_a_bam.bam", InputError, ["not_a_bam.bam", "not a BAM or CRAM"]),
    (
        "wrong_length.bam",
        ReferenceMismatchError,
        ["wrong_length.bam", "another reference", "999000", "1000000"],
    ),
    (
        "chr_prefix.bam",
        ReferenceMismatchError,
        ["chr_prefix.bam", "chr17", "chr1 style", "1 style", "reheader"],
    ),
    ("unsorted.bam", InputError, ["unsorted.bam", "not sorted", "record 2", "samtools sort"]),
    (
        "lying_sort_order.bam",
        InputError,
        ["lying_sort_order.bam", "not sorted", "record 644", "samtools sort"],
    ),
    ("stale_index.bam", InputError, ["stale_index.bam", "stale index", "samtools index"]),
    ("sample_mismatch.bam", SampleSwapError, ["mix-up", "SOMEBODY_ELSE", "DEVWGS_T"]),
    ("two_samples.bam", InputError, ["two_samples.bam", "DEVWGS_T", "OTHER"]),
    ("duplicate_read_group.sam.gz", InputError, ["duplicate read group", "DEVWGS_T.L1"]),
    ("no_qualities.bam", InputError, ["no_qualities.bam", "qualities are missing", "1285"]),
    ("phred64.bam", InputError, ["phred64.bam", "implausible", "33 to 68"]),
    ("truncated.cram", InputError, ["truncated.cram", "truncated"]),
]

SHARED_WARNINGS = [
    ("good_tumor.bam", []),
    ("empty.bam", ["no reads of sample DEVWGS_T", "coverage is 0"]),
    ("missing_contig.bam", ["lacks 1 contig ", ": 1"]),
    ("no_index.bam", ["no index", "samtools index no_index.bam"]),
    ("no_read_groups.bam", ["no read group", "DEVWGS_T", "samtools addreplacerg"]),
    ("undeclared_read_group.bam", ["429 of all 1285 reads", "does not declare"]),
    ("all_mapq0.bam", ["mapping quality 0: 1285 of 1285"]),
    ("all_duplicates.bam", ["duplicate: 1285 of 1285"]),
    ("cram_no_reference.cram", []),
]


@pytest.fixture(scope="module")
def dev_reference(shared):
    return Reference.open(shared / "data/seq/ref/dev_ref.fa")


@pytest.mark.realdata
@pytest.mark.parametrize(("name", "error", "words"), SHARED_READS)
def test_shared_broken_reads_are_refused(shared, dev_reference, tmp_path, name, error, words):
    with pytest.raises(error) as caught:
        check_alignments(
            shared / "data/seq/malformed" / name,
            dev_reference,
            expected_sample="DEVWGS_T",
            work_folder=tmp_path,
        )
    for word in words:
        assert word in str(caught.value)


@pytest.mark.realdata
@pytest.mark.parametrize(("name", "words"), SHARED_WARNINGS)
def test_shared_odd_reads_are_told(shared, dev_reference, tmp_path, name, words):
    _, warnings = check_alignments(
        shared / "data/seq/malformed" / name, dev_reference, expected_sample="DEVWGS_T", work_folder=tmp_path
    )
    assert len(warnings) == (1 if words else 0), warnings
    for word in words:
        assert word in warnings[0]


@pytest.mark.realdata
def test_shared_twin_is_not_a_normal(shared, dev_reference):
    folder = shared / "data/seq/malformed"
    tumor, _ = check_alignments(folder / "good_tumor.bam", dev_reference)
    twin, _ = check_alignments(folder / "identical_as_normal.bam", dev_reference, role="normal")
    normal, _ = check_alignments(folder / "good_normal.bam", dev_reference, role="normal")
    with pytest.raises(SampleSwapError, match="same reads") as caught:
        check_pair(tumor, twin)
    assert "good_tumor.bam" in str(caught.value)
    assert "identical_as_normal.bam" in str(caught.value)
    check_pair(tumor, normal)


@pytest.mark.realdata
@pytest.mark.parametrize(
    "name", ["thisFileIsCorruptMito.bug8768.cram", "thisFileIsCorruptMito.2BadContainers.bug8768.cram"]
)
def test_shared_corrupt_cram_does_not_pass_for_reads(shared, tmp_path, name):
    """They decode without an error of htslib, into bases that agree with nothing."""
    folder = shared / "data/seq/real/gatk"
    reference = Reference.open(folder / "mitoCorrupt.bug8768.fa")
    with pytest.raises(ReferenceMismatchError, match="do not match the reference") as caught:
        check_alignments(folder / name, reference, work_folder=tmp_path)
    assert name in str(caught.value)


@pytest.mark.realdata
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("ref_bad_fai.fa", ["ref_bad_fai.fa.fai", "does not fit", "samtools faidx"]),
        ("ref_uneven_lines.fa", ["ref_uneven_lines.fa", "line 4", "length"]),
    ],
)
def test_shared_broken_references_are_refused(shared, tmp_path, name, words):
    with pytest.raises(InputError) as caught:
        Reference.open(shared / "data/seq/malformed" / name, work_folder=tmp_path)
    for word in words:
        assert word in str(caught.value)


@pytest.mark.realdata
def test_shared_reference_of_others_does_not_fit(shared, tmp_path, caplog):
    folder = shared / "data/seq/malformed"
    without_index = Reference.open(folder / "ref_no_fai.fa", work_folder=tmp_path)
    assert "samtools faidx" in caplog.text
    assert without_index.lengths == {"17": 30_000}
    for name in ("good_tumor.bam", "cram_no_reference.cram"):
        with pytest.raises(ReferenceMismatchError, match="another reference") as caught:
            check_alignments(folder / name, Reference.open(folder / "ref_other_sequence.fa"))
        assert "30000" in str(caught.value)


@pytest.mark.realdata
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("end_before_start.bed", ["line 1", "end lies before the start"]),
        ("not_a_number.bed", ["line 1", "whole numbers"]),
        ("beyond_contig.bed", ["line 1", "1000000", "1005000"]),
        ("spaces.bed", ["line 1", "spaces"]),
        ("empty.bed", ["no intervals"]),
    ],
)
def test_shared_broken_intervals_are_refused(shared, name, words):
    with pytest.raises(InputError) as caught:
        read_bed(shared / "data/seq/malformed" / name, {"17": 1_000_000, "1": 1_000_000})
    assert name in str(caught.value)
    for word in words:
        assert word in str(caught.value)


@pytest.mark.realdata
def test_shared_intervals_of_the_other_style_are_renamed_and_counted(shared, caplog):
    bed = read_bed(shared / "data/seq/malformed/wrong_contigs.bed", {"17": 1_000_000})
    assert [tuple(region) for region in bed.regions] == [("17", 700_000, 705_000)]
    assert bed.n_renamed == 1
    assert "renamed" in caplog.text


@pytest.mark.realdata
@pytest.mark.parametrize(
    ("reads", "words"),
    [
        (("unequal_R1.fastq.gz", "unequal_R2.fastq.gz"), ["do not pair", "195 reads and 185 reads"]),
        (("truncated_R1.fastq.gz", "unequal_R2.fastq.gz"), ["truncated_R1.fastq.gz", "cut off"]),
        (("quality_length_R1.fastq.gz", "unequal_R2.fastq.gz"), ["record 6", "150 bases, 100 qualities"]),
    ],
)
def test_shared_broken_fastq_leaves_nothing_behind(shared, tmp_path, reads, words):
    folder = shared / "data/seq/malformed"
    output = tmp_path / "out" / "a.bam"
    with pytest.raises(InputError) as caught:
        align_pair(
            (folder / reads[0], folder / reads[1]),
            shared / "data/seq/ref/dev_ref.fa",
            output,
            engine="bwamem",
        )
    for word in words:
        assert word in str(caught.value)
    assert not output.parent.exists()


# The same kinds of fault on files made here, so that they are held without the shared data.


@pytest.fixture(scope="module")
def healthy(tmp_path_factory):
    folder = tmp_path_factory.mktemp("healthy")
    rng = np.random.default_rng(11)
    sequences = {"17": random_sequence(rng, 60_000), "1": random_sequence(rng, 3_000)}
    write_reference(folder / "ref.fa", sequences)
    write_fragments(folder / "good.bam", sequences, sample="S_T", step=6)
    return folder, sequences


@pytest.fixture
def bam(healthy, tmp_path):
    folder, _ = healthy
    for name in ("good.bam", "good.bam.bai"):
        shutil.copy(folder / name, tmp_path / name.replace("good", "bad"))
    return tmp_path / "bad.bam"


def reads_of(bam):
    with pysam.AlignmentFile(str(bam)) as handle:
        return [
            TestRead(
                one.query_name,
                one.reference_name,
                one.reference_start,
                one.query_sequence,
                one.cigarstring,
                one.flag,
                one.mapping_quality,
                list(one.query_qualities),
                (one.next_reference_name, one.next_reference_start),
                one.template_length,
            )
            for one in handle.fetch(until_eof=True)
        ][:3000]


def rewritten(bam, contigs=None, *, change=lambda read: read, samples=("S_T",), **options):
    contigs = contigs or {"17": 60_000, "1": 3_000}
    groups = [(f"rg{number}", sample) for number, sample in enumerate(samples, start=1)]
    return write_alignments(
        bam, [change(read) for read in reads_of(bam)], contigs, read_groups=groups, **options
    )


def with_fields(**fields):
    from dataclasses import replace

    return lambda read: replace(read, **fields)


def shuffled(bam):
    reads = reads_of(bam)
    bam.with_suffix(".bam.bai").unlink()
    middle = len(reads) // 2
    write_alignments(
        bam, reads[middle:] + reads[:middle], {"17": 60_000, "1": 3_000}, sort=False, index=False
    )


def swap_index(bam):
    other = bam.with_name("other.bam")
    shutil.copy(bam, other)
    rewritten(other, change=lambda read: read if read.pos % 3 else with_fields(mapq=7)(read))
    reads = [read for read in reads_of(other) if read.pos > 500]
    write_alignments(other, reads, {"17": 60_000, "1": 3_000}, read_groups=(("rg1", "S_T"),))
    shutil.copy(f"{other}.bai", f"{bam}.bai")


def chr_names(bam):
    def change(read):
        return with_fields(contig=f"chr{read.contig}", mate=(f"chr{read.mate[0]}", read.mate[1]))(read)

    rewritten(bam, {"chr17": 60_000, "chr1": 3_000}, change=change)


def old_phred(bam):
    rewritten(bam, change=lambda read: with_fields(quality=[one + 31 for one in read.quality])(read))


OWN_READS = {
    "no end marker": (damage.cut_eof_marker, InputError, ["bad.bam", "end-of-file marker"]),
    "cut inside": (damage.cut_inside_block, InputError, ["bad.bam", "truncated"]),
    "checksum": (lambda bam: damage.flip_crc(bam, 2), InputError, ["bad.bam", "CRC32", "virtual offset"]),
    "zeroed data": (lambda bam: damage.zero_data(bam, 2), InputError, ["bad.bam", "corrupt BGZF block"]),
    "empty file": (lambda bam: bam.write_bytes(b""), InputError, ["0 bytes"]),
    "text": (lambda bam: bam.write_text("chr1\t5\n"), InputError, ["not a BAM or CRAM file"]),
    "length": (
        lambda bam: rewritten(bam, {"17": 59_990, "1": 3_000}),
        ReferenceMismatchError,
        ["59990", "60000"],
    ),
    "names": (chr_names, ReferenceMismatchError, ["chr17", "differently", "samtools reheader"]),
    "order": (shuffled, InputError, ["not sorted", "record 1501", "samtools sort"]),
    "index of another": (swap_index, InputError, ["stale index", "samtools index"]),
    "broken index": (
        lambda bam: bam.with_suffix(".bam.bai").write_bytes(b"BAI\x01\x07"),
        InputError,
        ["bad.bam.bai", "samtools index"],
    ),
    "other sample": (lambda bam: rewritten(bam, samples=("S_N",)), SampleSwapError, ["S_N", "S_T"]),
    "two samples": (lambda bam: rewritten(bam, samples=("S_T", "S_N")), InputError, ["S_N, S_T"]),
    "no qualities": (
        lambda bam: rewritten(bam, change=with_fields(quality=None)),
        InputError,
        ["qualities are missing"],
    ),
    "Phred+64": (old_phred, InputError, ["implausible", "Phred+64"]),
    "useless qualities": (
        lambda bam: rewritten(bam, change=with_fields(quality=0)),
        InputError,
        ["implausible base qualities", "0 to 0", "align again"],
    ),
    "other bases": (
        lambda bam: rewritten(bam, change=lambda read: with_fields(sequence=read.sequence[::-1])(read)),
        ReferenceMismatchError,
        ["do not match the reference"],
    ),
}


@pytest.fixture(params=["whole", "sampled"])
def look(request, monkeypatch):
    """Small files are looked at whole, large ones in places: the same faults are found either way."""
    if request.param == "sampled":
        monkeypatch.setattr(content_checks, "_WHOLE_FILE_BYTES", 0)


@pytest.mark.parametrize("fault", OWN_READS)
def test_broken_reads_are_refused(healthy, bam, tmp_path, look, fault):
    folder, _ = healthy
    damage_it, error, words = OWN_READS[fault]
    damage_it(bam)
    with pytest.raises(error) as caught:
        check_alignments(
            bam, Reference.open(folder / "ref.fa"), expected_sample="S_T", work_folder=tmp_path / "work"
        )
    for word in words:
        assert word in str(caught.value)


OWN_WARNINGS = {
    "healthy": (lambda bam: None, []),
    "no reads": (
        lambda bam: write_alignments(bam, [], {"17": 60_000, "1": 3_000}, read_groups=[("a", "S_T")]),
        ["coverage is 0"],
    ),
    "a contig less": (lambda bam: rewritten(bam, {"17": 60_000}), ["lacks 1 contig "]),
    "no index": (lambda bam: bam.with_suffix(".bam.bai").unlink(), ["no index"]),
    "no read groups": (
        lambda bam: rewritten(bam, samples=(), change=with_fields(read_group=None)),
        ["no read group", "S_T"],
    ),
    "undeclared": (lambda bam: rewritten(bam, change=with_fields(read_group="ghost")), ["does not declare"]),
    "mapping quality 0": (
        lambda bam: rewritten(bam, change=with_fields(mapq=0)),
        ["mapping quality 0: "],
    ),
    "mapping quality 255": (
        lambda bam: rewritten(bam, change=with_fields(mapq=255)),
        ["mapping quality 255", "not available", "outSAMmapqUnique"],
    ),
    "duplicates": (lambda bam: rewritten(bam, change=with_fields(flag=0x400)), ["duplicate: "]),
    "consensus": (lambda bam: rewritten(bam, change=with_fields(quality=90)), ["up to 90", "consensus"]),
}


def test_unknown_bases_of_reads_agree_with_everything(healthy, bam, tmp_path, look):
    """Consensus reads may hold more N than bases: that is no other reference."""
    folder, _ = healthy
    rewritten(bam, change=lambda read: with_fields(sequence="N" * 40 + read.sequence[40:])(read))
    check_alignments(bam, Reference.open(folder / "ref.fa"), work_folder=tmp_path / "work")


@pytest.mark.parametrize("oddity", OWN_WARNINGS)
def test_odd_reads_are_told(healthy, bam, tmp_path, look, oddity):
    folder, _ = healthy
    change, words = OWN_WARNINGS[oddity]
    change(bam)
    facts, warnings = check_alignments(
        bam, Reference.open(folder / "ref.fa"), expected_sample="S_T", work_folder=tmp_path / "work"
    )
    assert facts.sample == "S_T"
    assert len(warnings) == (1 if words else 0), warnings
    for word in words:
        assert word in warnings[0]


def test_several_faults_are_told_at_once(healthy, bam):
    folder, _ = healthy
    rewritten(bam, {"17": 59_990, "1": 3_001}, samples=("S_N",))
    with pytest.raises(FaultList) as caught:
        check_alignments(bam, Reference.open(folder / "ref.fa"), expected_sample="S_T")
    assert len(caught.value.faults) == 3


def test_a_sample_given_twice_is_a_swap(healthy, bam, look):
    folder, _ = healthy
    reference = Reference.open(folder / "ref.fa")
    first, _ = check_alignments(folder / "good.bam", reference)
    again, _ = check_alignments(bam, reference, role="normal")
    with pytest.raises(SampleSwapError, match="same reads"):
        check_pair(first, again)
    rewritten(bam, change=with_fields(mapq=50))
    named_alike, _ = check_alignments(bam, reference, role="normal")
    with pytest.raises(SampleSwapError, match="same sample name S_T") as caught:
        check_pair(first, named_alike)
    assert "good.bam" in str(caught.value)
    assert "bad.bam" in str(caught.value)
    rewritten(bam, change=with_fields(mapq=50), samples=("S_N",))
    normal, _ = check_alignments(bam, reference, role="normal")
    check_pair(first, normal)


BROKEN_FASTA = {
    "empty line": (">17\nACGT\n\nACGT\n", "line 3"),
    "longer line": (">17\nACGT\nACGTA\n", "line 3"),
    "short line inside": (">17\nACGT\nAC\nACGT\n", "line 3"),
    "name twice": (">17\nACGT\n>17\nACGT\n", "line 3"),
    "no name": (">\nACGT\n", "line 1"),
    "not FASTA": ("ACGT\n", "not a FASTA"),
}


@pytest.mark.parametrize("fault", BROKEN_FASTA)
def test_broken_references_are_refused(tmp_path, fault):
    text, words = BROKEN_FASTA[fault]
    path = tmp_path / "ref.fa"
    path.write_text(text)
    with pytest.raises(InputError, match=words):
        Reference.open(path, work_folder=tmp_path)


def test_a_compressed_reference_is_refused(tmp_path):
    path = tmp_path / "ref.fa.gz"
    path.write_bytes(gzip.compress(b">17\nACGT\n"))
    with pytest.raises(InputError, match="gunzip"):
        Reference.open(path)


def fastq(path, names, *, bases="ACGTACGTAC", qualities=None, compress=True, cut=0):
    text = "".join(f"@{name}\n{bases}\n+\n{qualities or 'I' * len(bases)}\n" for name in names)
    raw = gzip.compress(text.encode()) if compress else text.encode()
    path.write_bytes(raw[: len(raw) - cut] if cut else raw)
    return path


BROKEN_FASTQ = {
    "fewer mates": ({"names": "abc"}, {"names": "ab"}, "3 reads and 2 reads"),
    "other names": ({"names": "abc"}, {"names": "axc"}, "record 2"),
    "cut gzip": ({"names": "abc"}, {"names": "abc", "cut": 9}, "cut off"),
    "cut text": ({"names": "abc", "compress": False, "cut": 5}, {"names": "abc"}, "record 3"),
    "qualities": ({"names": "abc"}, {"names": "abc", "qualities": "III"}, "10 bases, 3 qualities"),
    "not FASTQ": ({"names": "abc"}, {"names": "abc", "bases": "A\nC"}, "third line"),
    "empty": ({"names": ""}, {"names": ""}, "no reads"),
}


@pytest.mark.parametrize("fault", BROKEN_FASTQ)
def test_broken_fastq_is_refused(healthy, tmp_path, fault):
    folder, _ = healthy
    first, second, words = BROKEN_FASTQ[fault]
    reads = fastq(tmp_path / "R1.fq", **first), fastq(tmp_path / "R2.fq", **second)
    with pytest.raises(OncoloomError, match=words):
        align_pair(reads, folder / "ref.fa", tmp_path / "out" / "a.bam", engine="bwamem")
    assert not (tmp_path / "out").exists()


def test_a_cram_is_looked_at_too(healthy, tmp_path, look):
    folder, sequences = healthy
    cram = tmp_path / "good.cram"
    fasta = str(folder / "ref.fa")
    pysam.view("-C", "-T", fasta, "-o", str(cram), str(folder / "good.bam"), catch_stdout=False)
    pysam.index(str(cram))
    reference = Reference.open(folder / "ref.fa")
    facts, warnings = check_alignments(cram, reference, expected_sample="S_T", work_folder=tmp_path)
    assert facts.summary.reads > 0
    assert warnings == []
    other = write_reference(tmp_path / "other.fa", {name: one[::-1] for name, one in sequences.items()})
    with pytest.raises(ReferenceMismatchError, match="MD5 of contig"):
        check_alignments(cram, Reference.open(other), work_folder=tmp_path)
    cram.write_bytes(cram.read_bytes()[:-38])
    with pytest.raises(InputError, match="truncated"):
        check_alignments(cram, reference, work_folder=tmp_path)
