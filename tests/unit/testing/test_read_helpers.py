"""The public helpers make what they say."""

import numpy as np
import pysam

from oncoloom.testing import damage
from oncoloom.testing.reads import (
    TestRead,
    pair_of,
    random_sequence,
    write_alignments,
    write_fragments,
    write_reference,
)


def test_fragments_lie_where_their_bases_come_from(tmp_path):
    sequences = {"a": random_sequence(np.random.default_rng(1), 400)}
    fasta = write_reference(tmp_path / "a.fa", sequences)
    bam = write_fragments(tmp_path / "a.bam", sequences, sample="S")
    with pysam.AlignmentFile(str(bam)) as handle, pysam.FastaFile(str(fasta)) as reference:
        records = list(handle.fetch("a"))
        assert handle.header.to_dict()["RG"][0]["SM"] == "S"
        assert len(records) == 2 * 28
        for record in records:
            assert record.query_sequence == reference.fetch("a", record.reference_start, record.reference_end)


def test_a_pair_knows_its_mate():
    first, second = pair_of("f", "a", 10, "ACGT" * 30, read_bases=50)
    assert (first.pos, second.pos) == (10, 80)
    assert first.mate == ("a", second.pos)
    assert (first.template_length, second.template_length) == (120, -120)


def test_blocks_are_found_and_the_last_is_empty(tmp_path):
    rng = np.random.default_rng(2)
    reads = [TestRead(f"r{n}", "a", n, random_sequence(rng, 100)) for n in range(1_000)]
    bam = write_alignments(tmp_path / "b.bam", reads, {"a": 5_000})
    offsets = damage.block_offsets(bam)
    assert offsets[0] == 0
    assert offsets[-1] == bam.stat().st_size - 28
    assert len(offsets) > 3
