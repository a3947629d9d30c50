"""The drivers table: reasons with figures, doubts, the other copy; curated lists beside the hotspots."""

from dataclasses import replace

import polars as pl
import pytest

from oncoloom.features.contracts import VARIANTS_TABLE
from oncoloom.features.copy_number.gene_calls import GeneCopies
from oncoloom.features.copy_number.outcome import no_copy_number
from oncoloom.features.copy_number.scale import Ploidy
from oncoloom.features.drivers.biallelic import HEMATOPOIESIS, TWO_HITS_UNPHASED
from oncoloom.features.drivers.by_class import drivers_by_class
from oncoloom.features.drivers.contracts import DRIVERS_TABLE
from oncoloom.features.drivers.copies import COPY_RULES
from oncoloom.features.drivers.doubts import RULE_DOUBTS
from oncoloom.features.drivers.rules import RULES, judge_variant
from oncoloom.features.drivers.table import driver_table
from oncoloom.features.rearrangements.contracts import FUSIONS_TABLE
from oncoloom.features.rearrangements.fusion_rules import FUSION_RULES, judge_fusion
from oncoloom.features.variants.steps import GERMLINE_RULES
from oncoloom.reference_data.curated_changes import curated_changes, curated_regions
from oncoloom.reference_data.embedded import read_rows
from oncoloom.reference_data.noncoding import PROMOTER_RULE
from oncoloom.report.sections.driver_reasons import LISTS, RULE_WORDS, rests_on
from oncoloom.tables import check_table

ALL_RULES = {*RULES, *COPY_RULES, *FUSION_RULES, *GERMLINE_RULES.values(), PROMOTER_RULE}


def _variant(gene, terms, change, **fields):
    verdict = judge_variant(gene, terms, change, None)
    row = dict.fromkeys(VARIANTS_TABLE.polars_schema())
    row |= {
        "patient_id": "P", "sample_id": "T", "chrom": "1", "pos": 5, "ref": "A", "alt": "C",
        "variant_class": "snv", "gene": gene, "hgvs_p_short": change, "consequence": "&".join(terms),
        "origin": "somatic", "filters": "PASS", "caller": "oncoloom", "driver": verdict.rule is not None,
        "driver_rule": verdict.rule, "driver_reason": verdict.reason, "driver_evidence": verdict.evidence,
        "hotspot": verdict.hotspot,
    }  # fmt: skip
    return row | fields


def _table(variants=(), genes=(), ploidy=2.1, fusions=None):
    frame = pl.DataFrame(list(variants), schema=VARIANTS_TABLE.polars_schema())
    copies = replace(no_copy_number("none"), genes={one.gene: one for one in genes})
    copies = replace(copies, ploidy=Ploidy(ploidy, None, None, None))
    found = driver_table(
        frame, copies, fusions, None, patient_id="P", sample_id="T", amplification_min_copies=6.0
    )
    check_table(found, DRIVERS_TABLE)
    return found.to_dicts()


def test_every_rule_says_what_speaks_against_it_and_has_words_for_page_one():
    assert set(RULE_DOUBTS) == ALL_RULES
    assert set(RULE_WORDS) == ALL_RULES


def test_a_hotspot_is_told_with_its_tumors_and_a_new_change_is_uncertain():
    known, new = _table(
        [
            _variant("BRAF", ["missense_variant"], "p.V600E"),
            _variant("BRAF", ["missense_variant"], "p.V600W", pos=6),
        ]
    )
    assert known["reason"] == (
        "residue V600 of BRAF is changed in 897 tumors of a public list (Cancer Hotspots), "
        "in 833 of them to this amino acid"
    )
    assert (known["n_tumors"], known["doubt"], known["other_copy"]) == (897, None, None)
    assert new["doubt"] == "this change of the residue was not seen before"
    assert "but to R/E/V/G/K/M" in new["reason"]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"biallelic": True}, "both copies are hit: another driver"),
        ({"biallelic": None}, "whether the other copy is lost is not known"),
        ({"labels": TWO_HITS_UNPHASED}, "two drivers in this gene"),
    ],
)
def test_of_a_suppressor_the_other_copy_is_told(fields, said):
    (row,) = _table([_variant("RB1", ["stop_gained"], "p.R320*", **fields)])
    assert row["other_copy"].startswith(said)
    assert row["doubt"] is None


@pytest.mark.parametrize(("residue", "doubt"), [(1450, None), (2400, "only 16 % of it is lost")])
def test_a_shortened_suppressor_is_uncertain_where_most_of_it_is_kept(residue, doubt):
    """APC has 2843 residues; its stops in the mutation cluster region take half of it."""
    row = _variant("APC", ["stop_gained"], f"p.R{residue}*")
    assert row["driver_rule"] == "shortened_tumor_suppressor"
    (found,) = _table([row])
    assert (found["doubt"] is None) == (doubt is None)
    assert doubt is None or found["doubt"].endswith(doubt)


def test_doubts_of_rule_and_sample_stand_together():
    row = _variant(
        "TET2", ["splice_donor_variant"], None, origin="unknown", labels=HEMATOPOIESIS, hgvs_c="c.1+1G>A"
    )
    (found,) = _table([row])
    assert found["doubt"].split("; ") == [
        "how the messenger is spliced was not seen",
        "no matched normal: it may be inherited",
        HEMATOPOIESIS,
    ]


def test_copies_are_told_with_interval_and_without_a_purity_as_uncertain():
    whole = GeneCopies("ERBB2", 2.5, 2.4, 2.6, 12.2, 30, "amplification", True, 10.9, 13.6)
    relative = GeneCopies("MYC", 1.6, 1.4, 1.8, None, 4, "amplification", True)
    gone = GeneCopies("PTEN", -3.0, -3.5, -2.5, 0.1, 8, "deep deletion", True, 0.0, 0.4)
    neither = GeneCopies("EGFR", 0.2, 0.1, 0.3, 2.4, 30, "neither", True)
    rows = {row["gene"]: row for row in _table(genes=[whole, relative, gone, neither])}
    assert sorted(rows) == ["ERBB2", "MYC", "PTEN"]
    assert rows["ERBB2"]["reason"].startswith(
        "12 (11–14) copies of an oncogene; the whole genome has 2.1 (amplified: 6 or more, and 3 above"
    )
    assert rows["ERBB2"]["doubt"] is None
    assert rows["MYC"]["reason"].startswith("3.0 times as much DNA")
    assert rows["MYC"]["doubt"] == "without a purity copies are not counted; rests on 4 bins"
    assert rows["PTEN"]["reason"] == "no copy of a tumor suppressor is left (0.1 (0.0–0.4) copies measured)"


def test_an_imported_fusion_says_where_it_comes_from():
    def fusion(first, second, frame):
        verdict = judge_fusion(first, second, frame)
        return {
            "gene_5prime": first, "gene_3prime": second, "breakpoint_5prime": "2:42295516",
            "breakpoint_3prime": None, "frame": frame, "support": 52, "material": "rna", "caller": "arriba",
            "driver_gene": verdict.gene, "driver_rule": verdict.rule, "driver_evidence": verdict.evidence,
            "driver_reason": verdict.reason,
        }  # fmt: skip

    rows = [
        fusion("EML4", "ALK", "in frame"),
        fusion("NEW1", "ROS1", "in frame"),
        fusion("A", "B", "unknown"),
    ]
    known, new = _table(fusions=pl.DataFrame(rows, schema=FUSIONS_TABLE.polars_schema()))
    assert known["change"] == "EML4::ALK"
    assert known["reason"] == (
        "recurrent fusion EML4::ALK, in frame; imported from arriba (RNA), 52 fragments across it, "
        "broken at 2:42295516"
    )
    assert known["doubt"] is None
    assert new["doubt"] == "this pair of genes was not seen before"


def test_met_exon_14_is_one_driver_of_its_class_and_a_small_variant_that_was_seen():
    row = _variant("MET", ["splice_donor_variant"], None, hgvs_c="c.3028+1G>A", driver=True)
    row |= {"driver_rule": "hotspot_splice_site", "driver_reason": "r", "driver_evidence": "e"}
    (found,) = _table([row])
    assert found["alteration_class"] == "exon skipping"
    frame = pl.DataFrame([row], schema=VARIANTS_TABLE.polars_schema())
    assert drivers_by_class(frame, {}, None) == {"MET": {"small variant", "exon skipping"}}


@pytest.mark.parametrize(
    ("gene", "terms", "change", "index", "rule"),
    [
        ("JAK2", ["missense_variant"], "p.V617F", None, "curated_change"),
        ("CSF3R", ["missense_variant"], "p.T618I", None, "curated_change"),
        ("BRAF", ["missense_variant"], "p.V600E", None, "hotspot_same_change"),
        ("BRAF", ["missense_variant"], "p.V600D", None, "curated_change"),
        ("EGFR", ["missense_variant"], "p.C797S", None, "curated_change"),
        ("KIT", ["missense_variant"], "p.M541L", None, None),
        ("TP53", ["missense_variant"], "p.P72R", None, None),
        ("KIT", ["inframe_insertion"], "p.T417_D419delinsI", None, "curated_region"),
        ("KIT", ["inframe_insertion"], None, 3 * 418, "curated_region"),
        ("CEBPA", ["inframe_deletion"], "p.T318del", None, "curated_region"),
        ("CEBPA", ["inframe_deletion"], "p.P196del", None, None),
        ("JAK2", ["stop_gained"], "p.R300*", None, None),
        ("PALB2", ["stop_gained"], "p.R170*", None, "truncated_tumor_suppressor"),
        ("SMARCA4", ["stop_gained"], "p.Q183*", None, "truncated_tumor_suppressor"),
    ],
)
def test_curated_lists_join_the_hotspots(gene, terms, change, index, rule):
    verdict = judge_variant(gene, terms, change, index)
    assert verdict.rule == rule
    if rule is not None:
        assert verdict.reason
        assert not rests_on(verdict.evidence).startswith(("hotspots/", "curated_changes/"))


def test_a_change_of_one_paper_is_uncertain_and_one_of_many_is_not():
    rows = _table(
        [
            _variant("EGFR", ["missense_variant"], "p.C797S"),
            _variant("JAK2", ["missense_variant"], "p.V617F", pos=6),
        ]
    )
    assert [row["doubt"] for row in rows] == ["one paper alone says so", None]
    assert rows[0]["reason"] == "listed as a cancer change by CGI, CIViC and DoCM, 1 paper"


def test_the_curated_table_keeps_its_rule_of_two_lists_and_two_papers_or_three_lists():
    rows = read_rows("curated_changes", "curated_changes.tsv.gz")
    assert len(rows) == len(curated_changes()) == 401
    for row in rows:
        n_lists, n_papers = len(row["lists"].split("|")), len(set(row["pubmed"].split("|")))
        assert int(row["n_papers"]) == n_papers
        assert (n_lists >= 2 and n_papers >= 2) or n_lists >= 3
    barred = {(row["gene"], row["change"]) for row in read_rows("curated_changes", "polymorphisms.tsv")}
    assert not barred & set(curated_changes())
    assert {one.gene for one in curated_regions()} == {"KIT", "CEBPA"}


def test_every_list_behind_a_rule_has_a_name_for_the_report():
    files = {"hotspots/cancer_hotspots.tsv.gz", "hotspots/noncoding.tsv", "driver_genes/supplement.tsv"}
    files |= {"driver_genes/driver_genes.tsv.gz", "fusions/known_fusions.tsv.gz"}
    files |= {"curated_changes/curated_changes.tsv.gz", "curated_changes/regions.tsv"}
    assert files == set(LISTS)
    assert rests_on("Kiyoi 2020, Cancer Science 111") == "Kiyoi 2020, Cancer Science 111"
