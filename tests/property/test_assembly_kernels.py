"""Local assembly against its naive twin, and the alleles that it makes of walks."""

import naive_assembly as naive
import naive_calling
import numpy as np
from calling_reads import Read, encode
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from oncoloom.calling.alleles import Allele, text_of
from oncoloom.calling.local_assembly import (
    MOST_WALK_BASES,
    MOST_WALKS,
    _make_table,
    assembled_alleles,
    clip_places,
    indel_part,
)
from oncoloom.calling.sample_reads import ReferenceWindow, prepare_reads
from oncoloom.kernels.arrays import EVENT_SNV
from oncoloom.kernels.assembly import assemble
from oncoloom.kernels.assembly_walks import WalkArrays

FAST = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
SIZE, READ_BP = 900, 120


def text(random, n):
    return "".join(random.choice(list("ACGT"), n))


def reads_of(random, reference, haplotype, at, n, *, low_quality):
    """Reads of a haplotype that equals the reference up to `at`; what reaches far beyond it is clipped."""
    reads = []
    for name in range(n):
        start = int(random.integers(at - READ_BP + 15, at - 15))
        bases = haplotype[start : start + READ_BP]
        quality = np.full(READ_BP, 37)
        if low_quality:
            quality[random.integers(0, READ_BP, 2)] = 10
        aligned = at - start
        cigar = (("M", aligned), ("S", READ_BP - aligned))
        reads.append(Read(1 + name // 2, start, cigar, bases, tuple(quality.tolist()), 16 * (name % 2)))
    return reads


def prepared(reference, reads):
    columns, _ = encode(reads)
    window = ReferenceWindow.from_ascii(0, np.frombuffer(reference.encode(), np.uint8))
    return prepare_reads(
        columns, window, start=0, end=len(reference), min_base_quality=13, callable_mapq=1
    ), window


def event(random, reference, kind, size):
    """Haplotype with an insertion, deletion, complex change or tandem duplication at 450."""
    inserted, at = text(random, size), 450
    if kind == "ins":
        return reference[:at] + inserted + reference[at:], (
            at - 1,
            reference[at - 1],
            reference[at - 1] + inserted,
        )
    if kind == "del":
        ref = reference[at - 1 : at + size]
        return reference[:at] + reference[at + size :], (at - 1, ref, ref[0])
    duplicated = reference[at - size : at]
    return reference[:at] + duplicated + reference[at:], (
        at - 1,
        reference[at - 1],
        reference[at - 1] + duplicated,
    )


@FAST
@given(
    st.integers(0, 10_000),
    st.sampled_from(["ins", "del", "dup"]),
    st.integers(5, 90),
    st.integers(2, 40),
    st.booleans(),
    st.booleans(),
)
def test_walks_equal_the_twin(seed, kind, size, n, low_quality, repeated):
    random = np.random.Generator(np.random.PCG64(seed))
    reference = text(random, SIZE)
    if repeated:  # k-mers that are not unique are no anchors
        reference = reference[:480] + reference[400:460] + reference[540:]
    haplotype, _ = event(random, reference, kind, size)
    reads = reads_of(random, reference, haplotype, 450, n, low_quality=low_quality)
    sample, window = prepared(reference, reads)
    out = WalkArrays(
        np.empty(MOST_WALKS, np.int64),
        np.empty(MOST_WALKS, np.int64),
        np.zeros(MOST_WALKS + 1, np.int64),
        np.empty(MOST_WALK_BASES, np.uint8),
    )
    events = sample.events
    found = assemble(
        180,
        720,
        window.code,
        0,
        sample.longest,
        sample.arrays,
        events.read[events.kind == EVENT_SNV],
        _make_table(),
        out,
    )
    fast = sorted(
        (int(out.leave[w]), int(out.back[w]), text_of(out.bases[out.border[w] : out.border[w + 1]]))
        for w in range(found)
    )
    assert fast == naive.walks(reference, reads, 180, 720)


@FAST
@given(st.integers(0, 10_000), st.sampled_from(["ins", "del", "dup"]), st.integers(26, 60))
def test_a_clipped_event_becomes_its_normalised_allele(seed, kind, size):
    random = np.random.Generator(np.random.PCG64(seed))
    reference = text(random, SIZE)
    haplotype, (pos, ref, alt) = event(random, reference, kind, size)
    reads = reads_of(random, reference, haplotype, 450, 160, low_quality=False)
    sample, window = prepared(reference, reads)
    expected = Allele(*naive_calling.left_align(reference, pos, ref, alt))
    assert assembled_alleles([sample], window, 0, SIZE) == {expected}
    # Wherever a tile begins or ends, the allele is found if it begins inside, and only then.
    at = expected.first_changed
    assert assembled_alleles([sample], window, at, SIZE) == {expected}
    assert assembled_alleles([sample], window, 0, at + 1) == {expected}
    assert assembled_alleles([sample], window, at + 1, SIZE) == set()


def test_places_need_three_fragments_with_good_clips():
    random = np.random.Generator(np.random.PCG64(1))
    reference = text(random, SIZE)

    def clipped(name, end, n, quality):
        start = end - READ_BP + n
        return Read(name, start, (("M", READ_BP - n), ("S", n)), text(random, READ_BP), quality)

    good = [clipped(name, 447 + 3 * name, 10, 37) for name in range(3)]
    sample, _ = prepared(reference, good)
    assert clip_places(sample).tolist() == [440]
    for spoiled in (
        [*good[:2], clipped(1, 452, 10, 37)],  # the same fragment twice
        [*good[:2], clipped(9, 452, 7, 37)],  # too short
        [*good[:2], clipped(9, 452, 10, 12)],  # bad bases
        [*good[:2], clipped(9, 700, 10, 37)],  # elsewhere
    ):
        sample, _ = prepared(reference, spoiled)
        assert clip_places(sample).size == 0


def test_a_substitution_beside_an_indel_is_left_to_itself():
    joint = Allele(100, "GCCTGTCATCCCAGCA", "CCCTGTCATCCCAG")
    assert indel_part(joint) == Allele(113, "GCA", "G")
    block = Allele(100, "AATCAC", "CGATG")
    assert indel_part(block) == block
    insertion = Allele(100, "A", "ACGTACGTACG")
    assert indel_part(insertion) == insertion
