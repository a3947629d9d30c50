"""Faults that fuzzing found: each is refused by name and place before a kernel meets it, as htslib does."""

import struct
import sys
from pathlib import Path

import numpy as np
import pysam
import pytest

from oncoloom.errors import InputError
from oncoloom.reads.bam_index import AlignmentIndex
from oncoloom.reads.bam_source import BamSource
from oncoloom.reads.index_checks import check_index_fits
from oncoloom.reads.reference import Reference
from oncoloom.testing.reads import random_sequence, write_fragments, write_reference

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))
import fuzz_mutators as mutators  # a BGZF writer and record offsets, shared with the fuzzer


@pytest.fixture(scope="module")
def healthy(tmp_path_factory):
    folder = tmp_path_factory.mktemp("healthy")
    sequences = {"1": random_sequence(np.random.default_rng(3), 120_000)}
    path = write_fragments(folder / "good.bam", sequences, step=40)
    # stored, not deflated: enough bytes for windows to have bins of their own
    path.write_bytes(mutators.bgzf(mutators.payload_of(path.read_bytes()), 20_000, level=0))
    pysam.index(str(path))
    return path


def with_record(path, healthy, offset, new, *, record=4):
    """The healthy BAM with bytes of one record changed, right checksums."""
    payload = mutators.payload_of(healthy.read_bytes())
    at = mutators.record_starts(payload)[record] + offset
    path.write_bytes(mutators.bgzf(payload[:at] + new + payload[at + len(new) :]))
    return path


def words_of(healthy, record=4):
    payload = mutators.payload_of(healthy.read_bytes())
    at = mutators.record_starts(payload)[record]
    return 36 + payload[at + 12]


@pytest.mark.parametrize(
    ("offset", "new", "words"),
    [
        ("cigar", struct.pack("<I", 60 << 4), "CIGAR and bases differ"),  # 50 bases, 60M
        ("cigar", struct.pack("<I", 50 << 4 | 9), "CIGAR and bases differ"),  # no such operation
        ("cigar", struct.pack("<I", 0x0FFFFFFF << 4), "CIGAR and bases differ"),
        (24, struct.pack("<i", 7), "contig that the header lacks"),  # the mate's
        (0, struct.pack("<i", 0x7FFFFFFF), "broken record"),  # block_size: nothing is read on for
        (20, struct.pack("<i", 0x7FFFFFFF), "broken record"),  # l_seq
        (12, b"\0", "broken record"),  # no name
    ],
)
def test_impossible_records_are_refused_by_their_place(tmp_path, healthy, offset, new, words):
    at = words_of(healthy) if offset == "cigar" else offset
    path = with_record(tmp_path / "bad.bam", healthy, at, new)
    with pytest.raises(InputError, match=words) as caught:
        list(BamSource(path, None).iterate())
    assert "bad.bam" in str(caught.value)
    assert "virtual offset" in str(caught.value)


@pytest.mark.parametrize(
    ("tags", "words"),
    [
        (b"NMC\1" + b"CGBI" + struct.pack("<II", 1, 50 << 4), "CIGAR in the CG tag"),
        (b"NMC\1" + b"XX\0\1", "broken record"),  # htslib looks for CG, and meets no type that there is
        (b"XBBI" + struct.pack("<I", 1 << 20), "broken record"),  # more values than the record has bytes
        (b"NMC\1", None),
    ],
)
def test_a_read_clipped_whole_may_have_its_cigar_among_the_tags(tmp_path, healthy, tags, words):
    payload = mutators.payload_of(healthy.read_bytes())
    at = mutators.record_starts(payload)[4]
    size, n_cigar, n_bases = (
        struct.unpack_from(form, payload, at + k)[0] for form, k in (("<i", 0), ("<H", 16), ("<i", 20))
    )
    cigar_at = at + 36 + payload[at + 12]
    bases_at = cigar_at + 4 * n_cigar
    clipped = struct.pack("<II", n_bases << 4 | 4, n_bases << 4 | 3)
    bases = payload[bases_at : bases_at + (n_bases + 1) // 2 + n_bases]
    fixed = payload[at + 4 : at + 16] + struct.pack("<H", 2) + payload[at + 18 : cigar_at]
    record = fixed + clipped + bases + tags
    changed = payload[:at] + struct.pack("<i", len(record)) + record + payload[at + 4 + size :]
    path = tmp_path / "clipped.bam"
    path.write_bytes(mutators.bgzf(changed))
    if words is None:
        assert sum(map(len, BamSource(path, None).iterate())) > 4
        return
    with pytest.raises(InputError, match=words):
        list(BamSource(path, None).iterate())


def test_a_claimed_size_reserves_no_memory(tmp_path, healthy):
    """ISIZE says 4 GB: refused from the footer, not after allocating it."""
    blocks = mutators.blocks_of(healthy.read_bytes())
    blocks[1] = blocks[1][:-4] + b"\xff\xff\xff\xff"
    path = tmp_path / "bad.bam"
    path.write_bytes(b"".join(blocks))
    with pytest.raises(InputError, match="size is impossible") as caught:
        list(BamSource(path, None).iterate())
    assert f"byte {len(blocks[0])}" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (b"@HD\tVN:1.6\n@SQ\tSN:1\tLN:120000\n\n@RG\tID:rg1\tSM:SAMPLE\n", "line 3"),
        (b"@HD\tVN:1.6\n@SQ\tSN:1\tLN:120000\n@RG ID:rg1\tSM:SAMPLE\n", "line 3"),  # its sample would be lost
        (b"@SQ\tSN:1\tLN:120000\n@SQ\tSN:1\tLN:120000\n", "line 2"),
        (b"@SQ\tSX:1\tLN:120000\n", "line 1"),
        (b"@SQ\tSN:1\n", "line 1"),
        (b"@SQ\tSN:1\tLN:120000\tLN:5\n", "line 1"),
        (b"@SQ\tSN:1\tLN:120000\n@RG\tSM:SAMPLE\n", "line 2"),
    ],
)
def test_header_text_that_is_not_sam_is_refused(tmp_path, healthy, text, line):
    payload = mutators.payload_of(healthy.read_bytes())
    (length,) = struct.unpack_from("<i", payload, 4)
    path = tmp_path / "bad.bam"
    path.write_bytes(mutators.bgzf(payload[:4] + struct.pack("<i", len(text)) + text + payload[8 + length :]))
    with pytest.raises(InputError, match=line):
        BamSource(path, None)


@pytest.mark.parametrize("n_contigs", [2, 1 << 20, 0x7FFFFFFF])
def test_more_contigs_than_the_header_has_end_at_once(tmp_path, healthy, n_contigs):
    payload = mutators.payload_of(healthy.read_bytes())
    at = 8 + struct.unpack_from("<i", payload, 4)[0]
    path = tmp_path / "bad.bam"
    path.write_bytes(mutators.bgzf(payload[:at] + struct.pack("<i", n_contigs) + payload[at + 4 :]))
    with pytest.raises(InputError, match="header"):
        BamSource(path, None)


def parsed_bai(raw):
    """Byte of each bin's number, its number and chunks, and the byte where the linear index begins."""
    at, bins = 12, []
    for _ in range(struct.unpack_from("<i", raw, 8)[0]):
        number, n_chunks = struct.unpack_from("<Ii", raw, at)
        bins.append((at, number, struct.unpack_from(f"<{2 * n_chunks}Q", raw, at + 8)))
        at += 8 + 16 * n_chunks
    return bins, at


@pytest.mark.parametrize("fault", ["lost bin", "late window"])
def test_an_index_that_would_leave_records_out_is_refused(tmp_path, healthy, fault):
    raw = Path(f"{healthy}.bai").read_bytes()
    bins, linear_at = parsed_bai(raw)
    leaves = [one for one in bins if 4681 <= one[1] < 37450]
    if fault == "lost bin":  # its chunk now ends where it begins
        at, _, chunks = leaves[2]
        raw = raw[: at + 16] + struct.pack("<Q", chunks[0]) + raw[at + 24 :]
    else:
        window = leaves[2][1] - 4681
        at = linear_at + 4 + 8 * window
        raw = raw[:at] + struct.pack("<Q", leaves[2][2][1]) + raw[at + 8 :]
    path = tmp_path / "bad.bai"
    path.write_bytes(raw)
    source = BamSource(healthy, path)
    with pytest.raises(InputError, match="stale index"):
        check_index_fits(source)


def test_a_healthy_index_of_either_kind_has_no_gap(tmp_path, healthy):
    csi = tmp_path / "good.csi"
    pysam.index("-c", "-o", str(csi), str(healthy))
    for index in (Path(f"{healthy}.bai"), csi):
        check_index_fits(BamSource(healthy, index))


@pytest.mark.parametrize(
    ("min_shift", "depth", "aux"), [(14, 1 << 30, 0), (-1, 5, 0), (0, 5, 0), (14, -1, 0), (14, 5, -9)]
)
def test_an_impossible_csi_ends_at_once(tmp_path, min_shift, depth, aux):
    path = tmp_path / "bad.csi"
    path.write_bytes(b"CSI\1" + struct.pack("<iiii", min_shift, depth, aux, 1) + bytes(64))
    with pytest.raises(InputError, match="broken"):
        AlignmentIndex(path)


@pytest.mark.parametrize("offset", ["99999999999999999999999", "-3", "0"])
def test_a_fasta_index_that_points_outside_is_refused(tmp_path, offset):
    fasta = write_reference(tmp_path / "ref.fa", {"1": "ACGT" * 50})
    index = Path(f"{fasta}.fai")
    fields = index.read_text().rstrip().split("\t")
    index.write_text("\t".join([*fields[:2], offset, *fields[3:]]) + "\n")
    with pytest.raises(InputError, match="does not fit"):
        Reference.open(fasta)


def test_a_fasta_index_that_is_no_text_is_refused(tmp_path):
    fasta = write_reference(tmp_path / "ref.fa", {"1": "ACGT" * 50})
    index = Path(f"{fasta}.fai")
    index.write_bytes(index.read_bytes().replace(b"1\t", b"\xff\t", 1))
    with pytest.raises(InputError, match="does not fit"):
        Reference.open(fasta)
    index.unlink()
    fasta.write_bytes(fasta.read_bytes().replace(b">1", b">\xff", 1))
    with pytest.raises(InputError, match="readable name"):
        Reference.open(fasta, work_folder=tmp_path / "work")
