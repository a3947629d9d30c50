"""Mutational burden against tumors of the same type: what is compared, what is masked, what is drawn."""

from dataclasses import replace

import polars as pl
import pytest
from report_examples import example_inputs, feature_row

from oncoloom.reference_data.embedded import read_rows
from oncoloom.reference_data.published_burden import published_medians
from oncoloom.report.burden_reference import no_burdens
from oncoloom.report.html import report_html
from oncoloom.report.pdf import pdf_values
from oncoloom.report.plots.burden_strip import burden_strip, is_drawn
from oncoloom.report.sections.burden import build_burden
from oncoloom.report.sections.registry import build_report


def _burdens(values, code="LUAD", name="Lung Adenocarcinoma", cohort="train"):
    rows = [
        {
            "patient_id": f"{cohort}{n}",
            "cohort_name": cohort,
            "oncotree_code": code,
            "tumor_type": name,
            "tmb": v,
        }
        for n, v in enumerate(values)
    ]
    return pl.DataFrame(rows, schema=no_burdens().schema)


@pytest.fixture
def inputs(tmp_path):
    return example_inputs(tmp_path)


def test_the_share_below_and_the_quantiles_are_those_of_the_other_tumors(inputs):
    values = [float(n) for n in range(1, 101)]
    mine = _burdens([1000.0]).with_columns(pl.lit(inputs.patient_id).alias("patient_id"))
    found = build_burden(replace(inputs, burdens=pl.concat([_burdens(values), mine])))
    assert (found.n_tumors, found.cohorts) == (100, ("train",))
    assert found.share_below == pytest.approx(sum(v < 3.1 for v in values) / 100)
    assert (found.quantiles.p25, found.quantiles.median, found.quantiles.p75) == (25.75, 50.5, 75.25)
    assert (
        "Higher than in 3 % of 100 other tumors of this type (Lung adenocarcinoma; train), median 50/Mb"
        in found.text
    )
    assert "Published median: 8.1/Mb (Lawrence 2013, exome or genome)." in found.text


def test_types_match_by_code_or_by_name_and_others_do_not_count(inputs):
    frame = pl.concat(
        [
            _burdens([1.0] * 12, code=None, name="lung adenocarcinoma", cohort="named"),
            _burdens([1.0] * 12, code="LUAD", name=None, cohort="coded"),
            _burdens([9.0] * 50, code="BRCA", name="Invasive Breast Carcinoma", cohort="other"),
            _burdens([9.0] * 50, code=None, name=None, cohort="unknown"),
        ]
    )
    found = build_burden(replace(inputs, burdens=frame))
    assert (found.n_tumors, found.cohorts) == (24, ("coded", "named"))


def test_small_groups_are_masked(inputs):
    few = build_burden(replace(inputs, burdens=_burdens([5.0] * 9)))
    assert (few.n_tumors, few.quantiles, few.share_below, few.cohorts) == (None, None, None, ())
    assert "fewer than 10 other tumors of this type" in few.text
    some = build_burden(replace(inputs, burdens=_burdens([5.0] * 12)))
    assert (some.n_tumors, some.quantiles) == (12, None)
    assert "Higher than in 0 % of 12" in some.text


def test_without_a_burden_or_a_reference_the_sentence_says_so(inputs, tmp_path):
    none = build_burden(inputs)
    assert "hold no other tumor of this type (Lung adenocarcinoma) with a burden" in none.text
    missing = example_inputs(tmp_path / "b", feature=feature_row({"msi_score": 0.1}))
    found = build_burden(replace(missing, burdens=_burdens([5.0] * 30)))
    assert found.text.startswith("This tumor's burden is not given: not tested on this assay.")
    assert "The cohorts of this project hold 30 other tumors" in found.text
    assert (found.share_below, found.tmb) == (None, None)
    unknown = example_inputs(tmp_path / "c", sheet=("female", "UNKNOWN"))
    assert build_burden(unknown).text == "No comparison: the tumor type is not known."


def test_the_strip_draws_what_there_is_and_its_alt_says_it(inputs, tmp_path):
    found = build_burden(replace(inputs, burdens=_burdens([0.05] * 4 + [float(n) for n in range(1, 37)])))
    drawing = burden_strip(found)
    text = drawing.standalone()
    for words in ("this tumor 3.1", "40 tumors", "published median", "mutations per Mb, log scale"):
        assert words in text
    assert "0.01" in text  # the axis reaches down to the lowest 5 %
    assert "this tumor 3.1 per Mb; tumors of its type 16 (middle half 6.8 to 26)" in drawing.alt
    unknown = build_burden(
        example_inputs(tmp_path / "u", sheet=("female", "UNKNOWN"), feature=feature_row({}))
    )
    assert not is_drawn(unknown)


def test_both_views_show_the_strip_and_its_sentence(inputs):
    report = build_report(replace(inputs, burdens=_burdens([float(n) for n in range(1, 41)])))
    assert report.burden.text in report_html(report).replace("&#39;", "'")
    assert "burden" in pdf_values(report)["svg"]


def test_published_medians_are_of_types_that_oncotree_knows():
    codes = {row["code"] for row in read_rows("oncotree", "codes.tsv")}
    medians = published_medians()
    assert set(medians) <= codes
    assert len(medians) == 67
    assert {one.assay for one in medians.values()} == {"panel", "exome or genome", "not stated"}
    assert all(one.reference.startswith(("PMID:", "DOI:")) for one in medians.values())
