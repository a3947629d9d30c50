"""Decoded columns against pysam, BAM against CRAM, tiles against the whole."""

import gzip
import threading

import numpy as np
import pysam
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from oncoloom.errors import InputError
from oncoloom.reads.alignments import open_alignments
from oncoloom.reads.bam_header import header_from_text
from oncoloom.reads.column_arrays import ReadsDigest, read_groups_of
from oncoloom.reads.reference import Reference
from oncoloom.testing.reads import (
    TestRead,
    random_sequence,
    write_alignments,
    write_fragments,
    write_reference,
)

CONTIGS = {"ctgA": 40_000, "ctgB": 3_000}
GROUP_HASHES = header_from_text("@RG\tID:rg1\tSM:S\n@RG\tID:rg2\tSM:S").read_group_hashes()
_BASES = {1: "A", 2: "C", 4: "G", 8: "T", 15: "N"}


def cigar_strategy():
    middle = st.lists(st.tuples(st.sampled_from("MIDN=X"), st.integers(1, 40)), min_size=0, max_size=3)
    return st.tuples(st.integers(0, 4), middle, st.integers(1, 30), st.integers(0, 4))


@st.composite
def reads_strategy(draw):
    reads = []
    for number in range(draw(st.integers(0, 25))):
        contig = draw(st.sampled_from([*CONTIGS, None]))
        left, middle, last, right = draw(cigar_strategy())
        parts = [
            (n, op) for n, op in [(left, "S"), *((n, op) for op, n in middle), (last, "M"), (right, "S")] if n
        ]
        cigar = "".join(f"{n}{op}" for n, op in parts)
        n_bases = sum(n for n, op in parts if op in "MIS=X")
        span = sum(n for n, op in parts if op in "MDN=X")
        unmapped = draw(st.booleans()) if contig else True
        limit = CONTIGS[contig] - span if contig else 0
        qualities = draw(
            st.one_of(st.none(), st.lists(st.integers(0, 60), min_size=n_bases, max_size=n_bases))
        )
        reads.append(
            TestRead(
                name=draw(st.sampled_from(["a", "read/1", "x" * 40, f"r{number}"])),
                contig=contig,
                pos=draw(st.one_of(st.integers(0, limit), st.integers(16_300, 16_390)))
                if contig == "ctgA"
                else draw(st.integers(0, limit)),
                sequence="".join(
                    draw(st.lists(st.sampled_from("ACGTN"), min_size=n_bases, max_size=n_bases))
                ),
                cigar=None if unmapped else cigar,
                flag=(4 if unmapped else 0) | draw(st.sampled_from([0, 16, 0x100, 0x400, 0x800, 99])) & ~4,
                mapq=draw(st.integers(0, 254)),
                quality=qualities,
                mate=draw(st.sampled_from([None, ("ctgA", 5), ("ctgB", 7)])),
                template_length=draw(st.integers(-500, 500)),
                read_group=draw(st.sampled_from(["rg1", "rg2", "ghost", None])),
                tags=draw(
                    st.sampled_from([(), (("NM", 3), ("XA", "x,y")), (("ZB", [1, 2, 3]), ("ZF", 1.5))])
                ),
            )
        )
    return reads


def rows_of(columns):
    """Every row as plain values, bases and CIGAR decoded from the arena by the slow, obvious way."""
    rows = []
    groups = read_groups_of(columns, GROUP_HASHES)
    for i in range(len(columns)):
        n = int(columns.l_seq[i])
        nibbles = columns.arena[columns.seq_at[i] : columns.seq_at[i] + (n + 1) // 2]
        bases = "".join(_BASES[int(b) >> 4] + _BASES.get(int(b) & 15, "") for b in nibbles)[:n]
        quality = columns.arena[columns.qual_at[i] : columns.qual_at[i] + n].tolist()
        operations = columns.arena[
            columns.cigar_at[i] : columns.cigar_at[i] + 4 * int(columns.n_cigar[i])
        ].copy()
        cigar = [(int(one) & 15, int(one) >> 4) for one in operations.view(np.uint32)]
        rows.append(
            (
                int(columns.contig[i]),
                int(columns.pos[i]),
                int(columns.end[i]),
                int(columns.flag[i]),
                int(columns.mapq[i]),
                cigar,
                bases,
                quality,
                int(columns.mate_contig[i]),
                int(columns.mate_pos[i]),
                int(columns.template_length[i]),
                int(groups[i]),
                int(columns.marks[i]),
            )
        )
    return rows


def pysam_row(record, groups):
    quality = record.query_qualities
    bases = record.query_sequence or ""
    mapped_end = record.reference_end if not record.is_unmapped and record.reference_end else None
    end = max(mapped_end or 0, record.reference_start + 1)
    group = record.get_tag("RG") if record.has_tag("RG") else None
    has_gap = any(operation in (2, 3) for operation, _ in record.cigartuples or ())
    return (
        record.reference_id,
        record.reference_start,
        end,
        record.flag,
        record.mapping_quality,
        list(record.cigartuples or []),
        bases,
        [255] * len(bases) if quality is None else list(quality),
        record.next_reference_id,
        record.next_reference_start,
        record.template_length,
        -1 if group is None else groups.get(group, -2),
        (not bases or quality is None) + 2 * (mapped_end in (None, record.reference_start) or has_gap),
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("columns")


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
@given(reads=reads_strategy(), start=st.integers(0, 39_000), length=st.integers(1, 20_000))
def test_columns_equal_pysam_for_any_region(folder, reads, start, length):
    bam = write_alignments(folder / "any.bam", reads, CONTIGS, read_groups=(("rg1", "S"), ("rg2", "S")))
    source = open_alignments(bam)
    groups = {"rg1": 0, "rg2": 1}
    with pysam.AlignmentFile(str(bam)) as handle:
        for contig in CONTIGS:
            end = min(start + length, CONTIGS[contig])
            if start >= end:
                continue
            expected = [pysam_row(one, groups) for one in handle.fetch(contig, start, end)]
            assert rows_of(source.read_region(contig, start, end)) == expected
    with pysam.AlignmentFile(str(bam)) as handle:
        everything = [pysam_row(one, groups) for one in handle.fetch(until_eof=True)]
    assert [row for columns in source.iterate() for row in rows_of(columns)] == everything
    names = {}
    for columns in source.iterate():
        for row in range(len(columns)):
            names.setdefault(int(columns.name_hash[row]), 0)
    assert len(names) == len({read.name for read in reads})


def healthy(tmp_path, *, mode, index=True):
    rng = np.random.default_rng(3)
    sequences = {"ctgA": random_sequence(rng, 6_000), "ctgB": random_sequence(rng, 2_500)}
    fasta = write_reference(tmp_path / "ref.fa", sequences)
    bam = write_fragments(tmp_path / "reads.bam", sequences)
    if mode == "bam":
        return fasta, bam
    target = tmp_path / f"reads.{mode}"
    options = ["-C", "-T", str(fasta)] if mode == "cram" else ["-h"]
    pysam.view(*options, "--no-PG", "-o", str(target), str(bam), catch_stdout=False)
    if index and mode == "cram":
        pysam.index(str(target))
    return fasta, target


@pytest.mark.parametrize("mode", ["cram", "sam"])
@pytest.mark.parametrize("index", [True, False])
def test_cram_and_sam_decode_to_the_same_columns_as_bam(tmp_path, mode, index, caplog):
    fasta, bam = healthy(tmp_path, mode="bam")
    _, other = healthy(tmp_path, mode=mode, index=index)
    first, second = open_alignments(bam), open_alignments(other, reference=Reference.open(fasta))
    assert second.contigs == first.contigs
    assert second.samples == ("SAMPLE",)
    for region in (("ctgA", 0, 6_000), ("ctgA", 1_000, 1_001), ("ctgB", 2_400, 9_999), ("nowhere", 0, 10)):
        assert rows_of(second.read_region(*region)) == rows_of(first.read_region(*region))


def test_the_digest_is_that_of_the_content(tmp_path):
    fasta, bam = healthy(tmp_path, mode="bam")
    _, cram = healthy(tmp_path, mode="cram")
    digests = []
    for path, tile in ((bam, 700), (bam, 100_000), (cram, 1_333)):
        digest = ReadsDigest()
        source = open_alignments(path, reference=Reference.open(fasta))
        for contig, length in reversed(source.contigs):
            for start in range(0, length, tile):
                part = ReadsDigest()
                columns = source.read_region(contig, start, start + tile)
                part.add(columns, (columns.pos >= start) & (columns.pos < start + tile))
                digest.merge(part)
        digests.append(str(digest))
    assert len(set(digests)) == 1
    n = sum(len(columns) for columns in open_alignments(bam).iterate())
    assert ReadsDigest.parse(digests[0]).n == n
    changed = pysam.AlignmentFile(str(bam))
    other = tmp_path / "other.bam"
    with pysam.AlignmentFile(str(other), "wb", template=changed) as handle:
        for number, record in enumerate(changed.fetch(until_eof=True)):
            record.mapping_quality -= number == 17
            handle.write(record)
    digest = ReadsDigest()
    for columns in open_alignments(other).iterate():
        digest.add(columns)
    assert str(digest) != digests[0]


def test_the_union_of_tiles_is_the_whole(tmp_path):
    _, bam = healthy(tmp_path, mode="bam")
    source = open_alignments(bam)
    whole = rows_of(source.read_region("ctgA", 0, 6_000))
    union = []
    for start in range(0, 6_000, 512):
        columns = source.read_region("ctgA", start, start + 512)
        union += [row for row in rows_of(columns) if start <= row[1] < start + 512]
    assert union == whole


def test_threads_share_a_source(tmp_path):
    _, bam = healthy(tmp_path, mode="bam")
    source = open_alignments(bam)
    expected = rows_of(source.read_region("ctgA", 500, 2_500))
    results = [None] * 4

    def read(slot):
        for _ in range(5):
            results[slot] = rows_of(source.read_region("ctgA", 500, 2_500))

    threads = [threading.Thread(target=read, args=(slot,)) for slot in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [expected] * 4


def test_csi_gives_what_bai_gives(tmp_path):
    _, bam = healthy(tmp_path, mode="bam")
    expected = rows_of(open_alignments(bam).read_region("ctgA", 3_000, 3_100))
    bam.with_suffix(".bam.bai").unlink()
    pysam.index("-c", str(bam))
    assert rows_of(open_alignments(bam).read_region("ctgA", 3_000, 3_100)) == expected


def test_a_cram_that_ends_behind_its_magic_number_is_truncated(tmp_path):
    fasta, cram = healthy(tmp_path, mode="cram")
    cram.write_bytes(b"CRAM")
    with pytest.raises(InputError, match="truncated"):
        open_alignments(cram, reference=Reference.open(fasta))


def test_a_cram_needs_its_reference(tmp_path):
    _, cram = healthy(tmp_path, mode="cram")
    with pytest.raises(InputError, match="needs the reference"):
        open_alignments(cram)


def test_long_sparse_contigs_are_found_through_coarse_bins(tmp_path):
    """htslib folds near-empty bins into their parents: the query must look there, too."""
    contigs = {"long": 300_000_000}
    starts = [5, 16_383, 131_071, 60_000_000, 250_000_000, 299_999_900]
    reads = [TestRead(f"r{start}", "long", start, "ACGT" * 10) for start in starts]
    source = open_alignments(write_alignments(tmp_path / "sparse.bam", reads, contigs))
    assert source.read_region("long", 0, 300_000_000).pos.tolist() == starts
    for start in starts:
        assert source.read_region("long", start + 39, start + 40).pos.tolist() == [start]
        assert source.read_region("long", start + 40, start + 41).pos.tolist() == []


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_changed_byte_is_an_error_or_changes_nothing(tmp_path, data):
    """Wherever it lies: no changed byte of a BAM file gives other reads in silence."""
    if not (tmp_path / "reads.bam").exists():
        healthy(tmp_path, mode="bam")
    raw = (tmp_path / "reads.bam").read_bytes()
    expected = [
        row for columns in open_alignments(tmp_path / "reads.bam").iterate() for row in rows_of(columns)
    ]
    at = data.draw(st.one_of(st.integers(0, len(raw) - 1), st.integers(0, 40)))
    changed = bytearray(raw)
    changed[at] ^= data.draw(st.integers(1, 255))
    broken = tmp_path / "broken.bam"
    broken.write_bytes(bytes(changed))
    (tmp_path / "broken.bam.bai").write_bytes((tmp_path / "reads.bam.bai").read_bytes())
    fault, found, by_region = None, [], 0
    try:
        source = open_alignments(broken)
        found = [row for columns in source.iterate() for row in rows_of(columns)]
        by_region = len(source.read_region("ctgA", 0, 6_000)) + len(source.read_region("ctgB", 0, 2_500))
    except InputError as error:
        fault = str(error)
    if fault is None:
        assert found == expected
        assert by_region == len(expected)
    else:
        assert "broken.bam" in fault


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_file_cut_anywhere_is_an_error(tmp_path, data):
    if not (tmp_path / "reads.bam").exists():
        healthy(tmp_path, mode="bam")
    raw = (tmp_path / "reads.bam").read_bytes()
    broken = tmp_path / "cut.bam"
    broken.write_bytes(raw[: data.draw(st.integers(0, len(raw) - 1))])
    (tmp_path / "cut.bam.bai").write_bytes((tmp_path / "reads.bam.bai").read_bytes())
    with pytest.raises(InputError):
        open_alignments(broken)


@pytest.mark.parametrize("backend", ["libdeflate", "zlib"])
def test_both_ways_to_inflate_give_the_same_and_check_the_same(tmp_path, monkeypatch, backend):
    from oncoloom.kernels import bgzf
    from oncoloom.testing import damage

    _, bam = healthy(tmp_path, mode="bam")
    expected = rows_of(open_alignments(bam).read_region("ctgA", 0, 6_000))
    if backend == "libdeflate" and bgzf.INFLATE_BACKEND != "libdeflate":
        pytest.skip("no libdeflate here")
    monkeypatch.setattr(bgzf, "INFLATE_BACKEND", backend)
    assert rows_of(open_alignments(bam).read_region("ctgA", 0, 6_000)) == expected
    byte = damage.flip_crc(bam, 0)
    with pytest.raises(InputError, match="CRC32") as caught:
        open_alignments(bam)
    assert f"byte {byte}" in str(caught.value)


def test_fastq_given_as_reads_names_the_way(tmp_path):
    for name, raw in (("a.bam", b"@r1\nACGT\n+\nIIII\n"), ("b.bam", gzip.compress(b"@r1\nACGT\n+\nIIII\n"))):
        (tmp_path / name).write_bytes(raw)
        with pytest.raises(InputError, match="oncoloom align"):
            open_alignments(tmp_path / name)
