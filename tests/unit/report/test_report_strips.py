"""Reads and hotspots in a report: shown where they are, said where they are not, small and without names."""

import json
from dataclasses import replace

import pytest
from report_examples import PATIENT, default_tables, example_config, example_inputs

from oncoloom.config import parse_config
from oncoloom.errors import InputError
from oncoloom.report.build import write_report
from oncoloom.report.html import report_html
from oncoloom.report.inputs import read_inputs
from oncoloom.report.model import NamedStrip
from oncoloom.report.pdf import report_pdf
from oncoloom.report.plots.pileup import BASE_STYLES, pileup_strip
from oncoloom.report.sections.registry import build_report
from oncoloom.report.strip import MOST_READS, strip_of


def read(start, group, **fields):
    return {
        "start": start,
        "end": start + 100,
        "reverse": False,
        "mapq": 60,
        "group": group,
        "fragment": 1,
        "mismatches": [],
        "deletions": [],
        "skips": [],
        "insertions": [],
        "clip_left": "",
        "clip_right": "",
    } | fields


def look(n_alt=3, n_ref=9):
    """What `oncoloom evidence` makes of a place, with a read of every form."""
    alt = [read(40 + k, "alt", mismatches=[[100, "T", 12 + 9 * k]], reverse=k % 2 == 0) for k in range(n_alt)]
    odd = [
        read(30, "ref", deletions=[[90, 3]], mapq=5),
        read(31, "ref", end=120, insertions=[[95, "ACGT"]], clip_right="ACGTACGT"),
        read(32, "none", skips=[[80, 10]], clip_left="GG"),
    ]
    plain = [read(33 + k, "ref") for k in range(n_ref)]
    lane = {
        "sample": "T-01",
        "pileup": {
            "depth": [n_alt + n_ref] * 61,
            "n_reads": {"alt": n_alt, "ref": n_ref + 2, "none": 1},
            "shown": alt + odd + plain,
        },
    }
    return {
        "locus": "7:101 C>T",
        "contig": "7",
        "start": 101,
        "end": 101,
        "view_start": 71,
        "view_end": 131,
        "reference": "ACGTC" * 12 + "A",
        "focus": "101 C>T",
        "alleles": [{"state": "passes", "filters": ["PASS"]}],
        "samples": {"tumor": lane},
    }


def evidence_file(folder, **changes):
    path = folder / "evidence.json"
    value = {
        "version": 1,
        "patient_id": PATIENT,
        "strips": [{"name": "EGFR p.L858R", "look": look()}],
        "left_out": 2,
    }
    path.write_text(json.dumps(value | changes), encoding="utf-8")
    return path


def inputs_with(tmp_path, strips, left_out=0):
    return replace(example_inputs(tmp_path), strips=strips, strips_left_out=left_out)


def named(n_alt=3):
    return NamedStrip(name="EGFR p.L858R", strip=strip_of(look(n_alt)))


def test_a_strip_draws_each_form_and_no_more_reads_than_allowed():
    drawing = pileup_strip(strip_of(look()))
    svg = drawing.inline()
    assert svg.count(BASE_STYLES["T"]) == 3
    assert 'fill-opacity="0.2"' in svg
    assert ">4</text>" in svg  # the insertion's length
    assert "stroke-dasharray" in svg
    assert drawing.alt.startswith(
        "Reads over 7:101 C>T: passes. Tumor T-01: 3 reads for, 11 against, 1 undecided"
    )
    many = strip_of(look(n_alt=500))
    assert len(many.lanes[0].reads) == MOST_READS
    assert "60 shown" in many.lanes[0].text
    assert len(pileup_strip(many).inline()) < 60_000


def test_report_shows_strips_in_both_views(tmp_path):
    report = build_report(inputs_with(tmp_path, (named(),), 2))
    assert report.strips.text == (
        "1 variant, a sample of the reads over each. 2 further variants have no picture here."
    )
    html = report_html(report)
    assert "Reads over 7:101 C&gt;T" in html
    assert html.count("EGFR p.L858R") > 1
    with_it = report_pdf(report)
    without = report_pdf(build_report(inputs_with(tmp_path / "b", None)))
    assert len(with_it) > len(without)


@pytest.mark.parametrize(
    ("strips", "said"),
    [(None, "No reads were gathered for this report."), ((), "No driver and no known hotspot was found")],
)
def test_why_there_is_no_strip_is_said(tmp_path, strips, said):
    report = build_report(inputs_with(tmp_path, strips))
    assert report.strips.text.startswith(said)
    assert report.strips.rows == ()
    assert said in report_html(report)


def test_a_vcf_has_no_reads_and_the_switch_is_obeyed(tmp_path):
    inputs = inputs_with(tmp_path, (named(),))
    by_vcf = replace(inputs, features=inputs.features | {"entry": "vcf"})
    assert "there are no reads to show" in build_report(by_vcf).strips.text
    off = parse_config({"report": {"evidence_strips": False}})
    assert build_report(replace(inputs, config=off)).strips.rows == ()


def test_evidence_file_of_another_patient_is_refused(tmp_path):
    example_inputs(tmp_path)
    paths = {
        "qc": tmp_path / "qc" / f"{PATIENT}.json",
        "features": tmp_path / "features" / f"{PATIENT}.parquet",
    }
    rest = {"calls": None, "predictions": None, "patients": None, "config": example_config(), "metrics": None}
    inputs = read_inputs(PATIENT, **paths, **rest, evidence=evidence_file(tmp_path))
    assert inputs.strips is not None
    assert (len(inputs.strips), inputs.strips_left_out) == (1, 2)
    with pytest.raises(InputError, match="another patient"):
        read_inputs(PATIENT, **paths, **rest, evidence=evidence_file(tmp_path, patient_id="P-0000"))
    with pytest.raises(InputError, match="not the evidence"):
        read_inputs(PATIENT, **paths, **rest, evidence=evidence_file(tmp_path, version=0))


def hotspot(gene, change, state, **fields):
    return {
        "sample_id": "T-01",
        "chrom": "7",
        "ref": "A",
        "alt": "T",
        "gene": gene,
        "hotspot": f"{gene} {change[2:-1]}",
        "hgvs_p_short": change,
        "state": state,
        "depth": 212,
        "alt_count": 0,
        "needed": 3,
        "limit_af": 0.03,
        "filters": "weak_evidence",
        "posterior": 0.0,
    } | fields


def test_hotspots_are_found_marked_or_excluded_to_a_limit(tmp_path):
    rows = [
        hotspot(
            "BRAF", "p.V600E", "marked", pos=1, alt_count=3, depth=240, filters="strand_bias;weak_evidence"
        ),
        hotspot("BRAF", "p.V600K", "not detected", pos=2),
        hotspot("BRAF", "p.G469A", "not detected", pos=3, limit_af=0.05),
        hotspot("EGFR", "p.L858R", "detected", pos=4, alt_count=66, filters="PASS"),
        hotspot("EGFR", "p.T790M", "not covered", pos=5, limit_af=None),
    ]
    report = build_report(example_inputs(tmp_path, tables=default_tables() | {"hotspots": rows}))
    braf, egfr = report.hotspots.rows
    assert braf.marked == ("p.V600E: 3 of 240, strand bias, weak evidence",)
    assert braf.limit == "AF 0.03 to 0.05"
    assert (egfr.detected, egfr.n_not_covered) == (("p.L858R",), 1)
    assert report.hotspots.text.startswith(
        "5 alleles were looked at in the reads, seen or not: 1 detected, 1 marked by a filter, "
        "2 not detected (limit AF 0.03 to 0.05, 95 % power), 1 not covered"
    )
    written = write_report(
        example_inputs(tmp_path, tables=default_tables() | {"hotspots": rows}), tmp_path / "out"
    )
    assert "Known hotspots" in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert len(written.files) == 3


def test_no_hotspot_asked_for_is_said(tmp_path):
    assert build_report(example_inputs(tmp_path)).hotspots.text == "No hotspot was asked for."
