"""A stretch that local assembly replaced, which is some alleles of alignments on one haplotype."""

import numpy as np
import pytest

from oncoloom.calling.alleles import Allele
from oncoloom.calling.compound_alleles import compound_alleles
from oncoloom.calling.sample_reads import ReferenceWindow

TEXT = "TGAACACATGAACCCTATGATGTCCTGCTGTGAGAGAGAACAATGTCCCAATTTTGCCCA"
AT = TEXT.index("ACCC")
FIRST, SECOND = Allele(AT, "AC", "A"), Allele(TEXT.index("TGAGAG"), "TGA", "T")
STRETCH = Allele(AT + 3, "CTATGATGTCCTGCTGTGA", "TATGATGTCCTGCTGT")
OFFSET = 1_000


def compound(assembled, seen):
    """The assembled alleles that are compound; places count from the text's begin."""
    window = ReferenceWindow.from_ascii(OFFSET, np.frombuffer(TEXT.encode(), np.uint8))
    moved = [[one._replace(pos=one.pos + OFFSET) for one in some] for some in (assembled, seen)]
    return {one._replace(pos=one.pos - OFFSET) for one in compound_alleles(*moved, window)}


def test_two_deletions_come_back_as_one_stretch():
    # The first one is aligned left of where the stretch begins: it lies in CCC.
    assert compound([STRETCH], [FIRST, SECOND, Allele(AT + 1, "C", "A")]) == {STRETCH}


def test_a_substitution_between_them_is_taken_along():
    base = TEXT.index("GTCCTG")
    changed = STRETCH._replace(alt=STRETCH.alt.replace("GTCCTG", "ATCCTG"))
    assert compound([changed], [FIRST, SECOND, Allele(base, "G", "A")]) == {changed}
    assert compound([changed], [FIRST, SECOND]) == set()


def test_a_deletion_and_a_substitution_beside_it():
    base = TEXT.index("GCTGTG")
    changed = Allele(AT + 3, TEXT[AT + 3 : base + 1], TEXT[AT + 4 : base] + "A")
    assert compound([changed], [FIRST, SECOND, Allele(base, "G", "A")]) == {changed}
    near = Allele(AT + 3, TEXT[AT + 3 : AT + 8], TEXT[AT + 4 : AT + 7] + "C")
    assert compound([near], [FIRST, Allele(AT + 7, TEXT[AT + 7], "C")]) == set()  # a block


@pytest.mark.parametrize(
    "seen",
    [
        [FIRST],  # the other one is seen by no alignment
        [FIRST, SECOND._replace(pos=SECOND.pos + 9, ref="ACA", alt="A")],  # another place
        [FIRST, Allele(SECOND.pos, "TGAGA", "TGG")],  # other bases
    ],
)
def test_what_its_parts_do_not_spell_stays(seen):
    assert compound([STRETCH], seen) == set()


def test_parts_as_close_as_those_of_a_block_are_one_allele():
    near = [Allele(AT + 5, "ATG", "A"), Allele(AT + 10, "T", "TG")]
    spelled = Allele(AT + 6, "TGATG", "ATGG")
    assert compound([spelled], near) == set()


def test_a_place_of_noise_is_left_alone():
    noise = [Allele(AT + 5 + k % 9, TEXT[AT + 5 + k % 9], "A" * k) for k in range(2, 66)]
    assert compound([STRETCH], [FIRST, SECOND, *noise[:62]]) == {STRETCH}
    assert compound([STRETCH], [FIRST, SECOND, *noise]) == set()


def test_plain_indels_are_never_compound():
    assert compound([Allele(AT, "ACC", "A")], [FIRST, SECOND, Allele(AT, "ACC", "A")]) == set()
