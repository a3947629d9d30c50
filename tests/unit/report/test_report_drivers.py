"""Why a driver is one, in report.json and in both views; amplicons as one finding; fusions by import."""

import json
from dataclasses import replace
from pathlib import Path

import polars as pl
from report_examples import copy_driver, driver, example_inputs, variant

from oncoloom.report.html import report_html
from oncoloom.report.model import parse_report
from oncoloom.report.pdf import pdf_values
from oncoloom.report.sections.registry import build_report

GOLDEN = Path(__file__).parents[2] / "golden" / "report" / "report.json"


def _report(folder, rows, variants=()):
    tables = {"variants": list(variants), "segments": [], "assessability": [], "predictions": []}
    inputs = example_inputs(folder, tables=tables)
    return build_report(replace(inputs, drivers=pl.DataFrame(rows, schema=inputs.drivers.schema)))


def test_reason_doubt_and_other_copy_stand_in_the_report_and_its_views(tmp_path):
    row = variant("TP53", None, driver=True, driver_rule="splice_site_tumor_suppressor")
    told = driver(
        row,
        reason="essential splice site of a tumor suppressor",
        other_copy="both copies are hit: the other copy is lost in the tumor (loss of heterozygosity)",
        doubt="how the messenger is spliced was not seen",
        evidence="driver_genes/driver_genes.tsv.gz: TP53, IntOGen 2023-05-31",
        n_tumors=None,
    )
    report = _report(tmp_path, [told], [row])
    (finding,) = report.findings.rows
    assert finding.because == "Essential splice site of a tumor suppressor."
    assert finding.driver.doubt == "How the messenger is spliced was not seen."
    assert finding.driver.rests_on == "the gene's role: TP53, IntOGen 2023-05-31"
    assert (finding.why, finding.why_detail) == ("suppressor splice site", "uncertain, see Evidence")
    html = report_html(report)
    for text in (finding.because, finding.driver.other_copy, finding.driver.doubt, finding.driver.rests_on):
        assert text.replace("'", "&#39;") in html
    assert pdf_values(report)["r"]["findings"]["rows"][0]["driver"]["doubt"] == finding.driver.doubt


def test_genes_of_one_amplicon_are_one_finding_and_far_ones_are_not(tmp_path):
    near = [
        copy_driver(gene, "amplification", chrom="11", pos=pos, copies=copies, log2=copies / 10)
        for gene, pos, copies in (
            ("CCND1", 69_600_000, 14.0),
            ("FGF4", 69_700_000, 13.0),
            ("FGF3", 69_800_000, 8.0),
        )
    ]
    far = copy_driver("YAP1", "amplification", chrom="11", pos=102_000_000, copies=7.0, log2=0.7)
    lost = copy_driver("CDKN2A", "deep deletion", chrom="9", pos=21_900_000)
    rows = _report(tmp_path, [lost, far, *near]).findings.rows
    assert [one.name for one in rows] == [
        "CCND1, FGF4, FGF3 amplification",
        "YAP1 amplification",
        "CDKN2A deep deletion",
    ]
    assert {one.label: one.text for one in rows[0].figures}["Genes and copies"] == "CCND1 14, FGF4 13, FGF3 8"
    assert (rows[0].copies, rows[0].driver.copies_upper) == (14.0, 10.2)


def test_an_imported_fusion_is_a_finding_with_its_support(tmp_path):
    fusion = driver(variant("ALK", None, ref=None, alt=None)) | {
        "alteration_class": "fusion", "change": "EML4::ALK", "rule": "known_fusion", "n_tumors": None,
        "reason": "recurrent fusion EML4::ALK, in frame; imported from arriba (RNA), 52 fragments across it",
        "evidence": "fusions/known_fusions.tsv.gz: EML4::ALK, LUAD, PubMed 17625570", "support": 52,
    }  # fmt: skip
    (finding,) = _report(tmp_path, [fusion]).findings.rows
    assert (finding.name, finding.gene, finding.detail) == ("EML4::ALK fusion", "ALK", "52 fragments")
    assert (finding.why, finding.why_detail) == ("recurrent fusion", "imported")
    assert finding.driver.support == 52
    assert finding.driver.rests_on.startswith("recurrent fusions (oncoref 1.20.0): EML4::ALK")


def test_a_report_of_the_schema_before_is_still_read():
    """A file of schema 1.0 has no `driver` beside its findings."""
    raw = json.loads(GOLDEN.read_text(encoding="utf-8")) | {"schema_version": "1.0"}
    for row in raw["findings"]["rows"]:
        del row["driver"]
    assert parse_report(raw).findings.rows[0].driver is None
