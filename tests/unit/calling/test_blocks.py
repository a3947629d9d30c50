"""Differences of the same reads as one allele."""

import naive_calling as naive
import numpy as np
import pytest
from calling_reads import Read, apply_edits, encode

from oncoloom.calling.alleles import Allele
from oncoloom.calling.blocks import Part, block_allele
from oncoloom.calling.candidate_evidence import weigh_candidates
from oncoloom.calling.candidates import find_candidates
from oncoloom.calling.options import CallOptions
from oncoloom.calling.sample_reads import ReferenceWindow, prepare_reads
from oncoloom.kernels.arrays import EVENT_DELETION, EVENT_INSERTION, EVENT_SNV, STATISTIC

random = np.random.Generator(np.random.PCG64(3))
REFERENCE = "".join(random.choice(list("ACGT"), 400))
AT = 200


def other(at):
    return "ACGT"[("ACGT".index(REFERENCE[at]) + 1) % 4]


def sample_of(*groups):
    """(number of reads, edits) of each group -> a sample's reads."""
    reads = []
    for n, edits in groups:
        for _ in range(n):
            start = 110 + 2 * (len(reads) % 30)
            bases, cigar = apply_edits(REFERENCE, start, 120, edits)
            name = len(reads) + 1
            reads.append(Read(name, start, cigar, bases, 37, 16 * (name % 2)))
    columns, _ = encode(reads)
    window = ReferenceWindow.from_ascii(0, np.frombuffer(REFERENCE.encode(), np.uint8))
    sample = prepare_reads(columns, window, start=0, end=400, min_base_quality=13, callable_mapq=1)
    return sample, window


def candidates(tumor, normal=((30, {}),)):
    (one, window), (two, _) = sample_of(*tumor), sample_of(*normal)
    return find_candidates([one, two], window, 0, 400, min_af=0.01, normal=two), (one, two, window)


def snv(at):
    return {at: ("sub", other(at))}


def part(pos, kind, value, bases=""):
    return Part(pos, kind, value, bases, pos, 0)


def test_a_block_is_its_parts_applied():
    window = sample_of((1, {}))[1]
    chain = (
        part(AT, EVENT_SNV, "ACGT".index(other(AT))),
        part(AT + 2, EVENT_INSERTION, 3, "TTG"),
        part(AT + 5, EVENT_DELETION, 2),
    )
    alt = other(AT) + REFERENCE[AT + 1 : AT + 3] + "TTG" + REFERENCE[AT + 3 : AT + 6]
    expected = naive.left_align(REFERENCE, AT, REFERENCE[AT : AT + 8], alt)
    assert block_allele(chain, window) == Allele(*expected)


def test_parts_that_undo_each_other_are_no_block():
    window = sample_of((1, {}))[1]
    base = REFERENCE[AT + 1]
    chain = (part(AT, EVENT_INSERTION, 1, base), part(AT, EVENT_DELETION, 1))
    assert block_allele(chain, window) is None


@pytest.mark.parametrize("gap", [1, 2, 3])
def test_substitutions_join_over_one_base(gap):
    found, _ = candidates([(20, {}), (8, {**snv(AT), **snv(AT + gap)})])
    ref = REFERENCE[AT : AT + gap + 1]
    whole = Allele(AT, ref, other(AT) + ref[1:-1] + other(AT + gap))
    apart = [Allele(AT, ref[0], other(AT)), Allele(AT + gap, ref[-1], other(AT + gap))]
    assert found == ([whole] if gap <= 2 else apart)


def test_a_block_takes_the_reads_of_its_indel():
    found, (one, two, window) = candidates([(20, {}), (8, {**snv(AT), AT + 4: ("del", 3)})])
    assert [allele.is_indel for allele in found] == [True, True]  # the block, and the deletion beside it
    weighed = weigh_candidates(found, window, one, two, CallOptions())
    support = dict(zip(found, weighed.tumor[:, STATISTIC["alt"]].tolist(), strict=True))
    block = max(found, key=lambda allele: len(allele.alt))
    assert support.pop(block) == 8
    assert list(support.values()) == [0]


def test_a_germline_part_leaves_a_block():
    edits = {**snv(AT), **snv(AT + 1)}
    found, _ = candidates([(10, snv(AT)), (10, {}), (8, edits)], [(15, {}), (15, snv(AT))])
    assert found == [Allele(AT + k, REFERENCE[AT + k], other(AT + k)) for k in (0, 1)]
    found, _ = candidates([(10, {}), (8, {**edits, **snv(AT + 2)})], [(15, {}), (15, snv(AT))])
    rest = Allele(AT + 1, REFERENCE[AT + 1 : AT + 3], other(AT + 1) + other(AT + 2))
    assert found == [Allele(AT, REFERENCE[AT], other(AT)), rest]


def test_a_germline_block_stays_one():
    edits = {**snv(AT), **snv(AT + 1)}
    found, _ = candidates([(10, {}), (18, edits)], [(15, {}), (15, edits)])
    assert found == [Allele(AT, REFERENCE[AT : AT + 2], other(AT) + other(AT + 1))]


def test_an_edge_of_an_indel_is_no_substitution():
    """Reads that end soon behind a germline deletion show it as substitutions; they are explained by it."""
    deletion = {AT: ("del", 5)}
    carrying = naive.with_alleles(REFERENCE, [Allele(AT - 1, REFERENCE[AT - 1 : AT + 5], REFERENCE[AT - 1])])
    reads = []
    for name in range(30):
        start = 115 + 2 * name
        bases, cigar = apply_edits(REFERENCE, start, 120, deletion if name < 20 else {})
        reads.append(Read(name + 1, start, cigar, bases, 37, 16 * (name % 2)))
    short = [
        Read(100 + k, 84 + k, (("M", 120),), carrying[84 + k : 204 + k], 37, 16 * (k % 2)) for k in range(6)
    ]
    columns, _ = encode(reads + short)
    window = ReferenceWindow.from_ascii(0, np.frombuffer(REFERENCE.encode(), np.uint8))
    sample = prepare_reads(columns, window, start=0, end=400, min_base_quality=13, callable_mapq=1)
    found = find_candidates([sample], window, 0, 400, min_af=0.01)
    weighed = weigh_candidates(found, window, sample, None, CallOptions())
    alt = dict(zip(found, weighed.tumor[:, STATISTIC["alt"]].tolist(), strict=True))
    assert any(not one.is_indel for one in found)  # the screen does see them
    assert all((n > 0) == one.is_indel for one, n in alt.items())


@pytest.mark.parametrize(("length", "n"), [(12, 1), (11, 0)])
def test_one_read_is_enough_for_a_long_insertion(length, n):
    inserted = "".join(random.choice(list("ACGT"), length))
    bases, cigar = apply_edits(REFERENCE, 120, 120, {AT: ("ins", inserted)})
    columns, _ = encode([Read(1, 120, cigar, bases)])
    window = ReferenceWindow.from_ascii(0, np.frombuffer(REFERENCE.encode(), np.uint8))
    sample = prepare_reads(columns, window, start=0, end=400, min_base_quality=13, callable_mapq=1)
    assert len(find_candidates([sample], window, 0, 400, min_af=0.01)) == n
