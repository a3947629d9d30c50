"""Numbers and lists as a report prints them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from oncoloom.report import words
from oncoloom.shares import wilson_interval


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (3.14159, "3.1"),
        (0.02, "0.020"),
        (212.4, "212"),
        (1204, "1,204"),
        (0, "0"),
        (9.96, "10.0"),
        (0.00012, "0.0001"),
    ],
)
def test_two_significant_digits(value, shown):
    assert words.number(value) == shown


@pytest.mark.parametrize(
    ("share", "shown"),
    [
        (0.58, "58 %"),
        (0.004, "0.4 %"),
        (0.995, "99.5 %"),
        (1.0, "100 %"),
        (0.0, "0 %"),
        (0.99998, "> 99.9 %"),
        (0.0001, "< 0.1 %"),
    ],
)
def test_a_share_is_never_rounded_to_certainty(share, shown):
    assert words.percent(share) == shown


@given(st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_is_scipys(pair):
    k, n = pair
    mine = wilson_interval(k, n)
    theirs = binomtest(k, n).proportion_ci(method="wilson")
    assert mine == pytest.approx((theirs.low, theirs.high), abs=1e-6)


def test_few_similar_patients_are_not_counted_out():
    assert words.similar(9) == "fewer than 10 similar"
    assert words.similar(10) == "10 similar"
    assert words.similar(None) == "similar patients not counted"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("no RNA", "No RNA."),
        ("EGFR at 5% of bases", "EGFR at 5 % of bases."),
        ("p.V600E was seen", "p.V600E was seen."),
        ("", ""),
    ],
)
def test_sentences_end_once_and_genes_keep_their_letters(text, shown):
    assert words.sentence(text) == shown
    assert words.sentence(shown) == shown


def test_lower_first_spares_genes():
    assert words.lower_first("Fewer than ten") == "fewer than ten"
    assert words.lower_first("MET at 9 copies") == "MET at 9 copies"
    assert words.lower_first("ECOG is missing") == "ECOG is missing"


def test_chromosomes_sort_as_a_person_reads_them():
    names = ["chr10", "X", "chr2", "demo_B10", "Y", "1", "demo_B9"]
    assert sorted(names, key=words.chromosome_key) == ["1", "chr2", "chr10", "X", "Y", "demo_B9", "demo_B10"]


def test_months():
    assert [words.months(days) for days in (365, 183, 30, 100)] == [
        "12 months",
        "6 months",
        "1 month",
        "100 days",
    ]
