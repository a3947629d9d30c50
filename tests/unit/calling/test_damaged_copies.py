"""An indel whose fragments share a damaged base is no allele of its own."""

import numpy as np
import pytest

from oncoloom.calling.alleles import Allele, places_of
from oncoloom.calling.damaged_copies import damaged_copies
from oncoloom.calling.sample_reads import ReferenceWindow
from oncoloom.kernels.arrays import N_STATISTICS, STATISTIC

TEXT = "GATTACAGGCAGCTGGATTTTGCATCGGACTTAGCAGGCTTGAAGCATTACG"
AT = TEXT.index("CAGCTG")  # a deletion of TG, and a damaged C three bases before it
DELETION, DAMAGED = Allele(AT + 3, "CTG", "C"), Allele(AT, "CAGCTG", "TAGC")


def judged(alleles, counts):
    """Which are damaged copies; counts: fragments, those in F1R2 and in F2R1."""
    order = sorted(range(len(alleles)), key=lambda c: alleles[c])
    table = np.zeros((len(alleles), N_STATISTICS), np.int32)
    columns = [STATISTIC[name] for name in ("alt", "alt_f1r2", "alt_f2r1")]
    table[:, columns] = [counts[c] for c in order]
    ordered = [alleles[c] for c in order]
    window = ReferenceWindow.from_ascii(0, np.frombuffer(TEXT.encode(), np.uint8))
    found = damaged_copies(ordered, places_of(ordered), table, window)
    return {ordered[c] for c in np.flatnonzero(found)}


def test_a_germline_deletion_with_a_damaged_base():
    assert judged([DELETION, DAMAGED], [(148, 70, 78), (7, 7, 0)]) == {DAMAGED}


@pytest.mark.parametrize(
    ("original", "copy"),
    [
        ((148, 70, 78), (7, 0, 7)),  # not the orientation of C>T
        ((148, 70, 78), (7, 4, 3)),  # both
        ((20, 10, 10), (7, 7, 0)),  # too frequent for damage
        ((0, 0, 0), (7, 7, 0)),  # nobody else has the deletion
    ],
)
def test_what_damage_does_not_explain_stays(original, copy):
    assert judged([DELETION, DAMAGED], [original, copy]) == set()


def test_other_changes_and_other_lengths_stay():
    transversion = Allele(AT, "CAGCTG", "GAGC")
    assert judged([DELETION, transversion], [(148, 70, 78), (7, 7, 0)]) == set()
    two_bases = Allele(AT, "CAGCTG", "TAAC")
    assert judged([DELETION, two_bases], [(148, 70, 78), (7, 7, 0)]) == set()
    longer = Allele(AT, "CAGCTG", "TAG")
    assert judged([DELETION, longer], [(148, 70, 78), (7, 7, 0)]) == set()


def test_the_second_base_of_an_insertion_may_be_the_damaged_one():
    at = TEXT.index("GCAGGC")
    original, damaged = Allele(at, "G", "GCAG"), Allele(at, "G", "GCAA")
    assert judged([original, damaged], [(40, 20, 20), (4, 0, 4)]) == {damaged}
