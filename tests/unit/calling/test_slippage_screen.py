"""Indels that slippage explains: which of them are not weighed."""

import numpy as np
import pytest
from calling_reads import Read, apply_edits, encode

from oncoloom.calling.alleles import Allele
from oncoloom.calling.sample_reads import ReferenceWindow, prepare_reads
from oncoloom.calling.slippage_screen import poisson_tail, slipped_alleles

BEFORE, AFTER = "GATTCAGCTGATCGTACCATGGCTAGTC" * 3, "TGCATGACCTGATCCGATGCTCATGCAT" * 12
REFERENCE = BEFORE + "A" * 12 + AFTER
AT = len(BEFORE)
SHORTER = Allele(AT - 1, BEFORE[-1] + "A", BEFORE[-1])
LOST = {AT + 3: ("del", 1)}


def sample_of(edits_of_reads):
    reads = []
    for name, edits in enumerate(edits_of_reads):
        bases, cigar = apply_edits(REFERENCE, 2, len(REFERENCE) - 6, edits)
        reads.append(Read(name, 2, tuple(cigar), bases, mapq=60))
    columns, _ = encode(reads)
    window = ReferenceWindow.from_ascii(0, np.frombuffer(REFERENCE.encode(), np.uint8))
    sample = prepare_reads(
        columns, window, start=0, end=len(REFERENCE), min_base_quality=13, callable_mapq=20
    )
    return sample, window


def screened(alleles, *samples):
    made = [sample_of(edits) for edits in samples]
    return slipped_alleles(alleles, [sample for sample, _ in made], made[0][1], 0)


def test_two_reads_in_a_homopolymer_are_slippage_and_many_are_not():
    assert screened([SHORTER], [{}] * 58 + [LOST] * 2, [{}] * 30) == {SHORTER}
    assert screened([SHORTER], [{}] * 54 + [LOST] * 6, [{}] * 30) == set()
    assert screened([SHORTER], [{}] * 58 + [LOST] * 2, [{}] * 26 + [LOST] * 4) == set()


def test_a_large_share_is_never_screened():
    assert screened([SHORTER], [{}] * 9 + [LOST] * 1) == {SHORTER}
    assert screened([SHORTER], [{}] * 8 + [LOST] * 1) == set()


def test_indels_outside_repeats_and_substitutions_are_not_asked():
    outside = Allele(20, REFERENCE[20:22], REFERENCE[20])
    substitution = Allele(300, REFERENCE[300], "A" if REFERENCE[300] != "A" else "C")
    assert screened([outside, substitution], [{}] * 60) == set()


def test_what_may_compete_stays():
    def substitution(at):
        return Allele(at, REFERENCE[at], "A" if REFERENCE[at] != "A" else "C")

    reads = [{}] * 58 + [LOST] * 2
    assert screened([SHORTER, substitution(AT + 50)], reads) == set()
    assert screened([SHORTER, substitution(AT + 80)], reads) == {SHORTER}
    far = Allele(AT + 280, REFERENCE[AT + 280], REFERENCE[AT + 280] + "GGTT")
    assert screened([SHORTER, far], reads) == set()


def test_poisson_tail():
    found = poisson_tail(np.array([0, 1, 3]), np.array([2.0, 2.0, 0.5]))
    assert found == pytest.approx([1.0, 1 - np.exp(-2), 1 - np.exp(-0.5) * (1 + 0.5 + 0.125)])
