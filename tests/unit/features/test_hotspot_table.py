"""Which asked-for alleles are variants, and what is said of the others."""

from oncoloom.features.contracts import HOTSPOTS_TABLE
from oncoloom.features.drivers.hotspot_table import hotspot_rows, standing
from oncoloom.tables import check_table


def call(pos, ref, alt, **fields):
    return {
        "chrom": "7",
        "pos": pos,
        "ref": ref,
        "alt": alt,
        "filters": "weak_evidence",
        "origin": "somatic",
        "posterior": 0.0,
        "depth": 100,
        "alt_count": 0,
        "forced": True,
        "needed": 3.0,
        "limit_af": 0.06,
    } | fields


ROWS = [
    call(10, "T", "A", filters="PASS", alt_count=12, posterior=1.0),
    call(9, "GT", "AA", filters="read_position", alt_count=3, posterior=0.9),  # reads that end within it
    call(20, "C", "T", filters="strand_bias", alt_count=5, posterior=0.2),
    call(30, "C", "T", alt_count=1, posterior=0.4),
    call(40, "C", "T", limit_af=None, needed=None, depth=1),
    call(50, "C", "T", alt_count=2, posterior=1e-5, forced=False),
]


def test_alleles_without_evidence_of_their_own_are_no_variants():
    assert standing(ROWS) == [True, False, True, False, False, True]


def test_a_stronger_allele_stands_beside_the_passing_one():
    rows = [ROWS[0], ROWS[1] | {"alt_count": 13}]
    assert standing(rows) == [True, True]


def test_states():
    table = hotspot_rows(ROWS, [None] * len(ROWS), "P", "T")
    assert table["state"].to_list() == ["detected", "not detected", "marked", "not detected", "not covered"]
    check_table(table, HOTSPOTS_TABLE, path="hotspots.parquet")
