"""Alignment end to end on a small genome, with the wheel (and bwa, where it is installed)."""

import gzip
import shutil

import numpy as np
import pysam
import pytest
from typer.testing import CliRunner

from oncoloom.align.engines import find_engine
from oncoloom.align.fastq import check_fastq_pair
from oncoloom.align.pipeline import align_pair
from oncoloom.align.read_group import read_group_line
from oncoloom.errors import InputError, UsageError
from oncoloom.testing.reads import random_sequence, write_reference

COMPLEMENT = str.maketrans("ACGT", "TGCA")


@pytest.fixture(scope="module")
def genome(tmp_path_factory):
    """A reference, and FASTQ pairs of known places: every fragment once, the first ten twice (duplicates)."""
    folder = tmp_path_factory.mktemp("genome")
    rng = np.random.default_rng(9)
    sequence = random_sequence(rng, 20_000)
    write_reference(folder / "ref.fa", {"ctg": sequence})
    starts = list(range(100, 19_000, 61))
    texts = ["", ""]
    for number, start in enumerate([*starts, *starts[:10]]):
        length = 300 + number % 40 if number < len(starts) else 300 + number - len(starts)
        fragment = sequence[start : start + length]
        mates = (fragment[:100], fragment[-100:].translate(COMPLEMENT)[::-1])
        for side, bases in enumerate(mates):
            texts[side] += f"@f{number}:{start} comment/{side + 1}\n{bases}\n+\n{'F' * 100}\n"
    for side, text in enumerate(texts, start=1):
        with gzip.open(folder / f"R{side}.fq.gz", "wt") as handle:
            handle.write(text)
    return folder, starts


def records(path):
    with pysam.AlignmentFile(str(path)) as handle:
        return list(handle.fetch(until_eof=True)), handle.header.to_dict()


def test_reads_come_back_to_their_places(genome, tmp_path):
    folder, starts = genome
    output = tmp_path / "new" / "a.bam"
    reads = (folder / "R1.fq.gz", folder / "R2.fq.gz")
    summary = align_pair(reads, folder / "ref.fa", output, sample="S1", threads=2, engine="bwamem")
    assert summary.pairs == len(starts) + 10
    found, header = records(output)
    assert header["HD"]["SO"] == "coordinate"
    assert header["RG"] == [{"ID": "S1", "SM": "S1", "LB": "S1", "PL": "ILLUMINA"}]
    assert all("CL" not in program for program in header["PG"])
    assert len(found) == 2 * summary.pairs
    for record in found:
        assert record.get_tag("RG") == "S1"
        assert record.is_proper_pair
        if record.is_read1:
            assert record.reference_start == int(record.query_name.split(":")[1])
            assert record.get_tag("MC") == "100M"
    duplicates = {record.query_name.split(":")[1] for record in found if record.is_duplicate}
    assert duplicates == {str(start) for start in starts[:10]}
    assert sum(record.is_duplicate for record in found) == 20
    with pysam.AlignmentFile(str(output)) as handle:
        assert handle.count("ctg", 5_000, 5_001) > 0
    assert sorted(path.name for path in output.parent.iterdir()) == ["a.bam", "a.bam.bai"]


@pytest.mark.skipif(shutil.which("bwa") is None, reason="bwa is not installed")
def test_the_wheel_writes_what_bwa_writes(genome, tmp_path):
    folder, _ = genome
    reads = (folder / "R1.fq.gz", folder / "R2.fq.gz")
    rows = []
    for engine in ("bwa", "bwamem"):
        align_pair(reads, folder / "ref.fa", tmp_path / f"{engine}.bam", sample="S1", engine=engine)
        rows.append([str(record).split("\t")[:9] for record in records(tmp_path / f"{engine}.bam")[0]])
    assert rows[0] == rows[1]


def test_threads_do_not_change_a_byte(genome, tmp_path):
    folder, _ = genome
    reads = (folder / "R1.fq.gz", folder / "R2.fq.gz")
    for threads in (1, 3):
        align_pair(reads, folder / "ref.fa", tmp_path / f"{threads}.bam", sample="S", threads=threads)
    assert (tmp_path / "1.bam").read_bytes() == (tmp_path / "3.bam").read_bytes()


def test_an_aligner_that_fails_leaves_nothing(genome, tmp_path, monkeypatch):
    folder, _ = genome
    engine = find_engine("bwamem")
    monkeypatch.setattr(type(engine), "align_command", lambda *_: ["sh", "-c", "echo no memory >&2; exit 7"])
    with pytest.raises(InputError, match="exit code 7") as caught:
        align_pair(
            (folder / "R1.fq.gz", folder / "R2.fq.gz"),
            folder / "ref.fa",
            tmp_path / "out" / "a.bam",
            engine="bwamem",
        )
    assert "no memory" in str(caught.value)
    assert list((tmp_path / "out").iterdir()) == []


def test_what_can_be_known_is_said_before_aligning(genome, tmp_path, monkeypatch):
    folder, _ = genome
    reads = (folder / "R1.fq.gz", folder / "R2.fq.gz")
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="cannot write here"):
        align_pair(reads, folder / "ref.fa", tmp_path / "file" / "a.bam", engine="bwamem")
    with pytest.raises(InputError, match="same file"):
        align_pair((reads[0], reads[0]), folder / "ref.fa", tmp_path / "a.bam", engine="bwamem")
    usage = shutil.disk_usage(tmp_path)._replace(free=10)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    with pytest.raises(InputError, match="not enough space"):
        align_pair(reads, folder / "ref.fa", tmp_path / "a.bam", engine="bwamem")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_pairs_are_counted_over_gzip_members_and_plain_text(genome, tmp_path):
    folder, starts = genome
    raw = [(folder / f"R{side}.fq.gz").read_bytes() for side in (1, 2)]
    (tmp_path / "1.fq.gz").write_bytes(raw[0] * 2)
    (tmp_path / "2.fq").write_bytes(gzip.decompress(raw[1]) * 2)
    assert check_fastq_pair(tmp_path / "1.fq.gz", tmp_path / "2.fq") == 2 * (len(starts) + 10)


def test_names_pair_with_and_without_slash(tmp_path):
    (tmp_path / "1.fq").write_text("@a/1\r\nAC\r\n+\r\nII\r\n@b 1:N:0\nA\n+\nI")
    (tmp_path / "2.fq").write_text("@a/2\nAC\n+anything\nII\n@b 2:N:0\nA\n+\nI\n")
    assert check_fastq_pair(tmp_path / "1.fq", tmp_path / "2.fq") == 2


def test_read_group_lines():
    assert read_group_line(None, None, fallback="S") == r"@RG\tID:S\tSM:S\tLB:S\tPL:ILLUMINA"
    assert read_group_line("T", None, fallback="S").startswith(r"@RG\tID:T\tSM:T")
    assert read_group_line(None, "@RG\tID:1\tSM:x", fallback="S") == r"@RG\tID:1\tSM:x"
    assert read_group_line("x", r"@RG\tID:1\tSM:x", fallback="S") == r"@RG\tID:1\tSM:x"


@pytest.mark.parametrize(("sample", "line"), [("y", r"@RG\tID:1\tSM:x"), (None, "@RG ID:1"), ("a b", None)])
def test_read_groups_that_do_not_fit(sample, line):
    with pytest.raises(UsageError):
        read_group_line(sample, line, fallback="S")


def test_the_command_refuses_what_is_not_there(tmp_path):
    from oncoloom.cli.main import app

    words = ["align", "--reads", "no_1.fq", "no_2.fq", "--reference", str(tmp_path / "no.fa")]
    result = CliRunner().invoke(app, [*words, "--output", str(tmp_path / "x.bam")])
    assert result.exit_code == 1
    assert "no such file" in result.output
    assert list(tmp_path.iterdir()) == []


@pytest.mark.realdata
@pytest.mark.slow
@pytest.mark.skipif(shutil.which("bwa") is None, reason="bwa is not installed")
def test_real_pairs_equal_bwa(shared, tmp_path):
    """Flags, positions and mapping qualities of both engines, record by record."""
    folder = shared / "data/seq/dev_fastq"
    reads = (folder / "normal_R1.fastq.gz", folder / "normal_R2.fastq.gz")
    rows = []
    for engine in ("bwa", "bwamem"):
        output = tmp_path / f"{engine}.bam"
        align_pair(reads, shared / "data/seq/ref/dev_ref.fa", output, sample="N", engine=engine)
        rows.append(
            [
                (one.query_name, one.flag, one.reference_id, one.reference_start, one.mapping_quality)
                for one in records(output)[0]
            ]
        )
    equal = sum(left == right for left, right in zip(*rows, strict=True))
    assert equal >= 0.999 * len(rows[0])
