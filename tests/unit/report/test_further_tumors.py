"""Further tumors of a patient in the report: read from their VCFs, shown beside the first."""

from dataclasses import replace

import pysam
import pytest
from report_examples import example_inputs

from oncoloom.errors import InputError
from oncoloom.features.further_tumors import FurtherTumor, SeenAllele, read_further_tumors
from oncoloom.files import write_json
from oncoloom.report.build import write_report
from oncoloom.report.sections.further_tumors import build_further_tumors
from oncoloom.report.sections.variants import passed_rows

LINES = """##fileformat=VCFv4.2
##FILTER=<ID=weak_evidence,Description="w">
##contig=<ID=7,length=159345973>
##FORMAT=<ID=DP,Number=1,Type=Integer,Description="d">
##FORMAT=<ID=AD,Number=R,Type=Integer,Description="a">
#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tMET1\tN
7\t100\t.\tA\tC\t9\tPASS\t.\tDP:AD\t40:30,10\t30:30,0
7\t200\t.\tG\tT\t9\tweak_evidence\t.\tDP:AD\t50:49,1\t30:30,0
"""


def write_tumor(calls, text=LINES):
    folder = calls / "tumors/MET1"
    write_json(folder / "qc.json", {"tumors": [{"sample": "MET1", "mean_depth": 64.0}]})
    (folder / "plain.vcf").write_text(text, encoding="ascii")
    pysam.tabix_compress(str(folder / "plain.vcf"), str(folder / "somatic.vcf.gz"), force=True)


def test_alleles_of_a_further_tumor_are_read(tmp_path):
    write_tumor(tmp_path)
    (tumor,) = read_further_tumors(tmp_path)
    assert (tumor.sample, tumor.mean_depth) == ("MET1", 64.0)
    assert tumor.alleles[("7", 200, "G", "T")] == SeenAllele(1, 50, "weak_evidence")
    assert tumor.passing == {("7", 100, "A", "C")}


def test_one_tumor_has_no_further_ones(tmp_path):
    (tmp_path / "tumors").mkdir()
    assert read_further_tumors(tmp_path) == ()
    assert build_further_tumors(example_inputs(tmp_path / "example")) is None


def test_a_broken_vcf_is_told(tmp_path):
    write_tumor(tmp_path)
    (tmp_path / "tumors/MET1/somatic.vcf.gz").write_bytes(b"no VCF")
    with pytest.raises(InputError, match="not readable as calls of a tumor"):
        read_further_tumors(tmp_path)


def test_each_reported_variant_is_shown_in_every_tumor(tmp_path):
    inputs = example_inputs(tmp_path)
    row = passed_rows(inputs)[0]
    key = (row["chrom"], row["pos"], row["ref"], row["alt"])
    tumors = (
        FurtherTumor(
            "MET1", 64.0, {key: SeenAllele(12, 60, "PASS"), ("7", 5, "A", "C"): SeenAllele(9, 9, "PASS")}
        ),
        FurtherTumor("MET2", 30.0, {key: SeenAllele(1, 40, "weak_evidence")}),
        FurtherTumor("MET3", 0.0),
    )
    inputs = replace(inputs, further_tumors=tumors)
    section = build_further_tumors(inputs)
    assert section.samples == ("MET1", "MET2", "MET3")
    assert section.rows[0].others == ("12 of 60 (0.20)", "1 of 40 (0.03), weak evidence", "not looked at")
    assert "MET1 (64×): 2 somatic variants passed, 1 of them not reported in" in section.text
    write_report(inputs, tmp_path / "out")
    assert "Further tumors of the patient" in (tmp_path / "out/report.html").read_text(encoding="utf-8")
    assert (tmp_path / "out/report.pdf").stat().st_size > 0
