"""Reads compared with the reference while they are decoded, and afterwards: the same differences."""

import numpy as np
import pytest

from oncoloom.calling.sample_reads import ReferenceWindow
from oncoloom.reads import bam_source
from oncoloom.reads.alignments import open_alignments
from oncoloom.reads.comparison import CompareWith, compare_all, new_comparison, usual_room
from oncoloom.testing.reads import TestRead, random_sequence, write_alignments

LENGTH, READ_BASES = 400_000, 100


@pytest.fixture(scope="module")
def many_blocks(tmp_path_factory):
    """A BAM of several hundred kilobytes inflated, whose reads differ in every 25th base on average."""
    rng = np.random.default_rng(5)
    reference = random_sequence(rng, LENGTH)
    reads, truth, qualities = [], [], []
    for name, start in enumerate(np.sort(rng.integers(0, LENGTH - READ_BASES, 6_000)).tolist()):
        bases = list(reference[start : start + READ_BASES])
        for at in np.flatnonzero(rng.random(READ_BASES) < 0.04).tolist():
            bases[at] = "ACGT"["ACGT".index(bases[at]) - 1]
            truth.append((name, start + at, at, "ACGT".index(bases[at])))
        quality = rng.integers(2, 41, READ_BASES).tolist()
        qualities.append(quality)
        flag = 0x400 if name % 7 == 0 else 0
        reads.append(
            TestRead(
                name=f"r{name:05}",
                flag=flag,
                contig="a",
                pos=start,
                mapq=60,
                cigar=f"{READ_BASES}M",
                sequence="".join(bases),
                quality=quality,
            )
        )
    path = write_alignments(tmp_path_factory.mktemp("comparison") / "a.bam", reads, {"a": LENGTH})
    window = ReferenceWindow.from_ascii(0, np.frombuffer(reference.encode(), np.uint8))
    good = [one for one in truth if one[0] % 7 and qualities[one[0]][one[2]] >= 13]
    return open_alignments(path), CompareWith(0, window.arrays, 1, 13), good


def _as_rows(found):
    events = found.events
    return list(
        zip(
            events.read.tolist(),
            events.pos.tolist(),
            events.offset.tolist(),
            events.value.tolist(),
            strict=True,
        )
    )


def test_differences_are_those_put_in_and_the_same_block_by_block(many_blocks):
    source, wanted, truth = many_blocks
    columns, found = source.read_compared("a", 0, LENGTH, wanted)
    assert len(columns.arena) > 10 * 65_536  # or there would be no border between blocks
    assert _as_rows(found) == truth
    after = compare_all(source.read_region("a", 0, LENGTH), wanted)
    assert _as_rows(after) == truth
    for name in ("use", "n_mismatches", "n_indels"):
        assert getattr(found, name).tolist() == getattr(after, name).tolist()
    expected = np.bincount([read for read, *_ in truth], minlength=len(columns))
    assert found.n_mismatches.tolist() == expected.tolist()


def test_too_little_room_is_made_up_for(many_blocks, monkeypatch):
    source, wanted, truth = many_blocks
    assert len(truth) > 1024
    monkeypatch.setattr(bam_source, "usual_room", lambda n_bytes: 1024)
    assert _as_rows(source.read_compared("a", 0, LENGTH, wanted)[1]) == truth


def test_a_region_without_reads_has_no_differences(many_blocks):
    source, wanted, _ = many_blocks
    columns, found = source.read_compared("unknown", 0, 100, wanted)
    assert (len(columns), _as_rows(found)) == (0, [])


def test_room_grows_with_the_reads():
    wanted = CompareWith(0, ReferenceWindow.from_ascii(0, np.zeros(8, np.uint8)).arrays, 1, 13)
    assert usual_room(0) == 1024 < usual_room(1 << 20)
    assert len(new_comparison(wanted, 3, 5).events.pos) == 5
