"""Kernels of calling against their naive twins, on invented reads."""

import naive_calling as naive
import numpy as np
import pytest
from calling_reads import Read, apply_edits, encode
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from oncoloom.calling.alleles import Allele, normalize, places_of
from oncoloom.calling.candidate_evidence import count_neighbors, weigh_candidates
from oncoloom.calling.candidates import find_candidates
from oncoloom.calling.options import CallOptions
from oncoloom.calling.sample_reads import ReferenceWindow, prepare_reads
from oncoloom.kernels.arrays import N_BINS, STATISTIC
from oncoloom.kernels.repeat_lengths import find_repeats

SIZE = 160
FAST = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def invented(draw, *, indels=True):
    """A reference and paired or single reads with substitutions, insertions and deletions."""
    reference = draw(
        st.text("ACGT", min_size=SIZE, max_size=SIZE) | st.text("AC", min_size=SIZE, max_size=SIZE)
    )
    reads = []
    for name in range(draw(st.integers(1, 8))):
        spans = [(draw(st.integers(1, 60)), draw(st.integers(12, 60)))]
        if draw(st.booleans()):
            spans.append((draw(st.integers(spans[0][0], 80)), draw(st.integers(12, 60))))
        for turn, (start, length) in enumerate(spans):
            edits = {}
            kinds = ["sub", "ins", "del"] if indels else ["sub"]
            for at in draw(st.lists(st.integers(start + 2, start + length - 4), max_size=3, unique=True)):
                kind = draw(st.sampled_from(kinds))
                value = (
                    draw(st.integers(1, 3))
                    if kind == "del"
                    else draw(st.text("ACGT", min_size=1, max_size=3))
                )
                edits[at] = (kind, value[0] if kind == "sub" else value)
            bases, cigar = apply_edits(reference, start, length, edits)
            quality = tuple(draw(st.sampled_from([2, 12, 23, 37])) for _ in bases)
            paired = len(spans) == 2
            flag = (0x1 | (0x40 if turn == 0 else 0x80) | (0x10 if turn else 0)) if paired else 0
            mate = spans[1 - turn][0] if paired else -1
            reads.append(
                Read(name + 1, start, cigar, bases, quality, flag, draw(st.sampled_from([5, 30, 60])), mate)
            )
    return reference, reads


def prepared(reference, reads, min_quality=13):
    columns, ordered = encode(reads)
    window = ReferenceWindow.from_ascii(0, np.frombuffer(reference.encode(), np.uint8))
    sample = prepare_reads(
        columns, window, start=0, end=len(reference), min_base_quality=min_quality, callable_mapq=1
    )
    return sample, window, ordered


@FAST
@given(invented())
def test_events_are_the_mismatches(data):
    reference, reads = data
    sample, _, ordered = prepared(reference, reads)
    events = sample.events
    mine = events.kind == 0
    found = sorted(
        zip(
            events.pos[mine].tolist(),
            events.value[mine].tolist(),
            events.read[mine].tolist(),
            events.offset[mine].tolist(),
            strict=True,
        )
    )
    inside = [event for event in naive.substitution_events(ordered, reference, 13) if event[0] < SIZE - 2]
    assert found == inside


@FAST
@given(invented())
def test_depth_counts_fragments(data):
    reference, reads = data
    gapped = any(op in "DIN" for read in reads for op, _ in read.cigar)
    sample, _, ordered = prepared(reference, reads)
    slow = np.array(naive.fragment_depth(ordered, SIZE))
    if gapped:  # a base that the first mate deletes and the second covers is open to either count
        assert (np.abs(sample.depth - slow) <= len(reads)).all()
        assert sample.depth.max() <= slow.max()
    else:
        assert sample.depth.tolist() == slow.tolist()


@FAST
@given(invented())
def test_indels_are_left_aligned(data):
    reference, reads = data
    sample, window, _ = prepared(reference, reads)
    for allele in find_candidates([sample], window, 0, SIZE, min_af=0.0):
        if allele.is_indel:
            slow = naive.left_align(reference, allele.pos, allele.ref, allele.alt)
            assert (allele.pos, allele.ref, allele.alt) == slow
        assert reference[allele.pos : allele.end] == allele.ref


@FAST
@given(invented(indels=False), st.integers(0, SIZE - 3))
def test_substitution_likelihoods(data, at):
    reference, reads = data
    sample, window, ordered = prepared(reference, reads)
    for alt in set("ACGT") - {reference[at]}:
        slow = naive.fragment_ratios(ordered, at, reference[at], alt, 13)
        weighed = weigh_candidates([Allele(at, reference[at], alt)], window, sample, None, CallOptions())
        expected = np.zeros(N_BINS, int)
        for ratio, _ in slow.values():
            expected[int(np.floor((min(max(ratio, -13), 13) + 13) * 10 + 0.5))] += 1
        found = weighed.histogram[0, :3].sum(axis=0)
        # float32 read tables: a ratio on a bin's border may fall to either side
        assert np.abs(np.cumsum(found) - np.cumsum(expected)).max() <= 1
        assert found.sum() == len(slow)
        sure = sum(ratio > 1.01 for ratio, _ in slow.values())
        maybe = sum(ratio > 0.99 for ratio, _ in slow.values())
        assert sure <= weighed.tumor[0, STATISTIC["alt"]] <= maybe
        assert weighed.tumor[0, STATISTIC["discordant"]] == sum(
            {"ref", "alt"} <= shown for _, shown in slow.values()
        )


@FAST
@given(invented(), st.integers(10, SIZE - 12))
def test_sums_over_reads(data, at):
    reference, reads = data
    sample, window, ordered = prepared(reference, reads)
    alt = "ACGT"[("ACGT".index(reference[at]) + 1) % 4]
    weighed = weigh_candidates([Allele(at, reference[at], alt)], window, sample, None, CallOptions())
    for allele, sums in naive.read_sums(ordered, reference, at, alt, 13).items():
        found = {name: int(weighed.tumor[0, STATISTIC[f"{allele}_{name}"]]) for name in sums}
        assert found == sums


def test_neighbors_are_supported_and_near():
    alleles = [Allele(100, "A", "C"), Allele(160, "A", "C"), Allele(221, "A", "C"), Allele(222, "AC", "A")]
    assert count_neighbors(places_of(alleles), np.array([2, 1, 5, 3], np.int32)).tolist() == [0, 1, 1, 1]


@FAST
@given(invented(), st.randoms(use_true_random=False))
def test_read_order_does_not_matter(data, random):
    reference, reads = data
    shuffled = list(reads)
    random.shuffle(shuffled)
    results = []
    for one in (reads, shuffled):
        sample, window, _ = prepared(reference, one)
        alleles = find_candidates([sample], window, 0, SIZE, min_af=0.0)
        weighed = weigh_candidates(alleles, window, sample, None, CallOptions())
        results.append((alleles, weighed.histogram, weighed.tumor[:, :12]))
    assert results[0][0] == results[1][0]
    assert (results[0][1] == results[1][1]).all()
    assert (results[0][2] == results[1][2])[:, [0, 1, 2, 3]].all()


@settings(max_examples=150, deadline=None)
@given(st.text("ACG", min_size=0, max_size=60) | st.text("AN", max_size=40))
def test_repeats(sequence):
    least = np.array([0, 4, 3, 2, 2, 2, 2], np.int64)
    window = ReferenceWindow.from_ascii(0, np.frombuffer(sequence.encode(), np.uint8))
    out = np.empty((400, 3), np.int32)
    n = find_repeats(window.code, least, out)
    assert sorted(map(tuple, out[:n].tolist())) == naive.find_repeats(sequence, least)


@settings(max_examples=100, deadline=None)
@given(
    st.text("AC", min_size=30, max_size=30),
    st.integers(5, 20),
    st.integers(1, 5),
    st.text("AC", min_size=1, max_size=4),
)
def test_normalize_is_left_alignment(reference, pos, deleted, inserted):
    window = ReferenceWindow.from_ascii(0, np.frombuffer(reference.encode(), np.uint8))
    ref, alt = reference[pos : pos + deleted], inserted
    if ref == alt:
        return
    found = normalize(Allele(pos, ref, alt), window)
    assert (found.pos, found.ref, found.alt) == naive.left_align(reference, pos, ref, alt)


@pytest.mark.parametrize("n_alt", [2, 4, 8])
def test_more_support_is_more_evidence(n_alt):
    """Histograms of more alternative fragments weigh more; checked where the likelihood is summed."""
    reference = "ACGTTGCAAC" * 16
    reads = []
    for name in range(20):
        edits = {70: ("sub", "G" if reference[70] != "G" else "T")} if name < n_alt else {}
        bases, cigar = apply_edits(reference, 40 + name, 60, edits)
        reads.append(Read(name + 1, 40 + name, cigar, bases))
    sample, window, _ = prepared(reference, reads)
    allele = Allele(70, reference[70], "G" if reference[70] != "G" else "T")
    counts = weigh_candidates([allele], window, sample, None, CallOptions()).tumor[0]
    assert (counts[STATISTIC["alt"]], counts[STATISTIC["ref"]]) == (n_alt, 20 - n_alt)
