"""Places as people write them."""

import pytest

from oncoloom.calling.alleles import Allele
from oncoloom.calling.look.locus import MOST_BP, Locus, parse_locus
from oncoloom.errors import ReferenceMismatchError, UsageError

LENGTHS = {"chr7": 1_000, "chrM": 500, "HLA-A*01:01": 300}


@pytest.mark.parametrize(
    ("text", "locus"),
    [
        ("chr7:10", Locus("chr7", 9, 10)),
        ("chr7:1,000", Locus("chr7", 999, 1000)),
        ("7:10-20", Locus("chr7", 9, 20)),
        ("MT:3", Locus("chrM", 2, 3)),
        ("chr7:10 A>G", Locus("chr7", 9, 10, Allele(9, "A", "G"))),
        ("chr7:10A>G", Locus("chr7", 9, 10, Allele(9, "A", "G"))),
        ("chr7:10:ac:a", Locus("chr7", 9, 11, Allele(9, "AC", "A"))),
        ("HLA-A*01:01:5", Locus("HLA-A*01:01", 4, 5)),
    ],
)
def test_forms(text, locus):
    assert parse_locus(text, LENGTHS) == locus


def test_text_is_read_back():
    for text in ("chr7:10", "chr7:10-20", "chr7:10 AC>A"):
        assert parse_locus(text, LENGTHS).text == text


@pytest.mark.parametrize("text", ["chr7", "chr7:0", "chr7:1001", "chr7:20-10", "chr7:x", "chr7:5 A>", ":5"])
def test_refused(text):
    with pytest.raises((UsageError, ReferenceMismatchError)):
        parse_locus(text, LENGTHS)


def test_unknown_contig_and_long_range():
    with pytest.raises(ReferenceMismatchError, match="no such contig"):
        parse_locus("chr9:5", LENGTHS)
    with pytest.raises(UsageError, match="too long"):
        parse_locus(f"chr7:1-{MOST_BP + 1}", LENGTHS)
