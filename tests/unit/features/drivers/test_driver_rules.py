"""Driver rules: truncations by their place in the exons, reasons and evidence, both copies, cautions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncoloom.features.drivers.biallelic import (
    HEMATOPOIESIS,
    TWO_HITS_UNPHASED,
    label_hematopoiesis,
    mark_biallelic,
)
from oncoloom.features.drivers.rules import RULES, judge_variant
from oncoloom.reference_data.drivers import gene_roles, known_fusions
from oncoloom.reference_data.embedded import read_rows
from oncoloom.reference_data.gene_models import Transcript
from oncoloom.reference_data.noncoding import human_build, noncoding_hotspot, noncoding_hotspots
from oncoloom.reference_data.transcript_shape import embedded_shapes, shape_of


def _transcript(strand, coding, exons=None):
    return Transcript(
        "T", "G", "1", strand, "mRNA", True, tuple(exons or coding), tuple(coding), (0,) * len(coding)
    )


@given(
    st.lists(st.integers(3, 200), min_size=1, max_size=6),
    st.sampled_from("+-"),
    st.integers(1, 400),
)
def test_decay_is_told_by_walking_the_exons(sizes, strand, residue):
    """Against a walk over single bases: the junction is crossed 50 bp or more behind the stop's codon."""
    blocks, at = [], 0
    for size in sizes:
        blocks.append((at, at + size))
        at += size + 100
    shape = shape_of(_transcript(strand, blocks))
    ordered = blocks if strand == "+" else blocks[::-1]
    exon_of = [n for n, (a, b) in enumerate(ordered) for _ in range(b - a)]
    junction = next(
        (i for i in range(1, len(exon_of)) if exon_of[i] == len(blocks) - 1 and len(blocks) > 1), None
    )
    expected = junction is not None and 3 * (residue - 1) < junction - 50
    assert shape.decays(residue) == expected


def test_an_untranslated_last_exon_makes_every_early_stop_decay():
    shape = shape_of(_transcript("+", [(0, 90), (200, 290)], [(0, 90), (200, 300), (400, 500)]))
    assert shape.last_junction == 180
    assert shape.decays(40)
    assert not shape.decays(50)


@pytest.mark.parametrize(
    ("gene", "terms", "change", "stop", "rule", "said"),
    [
        ("RB1", ["stop_gained"], "p.R320*", None, "truncated_tumor_suppressor", "followed by decay"),
        ("PTEN", ["stop_gained"], "p.L400*", None, None, "only 1 % of the protein"),
        (
            "APC",
            ["frameshift_variant"],
            "p.T1556fs",
            None,
            "shortened_tumor_suppressor",
            "45 % of the protein",
        ),
        ("TP53", ["frameshift_variant"], "p.K382fs", None, None, "only 3 % of the protein"),
        ("TP53", ["frameshift_variant"], "p.P153fs", 169, "truncated_tumor_suppressor", "residue 169"),
        (
            "RB1",
            ["splice_donor_variant"],
            None,
            None,
            "splice_site_tumor_suppressor",
            "essential splice site",
        ),
        ("RB1", ["start_lost"], "p.M1?", None, "start_lost_tumor_suppressor", "start codon"),
        ("KRAS", ["stop_gained"], "p.E62*", None, None, "truncates an oncogene"),
        ("KRAS", ["missense_variant"], "p.G12D", None, "hotspot_same_change", "G12"),
        ("KRAS", ["missense_variant"], "p.E168K", None, None, "no recurrent residue"),
        ("CALR", ["frameshift_variant"], "p.L367fs", None, "calr_last_exon_frameshift", "MPL"),
        ("TTN", ["stop_gained"], "p.R320*", None, None, None),
    ],
)
def test_rules_give_reason_and_evidence(gene, terms, change, stop, rule, said):
    verdict = judge_variant(gene, terms, change, None, stop_residue=stop)
    assert verdict.rule == rule
    assert (verdict.reason is None) == (said is None)
    if said is not None:
        assert said in verdict.reason
    assert (verdict.evidence is None) == (rule is None)


def test_every_named_evidence_row_is_there():
    """The text of an evidence names a file of `resources` and a gene that this file holds."""
    genes = {row["gene"] for row in read_rows("driver_genes", "driver_genes.tsv.gz")}
    for gene, role in gene_roles().items():
        assert role.evidence.startswith(("driver_genes/driver_genes.tsv.gz", "driver_genes/supplement.tsv"))
        assert f" {gene}" in role.evidence or gene not in genes
    assert {"EML4", "KIF5B"} <= {one.first for one in known_fusions()}
    assert len(RULES) == len(set(RULES))


def test_embedded_shapes_are_those_of_known_proteins():
    shapes = embedded_shapes()
    assert [shapes[gene].n_residues for gene in ("TP53", "KRAS", "APC", "BRCA2", "CEBPA")] == [
        393, 188, 2843, 3418, 358,
    ]  # fmt: skip
    assert shapes["CEBPA"].last_junction is None


def test_promoter_hotspots_lie_at_the_same_distance_on_both_builds():
    by_name = {}
    for one in noncoding_hotspots():
        by_name.setdefault(one.title, {})[one.build] = one.pos
    assert {places["GRCh37"] - places["GRCh38"] for places in by_name.values()} == {115}
    assert noncoding_hotspot("GRCh37", "chr5", 1295250, "G", "A").name == "C250T"
    assert noncoding_hotspot("GRCh38", "5", 1295250, "G", "A") is None
    assert noncoding_hotspot(None, "5", 1295250, "G", "A") is None


def test_builds_are_told_by_contig_lengths():
    assert human_build({"chr1": 248956422, "chr5": 181538259, "chrUn": 9}) == "GRCh38"
    assert human_build({"1": 249250621}) == "GRCh37"
    assert human_build({"1": 249250621, "5": 181538259}) is None
    assert human_build({"17": 1_000_000}) is None


def _row(gene, pos, *, driver=True, haplotype=None):
    return {
        "gene": gene,
        "chrom": "1",
        "pos": pos,
        "driver": driver,
        "haplotype": haplotype,
        "biallelic": None,
        "labels": None,
    }


def _minor(value):
    return lambda row: value if row["pos"] < 1000 else None


@pytest.mark.parametrize(
    ("rows", "minor", "biallelic", "label"),
    [
        ([_row("RB1", 10)], 0, [True], None),
        ([_row("RB1", 10)], 1, [False], None),
        ([_row("RB1", 10)], None, [None], None),
        ([_row("RB1", 5000)], 0, [None], None),
        ([_row("RB1", 10, haplotype=("7", 0)), _row("RB1", 90, haplotype=("7", 1))], 1, [True, True], None),
        ([_row("RB1", 10, haplotype=("7", 0)), _row("RB1", 90, haplotype=("7", 0))], 1, [None, None], TWO_HITS_UNPHASED),  # noqa: E501
        ([_row("KRAS", 10)], 0, [None], None),
    ],
)  # fmt: skip
def test_both_copies_are_hit_only_where_that_is_known(rows, minor, biallelic, label):
    rows = [dict(row) for row in rows]
    mark_biallelic(rows, _minor(minor))
    assert [row["biallelic"] for row in rows] == biallelic
    assert {row["labels"] for row in rows} == {label}


def test_hematopoiesis_is_a_caution_without_a_normal_only():
    rows = [_row("DNMT3A", 10), _row("KRAS", 20), _row("TET2", 30, driver=False)]
    label_hematopoiesis(rows, paired=True)
    assert [row["labels"] for row in rows] == [None, None, None]
    label_hematopoiesis(rows, paired=False)
    assert [row["labels"] for row in rows] == [HEMATOPOIESIS, None, None]
